"""Revocations: which sessions each kind covers."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from security.revocations import Revocation, RevocationList, seconds_until_later
from tests.support.revocation_lists import drop, session

BY_SESSION = Revocation(100, session_id="s")
BY_USER = Revocation(100, organisation="o", subject="u")
BY_ORGANISATION = Revocation(100, organisation="o")
BY_USER_BUT_ONE = Revocation(100, organisation="o", subject="u", except_session="s")
BY_IDP = Revocation(100, idp_issuer="i", idp_session="p")


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
        (BY_USER_BUT_ONE, session(), False),
        (BY_USER_BUT_ONE, session(sid="t"), True),
        (BY_USER_BUT_ONE, session(sid="t", auth_time=100.999), True),
        (BY_USER_BUT_ONE, session(sid="t", auth_time=101), False),
        (BY_USER_BUT_ONE, session(sid="t", sub="v"), False),
        (BY_USER_BUT_ONE, session(sid="t", org="p"), False),
        (BY_IDP, session(idp_iss="i", idp_sid="p"), True),
        (BY_IDP, session(idp_iss="i", idp_sid="p", auth_time=999), True),
        (BY_IDP, session(idp_iss="i", idp_sid="p", org="another", sub="another", sid="another"), True),
        (BY_IDP, session(idp_iss="j", idp_sid="p"), False),
        (BY_IDP, session(idp_iss="i", idp_sid="q"), False),
        (BY_IDP, session(idp_iss="p", idp_sid="i"), False),
        (BY_IDP, session(idp_sid="p"), False),
        (BY_IDP, session(idp_iss="i"), False),
        (BY_IDP, session(sid="p"), False),
        (BY_IDP, session(org="", sub=""), False),
        (BY_SESSION, session(sid="t", idp_iss="", idp_sid="s"), False),
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


SIDS = ("", "a", "b", "c")  # "" for a revocation that excepts none


@settings(max_examples=500, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 5), st.sampled_from(SIDS)), max_size=6),
    st.integers(0, 6),
    st.integers(0, 6),
)
def test_revocations_of_a_user_add_up(made, dropped, read_before):
    """Any number of them, with and without exceptions, in any order, revoke what each of them alone would.

    After those made before a moment were dropped, the others still revoke what each of them would.
    """
    revocations = RevocationList()
    entries = [Revocation(at, organisation="o", subject="u", except_session=kept) for at, kept in made]
    for entry in entries[:read_before]:
        revocations.add(entry)
    assert_covers(revocations, entries[:read_before])
    for entry in entries:  # those that were read before are read again, as after a restore
        revocations.add(entry)
    assert_covers(revocations, entries)
    assert len(revocations) <= 2
    drop(revocations, dropped)
    assert_covers(revocations, [entry for entry in entries if entry.revoked_at >= dropped], from_time=dropped)
    assert dropped <= 5 or len(revocations) == 0


def assert_covers(revocations, entries, from_time=0):
    for sid in ("a", "b", "c", "d"):
        for signed_in in range(from_time, 7):
            expected = any(signed_in <= entry.revoked_at and sid != entry.except_session for entry in entries)
            assert revocations.covers(session(sid=sid, auth_time=signed_in)) is expected, (sid, signed_in)


@pytest.mark.parametrize(("moment", "seconds"), [(100.0, 1.0), (100.25, 0.75)])
def test_sign_in_of_the_next_second_is_a_later_one(moment, seconds):
    """Until then, a sign-in is covered: times are whole seconds."""
    assert seconds_until_later(moment) == seconds
    revoked = RevocationList()
    revoked.add(BY_USER._replace(revoked_at=int(moment)))
    assert revoked.covers(session(auth_time=int(moment)))
    assert not revoked.covers(session(auth_time=int(moment + seconds)))
