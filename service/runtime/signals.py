"""Signals: which of them end the service, which one has it look at its files, and which do nothing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)
# Their default is to end or to suspend a process. SIGTTIN and SIGTTOU come to a process in the background of a terminal;
# other servers change the number of workers by them, which here is an option of `serve`.
IGNORED = (signal.SIGUSR1, signal.SIGUSR2, signal.SIGTTIN, signal.SIGTTOU)


def prepare(stop: Callable[[], None]) -> None:
    """Has `stop` run at each of STOP, and keeps what ends no service from ending this one. Workers inherit the latter.

    A SIGHUP waits until somebody can handle it.
    """
    for number in STOP:
        signal.signal(number, lambda *_: stop())
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    ignore()


def ignore() -> None:
    """Ignores IGNORED."""
    for number in IGNORED:
        signal.signal(number, signal.SIG_IGN)


@contextmanager
def reloading(reload: Callable[[], None]) -> Iterator[None]:
    """Has `reload` run in the event loop at each SIGHUP. At the end there is nothing to reload: then it is ignored."""
    loop = asyncio.get_running_loop()
    # Not by the event loop, which would let a SIGHUP end the process as soon as it is closed.
    signal.signal(signal.SIGHUP, lambda *_: loop.call_soon_threadsafe(reload))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
