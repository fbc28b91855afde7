"""What runs beside the requests for as long as a worker lives, and does not stop unnoticed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from multiprocessing import parent_process

from service.log import Log

AGAIN_SECONDS = 1.0

Job = Callable[[], Awaitable[None]]


async def once(job: Job, log: Log) -> None:
    """Does `job`; a fault in it goes to the log and no further, whatever it is."""
    try:
        await job()
    except (Exception, asyncio.CancelledError) as error:
        task = asyncio.current_task()
        if isinstance(error, asyncio.CancelledError) and task is not None and task.cancelling():
            raise  # the service stops; any other cancellation is a fault in the job
        # The last resort of what has no client to answer: a worker whose job has ended would go on with what it knows.
        log.error("background job failed", job=getattr(job, "__qualname__", repr(job)), exc_info=error)


async def for_ever(job: Job, log: Log) -> None:
    """Does `job` again each time it ends."""
    while True:
        await once(job, log)
        await asyncio.sleep(AGAIN_SECONDS)


def end_with_parent() -> None:
    """Has this worker stop as by SIGTERM when the process that started it is gone: nobody would stop it, or count it."""
    parent = parent_process()
    if parent is None:
        return
    loop = asyncio.get_running_loop()
    sentinel = parent.sentinel

    def end() -> None:
        loop.remove_reader(sentinel)
        signal.raise_signal(signal.SIGTERM)

    loop.add_reader(sentinel, end)
