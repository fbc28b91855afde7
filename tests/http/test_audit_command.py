"""`audit` shows every change: when, what, by whom, why. It has no secret in it, and no text can break its lines."""

from __future__ import annotations

import json
import os
import pwd
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.support import versions
from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner
from tests.support.waiting import wait_for

USER = pwd.getpwuid(os.getuid()).pw_name


def trail(runner, *options):
    return [json.loads(line) for line in runner.run("audit", "--json", *options).stdout.splitlines()]


def test_every_change_is_shown(runner, monkeypatch):
    """One line for each, the oldest first, with the user of the operating system."""
    monkeypatch.delenv("SUDO_USER", raising=False)
    runner.environ.pop("SUDO_USER", None)
    runner.run("revoke", "--session", "s-1", "--reason", "lost phone")
    runner.run("revoke", "--user", "Zo\u00eb", "--org", "o", "--except", "s-2")
    key = runner.run("api-keys", "create", "--org", "o", "--version", versions.OTHER).stdout.strip()
    (key_id,) = (line.split("\t")[0] for line in runner.run("api-keys", "list").stdout.splitlines())
    lines = [logged(runner.cli("api-keys", "revoke", key_id)) for _ in range(2)]
    assert list(map(len, lines)) == [1, 0]  # it is revoked already
    first = json.loads(runner.keys_file.read_text())["keys"][0]["kid"]
    kid = runner.run("keys", "add").stdout.strip()
    runner.run("keys", "promote", "--force", kid)
    runner.run("keys", "retire", "--force", first)
    assert [(line["action"], line["target"], line["reason"]) for line in trail(runner)] == [
        ("revoke", "session 's-1'", "lost phone"),
        ("revoke", r"user 'Zo\xeb' of organisation 'o' but session 's-2'; "
                   r"user 'Zoe\u0308' of organisation 'o' but session 's-2'", ""),
        ("api-keys create", f"{key_id} of organisation 'o'", ""),
        ("api-keys revoke", key_id, ""),
        ("keys add", kid, ""),
        ("keys promote", kid, ""),
        ("keys retire", first, ""),
    ]  # fmt: skip
    assert {line["actor"] for line in trail(runner)} == {USER}
    shown = runner.run("audit").stdout
    assert re.match(rf"20\d\d-\d\d-\d\dT[0-9:]+Z\trevoke\tsession 's-1'\t{USER}\tlost phone\n", shown)
    assert shown.count("\n") == 7
    assert not runner.secrets_in(shown + runner.run("audit", "--json").stdout)
    assert key not in shown


def test_what_failed_is_not_shown(runner):
    """Nothing was changed, so nothing is recorded."""
    for command in (
        ["api-keys", "revoke", "ak_none"], ["keys", "promote", "none"], ["keys", "retire", "none"], ["revoke"],
    ):  # fmt: skip
        assert runner.run(*command, check=False).returncode != 0
    assert trail(runner) == []
    assert runner.run("audit").stdout == ""


