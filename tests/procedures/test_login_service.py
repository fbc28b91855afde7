"""docs/login-service.md, followed as it is written: as root, with two users, on a machine of its own."""

from __future__ import annotations

import json
import re

import pytest

from tests.support import other_user, own_machine
from tests.support.pages import Reader, blocks, steps
from tests.support.terminal import Terminal
from tests.support.waiting import wait_for

PAGE = "docs/login-service.md"
THE_CLAIMS = "The claims, and the cookie"
LOGIN = "cd /opt/login; sudo -u login /opt/login/bin/python"
END_ALL = f"""{LOGIN} -c 'from sign_out import end; end(sub="user_1", org="org_1")'"""
REFRESH = 'curl -si -X POST http://127.0.0.1:8080/api/v1/auth/refresh -H "Cookie: $COOKIE"'
pytestmark = pytest.mark.skipif(not other_user.is_root(), reason="only root can make users")


@pytest.fixture
def terminal(tmp_path):
    """A root's terminal on a machine where nothing is set up; `session-refresh` there is as docs/systemd.md installs it."""
    with Terminal(tmp_path, inside=own_machine.inside()) as terminal:
        terminal.run("cd /srv")
        with Reader(PAGE, terminal, "Before you start") as reader:
            reader.skip("venv", "the environment is the one this runs in, and no registry is in reach")
        terminal.run(
            "session-refresh() { sudo -u session-refresh env SESSION_REFRESH_STATE_DIR=/var/lib/session-refresh"
            ' SESSION_REFRESH_KEYS_FILE=/etc/session-keys/keys.json /opt/session-refresh/bin/session-refresh "$@"; }'
        )
        yield terminal


def write(terminal, path, text):
    """A user saves a page's code as a file."""
    assert terminal.run(f"cat > {path} <<'END OF FILE'\n{text}\nEND OF FILE") == (0, "")


def read_one_file(terminal):
    with Reader(PAGE, terminal, "One file") as reader:
        reader.names["9c1e5a0f2b7d4c68"] = "[0-9a-f]{16}"
        reader.run()
        reader.run()
        write(terminal, "/opt/login/signing.py", reader.take("python").text)


def read_the_claims(terminal):
    """The page's sign-in is refreshed; the reader is left at the lines of Set-Cookie."""
    reader = Reader(PAGE, terminal, THE_CLAIMS)
    write(terminal, "/opt/login/sign_in.py", reader.take("python").text)
    reader.start()
    reader.run()
    return reader


def refresh(terminal):
    """One more sign-in and refresh: the status, and the key that signed each token."""
    _, text = terminal.run(
        'sudo -u login /opt/login/bin/python /opt/login/sign_in.py user_1 org_1 > header; '
        "COOKIE=$(sed 's/^Set-Cookie: //; s/;.*//' header); "
        f"{REFRESH}"
    )  # fmt: skip
    return text


def status(terminal):
    """Of a refresh of the cookie that was made last."""
    return int(terminal.run(REFRESH)[1].split()[1])


def trust(terminal, reader, *issuers):
    """Writes issuers.json as the page does; returns once the service trusts `issuers`."""
    mark = len(log(terminal))
    reader.run()
    wait_for(lambda: all(each in log(terminal)[mark:] for each in issuers), "the issuers in force")


def log(terminal):
    """What the service wrote so far."""
    return "".join(file.read_text() for file in terminal.folder.glob(".started-*"))


def read_the_sign_out(terminal):
    """It ends the session of its cookie, and no other one."""
    terminal.run("OTHER=$COOKIE")
    assert refresh(terminal).endswith('{"refreshed": true}')
    with Reader(PAGE, terminal, "Sign-out") as reader:
        trust(terminal, reader, "https://login.example.com/sign-out")
        write(terminal, "/opt/login/sign_out.py", reader.take("python").text)
        assert status(terminal) == 200
        reader.run()
        wait_for(lambda: status(terminal) == 401, "the sign-out")
        reader.run()
    terminal.run("COOKIE=$OTHER")
    assert status(terminal) == 200


