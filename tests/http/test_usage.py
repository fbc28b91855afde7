"""Wrong usage is one line on stderr, and help needs nothing."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.support import versions
from tests.support.assertions import assert_fails
from tests.support.cli_runner import CliRunner
from tests.support.program import PROGRAM

INSTALLED: dict[str, tuple[list[str], dict[str, str], int, str]] = {
    "usage": (["keys", "promote"], {}, 2, "KID"),
    "setting": (["serve", "--port", "0"], {"LEEWAY": "90"}, 2, "SESSION_REFRESH_LEEWAY"),
    "key file": (["serve", "--port", "0"], {"KEYS_FILE": "/nonexistent/k.json"}, 1, "/nonexistent/k.json"),
    "state directory": (["serve", "--port", "0"], {"STATE_DIR": "/usr"}, 1, "SESSION_REFRESH_STATE_DIR"),
    "database": (["revoke", "--session", "s"], {"DATABASE_URL": "sqlite:////nonexistent/x"}, 1, "DATABASE_URL"),
    "check": (["check"], {"DATABASE_URL": "sqlite:////nonexistent/x"}, 1, "DATABASE_URL"),
}


@pytest.mark.parametrize(("arguments", "settings", "status", "word"), INSTALLED.values(), ids=INSTALLED)
def test_installed_program_tells_a_mistake_in_one_line(runner, arguments, settings, status, word):
    """One mistake of each kind, with the installed program itself. All others run in this process, which is faster."""
    assert_fails(runner.cli(*arguments, check=False, **{"KEYS_FILE": str(runner.keys_file), **settings}), status, word)


USAGE: dict[str, tuple[list[str], str]] = {
    "unknown command": (["bogus"], "'bogus'"),
    "unknown option": (["serve", "--bogus"], "--bogus"),
    "surplus argument": (["check", "now"], "now"),
    "port of letters": (["serve", "--port", "http"], "--port"),
    "port too high": (["serve", "--port", "65536"], "--port"),
    "negative port": (["serve", "--port", "-1"], "--port"),
    "no worker": (["serve", "--workers", "0"], "--workers"),
    "login without user": (["login", "--org", "o"], "--sub"),
    "login without organisation": (["login", "--sub", "u"], "--org"),
    "login with an empty user": (["login", "--sub", "", "--org", "o"], "claim sub"),
    "login with 256 characters": (["login", "--sub", "u", "--org", "o" * 256], "claim org"),
    "login with a line end": (["login", "--sub", "u", "--org", "o", "--sid", "a\nb"], "claim sid"),
    "login with bytes that are not UTF-8": (["login", "--sub", "\udcff", "--org", "o"], "claim sub"),
    "login in an unknown format": (["login", "--sub", "u", "--org", "o", "--format", "xml"], "--format"),
    "keys, unknown command": (["keys", "bogus"], "'bogus'"),
    "keys add, unknown algorithm": (["keys", "add", "--alg", "none"], "--alg"),
    "keys add, algorithm in lower case": (["keys", "add", "--alg", "es256"], "--alg"),
    "keys promote without a key": (["keys", "promote"], "KID"),
    "keys retire without a key": (["keys", "retire"], "KID"),
    "api-keys create without organisation": (["api-keys", "create", "--version", versions.DEFAULT], "--org"),
    "api-keys create without version": (["api-keys", "create", "--org", "o"], "--version"),
    "api-keys create, empty organisation": (["api-keys", "create", "--org", "", "--version", versions.DEFAULT], "--org"),
    "api-keys create, unknown version": (["api-keys", "create", "--org", "o", "--version", "2025-01-01"], "--version"),
    "api-keys create, a network that is none": (
        ["api-keys", "create", "--org", "o", "--version", versions.DEFAULT, "--allow-ip", "10.0.0.300"], "--allow-ip"
    ),
    "api-keys create, a network with host bits": (
        ["api-keys", "create", "--org", "o", "--version", versions.DEFAULT, "--allow-ip", "10.0.0.1/8"], "--allow-ip"
    ),
    "api-keys create, expired": (
        ["api-keys", "create", "--org", "o", "--version", versions.DEFAULT, "--expires", "2020-01-01"], "--expires"
    ),
    "api-keys create, a date that is none": (
        ["api-keys", "create", "--org", "o", "--version", versions.DEFAULT, "--expires", "tomorrow"], "--expires"
    ),
    "api-keys revoke without a key": (["api-keys", "revoke"], "ID"),
    "revoke nothing": (["revoke"], "--session"),
    "revoke a user without organisation": (["revoke", "--user", "u"], "--org"),
    "revoke a session and an organisation": (["revoke", "--session", "s", "--org", "o"], "--session"),
    "revoke all but one of a session": (["revoke", "--session", "s", "--except", "t"], "--except"),
    "revoke all but one of an organisation": (["revoke", "--org", "o", "--except", "t"], "--except"),
    "revoke all but an empty session": (["revoke", "--user", "u", "--org", "o", "--except", ""], "--except"),
    "revoke all but a session with a blank behind": (["revoke", "--user", "u", "--org", "o", "--except", "s "], "--except"),
    "revoke all but a session of several forms": (
        ["revoke", "--user", "u", "--org", "o", "--except", "Zo\u00eb"], "--except"
    ),
    "revoke for a reason with a line end": (["revoke", "--session", "s", "--reason", "a\nb"], "--reason"),
    "revoke for a reason that is too long": (["revoke", "--session", "s", "--reason", "x" * 256], "--reason"),
    "revoke for a reason that changes direction": (["revoke", "--session", "s", "--reason", "a\u202eb"], "--reason"),
    "audit since a date that is none": (["audit", "--since", "yesterday"], "--since"),
    "audit of something": (["audit", "keys"], "keys"),
    "revoke an empty session": (["revoke", "--session", ""], "--session"),
    "revoke a user with a line end": (["revoke", "--user", "a\nb", "--org", "o"], "--user"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "word"), USAGE.values(), ids=USAGE)
def test_wrong_usage_is_one_line_and_exit_2(runner, arguments, word):
    """The line names the argument."""
    assert_fails(runner.run(*arguments, check=False), 2, "session-refresh", word)


@pytest.mark.parametrize("arguments", [[], ["keys"], ["api-keys"]])
def test_no_command_shows_the_usage(runner, arguments):
    """The usage is printed, and the exit status is 2."""
    done = (
        runner.run(*arguments, check=False) if arguments else subprocess.run([PROGRAM], capture_output=True, text=True)
    )
    assert done.returncode == 2
    assert "Usage: session-refresh" in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["", "serve", "login", "keys add", "api-keys create", "revoke", "audit", "check"])
def test_help_needs_nothing(tmp_path, command):
    """`--help` creates no state directory and exits with 0."""
    done = CliRunner(tmp_path).run(*command.split(), "--help")
    assert "Usage: session-refresh" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_version_is_shown(runner):
    """`--version` prints a version."""
    assert re.search(r"[0-9]+\.[0-9]+\.[0-9]+", runner.run("--version").stdout)
