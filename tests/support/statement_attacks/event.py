"""Attacks on the endpoint for security events (RFC 8417, RFC 9493, CAEP, RISC)."""

from __future__ import annotations

from typing import Any

from tests.support.providers import (
    ACCOUNT_DISABLED,
    IDP,
    LOGOUT,
    OTHER_IDP,
    SESSION_REVOKED,
    SESSIONS_REVOKED,
    USER,
    logout_claims,
)
from tests.support.statement_attacks.either import BAD_TEXTS
from tests.support.statement_attacks.rows import Row, by_other, claim, head, without

OPAQUE = {"format": "opaque", "id": "org-1"}
OTHER_USER = {"format": "iss_sub", "iss": OTHER_IDP, "sub": "user-1"}
BAD_SUBJECTS: dict[str, Any] = {
    "null": None, "a text": "user-1", "a list": [USER], "empty": {},
    "an email": {"format": "email", "email": "user-1@example.com"},
    "a phone number": {"format": "phone_number", "phone_number": "+12065550100"},
    "aliases": {"format": "aliases", "identifiers": [USER]},
    "of a format in capitals": {**USER, "format": "ISS_SUB"},
    "of a format that is a list": {**USER, "format": ["iss_sub"]},
    "iss_sub without sub": {"format": "iss_sub", "iss": IDP},
    "opaque without id": {"format": "opaque", "sub": "user-1"},
    "complex of a device alone": {"format": "complex", "device": {"format": "opaque", "id": "d"}},
    "complex, a group of our tenant": {"format": "complex", "tenant": OPAQUE, "group": {**OPAQUE, "id": "g"}},
    "complex, an application of our tenant": {"tenant": OPAQUE, "application": {**OPAQUE, "id": "a"}},
    "complex, a unit of our tenant": {"format": "complex", "tenant": OPAQUE, "org_unit": {**OPAQUE, "id": "u"}},
    "complex, its user a text": {"format": "complex", "user": "user-1"},
    "complex, its user complex": {"format": "complex", "user": {"format": "complex", "user": USER}},
    "complex, its user without a format": {"format": "complex", "user": {"iss": IDP, "sub": "user-1"}},
    "complex, its session an email": {"format": "complex", "user": USER, "session": {"format": "email", "email": "x"}},
    "complex, its tenant null": {"format": "complex", "user": USER, "tenant": None},
}  # fmt: skip
ELSEWHERE: dict[str, Any] = {
    "iss_sub of another issuer": OTHER_USER,
    "iss_sub of no issuer": {"format": "iss_sub", "sub": "user-1"},
    "iss_sub of an issuer that is a list": {**USER, "iss": [IDP]},
    "complex, its user of another issuer": {"format": "complex", "user": OTHER_USER},
    "complex, its session of another issuer": {"format": "complex", "user": USER, "session": {**OTHER_USER, "sub": "s"}},
    "complex, its tenant another organisation": {"format": "complex", "user": USER, "tenant": {**OPAQUE, "id": "org-2"}},
    "complex, another tenant alone": {"format": "complex", "tenant": {**OPAQUE, "id": "org-2"}},
    "complex, another tenant's session": {
        "format": "complex", "session": {"format": "opaque", "id": "s"}, "tenant": {**OPAQUE, "id": "org-2"},
    },
    "complex, our tenant by another issuer": {"format": "complex", "tenant": {**OTHER_USER, "sub": "org-1"}},
}  # fmt: skip


EVENTS: dict[str, Row] = {
    "malformed: sub_id missing": without("sub_id"),
    "malformed: sub_id missing, subject a text": lambda p: p.token(
        claims={"events": {SESSION_REVOKED: {"subject": "user-1"}}}, without=("sub_id",)
    ),
    **{f"malformed: sub_id {kind}": claim(sub_id=value) for kind, value in BAD_SUBJECTS.items()},
    **{f"malformed: sub {kind}": claim(sub_id={**USER, "sub": value}) for kind, value in BAD_TEXTS.items()},
    **{f"malformed: id {kind}": claim(sub_id={**OPAQUE, "id": value}) for kind, value in BAD_TEXTS.items()},
    "malformed: sub_id an email, subject a user": claim(
        sub_id={"format": "email", "email": "x"}, events={SESSION_REVOKED: {"subject": USER}}
    ),
    "malformed: an email in one of two events": lambda p: p.token(
        claims={"events": {ACCOUNT_DISABLED: {"subject": USER}, SESSIONS_REVOKED: {"subject": {"format": "email"}}}},
        without=("sub_id",),
    ),
    "malformed: typ of a logout token": head(typ="logout+jwt"),
    "malformed: a logout token": lambda p: p.token(header={"typ": "JWT"}, claims=logout_claims(p.now)),
    "malformed: the event of a logout token, too": claim(events={SESSION_REVOKED: {}, LOGOUT: {}}),
    "malformed: organisation not named": by_other(sub_id={**USER, "iss": OTHER_IDP}),
    **{f"malformed: organisation {kind}": by_other(sub_id={**USER, "iss": OTHER_IDP}, org_id=value)
       for kind, value in BAD_TEXTS.items()},
    **{f"beyond: {kind}": claim(sub_id=value) for kind, value in ELSEWHERE.items()},
    **{f"beyond: {kind}, account disabled": claim(sub_id=value, events={ACCOUNT_DISABLED: {}})
       for kind, value in ELSEWHERE.items()},
    "beyond: subject of another issuer": lambda p: p.token(
        claims={"events": {SESSION_REVOKED: {"subject": {**OTHER_USER, "subject_type": "iss-sub"}}}}, without=("sub_id",)
    ),
    "beyond: a user of the other provider, whose tenant is not its own": by_other(
        sub_id={"format": "complex", "user": OTHER_USER, "tenant": OPAQUE}, org_id="org-7"
    ),
}  # fmt: skip
