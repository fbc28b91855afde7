"""The issuers file of a running service: what is in force, and what is told of it."""

from __future__ import annotations

import json
from unittest import mock

import pytest

from security.claims import Policy
from service.state import issuers_file
from service.state.guarded_file import MAX_BYTES
from service.state.issuers_file import IssuersFileError, LiveIssuersFile, load
from tests.support.providers import IDP, OTHER_IDP, Keys
from tests.support.tokens import AUDIENCE, ISSUER

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
ENTRIES = Keys().issuers()


@pytest.fixture
def log():
    """What is told, by its level."""
    return mock.Mock()


@pytest.fixture
def path(tmp_path):
    """Where the file will be."""
    return tmp_path / "issuers.json"


def trusted(live):
    return list(live.current.entries)


def test_nobody_is_trusted_until_there_is_a_file(path, log):
    """A service that needs none has nothing to tell. The file counts as soon as it is there."""
    live = LiveIssuersFile(path, log, POLICY)
    live.reload()
    assert (trusted(live), live.problem, live.current.incomplete) == ([], "", False)
    assert log.mock_calls == []
    path.write_text(json.dumps(ENTRIES))
    live.reload()
    assert trusted(live) == [IDP, OTHER_IDP]
    log.info.assert_called_once_with("issuers in force", issuers=[IDP, OTHER_IDP], passed_over=live.current.ignored)


def test_file_that_cannot_be_looked_for_is_not_absent(tmp_path, log):
    """Its folder is out of reach: nobody knows whether there is one, so no statement is refused for good."""
    (tmp_path / "folder").write_text("no folder")
    live = LiveIssuersFile(tmp_path / "folder" / "issuers.json", log, POLICY)
    assert live.current.incomplete
    assert "Not a directory" in live.problem
    with pytest.raises(IssuersFileError):
        load(tmp_path / "folder" / "issuers.json", POLICY)


def test_those_in_force_stay_when_the_file_is_gone(path, log):
    """A removed file is a broken one: a volume that is away for a moment must not make logouts go unheard."""
    path.write_text(json.dumps(ENTRIES))
    live = LiveIssuersFile(path, log, POLICY)
    path.unlink()
    for _ in range(3):
        live.reload()
    assert (trusted(live), live.current.incomplete) == ([IDP, OTHER_IDP], True)
    assert live.problem == f"issuers file {path}: No such file or directory"
    log.error.assert_called_once_with("issuers file refused, the issuers in force stay", reason=live.problem)
    path.write_text("[]")
    live.reload()
    assert (trusted(live), live.problem, live.current.incomplete) == ([], "", False)


def test_first_file_may_be_broken_and_go_away_again(path, log):
    """Before any was in force, one that is removed leaves things as they were: nobody is trusted, and all is well."""
    live = LiveIssuersFile(path, log, POLICY)
    path.write_text("{")
    live.reload()
    assert (trusted(live), live.current.incomplete) == ([], True)
    path.unlink()
    live.reload()
    assert (trusted(live), live.problem, live.current.incomplete) == ([], "", False)


BAD = {
    "empty": (b"", "not JSON"),
    "garbage": (b"\x00\xff", "not JSON"),
    "a name twice": (b'[{"issuer":"a","issuer":"b"}]', "a name stands twice"),
    "nested deep": (b"[" * 100_000, "not JSON"),
    "a byte order mark": (b"\xef\xbb\xbf[]", "not JSON"),
    "an object": (b"{}", "not a list of issuers"),
    "more than 1 MiB": (b"[" + b" " * MAX_BYTES + b"]", f"more than {MAX_BYTES} bytes"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_content_is_refused(path, log, name):
    """Those in force stay. A new worker trusts nobody, and knows that it does not know; `serve` does not start."""
    content, told = BAD[name]
    path.write_text(json.dumps(ENTRIES))
    live = LiveIssuersFile(path, log, POLICY)
    path.write_bytes(content)
    live.reload()
    assert trusted(live) == [IDP, OTHER_IDP]
    assert live.problem.startswith(f"issuers file {path}: ")
    assert told in live.problem
    log.reset_mock()
    new = LiveIssuersFile(path, log, POLICY)
    new.reload()
    assert (trusted(new), new.current.incomplete, new.problem) == ([], True, live.problem)
    log.error.assert_called_once_with("issuers file refused, the issuers in force stay", reason=live.problem)
    with pytest.raises(IssuersFileError, match=told):
        issuers_file.load(path, POLICY)


@pytest.mark.parametrize("mode", [0o664, 0o646, 0o620])
def test_file_that_others_can_write_is_refused(path, mode):
    """Whoever can write it can sign users out. To read it is no secret."""
    path.write_text("[]")
    path.chmod(mode)
    with pytest.raises(IssuersFileError, match=f"mode is {mode:04o}, must be 0644 at most"):
        issuers_file.load(path, POLICY)
    path.chmod(0o644)
    assert issuers_file.load(path, POLICY).entries == {}
