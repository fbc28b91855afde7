"""Background jobs: they run for as long as a worker does, and never end unnoticed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from multiprocessing import parent_process

from service.telemetry.log import Log

AGAIN_SECONDS = 1.0

Job = Callable[[], Awaitable[None]]


async def once(job: Job, log: Log) -> None:
    """Runs `job`. Whatever it raises is logged, and goes no further."""
    try:
        await job()
    except (Exception, asyncio.CancelledError) as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise  # the service stops; any other cancellation is a fault of the job
        # Catches everything: a dead background job would leave the worker on stale state.
        log.error("background job failed", job=getattr(job, "__qualname__", repr(job)), exc_info=error)


async def for_ever(job: Job, log: Log) -> None:
    """Runs `job`, and again each time it ends."""
    while True:
        await once(job, log)
        await asyncio.sleep(AGAIN_SECONDS)


def end_with_parent() -> None:
    """Stops this worker, as by SIGTERM, when its parent process is gone: nobody else would stop it."""
    parent = parent_process()
    if parent is None:
        return
    loop = asyncio.get_running_loop()
    sentinel = parent.sentinel

    def end() -> None:
        loop.remove_reader(sentinel)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(sentinel, end)
