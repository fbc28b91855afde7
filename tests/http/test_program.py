"""The program: an operator's mistakes are one line that names what is wrong; its commands do what they say."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time

import jwt
import pytest

from tests.support import program
from tests.support.assertions import REFRESH, is_problem, is_refreshed
from tests.support.cli_runner import CliRunner
from tests.support.program import PROGRAM
from tests.support.service import Service
from tests.support.waiting import wait_for


@pytest.fixture
def runner(tmp_path):
    """A state directory with keys in it, and no service."""
    runner = CliRunner(tmp_path)
    runner.run("keys", "list")
    return runner


def assert_fails(done, status, *words):
    """One line on stderr with these words in it, nothing on stdout, the exit status."""
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


# ---- as installed

INSTALLED: dict[str, tuple[list[str], dict[str, str], int, str]] = {
    "usage": (["keys", "promote"], {}, 2, "KID"),
    "setting": (["serve", "--port", "0"], {"LEEWAY": "90"}, 2, "SESSION_REFRESH_LEEWAY"),
    "key file": (["serve", "--port", "0"], {"KEYS_FILE": "/nonexistent/k.json"}, 1, "/nonexistent/k.json"),
    "state directory": (["login", "--sub", "u", "--org", "o"], {"STATE_DIR": "/usr"}, 1, "SESSION_REFRESH_STATE_DIR"),
    "database": (["revoke", "--session", "s"], {"DATABASE_URL": "sqlite:////nonexistent/x"}, 1, "DATABASE_URL"),
    "check": (["check"], {"DATABASE_URL": "sqlite:////nonexistent/x"}, 1, "DATABASE_URL"),
}


@pytest.mark.parametrize(("arguments", "settings", "status", "word"), INSTALLED.values(), ids=INSTALLED)
def test_installed_program_tells_a_mistake_in_one_line(runner, arguments, settings, status, word):
    """One of each kind by the program itself; the tables below go through its entry point in this process."""
    assert_fails(runner.cli(*arguments, check=False, **{"KEYS_FILE": str(runner.keys_file), **settings}), status, word)


# ---- usage

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
    "api-keys create without organisation": (["api-keys", "create", "--version", "2026-02-01"], "--org"),
    "api-keys create without version": (["api-keys", "create", "--org", "o"], "--version"),
    "api-keys create, empty organisation": (["api-keys", "create", "--org", "", "--version", "2026-02-01"], "--org"),
    "api-keys create, unknown version": (["api-keys", "create", "--org", "o", "--version", "2025-01-01"], "--version"),
    "api-keys create, a network that is none": (
        ["api-keys", "create", "--org", "o", "--version", "2026-02-01", "--allow-ip", "10.0.0.300"], "--allow-ip"
    ),
    "api-keys create, a network with host bits": (
        ["api-keys", "create", "--org", "o", "--version", "2026-02-01", "--allow-ip", "10.0.0.1/8"], "--allow-ip"
    ),
    "api-keys create, expired": (
        ["api-keys", "create", "--org", "o", "--version", "2026-02-01", "--expires", "2020-01-01"], "--expires"
    ),
    "api-keys create, a date that is none": (
        ["api-keys", "create", "--org", "o", "--version", "2026-02-01", "--expires", "tomorrow"], "--expires"
    ),
    "api-keys revoke without a key": (["api-keys", "revoke"], "ID"),
    "revoke nothing": (["revoke"], "--session"),
    "revoke a user without organisation": (["revoke", "--user", "u"], "--org"),
    "revoke a session and an organisation": (["revoke", "--session", "s", "--org", "o"], "--session"),
    "revoke an empty session": (["revoke", "--session", ""], "--session"),
    "revoke a user with a line end": (["revoke", "--user", "a\nb", "--org", "o"], "--user"),
}  # fmt: skip


@pytest.mark.parametrize(("arguments", "word"), USAGE.values(), ids=USAGE)
def test_wrong_usage_is_one_line_and_exit_2(runner, arguments, word):
    """The line names the argument."""
    assert_fails(runner.run(*arguments, check=False), 2, "session-refresh", word)


@pytest.mark.parametrize("arguments", [[], ["keys"], ["api-keys"]])
def test_no_command_shows_the_usage(runner, arguments):
    """Help on stdout, exit 2."""
    done = (
        runner.run(*arguments, check=False) if arguments else subprocess.run([PROGRAM], capture_output=True, text=True)
    )
    assert done.returncode == 2
    assert "Usage: session-refresh" in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["", "serve", "login", "keys add", "api-keys create", "revoke", "check"])
def test_help_needs_nothing(tmp_path, command):
    """--help makes no state directory, and exits 0."""
    done = CliRunner(tmp_path).run(*command.split(), "--help")
    assert "Usage: session-refresh" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_version_is_shown(runner):
    """--version."""
    assert re.search(r"[0-9]+\.[0-9]+\.[0-9]+", runner.run("--version").stdout)


# ---- settings

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
    """The line names the setting. What a URL holds is not repeated: it may be a password."""
    for value in values:
        done = runner.run("check", check=False, **{name: value})
        assert_fails(done, 2, f"SESSION_REFRESH_{name}: ")


def test_bad_setting_stops_every_command_the_same_way(runner):
    """serve, which would otherwise run, included."""
    for arguments in (
        ["serve", "--port", "0"],
        ["login", "--sub", "u", "--org", "o"],
        ["keys", "list"],
        ["api-keys", "list"],
    ):
        assert_fails(runner.run(*arguments, check=False, LEEWAY="90"), 2, "SESSION_REFRESH_LEEWAY")


def test_several_bad_settings_are_a_line_each(runner):
    """All at once, so that nobody has to find them one by one."""
    done = runner.run("check", check=False, LEEWAY="90", METRICS="on", BOGUS="x")
    assert done.returncode == 2
    assert sorted(re.findall(r"SESSION_REFRESH_(\w+)", done.stderr)) == ["BOGUS", "LEEWAY", "METRICS"]
    assert done.stderr.count("\n") == 3


def test_password_in_a_url_is_never_shown(runner):
    """Neither of a URL that is wrong nor of one that leads nowhere."""
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


# ---- key file


def weak(alg):
    import cryptography.hazmat.primitives.asymmetric.rsa as rsa

    if alg == "HS256":
        return {"kty": "oct", "kid": "k", "alg": alg, "k": "c2hvcnQ"}
    jwk = jwt.algorithms.RSAAlgorithm.to_jwk(
        rsa.generate_private_key(public_exponent=65537, key_size=1024), as_dict=True
    )
    return {**jwk, "kid": "k", "alg": alg}


GOOD = {"kty": "oct", "kid": "k", "alg": "HS256", "k": "A" * 43}
KEY_FILES: dict[str, tuple[object, str]] = {
    "empty": (b"", "not JSON"),
    "garbage": (os.urandom(100), "not JSON"),
    "half of one": (b'{"keys": [{"kty"', "not JSON"),
    "nested too deep": (b"[" * 100_000, "not JSON"),
    "a list": ([], "not a JWK Set"),
    "without keys": ({}, "keys"),
    "keys not a list": ({"keys": {}}, "keys"),
    "no key at all": ({"keys": []}, "no private key"),
    "a key that is no object": ({"keys": ["x"]}, "object"),
    "one key, not in a set": (GOOD, "keys"),
    "a key without kid": ({"keys": [{**GOOD, "kid": ""}]}, "kid"),
    "a key without alg": ({"keys": [{**GOOD, "alg": None}]}, "alg"),
    "unknown algorithm": ({"keys": [{**GOOD, "alg": "none"}]}, "alg"),
    "HS512": ({"keys": [{**GOOD, "alg": "HS512"}]}, "alg"),
    "algorithm of another type": ({"keys": [{**GOOD, "alg": "EdDSA"}]}, "kty"),
    "a key for encryption": ({"keys": [{**GOOD, "use": "enc"}]}, "use"),
    "two keys of one kid": ({"keys": [GOOD, GOOD]}, "kid"),
    "weak HS256": ({"keys": [weak("HS256")]}, "32 bytes"),
    "weak RS256": ({"keys": [weak("RS256")]}, "2048 bits"),
    "bad base64": ({"keys": [{**GOOD, "k": "=" * 43}]}, "'k'"),
    "numbers for text": ({"keys": [{**GOOD, "k": 5}]}, "'k'"),
    "RS256 without n": ({"keys": [{"kty": "RSA", "kid": "k", "alg": "RS256", "e": "AQAB"}]}, "RS256"),
    "ES256 off the curve": (
        {"keys": [{"kty": "EC", "crv": "P-256", "kid": "k", "alg": "ES256", "x": "AA", "y": "AA"}]}, "ES256"
    ),
    "EdDSA of another curve": (
        {"keys": [{"kty": "OKP", "crv": "X25519", "kid": "k", "alg": "EdDSA", "x": "AA"}]}, "Ed25519"
    ),
    "a public key alone": (
        {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k", "alg": "EdDSA",
                   "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]},
        "no private key",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "word"), KEY_FILES.values(), ids=KEY_FILES)
def test_bad_key_file_is_one_line_and_exit_1(runner, content, word):
    """The line names the file and what is wrong with it, and holds no key material."""
    runner.keys_file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    for arguments in (["keys", "list"], ["check"]):
        done = runner.run(*arguments, check=False)
        assert_fails(done, 1, str(runner.keys_file), word)
        assert "A" * 20 not in done.stderr


def test_bad_key_file_stops_serve_before_it_listens(runner):
    """One line, exit 1, no address printed."""
    runner.keys_file.write_text("{}")
    assert_fails(runner.run("serve", "--port", "0", check=False), 1, str(runner.keys_file))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700 | 0o077])
def test_key_file_that_others_can_read_is_refused(runner, mode):
    """The line tells the mode it has and the one it must have."""
    runner.keys_file.chmod(mode)
    assert_fails(
        runner.run("login", "--sub", "u", "--org", "o", check=False), 1, str(runner.keys_file), "0600", f"{mode:04o}"
    )


@pytest.mark.parametrize(
    "command", [["serve", "--port", "0"], ["check"], ["login", "--sub", "u", "--org", "o"], ["keys", "export"]]
)
def test_key_file_must_be_there_with_a_shared_database(tmp_path, command):
    """No machine makes up keys of its own where others must have the same."""
    database = f"sqlite:///{tmp_path}/shared.db"
    assert_fails(
        CliRunner(tmp_path).run(*command, check=False, DATABASE_URL=database), 1, str(tmp_path / "state" / "keys.json")
    )
    assert not (tmp_path / "state" / "keys.json").exists()


@pytest.mark.parametrize("kind", ["folder", "socket", "fifo", "dangling link", "loop of links"])
def test_key_file_that_is_no_file_is_refused(runner, kind):
    """A folder, a FIFO that would hang, a link into nothing."""
    runner.keys_file.unlink()
    path = str(runner.keys_file)
    if kind == "folder":
        os.mkdir(path)
    elif kind == "fifo":
        os.mkfifo(path, 0o600)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server, contextlib.chdir(runner.state):
            server.bind("keys.json")
    else:
        os.symlink("keys.json" if kind == "loop of links" else "nowhere/keys.json", path)
    assert_fails(runner.run("keys", "list", check=False), 1, path)


def test_key_file_in_a_folder_that_is_not_there_is_named(runner):
    """By check as well as by serve."""
    for command in (["check"], ["serve", "--port", "0"]):
        assert_fails(runner.run(*command, check=False, KEYS_FILE="/nonexistent/keys.json"), 1, "/nonexistent/keys.json")


# ---- state directory, database, port


@pytest.mark.parametrize("path", ["/proc/nowhere", "/dev/null", "/dev/null/state", "/usr", "/" + "a" * 300])
def test_state_directory_that_cannot_be_is_named(tmp_path, path):
    """Not makeable, not a folder, not private, too long a name."""
    assert_fails(CliRunner(tmp_path).run("check", check=False, STATE_DIR=path), 1, f"SESSION_REFRESH_STATE_DIR {path}")


def test_state_directory_is_made_private(tmp_path):
    """Mode 0700, its key file 0600; the default is .session-refresh in the working directory."""
    runner = CliRunner(tmp_path)
    del runner.environ["SESSION_REFRESH_STATE_DIR"]
    runner.run("keys", "list")
    state = tmp_path / ".session-refresh"
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "keys.json").stat().st_mode & 0o777 == 0o600
    state.chmod(0o755)
    assert_fails(runner.cli("keys", "list", check=False), 1, "SESSION_REFRESH_STATE_DIR", "0700")


@pytest.mark.parametrize("name", ["a?b", "a?b=c", "a#b", "a%20b", "a b", "a@b:c", "ä"])
def test_state_directory_may_have_any_name(tmp_path, name):
    """What means something in a URL means nothing here: the database is made in the folder, and nowhere else."""
    runner = CliRunner(tmp_path)
    runner.run("revoke", "--session", "s", STATE_DIR=str(tmp_path / name))
    assert [file.name for file in tmp_path.iterdir()] == [name]
    assert "state.db" in [file.name for file in (tmp_path / name).iterdir()]


COMMANDS = [["revoke", "--session", "s"], ["check"], ["api-keys", "list"], ["api-keys", "revoke", "x"]]
COMMANDS += [["api-keys", "create", "--org", "o", "--version", "2026-02-01"]]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_database_out_of_reach_is_one_line_that_names_the_setting(runner, command):
    """A port where nothing listens, a folder that is not there: exit 1, and nothing is said to be done."""
    for url in ("postgresql+psycopg://u:p@127.0.0.1:1/d", "sqlite:////nonexistent/x.db"):
        assert_fails(runner.run(*command, check=False, DATABASE_URL=url), 1, "SESSION_REFRESH_DATABASE_URL")


def test_database_file_that_is_none_is_named(runner):
    """Garbage, or a folder, where the embedded database should be."""
    file = runner.state / "state.db"
    file.write_bytes(b"garbage" * 1000)
    assert_fails(runner.run("check", check=False), 1, "SESSION_REFRESH_STATE_DIR", "not a database")
    file.unlink()
    file.mkdir()
    assert_fails(runner.run("revoke", "--session", "s", check=False), 1, "SESSION_REFRESH_STATE_DIR", "unable to open")


def test_port_in_use_is_one_line(runner):
    """It names host and port."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        assert_fails(runner.run("serve", "--port", port, check=False), 1, "--port " + port, "in use")


