"""Retention: how long each kind of revocation is kept, and how old ones are dropped from memory."""

from __future__ import annotations

import pytest

from security.revocations import DAY, HOUR, PIECE, Retention, Revocation, RevocationList, retention
from tests.support.revocation_lists import drop, session


def test_old_revocations_are_dropped():
    """What was revoked before a moment is forgotten, of every kind, a session up to an hour later; the rest stays."""
    revocations = RevocationList()
    for moment, name in ((HOUR, "old"), (HOUR + 1, "new")):
        revocations.add(Revocation(moment, session_id=name))
        revocations.add(Revocation(moment, organisation=name))
        revocations.add(Revocation(moment, organisation="o", subject=name))
    drop(revocations, HOUR + 1)
    assert len(revocations) == 3
    assert not revocations.covers(session(sid="old"))
    assert revocations.covers(session(sid="new"))


def test_old_revocations_are_dropped_of_the_new_kinds_too():
    """As above, for users but one session, and for the identity provider's sessions."""
    revocations = RevocationList()
    for moment, name in ((HOUR, "old"), (HOUR + 1, "new")):
        revocations.add(Revocation(moment, organisation="o", subject=name, except_session="kept"))
        revocations.add(Revocation(moment, idp_issuer=f"issuer of {name}", idp_session=name))
    assert len(revocations) == 4
    drop(revocations, HOUR + 1)
    assert len(revocations) == 2
    assert not revocations.covers(session(sub="old"))
    assert not revocations.covers(session(idp_iss="issuer of old", idp_sid="old"))
    assert revocations.covers(session(sub="new"))
    assert revocations.covers(session(idp_iss="issuer of new", idp_sid="new"))
    assert not revocations.covers(session(sub="new", sid="kept"))


def test_old_revocations_are_dropped_piece_by_piece():
    """However many there are, the event loop waits for a piece; between two of them others are added, and all count."""
    revocations = RevocationList()
    for number in range(2 * PIECE + 1):
        revocations.add(Revocation(HOUR, session_id=f"old-{number}"))
        revocations.add(Revocation(HOUR, organisation="o", subject=f"old-{number}", except_session="s"))
    left = []
    for turn in range(3):
        revocations.add(Revocation(HOUR + 1, session_id=f"new-{turn}"))
        assert revocations.drop_old(HOUR + 1, Retention(0, 0)) is (turn == 2)
        assert all(revocations.covers(session(sid=f"new-{number}")) for number in range(turn + 1))
        left.append(len(revocations))
    assert left == [2 * PIECE + 2 + 1, 2 + 2, 3]


@pytest.mark.parametrize(
    "kind",
    [
        {"session_id": "again"}, {"organisation": "again"}, {"organisation": "o", "subject": "again"},
        {"organisation": "o", "subject": "again", "except_session": "s"}, {"idp_issuer": "i", "idp_session": "again"},
    ],
)  # fmt: skip
def test_revoked_again_hides_nothing_old(kind):
    """What was first revoked long ago, and again now, does not keep others that are older from being dropped."""
    revocations = RevocationList()
    names = ("session_id", "subject", "idp_session", "organisation")
    name = next(name for name in names if name in kind)
    for number in range(PIECE):
        revocations.add(Revocation(HOUR, **{**kind, name: f"again-{number}"}))
    revocations.add(Revocation(HOUR, **{**kind, name: "old"}))
    for number in range(PIECE):
        revocations.add(Revocation(9 * HOUR, **{**kind, name: f"again-{number}"}))
    drop(revocations, 5 * HOUR)
    assert len(revocations) == PIECE


def test_revocation_outlives_every_cookie():
    """A revocation is kept longer than any session it covers can be refreshed, and its last cookie be alive."""
    assert retention(2592000, 0, 30) == (2592000 + 28800 + 2 * 30,) * 2


@pytest.mark.parametrize(
    ("max_session_age", "idle_timeout", "longest"),
    [(2592000, 3600, DAY), (2592000, 172800, 172800), (3600, 7200, 3600), (3600, 600, 3600)],
)
def test_idle_timeout_ends_what_is_revoked(max_session_age, idle_timeout, longest):
    """What is revoked is not refreshed, so that of a session is kept no longer than it is idle, or for a day, if that is longer."""
    assert retention(max_session_age, idle_timeout, 30).sessions == longest + 28800 + 2 * 30


def test_idle_timeout_forgets_no_user():
    """A session may begin with an earlier sign-in, such as that at the identity provider: it is revoked all the same."""
    keep, age = retention(2592000, 900, 30), 2592000
    revocations = RevocationList()
    revocations.add(Revocation(HOUR, organisation="o", subject="u"))
    revocations.add(Revocation(HOUR, organisation="p"))
    revocations.add(Revocation(HOUR, organisation="o", subject="v", except_session="s"))
    revocations.add(Revocation(HOUR, session_id="s"))
    assert revocations.drop_old(HOUR + age, keep)
    for covered in (session(), session(org="p"), session(sub="v")):
        assert revocations.covers(covered._replace(session_id="new", auth_time=HOUR))
    assert not revocations.covers(session(sub="w"))
    assert revocations.drop_old(HOUR + keep.users + 1, keep)
    assert len(revocations) == 0
