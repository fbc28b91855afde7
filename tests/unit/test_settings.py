"""Settings: what each may be, and what an operator is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.runtime.settings import Settings, SettingsError, read

P = "SESSION_REFRESH_"
MAX_TEXT = "x" * 255

#        setting               text                                     value
GOOD = [
    ("RATE_LIMIT", "300/minute", "300/minute"),
    ("FAILURE_RATE_LIMIT", "5 per second", "5 per second"),
    *[
        ("RATE_LIMIT_URL", url, url)
        for url in (
            "memory://",
            "redis://h:1/0",
            "rediss://h:6379",
            "valkey://u:p%40@h:6379/",
            "valkeys://[::1]:6379/1",
        )
    ],
    *[("DATABASE_URL", url, url) for url in ("sqlite:////tmp/x.db", "postgresql+psycopg://u:p@h/d")],
    ("ISSUER", MAX_TEXT, MAX_TEXT),
    ("AUDIENCE", "a", "a"),
    ("ALLOWED_ORIGINS", "", ()),
    ("ALLOWED_ORIGINS", "https://a.example, http://localhost:3000,", ("https://a.example", "http://localhost:3000")),
    ("ALLOWED_ORIGINS", "http://[::1]:3000", ("http://[::1]:3000",)),
    ("COOKIE_DOMAIN", "", ""),
    ("COOKIE_DOMAIN", "a-b.example.com", "a-b.example.com"),
    ("MAX_SESSION_AGE", "60", 60),
    ("IDLE_TIMEOUT", "0", 0),
    ("IDLE_TIMEOUT", "60", 60),
    ("LEEWAY", "0", 0),
    ("LEEWAY", "60", 60),
    ("REVOCATION_POLL", "0.25", 0.25),
    ("MAX_STALENESS", "3600", 3600.0),
    ("FORWARDED_ALLOW_IPS", "", ()),
    ("FORWARDED_ALLOW_IPS", "10.0.0.0/8, ::1", ("10.0.0.0/8", "::1")),
    *[("DEVICE_BINDING", text, text) for text in ("off", "accept", "offer")],
    *[("DEVICE_SCOPE", text, text) for text in ("refresh", "host")],
    ("METRICS", "true", True),
    *[("LOG_LEVEL", level, level) for level in ("debug", "info", "warning", "error")],
    ("LOG_FORMAT", "console", "console"),
]

BAD = [
    *[("RATE_LIMIT", text) for text in ("", "300", "300/fortnight", "0/minute", "-1/minute", "1/minute;2/hour")],
    *[("FAILURE_RATE_LIMIT", text) for text in ("", "x")],
    *[("RATE_LIMIT_URL", text) for text in ("", "redis", "redis:host", "http://h:1", "redis://h", "redis://h:0", "redis://h:1/x", "redis://[h")],
    *[("DATABASE_URL", text) for text in ("state.db", "mysql://h", "postgresql://h/d", "sqlite:x", "sqlite:///x?a=b")],
    *[("ISSUER", text) for text in ("", "a\nb", "x" * 256)],
    *[("AUDIENCE", text) for text in ("", "a\0b", "x" * 256)],
    *[
        ("ALLOWED_ORIGINS", text)
        for text in ("*", "null", "a.example", "https://a.example/", "https://A.example", "https://u@a.example",
                     "ftp://a.example", "https://*.example", "https://a.example;https://b.example", "https://")
    ],
    *[
        ("COOKIE_DOMAIN", text)
        for text in ("com", ".a.com", "a.com.", "a..com", "A.com", "a.com/", "a.com; Secure", "-a.com", "a com", "\n")
    ],
    *[("MAX_SESSION_AGE", text) for text in ("", "59", "315360001", "-1", "1e9", "60.0", "٦٠", " 60", "60s")],
    *[("IDLE_TIMEOUT", text) for text in ("", "59", "00", "315360001", "-1", "1e9", "60.0", "off")],
    *[("LEEWAY", text) for text in ("", "61", "-1", "1.5", "true")],
    *[("REVOCATION_POLL", text) for text in ("", "0", "0.09", "3601", "nan", "inf", "1e1", "-1", ".5")],
    *[("MAX_STALENESS", text) for text in ("", "0", "x")],
    *[("FORWARDED_ALLOW_IPS", text) for text in ("*", "localhost", "10.0.0.1/8", "10.0.0.0/33")],
    *[("DEVICE_BINDING", text) for text in ("", "on", "Offer", "required")],
    *[("METRICS", text) for text in ("", "1", "yes", "True")],
    *[("LOG_LEVEL", text) for text in ("", "INFO", "trace")],
    *[("LOG_FORMAT", text) for text in ("text", "JSON")],
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "value"), GOOD)
def test_good_setting_is_read(name, text, value):
    """Each setting is read from its own variable."""
    assert getattr(read({P + name: text}), name.lower()) == value


def refusal(name, text):
    """The one line that a value gets, which names the setting and what it must be."""
    with pytest.raises(SettingsError) as wrong:
        read({P + name: text})
    (line,) = wrong.value.lines
    assert line.startswith(f"{P}{name}: must ")
    return line


@pytest.mark.parametrize(("name", "text"), BAD)
def test_bad_setting_is_one_line_that_names_it(name, text):
    """A value that cannot be used is refused in one line, which names the setting and what it must be."""
    assert "\n" not in refusal(name, text)


def test_defaults_are_those_of_the_documentation(tmp_path, monkeypatch):
    """With nothing set, everything has its documented default, and lies in the working directory."""
    monkeypatch.chdir(tmp_path)
    state = tmp_path / ".session-refresh"
    assert read({}) == Settings(
        state_dir=state, keys_file=state / "keys.json", issuers_file=state / "issuers.json",
        database_url=f"sqlite:///{state / 'state.db'}",
        rate_limit="300/minute", rate_limit_url="memory://", failure_rate_limit="600/minute",
        issuer="https://devapi.withverifa.com", audience="verifa-dashboard", allowed_origins=(), cookie_domain="",
        max_session_age=2592000, idle_timeout=0, leeway=30, revocation_poll=1, max_staleness=10,
        forwarded_allow_ips=("127.0.0.1", "::1"),
        hsts="max-age=31536000", keep_alive=75, internal=None, device_binding="off",
            device_scope="refresh", metrics=False,
        log_level="info", log_format="json",
    )  # fmt: skip


def test_log_format_follows_the_terminal():
    """Unless set, the log is for people on a terminal, and for machines elsewhere."""
    formats = [
        read(environ, terminal=terminal).log_format
        for environ in ({}, {P + "LOG_FORMAT": "json"})
        for terminal in (True, False)
    ]
    assert formats == ["console", "json", "json", "json"]


def test_paths_hang_together():
    """The files and the database lie in the state directory unless they are set; only that database is the embedded one."""
    moved = read({P + "STATE_DIR": "/srv/state"})
    assert (moved.keys_file, moved.database_url) == (Path("/srv/state/keys.json"), "sqlite:////srv/state/state.db")
    assert moved.issuers_file == Path("/srv/state/issuers.json")
    assert moved.embedded
    apart = read({P + "STATE_DIR": "/srv/state", P + "KEYS_FILE": "/etc/keys", P + "DATABASE_URL": "sqlite:////x/y.db"})
    assert (apart.keys_file, apart.embedded) == (Path("/etc/keys"), False)


def test_all_mistakes_are_told_at_once():
    """An operator reads of every mistake in one go, misspelt names included; other programs' variables are none."""
    with pytest.raises(SettingsError) as wrong:
        read({P + "LEEWAY": "61", P + "METRICS": "on", P + "LEWAY": "3", "PATH": "/bin", "LEEWAY": "99"})
    assert [line.partition(":")[0] for line in wrong.value.lines] == [P + "LEWAY", P + "LEEWAY", P + "METRICS"]
    assert str(wrong.value) == "\n".join(wrong.value.lines)


