"""`revoke` ends sessions."""

from __future__ import annotations

import re
import time

import pytest

from tests.support import versions
from tests.support.assertions import assert_fails, assert_refreshed
from tests.support.waiting import wait_for

COMPOSED, DECOMPOSED = "Zo\u00eb", "Zoe\u0308"
REVOCATIONS: dict[str, tuple[list[str], str]] = {
    "session": (["--session", "1"], "1"),
    "user": (["--user", "u", "--org", "a"], "12"),
    "organisation": (["--org", "a"], "123"),
}


def test_revocation_ends_just_what_it_names_within_2_seconds(service):
    """A revocation ends the named session, user or organisation. Others, and a new sign-in, still work."""
    for kind, (options, ended) in REVOCATIONS.items():
        named = [f"by-{kind}-{word}" if before != "--user" and not word.startswith("--") else word
                 for before, word in zip(["", *options], options, strict=False)]  # fmt: skip
        sessions = {
            sid: service.sign(sub=user, org=f"by-{kind}-{org}", sid=f"by-{kind}-{sid}")
            for sid, user, org in (("1", "u", "a"), ("2", "u", "a"), ("3", "v", "a"), ("4", "u", "b"))
        }
        done = service.run("revoke", *named)
        assert done.stderr == ""
        assert done.stdout.startswith(f"revoked in {service.state / 'state.db'}:\n")
        one = sessions["1"]
        wait_for(lambda: service.refresh(one).status == 401, "the revocation to be in force", 2.0)  # noqa: B023
        assert "".join(sid for sid, token in sessions.items() if service.refresh(token).status == 401) == ended
    later = int(time.time()) + 2
    assert_refreshed(service.refresh(service.sign(sub="u", org="by-user-a", sid="5", iat=later, auth_time=later)))


def test_all_sessions_of_a_user_but_one_end_within_2_seconds(service):
    """Sign out my other devices: this one goes on, and so do other users; a second one excepts another device."""
    sessions = {
        name: service.sign(sub=user, org=org, sid=f"but-one-{name}", auth_time=int(time.time()) - 60)
        for name, user, org in (("a", "u", "o"), ("b", "u", "o"), ("c", "u", "o"), ("d", "v", "o"), ("e", "u", "p"))
    }

    def ended():
        return "".join(name for name, token in sessions.items() if service.refresh(token).status == 401)

    done = service.run("revoke", "--user", "u", "--org", "o", "--except", "but-one-b", "--reason", "lost phone")
    assert "user 'u' of organisation 'o' but session 'but-one-b': sessions signed in until 20" in done.stdout
    wait_for(lambda: ended() == "ac", "the revocation to be in force", 2.0)
    fresh = assert_refreshed(service.refresh(sessions["b"]))
    service.run("revoke", "--user", "u", "--org", "o", "--except", "but-one-a")
    wait_for(lambda: service.refresh(fresh).status == 401, "the second revocation to be in force", 2.0)
    assert ended() == "abc", "what excepts two sessions excepts none"


def test_exception_holds_in_every_form_of_the_user(service):
    """The user's name is typed in one Unicode form and signed in another: all forms are revoked but for that session."""
    typed, stated = COMPOSED, DECOMPOSED
    kept, other = (service.sign(sub=stated, org="forms", sid=f"forms-{name}") for name in ("kept", "other"))
    service.run("revoke", "--user", typed, "--org", "forms", "--except", "forms-kept")
    wait_for(lambda: service.refresh(other).status == 401, "the revocation to be in force", 2.0)
    assert_refreshed(service.refresh(kept))


def test_sign_in_after_it_returned_is_good(start):
    """`revoke` returns when the second of its moment is over: revoke all, then sign in, works at once."""
    service = start()
    for number in range(3):
        old = service.sign(sub=f"user-{number}", sid=f"old-{number}")
        service.run("revoke", "--user", f"user-{number}", "--org", "org-1")
        new = service.login(sub=f"user-{number}")
        wait_for(lambda: service.refresh(old).status == 401, "the revocation to be in force", 2.5)  # noqa: B023
        assert_refreshed(service.refresh(new))


