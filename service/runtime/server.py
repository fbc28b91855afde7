"""Runs the service: its listening sockets, uvicorn, one or several workers, and a graceful stop."""

from __future__ import annotations

import resource
import socket
import sys
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial

import uvicorn

from service.api import contract
from service.http.listener import INTERNAL, PUBLIC
from service.http.protocol import Protocol
from service.operations import device, internal
from service.runtime import signals
from service.runtime.assembly import Extend, Service
from service.runtime.listen_address import BACKLOG, ListenAddress, listen
from service.runtime.settings import Settings
from service.runtime.supervisor import Supervisor
from service.state.guarded_file import FileError
from service.telemetry.line_writer import LineWriter
from service.telemetry.log import LogPipeline
from service.telemetry.shared_counts import SharedCounts, create

GRACE_SECONDS = 30
MAX_FILES = 1 << 20
SWITCH_SECONDS = 0.0005
WORKER_SECONDS = 15  # on a busy machine a worker takes longer to start than the 5 seconds that uvicorn gives it


def build(settings: Settings, extend: Extend | None, make_tables: bool, shared_counts: SharedCounts | None) -> Service:
    """One worker's application."""
    # While the event loop is busy, the thread that writes the log waits so long for the interpreter lock, at each write.
    # With Python's own 5 ms, a client that sends 15,000 requests a second made it fall behind until lines were dropped.
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        return Service(
            settings,
            contract.load(),
            internal.load() if settings.internal else None,
            None if settings.device_binding == "off" else device.load(),
            extend=extend,
            make_tables=make_tables,
            shared_counts=shared_counts,
        )
    except FileError as error:  # broken since the other workers read it; uvicorn tries again until it is repaired
        log = LogPipeline(settings.log_level, settings.log_format).log
        log.error(f"{error.file} refused, worker not started", reason=str(error))
        raise SystemExit(1) from error


def serve(
    settings: Settings,
    address: ListenAddress,
    workers: int,
    *,
    extend: Extend | None = None,
    announce: Callable[..., Iterable[str]],
    make_tables: bool,
) -> None:
    """Serves until SIGTERM or SIGINT; then finishes what is in flight and returns. Raises CannotListen.

    `extend` adds to the application, `announce` makes the lines on stdout from the URL of each listener. With
    `make_tables`, each worker makes the tables in an empty database.
    """
    wanted = [(address, PUBLIC, f"--host {address.host} --port {address.port}")]
    if settings.internal is not None:
        wanted.append((settings.internal, INTERNAL, f"--internal {settings.internal}"))
    sockets = _listen(wanted)
    ports = [each.getsockname()[1] for each in sockets]
    urls = [each._replace(port=port).url() for (each, *_), port in zip(wanted, ports, strict=True)]
    _raise_limit_of_files()
    shared_counts = None
    if settings.metrics and workers > 1:
        shared_counts, settings = _share_metrics(settings)
    config = uvicorn.Config(
        partial(build, settings, extend, make_tables, shared_counts),
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
        timeout_keep_alive=settings.keep_alive,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=BACKLOG,
        timeout_worker_healthcheck=WORKER_SECONDS,
        workers=workers,
    )
    server = uvicorn.Server(config)

    def stop() -> None:
        # Before uvicorn handles signals, and after: it raises the signal again once it has stopped, and by default that
        # would kill the process after all.
        server.should_exit = True

    signals.prepare(stop)
    supervisor = Supervisor(config, sockets=sockets) if workers > 1 else None
    _print(announce(*urls))
    if supervisor is not None:
        supervisor.run()
        return
    server.run(sockets=sockets)
    if not server.started:
        sys.exit(1)


def _listen(wanted: Iterable[tuple[ListenAddress, str, str]]) -> list[socket.socket]:
    """A socket for each address. Raises CannotListen, and leaves none open."""
    with ExitStack() as stack:
        sockets: list[socket.socket] = [stack.enter_context(listen(*each)) for each in wanted]
        stack.pop_all()
    return sockets


def _raise_limit_of_files() -> None:
    """Raises the limit of open files, and so of connections, as far as it may be raised and makes sense.

    Container runtimes allow a thousand million, and some programs close each possible file at their start. The kernel
    refuses any change while the hard limit is above fs.nr_open (setrlimit(2)); then it stays as it is.
    """
    limit, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if most == resource.RLIM_INFINITY else min(MAX_FILES, most)
    if wanted > limit != resource.RLIM_INFINITY:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _share_metrics(settings: Settings) -> tuple[SharedCounts | None, Settings]:
    """What several workers count in, and the settings: without it /metrics would show a part as the whole, so it is off."""
    try:
        return create(), settings
    except OSError as error:
        log = LogPipeline(settings.log_level, settings.log_format).log
        log.warning("no memory that workers can share, SESSION_REFRESH_METRICS is off", reason=error.strerror)
        return None, replace(settings, metrics=False)


def _print(lines: Iterable[str]) -> None:
    """Prints `lines` on stdout. That nobody reads it, or that it is closed or full, is no reason not to start."""
    stdout = LineWriter(1)
    for line in lines:
        stdout.write(f"{line}\n".encode())
    stdout.flush()
