"""The service with the demo, and a clock that the test moves."""

from __future__ import annotations

import os
import sys
import time
from email.utils import parsedate_to_datetime
from pathlib import Path

from tests.support.service import Service

SECOND, MINUTE, HOUR = 1, 60, 3600


class Demo(Service):
    """A running `session-refresh serve --demo` whose clock the test moves forward."""

    def __init__(self, folder: Path, **settings: str) -> None:
        super().__init__(folder, "--demo", **settings)
        self.command = [sys.executable, str(Path(__file__).with_name("clocked.py"))]
        self.ahead = 0.0
        self.environ["CLOCK_FILE"] = str(folder / "clock")
        self.pass_time(0)

    def pass_time(self, seconds: float) -> None:
        """Moves the service's clock."""
        self.ahead += seconds
        fresh = Path(self.environ["CLOCK_FILE"] + ".new")
        fresh.write_text(str(self.ahead))
        os.replace(fresh, self.environ["CLOCK_FILE"])

    def now(self) -> float:
        """Unix seconds by the service's clock."""
        return time.time() + self.ahead

    def shows_the_time(self) -> bool:
        """Whether the header Date tells the moved time. uvicorn writes it anew once a second."""
        told = parsedate_to_datetime(self.get("/healthz").header("date") or "").timestamp()
        return abs(told - self.now()) < 2

    @property
    def url(self) -> str:
        """The demo's first page."""
        return f"http://127.0.0.1:{self.port}/demo/"