def test_one_file(terminal):
    """Both users read it, no third one does; a rotation is followed by both, and leaves the file theirs."""
    read_one_file(terminal)
    reader = read_the_claims(terminal)
    reply = refresh(terminal)
    set_cookie = re.search(r"^set-cookie: (.*?)\r?$", reply, re.MULTILINE)
    assert set_cookie is not None
    written = re.sub("=eyJ[^;]+", "=<token>", set_cookie[1])
    plain, with_domain = reader.take("http").text.splitlines()
    assert plain == f"Set-Cookie: {written}"
    own = re.sub("=eyJ[^;]+", "=<token>", terminal.run("cat header")[1]).strip()
    assert own == plain
    assert with_domain == f"{plain}; Domain=example.com"
    assert reader.left == []
    status, text = terminal.run("sudo -u nobody cat /etc/session-keys/keys.json")
    assert (status, "Permission denied" in text) == (1, True)
    terminal.run("session-refresh keys promote --force $(session-refresh keys add 2> /dev/null)")
    listed = terminal.run("ls -l /etc/session-keys/keys.json")[1]
    assert listed.startswith("-rw-r----- 1 session-refresh session-keys ")
    for _ in range(2):
        assert refresh(terminal).endswith('{"refreshed": true}')
    kids = [line.split("\t")[0] for line in terminal.run("session-refresh keys list")[1].splitlines()]
    header = "sed 's/^Set-Cookie: vk_org_token=//; s/[.].*//' header | base64 -d 2> /dev/null"
    assert f'"kid":"{kids[0]}"' in terminal.run(header)[1], "the login service signs with the new key"


def test_cookie_with_a_domain(terminal):
    """What the service sets with COOKIE_DOMAIN is the page's second line."""
    read_one_file(terminal)
    terminal.run("install -d -o session-refresh -m 0700 /var/lib/session-refresh")
    (start,) = (block for block in blocks(PAGE) if "/session-refresh serve" in block.text)
    serve = steps(start)[-1].command.replace(" env ", " env SESSION_REFRESH_COOKIE_DOMAIN=example.com ")
    terminal.start(serve, lambda text: "listens on" in text)
    write(terminal, "/opt/login/sign_in.py", next(b for b in blocks(PAGE) if b.heading == THE_CLAIMS).text)
    cookie = re.search(r"^set-cookie: (.*?)\r?$", refresh(terminal), re.MULTILINE)
    assert cookie is not None
    (lines,) = (block.text for block in blocks(PAGE) if block.language == "http")
    assert f"Set-Cookie: {re.sub('=eyJ[^;]+', '=<token>', cookie[1])}" == lines.splitlines()[1]


def test_two_keys(terminal):
    """The login service's own key: its tokens are refreshed, and this service signs with its own."""
    terminal.run("groupadd session-keys; useradd -G session-keys session-refresh; useradd login")
    terminal.run("install -d -o session-refresh -g session-keys -m 0750 /etc/session-keys")
    added = terminal.run("session-refresh keys add 2> /dev/null")[1].strip()
    terminal.replace["9c1e5a0f2b7d4c68"] = added
    with Reader(PAGE, terminal, "Two keys") as reader:
        reader.names["kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"] = "[A-Za-z0-9_-]{43}"
        reader.run()
        reader.run()
        write(terminal, "/opt/login/signing.py", terminal.shown(reader.take("python").text))
    read_the_claims(terminal)
    read_the_sign_out(terminal)


def test_sign_out_with_one_file(terminal):
    """So does the key of one file; one that is rotated needs its entry made again. All sessions of a user end by `sub`."""
    read_one_file(terminal)
    read_the_claims(terminal)
    read_the_sign_out(terminal)
    terminal.run("session-refresh keys promote --force $(session-refresh keys add 2> /dev/null)")
    assert "HTTP Error 400" in terminal.run(END_ALL)[1]
    trust(terminal, Reader(PAGE, terminal, "Sign-out"), "https://login.example.com/sign-out")
    terminal.run("OTHER=$COOKIE")
    assert terminal.run(END_ALL) == (0, "")
    assert refresh(terminal).endswith('{"refreshed": true}'), "a sign-in after it is good at once"
    terminal.run("COOKIE=$OTHER")
    wait_for(lambda: status(terminal) == 401, "the user's sessions to end")


def test_sign_out_with_an_identity_provider(terminal):
    """Its sessions end by an entry of its own `issuer`, and by no other one."""
    provider, ours = "https://idp.example.com", "https://login.example.com/sign-out"
    read_one_file(terminal)
    read_the_claims(terminal)
    read_the_sign_out(terminal)
    terminal.run(f'cd /opt/login; sed -i \'s#{ours}#{provider}#; s#"idp_sid": sid#"idp_sid": "p-1"#\' sign_in.py')
    assert refresh(terminal).endswith('{"refreshed": true}')
    sign_out = f'{LOGIN} sign_out.py "${{COOKIE#*=}}"'
    assert "HTTP Error 400" in terminal.run(sign_out)[1]
    file = "/var/lib/session-refresh/issuers.json"
    (entry,) = json.loads(terminal.run(f"cat {file}")[1])
    write(terminal, file, json.dumps([entry, entry | {"issuer": provider}]))
    wait_for(lambda: f'"{ours}","{provider}"' in log(terminal), "both")
    assert terminal.run(sign_out)[0] == 0
    wait_for(lambda: status(terminal) == 401, "the sign-out")