def test_since(runner):
    """Days and seconds, in UTC."""
    runner.run("revoke", "--session", "s-1")
    at = datetime.strptime(trail(runner)[0]["at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    for moment, count in ((at, 1), (at + timedelta(seconds=1), 0)):
        assert len(trail(runner, "--since", moment.strftime("%Y-%m-%dT%H:%M:%SZ"))) == count
    assert len(trail(runner, "--since", at.strftime("%Y-%m-%d"))) == 1
    assert len(trail(runner, "--since", (at + timedelta(days=1)).strftime("%Y-%m-%d"))) == 0


def test_long_trail_is_shown_to_its_end(runner):
    """More than one piece of it."""
    with closing(sqlite3.connect(runner.state / "state.db")) as database:
        rows = ((number, 1000, "revoke", f"t{number}", "", "") for number in range(1, 10_011))
        database.executemany("INSERT INTO session_refresh_audit VALUES (?, ?, ?, ?, ?, ?)", rows)
        database.commit()
    assert [line.split("\t")[2] for line in runner.run("audit").stdout.splitlines()] == [
        f"t{number}" for number in range(1, 10_011)
    ]


def test_text_in_the_database_cannot_break_a_line(runner):
    """Whoever wrote there: no line break, tab, control sequence or change of direction reaches the terminal."""
    evil = "a\nb\tc\x1b[2Jd\u202ee\u2028f\x85g\u2066h"
    with closing(sqlite3.connect(runner.state / "state.db")) as database:
        database.execute("INSERT INTO session_refresh_audit VALUES (1, 1000, ?, ?, ?, ?)", [evil] * 4)
        database.commit()
    shown = runner.run("audit").stdout
    assert shown.count("\n") == 1
    assert shown.count("\t") == 4
    assert shown.replace("\n", "").replace("\t", "").isprintable()
    line = runner.run("audit", "--json").stdout
    assert line.isascii()
    assert json.loads(line)["reason"] == evil


@pytest.mark.parametrize(
    ("name", "shown"), [("alice", " (sudo by alice)"), ("a\nb", ""), ("a\u202eb", ""), ("", ""), ("x" * 256, "")]
)
def test_who_is_behind_root_is_told(runner, name, shown):
    """Root is told with the user who became root by sudo; nobody else can say so of themselves."""
    runner.environ["SUDO_USER"] = name
    runner.run("revoke", "--session", "s-1")
    assert trail(runner)[0]["actor"] == USER + (shown if os.getuid() == 0 else "")


def test_user_without_a_name_is_told_by_number(runner, monkeypatch):
    """As in a container."""
    runner.environ.pop("SUDO_USER", None)
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_000)
    runner.run("revoke", "--session", "s-1")
    assert trail(runner)[0]["actor"] == "uid 2000000000"


def logged(done):
    return [line for line in map(json.loads, done.stderr.splitlines()) if line["event"] == "audit"]


@pytest.mark.parametrize("level", ["info", "error"])
def test_every_change_is_one_log_event_too(runner, level):
    """On stderr, whatever LOG_LEVEL is; stdout stays what it was, and there is no secret in it."""
    done = runner.cli("revoke", "--session", "s-1", "--reason", "lost phone", LOG_LEVEL=level)
    (line,) = logged(done)
    assert [line[name] for name in ("action", "target", "reason", "level")] == [
        "revoke", "session 's-1'", "lost phone", "info",
    ]  # fmt: skip
    assert done.stdout.startswith("revoked in ")
    created = runner.cli("api-keys", "create", "--org", "o", "--version", versions.OTHER, check=False, LOG_LEVEL=level)
    assert re.fullmatch(r"vk_live_[\w-]+\n", created.stdout)
    assert [line["action"] for line in map(json.loads, created.stderr.splitlines()[:1])] == ["api-keys create"]
    assert not runner.secrets_in(done.stderr + created.stderr)
    added = runner.cli("keys", "add", LOG_LEVEL=level)
    (line,) = logged(added)
    assert (line["action"], f"{line['target']}\n") == ("keys add", added.stdout)
    assert not runner.secrets_in(added.stderr)


@pytest.mark.parametrize("command", [["add"], ["promote", "--force", "KID"], ["retire", "KID"]], ids=" ".join)
def test_key_change_that_cannot_be_recorded_is_not_made(runner, command):
    """The store is asked first: the line names it, and the key file stays as it was."""
    kid = runner.run("keys", "add").stdout.strip()
    before = runner.keys_file.read_bytes()
    options = [kid if word == "KID" else word for word in command]
    for url in ("postgresql+psycopg://u:p@127.0.0.1:1/d", f"sqlite:///{runner.keys_file}"):
        done = runner.run("keys", *options, check=False, DATABASE_URL=url)
        assert_fails(done, 1, "SESSION_REFRESH_DATABASE_URL")
    with closing(sqlite3.connect(runner.state / "state.db")) as database:
        database.execute("UPDATE session_refresh_schema SET version_num = '77'")
        database.commit()
    assert_fails(runner.run("keys", *options, check=False), 1, "number 77")
    assert runner.keys_file.read_bytes() == before


def test_key_change_that_was_made_and_not_recorded_is_told(runner):
    """The store fails between the look and the record: the line says what was done."""
    with closing(sqlite3.connect(runner.state / "state.db")) as database:
        database.execute(
            "CREATE TRIGGER no BEFORE INSERT ON session_refresh_audit BEGIN SELECT RAISE(ABORT, 'no row'); END"
        )
        database.commit()
    done = runner.run("keys", "add", check=False)
    kid = json.loads(runner.keys_file.read_text())["keys"][-1]["kid"]
    assert_fails(done, 1, f"keys add: {kid}: done, but not recorded: ", "no row")


@pytest.mark.parametrize("kind", ["no database file yet", "a shared database without tables"])
def test_key_change_before_there_is_a_store_is_only_logged(tmp_path, request, kind):
    """`keys add` may come before the first start: it makes no store."""
    url = request.getfixturevalue("postgresql").new_database() if kind.startswith("a shared") else ""
    runner = CliRunner(tmp_path, KEYS_FILE=str(tmp_path / "keys.json"), **({"DATABASE_URL": url} if url else {}))
    done = runner.cli("keys", "add")
    assert [line["action"] for line in logged(done)] == ["keys add"]
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_the_demo_leaves_a_record(start):
    """Its button revokes as the command does, and is recorded and logged as that is."""
    service = start("--demo")
    signed_in = service.request("Content-Length: 0", "Origin: http://127.0.0.1", path="/demo/sign-in")
    assert signed_in.status == 200, signed_in.raw
    cookie = signed_in.header("set-cookie").partition(";")[0]
    assert service.request(f"Cookie: {cookie}", "Origin: http://127.0.0.1", path="/demo/revoke").status == 200
    ((action, actor),) = ((line["action"], line["actor"]) for line in trail(service))
    assert (action, actor) == ("revoke", "the demo")
    wait_for(lambda: [line for line in service.log.lines() if line["event"] == "audit"], "the log event")
