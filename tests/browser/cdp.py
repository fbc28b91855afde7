"""Drives a Chromium of its own by the DevTools protocol alone: it freezes, and caches pages, as on a desk."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser import debugged
from tests.support.waiting import wait_for


@contextmanager
def run(program: Path, flags: list[str], folder: Path) -> Iterator[Chromium]:
    """A Chromium with a new profile in `folder`, until the end of the block."""
    command: list[str | Path] = [
        program,
        *flags,
        "--remote-debugging-port=0",
        f"--user-data-dir={folder / 'profile'}",
        "about:blank",
    ]
    with debugged.started(command, folder) as address, connect(address, max_size=None) as socket:
        yield Chromium(socket)


class Chromium:
    """A running Chromium."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._ids = count(1)

    def do(self, method: str, session: str | None = None, **parameters: Any) -> Any:
        """The result of one command."""
        number = next(self._ids)
        to = {"sessionId": session} if session else {}
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters, **to}))
        while True:
            message = json.loads(self._socket.recv(timeout=30))
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def open(self, url: str) -> Tab:
        """A new tab."""
        tab = Tab(self, self.do("Target.createTarget", url="about:blank")["targetId"])
        tab.go(url)
        return tab


class Tab:
    """A tab of Chromium."""

    def __init__(self, chromium: Chromium, target: str) -> None:
        self._chromium = chromium
        self._session = chromium.do("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.do("Page.enable")

    def do(self, method: str, **parameters: Any) -> Any:
        """The result of one command to this tab."""
        return self._chromium.do(method, self._session, **parameters)

    def go(self, url: str) -> None:
        """Loads another page."""
        self.do("Page.navigate", url=url)
        self.wait(f"location.href === {json.dumps(url)} && document.readyState === 'complete'")

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON carries it."""
        shown = self.do("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in shown, shown
        return shown["result"].get("value")

    def wait(self, expression: str, seconds: float = 20.0) -> None:
        """Waits until the expression is true."""
        wait_for(lambda: self.run(expression), expression, seconds)

    def freeze(self) -> None:
        """Stops the page's timers, messages and promises, as browsers do to tabs in the background."""
        self.do("Page.setWebLifecycleState", state="frozen")

    def thaw(self) -> None:
        """Lets the page go on."""
        self.do("Page.setWebLifecycleState", state="active")

    def click(self, x: float, y: float) -> None:
        """Presses and releases the mouse at a place of the window."""
        for kind in ("mousePressed", "mouseReleased"):
            self.do("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)
