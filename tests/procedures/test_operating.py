"""docs/operating.md, docs/forward-authentication.md, docs/migration.md and others, as operators read them."""

import time

import jwt

from tests.support.pages import ROOT, Reader
from tests.support.server_process import free_port
from tests.support.source_files import copy, source_files
from tests.support.terminal import Terminal


def test_operating_as_written(tmp_path):
    """The package is installed from a checkout, checked and started; the database is backed up and brought back."""
    checkout = copy(source_files(), tmp_path / "checkout")
    replace = {"8080": str(free_port())}
    with Terminal(checkout, replace) as terminal, Reader("docs/operating.md", terminal) as reader:
        terminal.replace["serve --workers 2"] = f"serve --workers 2 --port {replace['8080']}"
        reader.start()
        reader.run()
        assert (checkout / "copy.db").stat().st_size > 0
        assert (checkout / "copy.db").stat().st_mode & 0o777 == 0o600
        assert terminal.run("session-refresh revoke --session later")[0] == 0
        reader.run()
        assert terminal.run("session-refresh audit") == (0, "")


def test_forward_authentication_as_written(terminal):
    """/verify answers on the internal listener; the lines for nginx are those of the whole configuration."""
    with Reader("docs/forward-authentication.md", terminal) as reader:
        terminal.replace["serve --internal"] = f"serve --port {terminal.replace['8080']} --internal"
        reader.start()
        reader.run()
        text = "\n".join(reader.take("nginx").text for _ in range(2))
        configuration = (ROOT / "deploy/proxies/nginx.conf").read_text()
        lines, whole = (
            [line.partition(" #")[0].split() for line in each.splitlines()] for each in (text, configuration)
        )
        assert lines
        assert [line for line in lines if line not in whole] == []


OLD = {"iss": "https://login.example.com", "aud": "dashboard", "sub": "user_1", "org": "org_1", "sid": "s_1"}
SECRET = "an old secret of more than 32 bytes"


def test_migration_as_written(terminal, tmp_path):
    """A token of the endpoint that is to be replaced is read, its secret becomes a key, and it is refreshed."""
    now = int(time.time())
    token = jwt.encode({**OLD, "iat": now, "exp": now + 28800}, SECRET, algorithm="HS256")
    (tmp_path / "old.jwt").write_text(token)
    terminal.run(f"SECRET='{SECRET}'")
    with Reader("docs/migration.md", terminal) as reader:
        reader.run()
        (tmp_path / "jwk.py").write_text(reader.take("python").text)
        reader.run()
        terminal.replace["refresh serve"] = f"refresh serve --port {terminal.replace['8080']}"
        reader.start()
        reader.run()


def test_identity_provider_as_written(terminal, tmp_path):
    """The example of an issuers file is good, and `check` says what is wrong with another."""
    (tmp_path / ".session-refresh").mkdir(0o700)
    with Reader("docs/identity-providers.md", terminal) as reader:
        example = reader.take("json").text
        (tmp_path / ".session-refresh" / "issuers.json").write_text(example)
        assert terminal.run("session-refresh check") == (0, "everything is in place\n")
        (tmp_path / ".session-refresh" / "issuers.json").write_text(example.replace('"issuer"', '"isuer"'))
        status, printed = terminal.run("session-refresh check")
        assert status == 1
        assert "isuer" in printed
