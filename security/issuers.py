"""The issuers that are trusted to end sessions, by which keys, for which audience, and in which organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from security.algorithms import InvalidKey
from security.claims import Policy, is_text
from security.keys import Key, find_key, load_key, why_ignored
from security.public_jwk import PRIVATE

LONGEST_KID = 255  # providers choose theirs; the limit of 64 is for our own keys, whose ids we choose
# From kty to the algorithm of a key that states none, as those of Microsoft Entra do (RFC 7517 section 4.4: `alg` is optional).
ASSUMED = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}

_NAMED = ("issuer", "audience", "jwks")
_ORGANISATION = ("organisation", "organisation_claim")


class InvalidIssuers(ValueError):
    """An issuer that cannot be trusted. The message says why and never contains key material."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """One entry of the issuers file.

    It ends its own sessions, and those of users of one organisation: `organisation`, or the one that the claim
    `organisation_claim` of the statement names.
    """

    issuer: str
    audience: str
    keys: Mapping[str, Key]
    organisation: str = ""
    organisation_claim: str = ""

    def find(self, kid: object) -> Key | None:
        """The key that a statement's header names."""
        return find_key(self.keys, kid)


@dataclass(frozen=True, slots=True)
class Issuers:
    """Those in force. `ignored` tells of keys that are passed over. `incomplete`: it is not known whether there are more."""

    entries: Mapping[str, tuple[Issuer, ...]]  # by their `issuer`
    ignored: tuple[str, ...] = ()
    incomplete: bool = False

    def find(self, issuer: str, audience: str | list[str]) -> Issuer | None:
        """The one whose statements for `audience`, the claim `aud`, are taken; None if there is none, or more than one."""
        audiences = [audience] if isinstance(audience, str) else audience
        found = [entry for entry in self.entries.get(issuer, ()) if entry.audience in audiences]
        return found[0] if len(found) == 1 else None


class IssuerSource(Protocol):
    """The interface to the issuers in force, which may change between two requests."""

    @property
    def current(self) -> Issuers:
        """Those to use for this request."""


NOBODY = Issuers({})


def _load_keys(jwks: object, ignored: list[str]) -> dict[str, Key]:
    """The public keys of a JWK Set as providers publish it. Raises InvalidKey."""
    members = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(members, list):
        raise InvalidKey('jwks is not a JWK Set: an object with a list "keys"')
    keys: dict[str, Key] = {}
    passed_over = []
    for number, jwk in enumerate(members, 1):
        if not isinstance(jwk, dict):
            raise InvalidKey(f"key {number} is not a JSON object")
        if jwk.get("kty") == "oct" or any(name in jwk for name in PRIVATE):
            raise InvalidKey(f"key {number} is secret; only public keys of an issuer belong here")
        if reason := why_ignored(jwk):
            passed_over.append(f"key {number}: {reason}")
            continue
        if "alg" not in jwk and isinstance(jwk.get("kty"), str):
            jwk = {**jwk, "alg": ASSUMED[jwk["kty"]]}
        key = load_key(jwk, LONGEST_KID)
        if key.kid in keys:
            raise InvalidKey("two keys have the same kid")
        keys[key.kid] = key
    if not keys:
        raise InvalidKey("; ".join(("no key that can be used", *passed_over)))
    ignored += passed_over
    return keys


def _load_entry(entry: object, ignored: list[str]) -> Issuer:
    """Raises InvalidIssuers, InvalidKey."""
    if not isinstance(entry, dict):
        raise InvalidIssuers("not a JSON object")
    if unknown := [name for name in entry if name not in (*_NAMED, *_ORGANISATION)]:
        raise InvalidIssuers(f"no such member: {ascii(unknown[0])[:80]}")
    if missing := [name for name in _NAMED if name not in entry]:
        raise InvalidIssuers(f"{missing[0]} is missing")
    if sum(name in entry for name in _ORGANISATION) != 1:
        raise InvalidIssuers("exactly one of organisation and organisation_claim is needed")
    if wrong := [name for name in (*_NAMED[:2], *_ORGANISATION) if name in entry and not is_text(entry[name])]:
        raise InvalidIssuers(f"{wrong[0]} is not a text of 1 to 255 printable characters")
    texts = {name: value for name, value in entry.items() if name != "jwks"}
    return Issuer(keys=_load_keys(entry["jwks"], ignored), **texts)


def load_issuers(entries: object, policy: Policy) -> Issuers:
    """The issuers in `entries`, a list of JSON objects. Raises InvalidIssuers, whose message names the entry.

    One issuer may have several entries, for several audiences. None may have those of the session tokens, which
    `policy` states: a logout token could be taken for one of them (RFC 8725 section 3.12).
    """
    if not isinstance(entries, list):
        raise InvalidIssuers("not a list of issuers")
    loaded: dict[str, tuple[Issuer, ...]] = {}
    ignored: list[str] = []
    for number, entry in enumerate(entries, 1):
        passed_over: list[str] = []
        try:
            issuer = _load_entry(entry, passed_over)
        except (InvalidIssuers, InvalidKey) as error:
            raise InvalidIssuers(f"entry {number}: {error}") from error
        if (issuer.issuer, issuer.audience) == (policy.issuer, policy.audience):
            raise InvalidIssuers(f"entry {number}: has issuer and audience of the session tokens")
        others = loaded.get(issuer.issuer, ())
        if any(other.audience == issuer.audience for other in others):
            raise InvalidIssuers(f"entry {number}: has issuer and audience of an entry before it")
        loaded[issuer.issuer] = (*others, issuer)
        ignored += [f"entry {number}: {reason}" for reason in passed_over]
    return Issuers(loaded, tuple(ignored))
