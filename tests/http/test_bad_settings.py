"""A bad setting is one line on stderr that names it, from every command."""

from __future__ import annotations

import re

import pytest

from tests.support.assertions import assert_fails

SETTINGS = [
    ("RATE_LIMIT", ["often", "", "0/minute", "-1/minute", "1/fortnight", "300", "300/minute;5/second"]),
    ("FAILURE_RATE_LIMIT", ["many", "0/day"]),
    ("RATE_LIMIT_URL", ["http://h:1", "redis://h", "redis://h:port", "redis://h:99999", "redis://h:0", "redis://:6379",
                        "redis://h:6379/one", "redis://[::1", "memory://x", "valkey", ""]),
    ("DATABASE_URL", ["mysql://h/d", "postgresql://h/d", "postgresql+psycopg://h:port/d", "sqlite://", "sqlite://h/d",
                      "sqlite:///:memory:", "nonsense", "postgresql+psycopg://[::1/d"]),
    ("ISSUER", ["", "a\nb", "x" * 256]),
    ("AUDIENCE", [""]),
    ("ALLOWED_ORIGINS", ["*", "null", "https://a.example/", "https://a.example/x", "a.example", "https://A.example",
                         "https://a.example:99999", "https://a.example:443", "http://a.example:80", "https://*.example"]),
    ("COOKIE_DOMAIN", [".example.com", "example", "https://example.com", "example.com;", "example.com/"]),
    ("MAX_SESSION_AGE", ["0", "59", "30d", "-1", "1e6", ""]),
    ("LEEWAY", ["61", "-1", "x", "1.5"]),
    ("REVOCATION_POLL", ["0", "x", "-1", "inf"]),
    ("MAX_STALENESS", ["0", "x", "0.5"]),
    ("FORWARDED_ALLOW_IPS", ["*", "localhost", "10.0.0.1/8", "10.0.0.0/33"]),
    ("METRICS", ["yes", "1", "True", ""]),
    ("LOG_LEVEL", ["loud", "INFO"]),
    ("LOG_FORMAT", ["xml"]),
    ("NO_SUCH_SETTING", ["x"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "values"), SETTINGS, ids=[name for name, _ in SETTINGS])
def test_bad_setting_is_one_line_and_exit_2(runner, name, values):
    """The line names the setting."""
    for value in values:
        done = runner.run("check", check=False, **{name: value})
        assert_fails(done, 2, f"SESSION_REFRESH_{name}: ")


def test_bad_setting_stops_every_command_the_same_way(runner):
    """Every command refuses to run, `serve` included."""
    for arguments in (
        ["serve", "--port", "0"],
        ["login", "--sub", "u", "--org", "o"],
        ["keys", "list"],
        ["api-keys", "list"],
    ):
        assert_fails(runner.run(*arguments, check=False, LEEWAY="90"), 2, "SESSION_REFRESH_LEEWAY")


def test_several_bad_settings_are_a_line_each(runner):
    """All bad settings are reported at once."""
    done = runner.run("check", check=False, LEEWAY="90", METRICS="on", BOGUS="x")
    assert done.returncode == 2
    assert sorted(re.findall(r"SESSION_REFRESH_(\w+)", done.stderr)) == ["BOGUS", "LEEWAY", "METRICS"]
    assert done.stderr.count("\n") == 3


def test_password_in_a_url_is_never_shown(runner):
    """No message contains the password of a URL, whether the URL is malformed or cannot be reached."""
    for name, url in (
        ("DATABASE_URL", "postgresql+psycopg://user:hunter2@127.0.0.1:1/d"),
        ("DATABASE_URL", "postgresql+psycopg://user:hunter2@127.0.0.1:x/d"),
        ("DATABASE_URL", "mysql://user:hunter2@127.0.0.1/d"),
        ("RATE_LIMIT_URL", "redis://:hunter2@127.0.0.1:1"),
        ("RATE_LIMIT_URL", "redis://:hunter2@127.0.0.1:x"),
    ):
        keys = {"KEYS_FILE": str(runner.keys_file)}
        done = runner.run("check", check=False, **keys, **{name: url})
        assert done.returncode in (1, 2)
        assert name in done.stderr
        assert "hunter2" not in done.stdout + done.stderr
