"""The log of a running service, read while it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.support.waiting import wait_for


class ServiceLog:
    """The file that a service logs to, one JSON object a line."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def text(self) -> str:
        """All of it so far."""
        return self.file.read_text()

    def lines(self, start: int = 0) -> list[dict[str, Any]]:
        """Its whole lines so far, from byte `start` on."""
        with self.file.open("rb") as log:
            log.seek(start)
            text = log.read().decode()
        return [json.loads(line) for line in text.rpartition("\n")[0].splitlines() if line.startswith("{")]

    def events(self) -> list[str]:
        """The name of each event so far."""
        return [line["event"] for line in self.lines()]

    def request(self, request_id: str | None) -> dict[str, Any]:
        """The line of the request with that id, once it is written."""

        def find() -> list[dict[str, Any]]:
            return [line for line in self.lines() if line.get("id") == request_id and line["event"] == "request"]

        return wait_for(find, f"the log line of {request_id}")[-1]  # type: ignore[no-any-return]

    def event(self, name: str) -> dict[str, Any]:
        """The newest line of that event, once there is one."""

        def find() -> list[dict[str, Any]]:
            return [line for line in self.lines() if line["event"] == name]

        return wait_for(find, f"the log line {name!r}")[-1]  # type: ignore[no-any-return]