def test_staleness_is_not_shorter_than_the_poll():
    """A worker that polls less often than it may be stale would be unavailable in between."""
    with pytest.raises(SettingsError, match="MAX_STALENESS"):
        read({P + "MAX_STALENESS": "1", P + "REVOCATION_POLL": "1.1"})
    assert read({P + "MAX_STALENESS": "1", P + "REVOCATION_POLL": "1"}).max_staleness == 1


def test_policy_is_what_the_settings_say():
    """What tokens are judged by comes from four settings."""
    policy = read({P + "ISSUER": "i", P + "AUDIENCE": "a", P + "LEEWAY": "5", P + "MAX_SESSION_AGE": "99"}).policy
    assert (policy.issuer, policy.audience, policy.leeway, policy.max_session_age) == ("i", "a", 5, 99)


@pytest.mark.parametrize("name", ["DATABASE_URL", "RATE_LIMIT_URL"])
@pytest.mark.parametrize("url", ["http://user:pass-word@host", "redis:user:pass-word", "redis://user:pass℀word@host/0"])
def test_url_is_not_shown(name, url):
    """A URL may hold a password: no message about it quotes any of it, Python's own included."""
    line = refusal(name, url)
    assert "pass-word" not in line
    assert "℀" not in line


@pytest.mark.parametrize("name", ["RATE_LIMIT", "FAILURE_RATE_LIMIT"])
@pytest.mark.parametrize(
    ("rate", "good"),
    [
        ("1/day", True),
        ("1000000000/minute", True),
        ("1000000001/minute", False),
        ("5/2 days", False),
        ("5/month", False),
    ],
)
def test_rate_is_one_that_the_document_can_tell(name, rate, good):
    """X-RateLimit-Limit is at most 1000000000, Retry-After at most a day: a limit beyond would break the contract."""
    environ = {f"SESSION_REFRESH_{name}": rate}
    if good:
        assert getattr(read(environ), name.lower()) == rate
        return
    with pytest.raises(SettingsError) as wrong:
        read(environ)
    (line,) = wrong.value.lines
    assert line.startswith(f"SESSION_REFRESH_{name}: must be one rate like 300/minute, ")
