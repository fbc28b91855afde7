"""Clients that do not know device binding notice nothing: their sessions are refreshed as ever, and never bound."""

from __future__ import annotations

import subprocess

import pytest

from tests.browser.bidi import Tab, run
from tests.browser.device_browser import CALL, TOKEN
from tests.browser.test_firefox import PROGRAM
from tests.browser.user import REFRESH
from tests.support.device import claims_of


def assert_as_ever(app, token: str) -> None:
    """Three refreshes with an offer each, no other call, and a token that is bound to nothing."""
    assert [path for path, _, _ in app.calls] == [REFRESH] * 3
    for _, _, (status, headers, _) in app.calls:
        assert status == 200
        assert [name.lower() for name, _ in headers].count("set-cookie") == 1
        assert "secure-session-registration" in [name.lower() for name, _ in headers]
    assert "cnf" not in claims_of(token)


def test_firefox(secure_app, tmp_path):
    """Over TLS, with a certificate that it is told to accept."""
    if not PROGRAM.exists():
        pytest.skip(f"no {PROGRAM}: install Debian's package firefox-esr")
    folder = tmp_path / "firefox"
    folder.mkdir()
    with run(PROGRAM, folder, acceptInsecureCerts=True) as firefox:
        page = Tab(firefox, secure_app.url("/elsewhere.html"))
        page.run("fetch('/sign-in', {method: 'POST'}).then(answer => answer.status)")
        assert [page.run(CALL) for _ in range(3)] == [200] * 3
        (cookie,) = firefox.do("storage.getCookies")["cookies"]
    assert cookie["name"] == TOKEN
    assert_as_ever(secure_app, cookie["value"]["value"])


def test_curl(secure_app, tmp_path):
    """With a jar of cookies."""
    jar = tmp_path / "jar"
    for path in ("/sign-in", *[REFRESH] * 3):
        url = secure_app.url(path).partition("?")[0]
        trusting = ["--cacert", tmp_path / "dashboard.pem", "--cookie-jar", jar, "--cookie", jar]
        subprocess.run(["curl", "--silent", "--show-error", "--fail", "--request", "POST", *trusting, url], check=True)
    lines = [line.split("\t") for line in jar.read_text().splitlines() if line.count("\t") == 6]
    assert [line[5] for line in lines] == [TOKEN]
    assert_as_ever(secure_app, lines[0][6])
