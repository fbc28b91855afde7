"""The life of a version: active, deprecated, retired. Only the document changes for it."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import pytest

from tests.support import program
from tests.support.programs.with_document import (
    DEPRECATED,
    EARLIER_CATALOGUE,
    LATER_CATALOGUE,
    LINK,
    RETIRED,
    RUN,
    write,
)
from tests.support.service import Service

ENDING = ("deprecation", "sunset", "link")


class LaterService(Service):
    """A service with API keys that pin older versions, by version."""

    keys: dict[str, str]


@pytest.fixture(scope="module")
def later(tmp_path_factory):
    """A service with a later catalogue: 2026-01-01 is retired, 2026-02-01 deprecated, 2026-08-01 the default."""
    folder = tmp_path_factory.mktemp("later")
    service = LaterService(folder, LOG_FORMAT="json", ALLOWED_ORIGINS="https://dashboard.example.com")
    service.make_state()
    old = ["2026-01-01", "2026-02-01"]
    earlier = [sys.executable, RUN, str(write(folder, EARLIER_CATALOGUE, old))]
    service.keys = {  # created while those versions were active
        version: program.run(
            "api-keys", "create", "--org", "org-1", "--version", version,
            command=earlier, environ=service.environ, folder=folder,
        ).stdout.strip()
        for version in old
    }  # fmt: skip
    service.command = [sys.executable, RUN, str(write(folder, LATER_CATALOGUE, ["2026-02-01", "2026-08-01"]))]
    yield service.start()
    assert service.stop() == 0


def test_active_version_says_nothing_of_an_end(later):
    """An active version, named or by default, comes without the headers of an ending version."""
    for headers in ((), ("Verifa-Version: 2026-08-01",)):
        reply = later.refresh(later.login(), *headers)
        assert (reply.status, reply.header("verifa-version")) == (200, "2026-08-01")
        assert not [name for name in ENDING if reply.all(name)]


@pytest.mark.parametrize("how", ["by name", "pinned to the key"])
def test_deprecated_version_answers_as_before_and_says_when_it_ends(later, how):
    """The response is a 200 that tells since when the version is deprecated (RFC 9745), its end (RFC 8594) and a link."""
    header = "Verifa-Version: 2026-02-01" if how == "by name" else f"X-API-Key: {later.keys['2026-02-01']}"
    reply = later.refresh(later.login(), header, "Origin: https://dashboard.example.com")
    assert (reply.status, reply.body) == (200, b'{"refreshed": true}')
    assert reply.header("verifa-version") == "2026-02-01"
    assert reply.header("set-cookie").startswith("vk_org_token=")
    assert reply.header("deprecation") == f"@{int(datetime(2026, 9, 1, tzinfo=UTC).timestamp())}"
    assert reply.header("sunset") == "Mon, 01 Mar 2027 00:00:00 GMT"
    assert parsedate_to_datetime(reply.header("sunset")) == datetime(2027, 3, 1, tzinfo=UTC)
    assert reply.header("link") == f'<{LINK}>; rel="deprecation"; type="text/html"'
    exposed = reply.header("access-control-expose-headers").lower().split(", ")
    assert set(ENDING) <= set(exposed), "a page must be able to read that its version ends"


def test_named_version_comes_before_the_pinned_one(later):
    """A client whose key pins an ending version can move by naming the new one."""
    reply = later.refresh(later.login(), f"X-API-Key: {later.keys['2026-02-01']}", "Verifa-Version: 2026-08-01")
    assert (reply.status, reply.header("verifa-version")) == (200, "2026-08-01")
    assert not [name for name in ENDING if reply.all(name)]


@pytest.mark.parametrize("how", ["by name", "pinned to the key"])
def test_retired_version_is_refused_with_the_one_to_move_to(later, how):
    """The 400 names the successor, also for an API key that pins the retired version."""
    header = "Verifa-Version: 2026-01-01" if how == "by name" else f"X-API-Key: {later.keys['2026-01-01']}"
    reply = later.refresh(later.login(), header)
    assert (reply.status, reply.json()["error"]) == (400, "bad_request")
    assert reply.json()["detail"] == "Version 2026-01-01 is retired. Move to 2026-08-01."
    assert not reply.all("set-cookie")


def test_unknown_version_stays_unknown(later):
    """A version that never existed is not reported as retired."""
    reply = later.refresh(later.login(), "Verifa-Version: 2025-01-01")
    assert (reply.status, reply.json()["detail"]) == (400, "Verifa-Version is not one of the offered versions.")


def test_served_document_is_the_changed_one(later):
    """The served document's enum has no retired version."""
    document = later.get("/openapi.json").json()
    assert document["x-version-catalogue"] == LATER_CATALOGUE
    assert document["components"]["schemas"]["ApiVersion"]["enum"] == ["2026-02-01", "2026-08-01"]


NEW: dict[str, dict[str, object]] = {"2026-08-01": {"status": "active"}}
NEXT: dict[str, object] = {"successor": "2026-02-01"}
BOTH = ["2026-02-01", "2026-08-01"]
# The catalogue's default, its versions besides NEW, the enums, and a part of the error message.
MISTAKES: dict[str, tuple[str, dict[str, dict[str, object]], list[str], str]] = {
    "default not on offer": ("2026-01-01", {"2026-01-01": RETIRED}, ["2026-08-01"], "2026-01-01 is not offered"),
    "status misspelt": ("2026-08-01", {"2026-02-01": DEPRECATED | {"status": "depracated"}}, BOTH, "depracated"),
    "deprecated without a sunset": ("2026-08-01", {"2026-02-01": DEPRECATED | {"sunset": None}}, BOTH, "openapi.yaml"),
    "sunset before deprecation": ("2026-08-01", {"2026-02-01": DEPRECATED | {"sunset": "2026-08-31"}}, BOTH, "2026-02-01"),
    "retired without a successor": ("2026-08-01", {"2026-01-01": {"status": "retired"}}, ["2026-08-01"], "successor"),
    "successor not on offer": ("2026-08-01", {"2026-01-01": RETIRED | NEXT}, ["2026-08-01"], "2026-02-01"),
    "on offer but not in the enums": ("2026-08-01", {"2026-02-01": DEPRECATED}, ["2026-08-01"], "enum"),
    "retired but still in the enums": ("2026-08-01", {"2026-01-01": RETIRED}, ["2026-01-01", "2026-08-01"], "enum"),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_mistake_in_the_catalogue_stops_the_start(name, tmp_path):
    """A catalogue that contradicts itself or the enums is one line on stderr, and nothing is served."""
    default, versions, offered, told = MISTAKES[name]
    file = write(tmp_path, {"default": default, "versions": versions | NEW}, offered)
    service = Service(tmp_path)
    done = subprocess.run(
        [sys.executable, RUN, str(file), "serve", "--port", "0"],
        env=service.environ, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("session-refresh: ")
    assert told in done.stderr
