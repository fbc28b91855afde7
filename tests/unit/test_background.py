"""Background jobs go on, whatever they raise, until the service stops."""

from __future__ import annotations

import asyncio
import os

import pytest

from service.runtime import background
from service.telemetry.log import LogPipeline


@pytest.mark.parametrize("fault", [ZeroDivisionError(), asyncio.CancelledError(), RecursionError(), TimeoutError()])
def test_job_is_begun_again_after_any_fault(fault, tmp_path, monkeypatch):
    """A job that fails, or is cancelled from within, is logged and done again; one that the service cancels is not."""
    monkeypatch.setattr(background, "AGAIN_SECONDS", 0)
    descriptor = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    pipeline = LogPipeline("info", "json", descriptor)
    begun = []

    async def job():
        begun.append(1)
        if len(begun) < 3:
            raise fault
        await asyncio.sleep(60)

    async def work():
        task = asyncio.create_task(background.for_ever(job, pipeline.log))
        async with asyncio.timeout(10):
            while len(begun) < 3:
                await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    pipeline.flush()
    os.close(descriptor)
    assert len(begun) == 3
    assert (tmp_path / "log").read_text().count("background job failed") == 2
