"""Drives the machine's own WebKitGTK, which Playwright cannot: a small client of WebDriver (W3C) over HTTP."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.support.server_process import free_port
from tests.support.waiting import wait_for

DRIVER = Path("/usr/bin/WebKitWebDriver")
BROWSER = Path("/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser")
DISPLAY = Path("/usr/bin/Xvfb")  # WebKitGTK has no headless mode
START_SECONDS = 30.0
COMMAND_SECONDS = 60.0
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # WebDriver section 12.1: the key of an element's reference


@contextmanager
def run(folder: Path) -> Iterator[WebKit]:
    """WebKitGTK's MiniBrowser with `folder` as its home and a display of its own, until the end of the block."""
    port = free_port()
    with _display() as display, (folder / "output").open("w") as output:
        driver = subprocess.Popen(
            [DRIVER, f"--port={port}"], stdout=output, stderr=output,
            env={"HOME": str(folder), "XDG_RUNTIME_DIR": str(folder), "PATH": "/usr/bin:/bin", "DISPLAY": display},
            start_new_session=True,
        )  # fmt: skip
        try:
            webkit = WebKit(port)
            yield webkit
            webkit.do("DELETE")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(driver.pid, signal.SIGTERM)  # A driver that is stopped leaves its browser running.
            driver.wait(30)


@contextmanager
def _display() -> Iterator[str]:
    """The name of a new X display without a screen."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [DISPLAY, "-displayfd", str(writing), "-screen", "0", "1280x1024x24", "-nolisten", "tcp"],
        pass_fds=[writing], stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        assert number, "Xvfb did not start"
        yield f":{number}"
    finally:
        process.terminate()
        process.wait(30)


class WebKit:
    """A running MiniBrowser, in one session of WebDriver. It accepts any certificate."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._session = ""
        wait_for(self._ready, "WebKitWebDriver to listen", START_SECONDS)
        options = {"binary": str(BROWSER), "args": ["--automation"]}
        wanted = {"acceptInsecureCerts": True, "webkitgtk:browserOptions": options}
        session = self._send("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self._session = f"/session/{session['sessionId']}"
        self.version = session["capabilities"]["browserVersion"]

    def _ready(self) -> bool:
        with suppress(OSError):
            return bool(self._send("GET", "/status")["ready"])
        return False

    def do(self, method: str, command: str = "", **parameters: Any) -> Any:
        """The result of one command in the session."""
        return self._send(method, self._session + command, parameters if method == "POST" else None)

    def _send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=COMMAND_SECONDS)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            response = connection.getresponse()
            value = json.loads(response.read())["value"]
        finally:
            connection.close()
        assert response.status == 200, (method, path, value)
        return value


class Page:
    """A page of the browser. The first one is in the window that is there; others open in a new "tab" or "window"."""

    def __init__(self, webkit: WebKit, url: str, new: str = "") -> None:
        self._webkit = webkit
        self._handle = webkit.do("POST", "/window/new", type=new)["handle"] if new else webkit.do("GET", "/window")
        self.do("POST", "/url", url=url)

    def do(self, method: str, command: str, **parameters: Any) -> Any:
        """The result of one command on this page. It does not raise the page's window or tab."""
        self._webkit.do("POST", "/window", handle=self._handle)
        return self._webkit.do(method, command, **parameters)

    def run(self, expression: str) -> Any:
        """The value of a JavaScript expression, as JSON carries it."""
        return self.do("POST", "/execute/sync", script=f"return {expression}", args=[])

    def wait(self, expression: str, seconds: float = 20.0) -> None:
        """Waits until the expression is true."""
        wait_for(lambda: self.run(expression), expression, seconds)

    def click(self, selector: str) -> None:
        """Presses and releases the mouse on an element, once it is there to be seen."""
        self.wait(f"document.querySelector({selector!r}).checkVisibility()")
        element = self.do("POST", "/element", using="css selector", value=selector)[ELEMENT]
        self.do("POST", f"/element/{element}/click")
