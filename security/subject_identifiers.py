"""Whom a security event is about: Subject Identifiers (RFC 9493, OpenID Shared Signals Framework 1.0 section 3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from security.claims import is_text
from security.statement_errors import AccessDenied, InvalidStatement
from security.statements import Ended

_NAMED = ("session", "user", "tenant")
_FORMAT = ("format", "subject_type")


def ended(
    identifier: object, issuer: str, organisation: Callable[[], str], *, whole_account: bool
) -> tuple[Ended, ...]:
    """What an event about `identifier`, stated by `issuer`, ends.

    `whole_account`: the event is about a user, even if it names a session of theirs. An opaque identifier may be that of a
    session or of a user: outside such events, it ends both. `organisation` tells where the issuer's users are. Raises
    InvalidStatement, or AccessDenied for what is not the issuer's own.
    """
    if not isinstance(identifier, dict):
        raise InvalidStatement("sub_id: missing or not an object")
    if _format(identifier) == "complex":
        return _complex(identifier, issuer, organisation, whole_account=whole_account)
    name = _simple(identifier, issuer)
    user = Ended(subject=name, organisation=organisation())
    if whole_account or _format(identifier) == "iss_sub":
        return (user,)
    return (Ended(session=name), user)


def _format(identifier: Mapping[str, Any]) -> object:
    """Drafts of RFC 9493 called it `subject_type`, with hyphens; the drafts of CAEP left it out of a complex subject."""
    kind = identifier.get("format", identifier.get("subject_type", "complex"))
    return "iss_sub" if kind == "iss-sub" else kind


def _simple(identifier: object, issuer: str) -> str:
    """The issuer's own name for a user, a session or a tenant (RFC 9493 sections 3.2.3 and 3.2.4)."""
    kind = _format(identifier) if isinstance(identifier, dict) else None
    if not isinstance(identifier, dict) or kind not in ("iss_sub", "opaque"):
        raise InvalidStatement("sub_id: its format is not one of iss_sub, opaque, complex")
    name = identifier.get("sub" if kind == "iss_sub" else "id")
    if not isinstance(name, str) or not is_text(name):
        raise InvalidStatement("sub_id: its sub or id is missing or malformed")
    if kind == "iss_sub" and identifier.get("iss") != issuer:
        raise AccessDenied("sub_id: of another issuer")
    return name


def _complex(
    identifier: Mapping[str, Any], issuer: str, organisation: Callable[[], str], *, whole_account: bool
) -> tuple[Ended, ...]:
    """All members together name one subject: a session of a user of a tenant.

    Members that we do not know, like a device, are passed over: they only say which of a user's sessions. With a tenant
    alone they say which of its users, and nobody knows whom they leave out.
    """
    named = {member: _simple(identifier[member], issuer) for member in _NAMED if member in identifier}
    if not named:
        raise InvalidStatement("sub_id: names no session, user or tenant")
    if named.keys() == {"tenant"} and not identifier.keys() <= {*_NAMED, *_FORMAT}:
        raise InvalidStatement("sub_id: names a part of a tenant")
    if "tenant" in named and named["tenant"] != organisation():
        raise AccessDenied("sub_id: of another organisation")
    if "session" in named and not (whole_account and "user" in named):
        return (Ended(session=named["session"]),)
    return (Ended(subject=named.get("user", ""), organisation=organisation()),)
