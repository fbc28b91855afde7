"""The issuers file's content: what providers publish loads as it is; whatever else is told with its entry."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from security.claims import Policy
from security.issuers import InvalidIssuers, load_issuers
from tests.support.tokens import AUDIENCE, ISSUER, b64, private_jwk, public_jwk

POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)
RSA = {name: value for name, value in public_jwk(private_jwk("RS256", "r")).items() if name in ("kty", "n", "e")}
EC = {name: value for name, value in public_jwk(private_jwk("ES256", "e")).items() if name in ("kty", "crv", "x", "y")}
OKP = {name: value for name, value in public_jwk(private_jwk("EdDSA", "o")).items() if name in ("kty", "crv", "x")}
P384 = jwt.get_algorithm_by_name("ES384").to_jwk(ec.generate_private_key(ec.SECP384R1()).public_key(), as_dict=True)
WEAK = jwt.get_algorithm_by_name("RS256").to_jwk(
    rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key(), as_dict=True
)
CERTIFICATE = {"x5c": ["MIICmzCCAYMCBgF4HR7HNDANBgkqhkiG9w0BAQsFADARMQ8wDQYDVQQDDAZtYXN0ZXI="], "x5t": "wzRn_ZWcbF0r"}
KEY = {**EC, "kid": "k"}
ENTRY: dict[str, Any] = {
    "issuer": "https://idp.example.com",
    "audience": "dashboard",
    "jwks": {"keys": [KEY]},
    "organisation": "org-1",
}

# As the providers publish them: member by member.
PUBLISHED = {
    "Keycloak": (
        [
            {**RSA, "kid": "VJCGT6NjNB08kbYyNQhXv_xnpzJQYqnZnsd7qIiGr2E", "alg": "RS256", "use": "sig", **CERTIFICATE,
             "x5t#S256": "FEBZ0Lk4"},
            {**RSA, "kid": "fC5xDQbxPqGN7p1ZhmrR", "alg": "RSA-OAEP", "use": "enc", **CERTIFICATE, "x5t#S256": "FEBZ0Lk5"},
        ],
        {"VJCGT6NjNB08kbYyNQhXv_xnpzJQYqnZnsd7qIiGr2E": ("RS256",)},
    ),
    "Auth0": (
        [{**RSA, "kid": f"NDVBRUY3-{n}", "alg": "RS256", "use": "sig", **CERTIFICATE} for n in (1, 2)],
        {"NDVBRUY3-1": ("RS256",), "NDVBRUY3-2": ("RS256",)},
    ),
    "Okta": ([{**RSA, "kid": "g0f_aeKdIt0RN", "alg": "RS256", "use": "sig"}], {"g0f_aeKdIt0RN": ("RS256",)}),
    "Microsoft Entra, without alg": (
        [{**RSA, "kid": "nOo3ZDrODXEK1jKWhXslHR_KXEg", "use": "sig", **CERTIFICATE,
          "cloud_instance_name": "microsoftonline.com", "issuer": "https://login.microsoftonline.com/{tenantid}/v2.0"}],
        {"nOo3ZDrODXEK1jKWhXslHR_KXEg": ("RS256",)},
    ),
    "oidc-provider": (
        [{**RSA, "kid": "r", "use": "sig"}, {**EC, "kid": "e", "use": "sig"}, {**OKP, "kid": "o", "use": "sig"}],
        {"r": ("RS256",), "e": ("ES256",), "o": ("EdDSA", "Ed25519")},
    ),
    "one with algorithms that are not supported": (
        [{**RSA, "kid": "p", "alg": "PS256"}, {**P384, "kid": "q", "alg": "ES384"}, {**RSA, "kid": "x" * 255}],
        {"x" * 255: ("RS256",)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_keys_load_as_they_are(name):
    """Each key has one algorithm, its own or the one that its kind means; others are passed over, and told."""
    published, algorithms = PUBLISHED[name]
    issuers = load_issuers([{**ENTRY, "jwks": {"keys": published}}], POLICY)
    (entry,) = issuers.entries[ENTRY["issuer"]]
    assert {kid: key.algs for kid, key in entry.keys.items()} == algorithms
    assert all(key.sign is None for key in entry.keys.values())
    assert len(issuers.ignored) == len(published) - len(algorithms)
    assert all(reason.startswith("entry 1: key ") for reason in issuers.ignored)


def entry(**members):
    return [{**ENTRY, **members}]


def keys(*members):
    return entry(jwks={"keys": list(members)})


def without(name):
    return [{member: value for member, value in ENTRY.items() if member != name}]


BAD = {
    "null": (None, "not a list"),
    "an object": (ENTRY, "not a list"),
    "of texts": (["x"], "entry 1: not a JSON object"),
    **{f"{name} missing": (without(name), f"entry 1: {name} is missing") for name in ("issuer", "audience", "jwks")},
    "no organisation": (without("organisation"), "entry 1: exactly one of"),
    "both organisations": (entry(organisation_claim="org"), "entry 1: exactly one of"),
    "a member misspelt": (entry(organization="org-1"), "entry 1: no such member: 'organization'"),
    "a place to fetch keys": (entry(jwks_uri="https://x"), "entry 1: no such member: 'jwks_uri'"),
    "a member with a line end": (entry(**{"a\nb\u202e": 1}), r"entry 1: no such member: 'a\\nb\\u202e'"),
    **{
        f"{name} {value!r:.9}": (entry(**{name: value}), f"entry 1: {name} is not a text")
        for name in ("issuer", "audience", "organisation")
        for value in ("", 1, None, ["x"], "x" * 256, "a\nb")
    },
    "organisation_claim empty": ([{**without("organisation")[0], "organisation_claim": ""}], "organisation_claim is not"),
    "jwks a text": (entry(jwks="x"), "entry 1: jwks is not a JWK Set"),
    "jwks a list": (entry(jwks=[KEY]), "entry 1: jwks is not a JWK Set"),
    "jwks without keys": (entry(jwks={}), "entry 1: jwks is not a JWK Set"),
    "no key": (keys(), "entry 1: no key that can be used"),
    "keys for encryption alone": (keys({**RSA, "kid": "k", "use": "enc"}), "no key that can be used; key 1: its use is not"),
    "a key that is no object": (keys("x"), "entry 1: key 1 is not a JSON object"),
    "a private key": (keys(KEY, private_jwk("ES256", "p")), "entry 1: key 2 is secret"),
    "a private RSA key": (keys(private_jwk("RS256", "p")), "entry 1: key 1 is secret"),
    "a private key for encryption": (keys(KEY, {**private_jwk("EdDSA", "p"), "use": "enc"}), "key 2 is secret"),
    "a shared secret": (keys({"kty": "oct", "kid": "s", "alg": "HS256", "k": b64(b"x" * 32)}), "key 1 is secret"),
    "a shared secret, not told": (keys({"kty": "oct", "kid": "s"}), "key 1 is secret"),
    "an algorithm of another kind": (keys({**EC, "kid": "k", "alg": "RS256"}), "key k: RS256 needs kty RSA"),
    "HS256 for an RSA key": (keys({**RSA, "kid": "k", "alg": "HS256"}), "key k: HS256 needs kty oct"),
    "alg null": (keys({**RSA, "kid": "k", "alg": None}), "key k: alg is missing"),
    "kty a number": (keys({**RSA, "kid": "k", "kty": 1}), "key k: alg is missing"),
    "kid missing": (keys(RSA), "every key needs a kid of 1 to 255"),
    "kid of 256 characters": (keys({**RSA, "kid": "x" * 256}), "every key needs a kid of 1 to 255"),
    "two keys of one kid": (keys(KEY, {**RSA, "kid": "k"}), "entry 1: two keys have the same kid"),
    "a weak key": (keys({**WEAK, "kid": "k"}), "key k: RS256 needs at least 2048 bits"),
    "a key off the curve": (keys({**KEY, "x": "AA"}), "key k: not a valid ES256 key"),
    "a second one that is bad": ([ENTRY, *entry(issuer="")], "entry 2: issuer is not"),
    "the same twice": ([ENTRY, ENTRY], "entry 2: has issuer and audience of an entry before it"),
    "those of the session tokens": (entry(issuer=ISSUER, audience=AUDIENCE), "entry 1: has issuer and audience of the"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_issuers_are_told_by_entry(name):
    """One line names the entry and what is wrong, and holds no key material."""
    content, told = BAD[name]
    with pytest.raises(InvalidIssuers, match=told) as caught:
        load_issuers(content, POLICY)
    assert "\n" not in str(caught.value)
    assert str(KEY["x"]) not in str(caught.value)


def test_one_issuer_may_have_several_audiences():
    """Each with its own organisation. A statement for two of them is for none: it is not known which was meant."""
    second = {**ENTRY, "audience": "reports", "organisation": "org-2"}
    issuers = load_issuers([ENTRY, second, {**ENTRY, "issuer": ISSUER}, {**ENTRY, "audience": AUDIENCE}], POLICY)
    first, other = (issuers.find(ENTRY["issuer"], audience) for audience in ("dashboard", ["x", "reports"]))
    assert (first and first.organisation, other and other.organisation) == ("org-1", "org-2")
    assert issuers.find(ENTRY["issuer"], ["dashboard", "reports"]) is None
    assert issuers.find("https://other.example", "dashboard") is None


def test_example_of_the_page_loads():
    """The file as its page shows it can be used."""
    page = (Path(__file__).parents[2] / "docs/identity-providers.md").read_text()
    (example,) = re.findall(r"```json\n(\[\n.*?)```", page, re.DOTALL)
    assert load_issuers(json.loads(example), POLICY).ignored == ()


def test_nobody_may_be_trusted():
    """An empty list is how an operator trusts nobody."""
    assert load_issuers([], POLICY).entries == {}
