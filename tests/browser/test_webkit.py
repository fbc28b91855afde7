"""The same module and page in WebKitGTK, in real time at the demo's quick pace: its clock cannot be moved."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from anyio.from_thread import start_blocking_portal
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.browser import webdriver
from tests.browser.demo_service import Demo
from tests.browser.webdriver import Page, WebKit

GAP = 4_500  # ms: a little more than the quick pace's minGap


@pytest.fixture
def webkit(tmp_path: Path) -> Iterator[WebKit]:
    """The machine's WebKitGTK, if there is one."""
    for program, package in (
        (webdriver.DRIVER, "webkit2gtk-driver"), (webdriver.BROWSER, "webkit2gtk-driver"), (webdriver.DISPLAY, "xvfb"),
    ):  # fmt: skip
        if not program.exists():
            pytest.skip(f"NOT RUN: no {program}: install Debian's package {package}")
    with webdriver.run(tmp_path) as running:
        yield running


@pytest.fixture
def secure_url(demo: Demo, tmp_path: Path) -> Iterator[str]:
    """The demo over TLS. WebKit keeps no Secure cookie of http://, not even of 127.0.0.1 (WebKit bug 281149)."""
    with encrypted(demo.port, certificate(tmp_path / "certificate.pem")) as port:
        yield f"https://127.0.0.1:{port}/demo/"


def certificate(file: Path) -> Path:
    """Writes a new key and a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    signed = x509.CertificateBuilder(
        name, name, key.public_key(), x509.random_serial_number(), now, now + datetime.timedelta(days=1)
    ).sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + signed.public_bytes(serialization.Encoding.PEM))
    return file


@contextmanager
def encrypted(plain_port: int, file: Path) -> Iterator[int]:
    """A port that speaks TLS and passes on every byte to and from `plain_port`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):  # Either side may close at any time.
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        plain_reader, plain_writer = await asyncio.open_connection("127.0.0.1", plain_port)
        await asyncio.gather(copy(reader, plain_writer), copy(plain_reader, writer))

    async def listen() -> asyncio.Server:
        return await asyncio.start_server(connected, "127.0.0.1", 0, ssl=context)

    with start_blocking_portal() as portal:
        server = portal.call(listen)
        yield server.sockets[0].getsockname()[1]
        portal.call(server.close)


def events(**data: str) -> str:
    """A JavaScript expression: how many events of that kind the page shows."""
    chosen = "".join(f"[data-{name}={value}]" for name, value in data.items())
    return f"document.querySelectorAll('#events {chosen}').length"


def told(page: Page, reason: str) -> str:
    """Waits until the page tells of the first refresh for `reason`; returns which tab did it."""
    page.wait(f"{events(kind='refreshed', reason=reason)} > 0", 30)
    assert page.run(events(kind="refreshed", reason=reason)) == 1
    teller: str = page.run(f"document.querySelector('#events [data-reason={reason}]').dataset.tab")
    return teller


def pass_gap(page: Page) -> None:
    """Waits until a trigger may refresh again. The timer comes much later."""
    start = page.run("Date.now()")
    page.wait(f"Date.now() > {start + GAP}")


def test_session_in_webkit(secure_url: str, webkit: WebKit) -> None:
    """Sign-in, timer, focus, route change, one refresh for all tabs, and revocation all work in WebKitGTK."""
    page = Page(webkit, secure_url)
    page.run("localStorage.setItem('demo pace', 'quick')")
    page.click("#sign-in")
    told(page, "start")
    (cookie,) = page.do("GET", "/cookie")
    assert (cookie["name"], cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (
        "vk_org_token", True, True, "Lax",
    )  # fmt: skip
    assert page.run("document.cookie") == ""

    hidden = Page(webkit, secure_url, "tab")
    window = Page(webkit, secure_url, "window")
    tabs = (page, hidden, window)
    assert [tab.run("document.visibilityState") for tab in tabs] == ["visible", "hidden", "visible"]
    assert [tab.run("document.hasFocus()") for tab in tabs] == [False, False, True]
    assert len({told(tab, "timer") for tab in tabs}) == 1

    pass_gap(page)
    window.do("POST", "/window/minimize")
    page.wait("document.hasFocus()")
    assert len({told(tab, "focus") for tab in tabs}) == 1

    pass_gap(page)
    page.click("nav a[href='/demo/activity']")
    page.wait("location.pathname === '/demo/activity' && !document.getElementById('activity').hidden")
    assert len({told(tab, "route") for tab in tabs}) == 1

    page.click("nav a[href='/demo/']")
    page.click("#revoke")
    pass_gap(page)
    page.click("#refresh")
    for tab in tabs:
        tab.wait("document.getElementById('ending').dataset.over === 'true'")
        assert tab.run(events(kind="expired")) == 1