TYPED = {
    "composed, signed in decomposed": (f"%{COMPOSED}", f"%{DECOMPOSED}"),
    "decomposed, signed in composed": (f"%{DECOMPOSED}", f"%{COMPOSED}"),
    "a blank behind": ("%bob ", "%bob"),
    "blanks around": ("  %bob ", "%bob"),
    "as it is": ("%bob", "%bob"),
    "a blank behind that belongs to it": ("%bob ", "%bob "),
    "a blank and another form": (f" %{COMPOSED}", f"%{DECOMPOSED}"),
}


@pytest.mark.parametrize("name", TYPED)
@pytest.mark.parametrize("option", ["--user", "--org", "--session"])
def test_name_is_found_in_every_form(service, name, option):
    """Whoever types a name does not see its Unicode form, nor a blank behind it: each form is revoked, and told."""
    typed, stated = (each.replace("%", f"{option[2:]}, {name}: ") for each in TYPED[name])
    claims = {"sub": f"sub {name}", "org": f"org {option} {name}", "sid": f"sid {option} {name}"}
    claims[{"--user": "sub", "--org": "org", "--session": "sid"}[option]] = stated
    token = service.sign(**claims)
    assert_refreshed(service.refresh(token))
    done = service.run("revoke", option, typed, *(("--org", claims["org"]) if option == "--user" else ()))
    wait_for(lambda: service.refresh(token).status == 401, "the revocation to be in force", 2.5)
    several = typed != typed.strip() or not typed.isascii()
    assert ("several Unicode forms" in done.stderr) is several
    assert (ascii(stated) if several else repr(stated)) in done.stdout


def test_it_says_what_nobody_can_know(service):
    """A revocation of nobody is recorded; the output says that names are compared to the character."""
    done = service.run("revoke", "--user", "nobody at all", "--org", "nowhere")
    assert re.search(
        r"user 'nobody at all' of organisation 'nowhere': sessions signed in until 20\d\d-[-0-9T:]+Z\n", done.stdout
    )
    assert "compared to the character" in done.stdout


@pytest.mark.parametrize("value", ["a\u00a0", "a\u200b", "a\tb", " ", "", "a\u202eb"])
def test_name_that_no_token_can_have_is_refused(runner, value):
    """Blanks that cannot be seen, control characters, and nothing at all."""
    for options in (["--session", value], ["--org", value], ["--user", value, "--org", "o"]):
        assert_fails(runner.run("revoke", *options, check=False), 2, options[0])


def test_store_is_told_without_its_password(runner, postgresql):
    """The output names the host and the database of PostgreSQL, and neither user nor password."""
    runner.environ["SESSION_REFRESH_DATABASE_URL"] = url = postgresql.new_database()
    runner.make_state()
    done = runner.run("revoke", "--session", "s")
    place = f"PostgreSQL, 127.0.0.1:{postgresql.port}/{url.rpartition('/')[2]}"
    assert done.stdout.startswith(f"revoked in {place}:\nsession 's'\n")
    created = runner.run("api-keys", "create", "--org", "org-1", "--version", versions.OTHER)
    (key_id,) = (line.split("\t")[0] for line in runner.run("api-keys", "list").stdout.splitlines())
    assert f"created {key_id} in {place}" in created.stderr
    assert runner.run("api-keys", "revoke", key_id).stdout == f"revoked {key_id} in {place}\n"
    assert_fails(runner.run("api-keys", "revoke", "ak_none", check=False), 1, "no key ak_none", place)
    warned = runner.run("api-keys", "create", "--org", "org-1 ", "--version", versions.OTHER)
    assert "'org-1 ' is not 'org-1'" in warned.stderr