@pytest.mark.parametrize("host", ["nonsense.invalid", "300.1.1.1", "192.0.2.1", "a..b"])
def test_host_that_is_not_ours_is_one_line(runner, host):
    """A name without address, an address of another machine."""
    assert_fails(runner.run("serve", "--host", host, "--port", "0", check=False), 1, f"--host {host}")


def test_shared_limits_out_of_reach_are_told_by_check(runner):
    """One line that names the setting."""
    assert_fails(
        runner.run("check", check=False, RATE_LIMIT_URL="redis://127.0.0.1:1"), 1, "SESSION_REFRESH_RATE_LIMIT_URL"
    )


def test_check_tells_all_that_is_wrong_a_line_each(runner):
    """Keys, store and limits at once; exit 1."""
    runner.keys_file.write_text("{}")
    done = runner.run(
        "check", check=False, RATE_LIMIT_URL="redis://127.0.0.1:1", DATABASE_URL="sqlite:////nonexistent/x.db"
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 3
    for word in (str(runner.keys_file), "DATABASE_URL", "RATE_LIMIT_URL"):
        assert word in done.stderr


def test_check_of_a_good_place_says_so(runner):
    """Exit 0; in a fresh state directory too, without making keys."""
    assert runner.run("check").stdout == "everything is in place\n"
    runner.keys_file.unlink()
    assert runner.run("check").returncode == 0
    assert not runner.keys_file.exists()


# ---- login


def test_login_prints_just_a_token(runner):
    """On stdout alone; for 8 hours, signed by the signing key, with what was asked for."""
    done = runner.run("login", "--sub", "ünïcode user", "--org", "o", "--sid", "s")
    assert done.stderr == ""
    assert re.fullmatch(r"[\w-]+\.[\w-]+\.[\w-]+\n", done.stdout)
    key = jwt.PyJWK.from_dict(json.loads(runner.run("keys", "export").stdout)["keys"][0]).key
    claims = jwt.decode(done.stdout.strip(), key, algorithms=["EdDSA"], audience="verifa-dashboard")
    assert (claims["sub"], claims["org"], claims["sid"]) == ("ünïcode user", "o", "s")
    assert (claims["exp"] - claims["iat"], claims["auth_time"]) == (28800, claims["iat"])


def test_login_without_sid_makes_a_new_session_each_time(runner):
    """Two sign-ins are two sessions."""
    first, second = (jwt.decode(runner.login(), options={"verify_signature": False})["sid"] for _ in range(2))
    assert first != second


def test_login_prints_a_cookie_or_a_call_to_paste(service):
    """The call runs as it is printed: a curl with a real cookie, which gets 200."""
    cookie = service.cli("login", "--sub", "u", "--org", "o", "--format", "cookie").stdout
    assert re.fullmatch(r"vk_org_token=[\w-]+\.[\w-]+\.[\w-]+\n", cookie)
    is_refreshed(service.request(f"Cookie: {cookie.strip()}"))
    url = f"http://127.0.0.1:{service.port}/"
    words = shlex.split(service.cli("login", "--sub", "u", "--org", "o", "--format", "curl", "--url", url).stdout)
    assert words[:5] == ["curl", "-i", "-X", "POST", f"http://127.0.0.1:{service.port}{REFRESH}"]
    assert words[5] == "-H"
    is_refreshed(service.request(words[6]))


# ---- keys


def kids(runner):
    """The keys as `keys list` shows them: kid, algorithm, use."""
    return [tuple(line.split("\t")[:3]) for line in runner.run("keys", "list").stdout.splitlines()]


@pytest.mark.parametrize("alg", ["EdDSA", "ES256", "RS256", "HS256"])
def test_keys_are_added_promoted_and_retired(runner, alg):
    """add: verifies; promote: signs; retire: refuses the signing key and, without --force, one with cookies alive."""
    ((old, _, use),) = kids(runner)
    assert use == "signs"
    new = runner.run("keys", "add", "--alg", alg).stdout.strip()
    assert kids(runner) == [(old, "EdDSA", "signs"), (new, alg, "verifies")]
    assert_fails(runner.run("keys", "retire", old, check=False), 1, str(runner.keys_file), old, "signing key")
    assert runner.run("keys", "promote", new).stdout == ""
    assert kids(runner) == [(new, alg, "signs"), (old, "EdDSA", "verifies")]
    assert jwt.get_unverified_header(runner.login())["kid"] == new
    assert_fails(runner.run("keys", "retire", old, check=False), 1, str(runner.keys_file), old, "may live until")
    runner.run("keys", "retire", old, "--force")
    assert kids(runner) == [(new, alg, "signs")]
    assert runner.keys_file.stat().st_mode & 0o777 == 0o600
    exported = json.loads(runner.run("keys", "export").stdout)["keys"]
    assert [key["kid"] for key in exported] == ([] if alg == "HS256" else [new])


def test_key_that_never_signed_is_retired_without_force(runner):
    """No cookie can hang on it."""
    new = runner.run("keys", "add").stdout.strip()
    runner.run("keys", "retire", new)
    assert new not in [kid for kid, *_ in kids(runner)]


@pytest.mark.parametrize("command", ["promote", "retire"])
def test_key_that_is_not_there_is_named(runner, command):
    """Exit 1, and the file stays as it was."""
    before = runner.keys_file.read_bytes()
    assert_fails(runner.run("keys", command, "no-such-key", check=False), 1, "no-such-key")
    assert runner.keys_file.read_bytes() == before


def test_keys_commands_never_print_private_parts(runner):
    """list and export of every algorithm."""
    for alg in ("ES256", "RS256", "HS256"):
        runner.run("keys", "add", "--alg", alg)
    shown = runner.run("keys", "list").stdout + runner.run("keys", "export").stdout
    assert not runner.secrets_in(shown)


# ---- api-keys


def test_api_key_is_shown_once_and_only_its_digest_is_stored(service):
    """No file of the state directory holds the key; list shows everything but the key."""
    import hashlib

    key = service.cli(
        "api-keys", "create", "--org", "org-9", "--version", "2026-01-01", "--allow-ip", "10.0.0.0/8"
    ).stdout.strip()
    sandbox = service.run("api-keys", "create", "--org", "org-9", "--version", "2026-02-01", "--sandbox").stdout.strip()
    assert re.fullmatch(r"vk_live_[\w-]{43}", key)
    assert re.fullmatch(r"vk_sandbox_[\w-]{43}", sandbox)
    stored = b"".join(file.read_bytes() for file in service.state.iterdir())
    for secret in (key, sandbox):
        assert secret.encode() not in stored
        assert secret.partition("_")[2].partition("_")[2].encode() not in stored
        assert hashlib.sha256(secret.encode()).hexdigest().encode() in stored
    listed = service.run("api-keys", "list").stdout
    assert not service.secrets_in(listed)
    rows = [row.split("\t")[1:] for row in listed.splitlines() if "\torg-9\t" in row]
    assert sorted(rows) == [
        ["live", "org-9", "2026-01-01", "holds", "10.0.0.0/8"],
        ["sandbox", "org-9", "2026-02-01", "holds", "any address"],
    ]


def test_api_key_is_revoked_within_2_seconds(service):
    """From 200 to 401 while the service runs; revoking again changes nothing; an unknown id is named."""
    token = service.sign(org="org-8")
    key = service.run("api-keys", "create", "--org", "org-8", "--version", "2026-01-01").stdout.strip()
    (row,) = [row for row in service.run("api-keys", "list").stdout.splitlines() if "\torg-8\t" in row]
    wait_for(lambda: service.refresh(token, f"X-API-Key: {key}").status == 200, "the key to be known", 2.0)
    service.run("api-keys", "revoke", row.split("\t")[0])
    wait_for(lambda: service.refresh(token, f"X-API-Key: {key}").status == 401, "the revocation to be in force", 2.0)
    service.run("api-keys", "revoke", row.split("\t")[0])
    assert "\torg-8\t2026-01-01\trevoked\t" in service.run("api-keys", "list").stdout
    assert_fails(service.run("api-keys", "revoke", "ak_nope", check=False), 1, "ak_nope")


# ---- revoke


REVOCATIONS: dict[str, tuple[list[str], str]] = {
    "session": (["--session", "1"], "1"),
    "user": (["--user", "u", "--org", "a"], "12"),
    "organisation": (["--org", "a"], "123"),
}


def test_revocation_ends_just_what_it_names_within_2_seconds(service):
    """By session, by user in an organisation, by organisation; the others, and a new sign-in, go on."""
    for kind, (options, ended) in REVOCATIONS.items():
        named = [f"by-{kind}-{word}" if before != "--user" and not word.startswith("--") else word
                 for before, word in zip(["", *options], options, strict=False)]  # fmt: skip
        sessions = {
            sid: service.sign(sub=user, org=f"by-{kind}-{org}", sid=f"by-{kind}-{sid}")
            for sid, user, org in (("1", "u", "a"), ("2", "u", "a"), ("3", "v", "a"), ("4", "u", "b"))
        }
        done = service.run("revoke", *named)
        assert (done.stdout, done.stderr) == ("", "")
        one = sessions["1"]
        wait_for(lambda: service.refresh(one).status == 401, "the revocation to be in force", 2.0)  # noqa: B023
        assert "".join(sid for sid, token in sessions.items() if service.refresh(token).status == 401) == ended
    later = int(time.time()) + 2
    is_refreshed(service.refresh(service.sign(sub="u", org="by-user-a", sid="5", iat=later, auth_time=later)))


# ---- serve


@pytest.mark.parametrize(("workers", "number"), [("1", signal.SIGTERM), ("2", signal.SIGTERM), ("1", signal.SIGINT)])
def test_signal_stops_the_service_with_exit_0(start, workers, number):
    """One worker or two; nothing but log lines on stderr."""
    running = start("--workers", workers)
    is_refreshed(running.refresh(running.sign()))
    assert running.stop(number) == 0
    log = running.log.text()
    assert "Traceback" not in log
    assert all(line.startswith("{") for line in log.splitlines())


def test_port_0_picks_a_free_port_and_prints_it(tmp_path):
    """One line on stdout, before anything is answered."""
    service = Service(tmp_path).start()
    assert service.port > 0
    assert service.process is not None
    assert service.get("/healthz").status == 200
    assert service.stop() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_signal_in_the_middle_of_starting_is_not_lost(runner, tmp_path, workers):
    """SIGTERM as soon as the address is printed, before anything is served: exit 0, no traceback."""
    command = [PROGRAM, "serve", "--port", "0", "--workers", workers]
    server = program.start(command, runner.environ, tmp_path, output=tmp_path / "output", log=tmp_path / "log")
    assert server.stop() == 0
    assert "listens on" in (tmp_path / "output").read_text()
    assert "Traceback" not in (tmp_path / "log").read_text()


def test_service_listens_on_ipv6(runner, tmp_path):
    """--host ::1, printed with brackets."""
    if not socket.has_ipv6 or not os.path.exists("/proc/net/if_inet6"):
        pytest.skip("no IPv6 on this machine")
    command = [PROGRAM, "serve", "--host", "::1", "--port", "0"]
    server = program.start(command, runner.environ, tmp_path, output=tmp_path / "output", log=tmp_path / "log")
    assert server.stop() == 0
    printed = (tmp_path / "output").read_text()
    assert re.fullmatch(r"session-refresh listens on http://\[::1\]:([0-9]+)\n", printed)


def test_changed_key_file_is_picked_up_and_a_broken_one_refused(start):
    """Within 2 s each way; while the file is broken the keys in force stay, and the log and /readyz say so."""
    running = start()
    token = running.sign()
    good = running.keys_file.read_bytes()
    for broken in (b"garbage", b"", b'{"keys": []}'):
        before = len(running.log.lines())
        running.keys_file.write_bytes(broken)

        def refused(before=before):
            return [line for line in running.log.lines()[before:] if line["event"].startswith("key file refused")]

        (line,) = wait_for(refused, "the broken file to be refused", 2.0)
        assert line["level"] == "error"
        assert str(running.keys_file) in line["reason"]
        is_refreshed(running.refresh(token))
        ready = running.get("/readyz")
        assert ready.status == 200
        assert ready.json()["keys"].startswith("degraded: key file ")
    running.keys_file.chmod(0o644)
    running.keys_file.write_bytes(good)
    wait_for(lambda: "mode is 0644" in running.get("/readyz").json()["keys"], "the mode to be noticed", 2.0)
    running.keys_file.chmod(0o600)
    wait_for(lambda: running.get("/readyz").json()["keys"] == "ok", "the good file to be picked up", 2.0)
    new = running.run("keys", "add", "--alg", "ES256").stdout.strip()
    running.run("keys", "promote", new)
    wait_for(
        lambda: jwt.get_unverified_header(is_refreshed(running.refresh(token)))["kid"] == new,
        "the new key to sign",
        2.0,
    )
    old = json.loads(good)["keys"][0]["kid"]
    fresh = is_refreshed(running.refresh(token))
    running.run("keys", "retire", old, "--force")
    reply = wait_for(lambda: (r := running.refresh(token)).status == 401 and r, "the old key to be gone", 2.0)
    is_problem(reply, 401)
    is_refreshed(running.refresh(fresh))
