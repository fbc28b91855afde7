"""Runs the service: a socket, uvicorn, one or several workers, and a graceful stop."""

from __future__ import annotations

import resource
import signal
import socket
import sys
from functools import partial

import uvicorn

from service.api import contract
from service.http.limits import WRITE_SECONDS
from service.http.protocol import Protocol
from service.runtime.assembly import Extend, Service
from service.runtime.settings import Settings
from service.runtime.supervisor import Supervisor
from service.state.key_file import KeyFileError
from service.telemetry.line_writer import LineWriter
from service.telemetry.log import LogPipeline
from service.telemetry.metrics import share_between_workers

BACKLOG = 2048
# Every connection inherits these from the listening socket. Without them the kernel grows its buffers to megabytes for
# clients that send without end or never read, and keeps a response for minutes after the connection is closed (tcp(7)).
SOCKET_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_RCVBUF, 16384),
    (socket.SOL_SOCKET, socket.SO_SNDBUF, 131072),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(WRITE_SECONDS * 1000)),
)
KEEP_ALIVE_SECONDS = (
    75  # longer than the 60 s of common load balancers: they never use a connection that we are closing
)
GRACE_SECONDS = 30
SWITCH_SECONDS = 0.0005
WORKER_SECONDS = 15  # on a busy machine a worker takes longer to start than the 5 seconds that uvicorn gives it


class CannotListen(Exception):
    """The address cannot be used. The message is one line."""


def build(settings: Settings, extend: Extend | None, make_tables: bool) -> Service:
    """One worker's application."""
    # While the event loop is busy, the thread that writes the log waits so long for the interpreter lock, at each write.
    # With Python's own 5 ms, a client that sends 15,000 requests a second made it fall behind until lines were dropped.
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        return Service(settings, contract.load(), extend=extend, make_tables=make_tables)
    except KeyFileError as error:  # broken since the other workers read it; uvicorn tries again until it is repaired
        log = LogPipeline(settings.log_level, settings.log_format).log
        log.error("key file refused, worker not started", reason=str(error))
        raise SystemExit(1) from error


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(f"--host {host} --port {port}: {error.strerror or error}") from error
    for level, option, value in SOCKET_OPTIONS:
        listener.setsockopt(level, option, value)
    return listener


def serve(
    settings: Settings,
    host: str,
    port: int,
    workers: int,
    *,
    extend: Extend | None = None,
    pages: tuple[str, ...] = (),
    make_tables: bool,
) -> None:
    """Serves until SIGTERM or SIGINT; then finishes what is in flight and returns. Raises CannotListen.

    `extend` adds to the application, `pages` are paths that are announced beside the address. With `make_tables`, each
    worker makes the tables in an empty database.
    """
    listener = _listen(host, port)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    config = uvicorn.Config(
        partial(build, settings, extend, make_tables),
        factory=True,
        http=Protocol,
        loop="service.http.acceptor:AcceptorLoop",
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the application reads them
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
        timeout_worker_healthcheck=WORKER_SECONDS,
        workers=workers,
    )
    remove = share_between_workers(workers) if settings.metrics else None
    server = uvicorn.Server(config)

    def stop(*_: object) -> None:
        # Before uvicorn handles signals, and after: it raises the signal again once it has stopped, and by default that
        # would kill the process after all.
        server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    supervisor = Supervisor(config, sockets=[listener]) if workers > 1 else None
    _announce(host, listener.getsockname()[1], pages)
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


def _announce(host: str, port: int, pages: tuple[str, ...]) -> None:
    """Prints the address on stdout. That nobody reads it, or that it is closed or full, is no reason not to start."""
    address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
    stdout = LineWriter(1)
    stdout.write(f"session-refresh listens on {address}\n".encode())
    for page in pages:
        stdout.write(f"{page} is at {address}{page}\n".encode())
    stdout.flush()
