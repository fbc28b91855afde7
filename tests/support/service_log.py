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
        self._read: list[tuple[int, dict[str, Any]]] = []  # each line, with the byte that it begins at
        self._end = 0  # no line is parsed twice: thousands of tests ask one log

    def text(self) -> str:
        """All of it so far."""
        return self.file.read_text()

    def lines(self, start: int = 0) -> list[dict[str, Any]]:
        """Its whole lines so far, from byte `start` on."""
        with self.file.open("rb") as log:
            log.seek(self._end)
            added = log.read()
        for line in added[: added.rfind(b"\n") + 1].splitlines(keepends=True):
            if line.startswith(b"{"):
                self._read.append((self._end, json.loads(line)))
            self._end += len(line)
        return [line for begin, line in self._read if begin >= start]

    def clear(self) -> None:
        """Empties it, while the service goes on writing."""
        self.file.write_text("")
        self._read, self._end = [], 0

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
