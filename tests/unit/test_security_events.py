"""Security Event Tokens that are taken, and what each ends."""

from __future__ import annotations

from typing import Any

import pytest

from security import security_events
from security.claims import Policy
from security.issuers import load_issuers
from security.statements import Ended, Statement
from tests.support.providers import (
    ACCOUNT_DISABLED,
    CAEP,
    IDP,
    OTHER_IDP,
    RISC,
    SESSION_REVOKED,
    SESSIONS_REVOKED,
    USER,
    Keys,
    events,
)
from tests.support.statement_attacks.rows import Row, signed_with
from tests.support.tokens import AUDIENCE, ISSUER, NOW

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
KEYS = Keys()
ISSUERS = load_issuers(KEYS.issuers(), POLICY)
PROVIDER = events(KEYS)
ALL = (SESSION_REVOKED, ACCOUNT_DISABLED, SESSIONS_REVOKED)

USERS = Ended(subject="user-1", organisation="org-1")
SESSION = Ended(session="idp-1")
OPAQUE_USER = {"format": "opaque", "id": "user-1"}
OPAQUE_SESSION = {"format": "opaque", "id": "idp-1"}
TENANT = {"format": "opaque", "id": "org-1"}
DEVICE = {"format": "opaque", "id": "device-1"}


def read(token):
    return security_events.read(token.encode(), ISSUERS, POLICY.leeway, NOW)


def complexly(**members: Any) -> dict[str, Any]:
    return {"format": "complex", **members}


#        the subject                                                       session revoked    the account
SUBJECTS: dict[str, tuple[dict[str, Any], tuple[Ended, ...], tuple[Ended, ...]]] = {
    "iss_sub": (USER, (USERS,), (USERS,)),
    "opaque, of a session or a user": (
        OPAQUE_USER, (Ended(session="user-1"), USERS), (USERS,),
    ),
    "complex: user": (complexly(user=USER), (USERS,), (USERS,)),
    "complex: opaque user": (complexly(user=OPAQUE_USER), (USERS,), (USERS,)),
    "complex: session": (complexly(session=OPAQUE_SESSION), (SESSION,), (SESSION,)),
    "complex: session by iss_sub": (complexly(session={**USER, "sub": "idp-1"}), (SESSION,), (SESSION,)),
    "complex: session of a user": (complexly(session=OPAQUE_SESSION, user=USER), (SESSION,), (USERS,)),
    "complex: session of a user of our tenant": (
        complexly(session=OPAQUE_SESSION, user=USER, tenant=TENANT), (SESSION,), (USERS,),
    ),
    "complex: user on a device": (complexly(user=USER, device=DEVICE), (USERS,), (USERS,)),
    "complex: user of our tenant": (complexly(user=USER, tenant={**USER, "sub": "org-1"}), (USERS,), (USERS,)),
    "complex: our tenant": (complexly(tenant=TENANT), (Ended(organisation="org-1"),), (Ended(organisation="org-1"),)),
}  # fmt: skip


@pytest.mark.parametrize("name", SUBJECTS)
def test_event_ends_what_its_subject_names(name):
    """CAEP's session-revoked ends what its subject names; RISC's events end all of a user's if they name one."""
    subject, by_session, by_account = SUBJECTS[name]
    assert read(PROVIDER.token(claims={"sub_id": subject})).ends == by_session
    for event in (ACCOUNT_DISABLED, SESSIONS_REVOKED):
        assert read(PROVIDER.token(claims={"sub_id": subject, "events": {event: {}}})).ends == by_account


DRAFTS = {
    "format": USER,
    "subject_type": {"subject_type": "iss_sub", "iss": IDP, "sub": "user-1"},
    "subject_type with a hyphen, as Google's": {"subject_type": "iss-sub", "iss": IDP, "sub": "user-1"},
    "complex without a format": {"user": USER, "device": DEVICE},
}


@pytest.mark.parametrize("name", DRAFTS)
def test_subject_may_stand_in_the_event(name):
    """As drafts of CAEP and RISC had it, and some transmitters still do. `sub_id` counts if it is there, too."""
    claims = {"events": {SESSION_REVOKED: {"subject": DRAFTS[name], "event_timestamp": NOW}}}
    assert read(PROVIDER.token(claims=claims, without=("sub_id",))).ends == (USERS,)
    assert read(PROVIDER.token(claims={**claims, "sub_id": complexly(session=OPAQUE_SESSION)})).ends == (SESSION,)


def test_all_events_of_a_token_count_once():
    """Several members of `events` about one subject end it once; about several, as in drafts, each of them."""
    assert read(PROVIDER.token(claims={"events": {event: {} for event in ALL}})).ends == (USERS,)
    second = {**USER, "sub": "user-2"}
    claims = {"events": {ACCOUNT_DISABLED: {"subject": USER}, SESSIONS_REVOKED: {"subject": second}}}
    ended = read(PROVIDER.token(claims=claims, without=("sub_id",))).ends
    assert ended == (USERS, USERS._replace(subject="user-2"))


OTHERS = [
    CAEP + "credential-change", CAEP + "device-compliance-change", RISC + "account-enabled", RISC + "identifier-changed",
    "https://schemas.openid.net/secevent/ssf/event-type/verification", "urn:example:of-nobody", SESSION_REVOKED + "/",
]  # fmt: skip


@pytest.mark.parametrize("event", OTHERS)
def test_other_event_ends_nothing(event):
    """Also one whose subject we could not read, as the stream of a transmitter's test."""
    for subject in (USER, {"format": "email", "email": "a@example.com"}, {"format": "opaque", "id": "stream-1"}):
        statement = read(PROVIDER.token(claims={"sub_id": subject, "events": {event: {"state": "x"}}}))
        assert statement == Statement(IDP, "event-1", NOW + 630, (event,), ())


def test_organisation_may_be_named_by_the_statement():
    """For an issuer with organisation_claim: a user's, and its own tenant is the one that the claim names."""
    other = {**USER, "iss": OTHER_IDP}
    for subject in (other, complexly(user=other, tenant={"format": "opaque", "id": "org-7"})):
        claims = {"iss": OTHER_IDP, "org_id": "org-7", "sub_id": subject}
        assert read(PROVIDER.token(key=KEYS.other, claims=claims)).ends == (USERS._replace(organisation="org-7"),)


ACCEPTED: dict[str, Row] = {
    **{f"signed with {kid}": signed_with(kid) for kid in ("rs", "es", "ed")},
    "no typ": lambda p: p.token(without_header=("typ",)),
    "typ JWT": lambda p: p.token(header={"typ": "JWT"}),
    "typ with application/": lambda p: p.token(header={"typ": "application/secevent+jwt"}),
    "exp, which one should not send": lambda p: p.token(claims={"exp": p.now + 60}),
    "toe and txn": lambda p: p.token(claims={"toe": p.now - 9000, "txn": "t-1"}),
    "aud a list": lambda p: p.token(claims={"aud": ["x", "dashboard"]}),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_good_event_is_taken(name):
    """However odd, so that nobody passes the attacks by refusing everything."""
    assert read(ACCEPTED[name](PROVIDER)).ends == (USERS,)
