"""The log takes whatever there is to tell, one line each."""

from __future__ import annotations

import json
import os

import pytest

from service.telemetry.log import LogPipeline

HARD = {"a name that is no UTF-8": "st\udcff", "a large number": 2**70, "an object": object(), "bytes": b"\xff"}


@pytest.mark.parametrize("style", ["json", "console"])
@pytest.mark.parametrize("what", HARD)
def test_everything_can_be_logged(tmp_path, style, what):
    """No value makes the log fail: a job that tells of a fault must not end for the telling."""
    file = tmp_path / "log"
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT)
    events = LogPipeline("info", style, descriptor)
    try:
        raise ValueError(HARD[what])
    except ValueError as error:
        events.log.error("fault", value=HARD[what], exc_info=error)
    events.request("info", {"event": "request", "value": HARD[what]})
    events.flush()
    os.close(descriptor)
    told = file.read_bytes()
    assert b"fault" in told
    assert b"request" in told
    if style == "json":
        assert [json.loads(line)["event"] for line in told.splitlines()] == ["fault", "request"]
