"""Drives the machine's own Firefox, which Playwright cannot: a small client of WebDriver BiDi (W3C)."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser import debugged
from tests.support.waiting import wait_for


@contextmanager
def run(program: Path, folder: Path, **capabilities: Any) -> Iterator[Firefox]:
    """A headless Firefox with a new profile in `folder`, and capabilities as WebDriver has them, until the end of the block."""
    command: list[str | Path] = [program, "--headless", "--no-remote", "--remote-debugging-port=0", "--profile", folder]
    environ = {"HOME": str(folder), "PATH": "/usr/bin:/bin"}
    with debugged.started(command, folder, environ) as address, connect(address + "/session", max_size=None) as socket:
        yield Firefox(socket, capabilities)


class Firefox:
    """A running Firefox; `events` are the entries of its consoles."""

    def __init__(self, socket: ClientConnection, capabilities: dict[str, Any]) -> None:
        self._socket = socket
        self._ids = count(1)
        self.events: list[dict[str, Any]] = []
        self.do("session.new", capabilities={"alwaysMatch": capabilities})
        self.do("session.subscribe", events=["log.entryAdded"])

    def do(self, method: str, **parameters: Any) -> Any:
        """The result of one command."""
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv(timeout=30))
            if message.get("id") == number:
                assert message["type"] == "success", message
                return message["result"]
            self.events.append(message["params"])

    def open(self, url: str) -> Tab:
        """A new tab."""
        return Tab(self, url)


class Tab:
    """A tab of Firefox."""

    def __init__(self, firefox: Firefox, url: str) -> None:
        self._firefox = firefox
        self._context = firefox.do("browsingContext.create", type="tab")["context"]
        self.go(url)

    def go(self, url: str) -> None:
        """Loads another page."""
        self._firefox.do("browsingContext.navigate", context=self._context, url=url, wait="complete")

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON carries it."""
        target = {"context": self._context}
        shown = self._firefox.do(
            "script.evaluate", target=target, awaitPromise=True,
            expression=f"Promise.resolve({expression}).then((value) => JSON.stringify(value))",
        )  # fmt: skip
        assert shown["type"] == "success", shown
        return json.loads(shown["result"].get("value", "null"))

    def wait(self, expression: str, seconds: float = 40.0) -> None:
        """Waits until the expression is true."""
        wait_for(lambda: self.run(expression), expression, seconds)

    def click(self, selector: str) -> None:
        """Presses and releases the mouse on an element, once it is there to be seen."""
        self.wait(f"document.querySelector({selector!r}).checkVisibility()")
        x, y = self.run(
            f"""(() => {{ const at = document.querySelector({selector!r}); at.scrollIntoView();
                const box = at.getBoundingClientRect();
                return [box.x + box.width / 2, box.y + box.height / 2].map(Math.round) }})()"""
        )
        actions = [
            {"type": "pointerMove", "x": x, "y": y},
            {"type": "pointerDown", "button": 0},
            {"type": "pointerUp", "button": 0},
        ]
        mouse = {"type": "pointer", "id": "mouse", "actions": actions}
        self._firefox.do("input.performActions", context=self._context, actions=[mouse])


def faster(firefox: Firefox, times: int) -> None:
    """From now on, the clocks and timers of all pages run so many times as fast."""
    firefox.do(
        "script.addPreloadScript",
        functionDeclaration=f"""() => {{
            const [real, wait, repeat, start] = [Date.now, setTimeout, setInterval, {round(time.time() * 1000)}];
            Date.now = () => Math.floor(start + (real() - start) * {times});
            performance.now = () => Date.now() - start;
            window.setTimeout = (run, ms, ...rest) => wait(run, ms / {times}, ...rest);
            window.setInterval = (run, ms, ...rest) => repeat(run, ms / {times}, ...rest);
        }}""",
    )
