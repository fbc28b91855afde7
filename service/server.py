"""Runs the service: a socket, uvicorn, one or more workers, and a graceful end."""

from __future__ import annotations

import resource
import signal
import socket
import sys
from functools import partial

import uvicorn
from uvicorn.supervisors import Multiprocess

from service import contract
from service.accepting import Server
from service.assembly import Service
from service.key_file import KeyFileError
from service.log import Events
from service.metrics import share_between_workers
from service.protocol import WRITE_SECONDS, Protocol
from service.settings import Settings

BACKLOG = 2048
# Every connection takes these on from the listening socket. The kernel grows its buffers to megabytes for clients that
# send without end or never read, and keeps an answer for minutes after the connection was closed (tcp(7)).
CONNECTIONS = (
    (socket.SOL_SOCKET, socket.SO_RCVBUF, 16384),
    (socket.SOL_SOCKET, socket.SO_SNDBUF, 131072),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(WRITE_SECONDS * 1000)),
)
KEEP_ALIVE_SECONDS = 75  # longer than the 60 s of common load balancers, so that they never meet a closing connection
GRACE_SECONDS = 30
WORKER_SECONDS = 15  # uvicorn's own 5 are less than a worker takes to start on a busy machine: it would never come up


class CannotListen(Exception):
    """The address cannot be listened on; the message is one line."""


class Supervisor(Multiprocess):
    """uvicorn's, with what it holds on to let go: the listening socket, and the workers' ends of its pipes."""

    def keep_subprocess_alive(self) -> None:
        """Replaces workers that died or hang.

        A worker's end of the pipe, open here too, would keep the parent waiting for the answer of one that has died.
        """
        for process in self.processes:
            process.child_conn.close()
        super().keep_subprocess_alive()

    def handle_term(self) -> None:
        """Once the last worker has stopped accepting, connections are refused, not left to wait in the socket.

        Not in the handler of the signal itself, which may come while a worker is being started with the socket.
        """
        for listener in self.sockets:
            listener.close()
        super().handle_term()

    handle_int = handle_term


def build(settings: Settings, demo: bool, make_tables: bool) -> Service:
    """One worker's application."""
    try:
        return Service(settings, contract.load(), demo=demo, make_tables=make_tables)
    except KeyFileError as error:  # broken since the others read it: tried again until it is repaired
        Events(settings.log_level, settings.log_format).log.error(
            "key file refused, worker not started", reason=str(error)
        )
        raise SystemExit(1) from error


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(f"--host {host} --port {port}: {error.strerror or error}") from error
    for level, option, value in CONNECTIONS:
        listener.setsockopt(level, option, value)
    return listener


def serve(settings: Settings, host: str, port: int, workers: int, *, demo: bool, make_tables: bool) -> None:
    """Serves until SIGTERM or SIGINT; then finishes what is in flight and returns. Raises CannotListen.

    `make_tables`: each worker makes them in an empty database.
    """
    listener = _listen(host, port)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    config = uvicorn.Config(
        partial(build, settings, demo, make_tables),
        factory=True,
        http=Protocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the edge looks at them, where there are any
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
        timeout_worker_healthcheck=WORKER_SECONDS,
        workers=workers,
    )
    remove = share_between_workers(workers) if settings.metrics else None
    server = Server(config)

    def stop(*_: object) -> None:
        # Before uvicorn listens to signals, and after: it raises the signal again once it has stopped, and by default
        # that would kill the process after all.
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    supervisor = Supervisor(config, sockets=[listener]) if workers > 1 else None
    shown = f"[{host}]" if ":" in host else host
    address = f"http://{shown}:{listener.getsockname()[1]}"
    print(f"session-refresh listens on {address}", flush=True)
    if demo:
        print(f"the demo is at {address}/demo/", flush=True)
    try:
        if supervisor is None:
            server.run(sockets=[listener])
            if not server.started:
                sys.exit(1)
        else:
            supervisor.run()
    finally:
        if remove is not None:
            remove()
