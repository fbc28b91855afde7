"""`revoke` ends sessions."""

from __future__ import annotations

import time

from tests.support.assertions import assert_refreshed
from tests.support.waiting import wait_for

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
        assert (done.stdout, done.stderr) == ("", "")
        one = sessions["1"]
        wait_for(lambda: service.refresh(one).status == 401, "the revocation to be in force", 2.0)  # noqa: B023
        assert "".join(sid for sid, token in sessions.items() if service.refresh(token).status == 401) == ended
    later = int(time.time()) + 2
    assert_refreshed(service.refresh(service.sign(sub="u", org="by-user-a", sid="5", iat=later, auth_time=later)))
