"""Revocations: which sessions each kind covers, and how long it is kept."""

import pytest

from security.revocations import Revocation, RevocationList, keep_seconds
from security.tokens import Session


def session(sid="s", org="o", sub="u", auth_time=100):
    return Session(sub, org, sid, auth_time, {})


BY_SESSION = Revocation(100, session_id="s")
BY_USER = Revocation(100, organisation="o", subject="u")
BY_ORGANISATION = Revocation(100, organisation="o")


@pytest.mark.parametrize(
    ("revocation", "of", "covered"),
    [
        (BY_SESSION, session(), True),
        (BY_SESSION, session(auth_time=999), True),
        (BY_SESSION, session(org="another", sub="another"), True),
        (BY_SESSION, session(sid="t"), False),
        (BY_USER, session(), True),
        (BY_USER, session(sid="t"), True),
        (BY_USER, session(auth_time=99), True),
        (BY_USER, session(auth_time=100.999), True),
        (BY_USER, session(auth_time=101), False),
        (BY_USER, session(auth_time=101.0), False),
        (BY_USER, session(sub="v"), False),
        (BY_USER, session(org="p"), False),
        (BY_ORGANISATION, session(), True),
        (BY_ORGANISATION, session(sub="v"), True),
        (BY_ORGANISATION, session(auth_time=100.7), True),
        (BY_ORGANISATION, session(auth_time=101), False),
        (BY_ORGANISATION, session(org="p"), False),
        (Revocation(100, organisation="s"), session(), False),
    ],
)
def test_revocation_covers(revocation, of, covered):
    """A session is revoked by its id, or if its user or organisation was revoked no earlier than it signed in."""
    revocations = RevocationList()
    assert not revocations.covers(of)
    revocations.add(revocation)
    assert revocations.covers(of) is covered


def test_later_revocation_counts():
    """A second revocation of the same user moves the moment on, never back."""
    revocations = RevocationList()
    for moment in (100, 200, 150):
        revocations.add(Revocation(moment, organisation="o", subject="u"))
    assert revocations.covers(session(auth_time=200))
    assert not revocations.covers(session(auth_time=201))
    assert len(revocations) == 1


def test_old_revocations_are_dropped():
    """What was revoked before a moment is forgotten, of every kind; the rest stays."""
    revocations = RevocationList()
    for moment, name in ((100, "old"), (200, "new")):
        revocations.add(Revocation(moment, session_id=name))
        revocations.add(Revocation(moment, organisation=name))
        revocations.add(Revocation(moment, organisation="o", subject=name))
    revocations.drop_before(200)
    assert len(revocations) == 3
    assert not revocations.covers(session(sid="old"))
    assert revocations.covers(session(sid="new"))


def test_revocation_outlives_every_cookie():
    """A revocation is kept longer than any session it covers can be refreshed, and its last cookie be alive."""
    assert keep_seconds(2592000, 30) >= 2592000 + 28800 + 2 * 30
