"""What the service does not know it carries over unchanged, whatever it is."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from security import strict_json, tokens
from security.claims import OPTIONAL, REQUIRED, Policy
from security.compact import decode_base64url
from security.errors import Unauthorized
from security.keys import load_key_set
from security.random_ids import RandomIds
from tests.support.tokens import AUDIENCE, ISSUER, NOW, Forge, good_claims

NEW_ID = RandomIds()

FORGE = Forge()
KEYS = load_key_set(FORGE.jwks())
POLICY = Policy(ISSUER, AUDIENCE, leeway=30, max_session_age=2592000)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)
FOREIGN = st.dictionaries(TEXTS.filter(lambda name: name not in {*REQUIRED, *OPTIONAL}), VALUES, max_size=4)


def payload(token: bytes) -> str:
    """The text of the claims."""
    return decode_base64url(token.split(b".")[1]).decode()


@settings(max_examples=200, deadline=None)
@given(FOREIGN, st.booleans())
def test_foreign_claims_are_carried_over(foreign, escaped):
    """Any claim of any JSON value comes back the same, type and order included, however its text was escaped."""
    claims = json.dumps({**good_claims(), **foreign}, ensure_ascii=escaped)
    token = FORGE.sign('{"alg":"EdDSA","kid":"ed"}', claims, FORGE.keys["ed"]).encode()
    assume(len(token) <= 3900)
    fresh = payload(tokens.issue(tokens.read(token, KEYS, POLICY, NOW), KEYS, NOW, NEW_ID()))
    own = {"iat": 0, "exp": 0, "jti": ""}
    assert repr({**json.loads(fresh), **own}) == repr({**json.loads(claims), **own})


@settings(max_examples=200, deadline=None)
@given(FOREIGN)
def test_what_is_written_can_be_read(value):
    """Every object that is written is one that the strict reader takes, and the same."""
    assert strict_json.read_object(strict_json.write_object(value)) == value


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=40) | st.text('{}[]",:\\u0019ed.-+ntrue\ufeff', max_size=20).map(str.encode))
def test_reading_any_bytes_gives_an_object_or_a_refusal(text):
    """Bytes of any kind are an object or a ValueError, and only what json.loads takes is an object."""
    try:
        value = strict_json.read_object(text)
    except ValueError:
        return
    assert value == json.loads(text)


THREE_PARTS = st.from_regex(rb"[A-Za-z0-9_-]{2,40}(\.[A-Za-z0-9_-]{2,40}){2}", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=80) | THREE_PARTS)
def test_bytes_that_nobody_signed_are_refused(token):
    """Whatever the bytes are, they are refused as Unauthorized; nothing else is ever raised."""
    with pytest.raises(Unauthorized):
        tokens.read(token, KEYS, POLICY, NOW)
