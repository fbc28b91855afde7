"""The demo dashboard is off unless asked for, and is not to be had with what a real service may have."""

from __future__ import annotations

import subprocess

import pytest

from tests.http.test_demo import ACTIONS, OWN, PAGES
from tests.support.client import request_bytes
from tests.support.program import PROGRAM
from tests.support.service import Service


@pytest.mark.parametrize("path", [*PAGES, *ACTIONS])
def test_demo_is_off_unless_asked_for(service, path):
    """Without --demo, all its paths are a 404, and nobody can sign in."""
    for method in ("GET", "POST"):
        reply = service.raw(request_bytes(method, path, OWN))
        assert (reply.status, reply.all("set-cookie")) == (404, [])


REFUSALS = {
    "another store": ((), {"DATABASE_URL": "sqlite:////tmp/other.db"}, "SESSION_REFRESH_DATABASE_URL"),
    "a shared store": ((), {"DATABASE_URL": "postgresql+psycopg://u:secret@h/d"}, "SESSION_REFRESH_DATABASE_URL"),
    "another key file": ((), {"KEYS_FILE": "other.json"}, "SESSION_REFRESH_KEYS_FILE"),
    "several workers": (("--workers", "2"), {}, "--workers"),
    "every address": (("--host", "0.0.0.0"), {}, "--host"),
    "every address, IPv6": (("--host", "::"), {}, "--host"),
    "an address of a network": (("--host", "192.0.2.1"), {}, "--host"),
}


@pytest.mark.parametrize(("options", "settings", "named"), REFUSALS.values(), ids=REFUSALS)
def test_demo_refuses_what_a_real_service_may_have(tmp_path, options, settings, named):
    """`serve --demo` prints one line that names the conflicting setting, exits with 2 and creates no key file."""
    service = Service(tmp_path, **settings)
    done = subprocess.run(
        [PROGRAM, "serve", "--port", "0", "--demo", *options],
        env=service.environ, cwd=tmp_path, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1), done.stderr
    assert "--demo" in done.stderr
    assert named in done.stderr
    assert "secret" not in done.stderr
    assert list(tmp_path.rglob("*.json")) == []
