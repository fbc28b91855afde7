"""Ed25519 at its edges: libsodium, which we verify with, beside OpenSSL. It accepts the same, or less."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from security.algorithms import InvalidKey, load
from tests.support.attacks.signature import L, plus_order
from tests.support.tokens import b64

SEED = hashlib.sha256(b"edges").digest()
PRIVATE = Ed25519PrivateKey.from_private_bytes(SEED)
X = PRIVATE.public_key().public_bytes_raw()
P = 2**255 - 19
ORDER_8 = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"
OTHER_ORDER_8 = "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"


def y(value: int, sign: int = 0) -> bytes:
    """A point by its y and the sign of its x (RFC 8032 section 5.1.2)."""
    return (value | sign << 255).to_bytes(32, "little")


SMALL = {
    "identity": y(1),
    "identity, sign set": y(1, 1),
    "identity, not reduced": y(P + 1),
    "order 2": y(P - 1),
    "order 2, sign set": y(P - 1, 1),
    "order 4": y(0),
    "order 4, sign set": y(0, 1),
    "order 4, not reduced": y(P),
    **{
        f"order 8, {number}": (int.from_bytes(bytes.fromhex(text), "little") ^ sign << 255).to_bytes(32, "little")
        for number, (text, sign) in enumerate((each, sign) for each in (ORDER_8, OTHER_ORDER_8) for sign in (0, 1))
    },
}


def openssl_accepts(x: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the cryptography package lets the signature pass."""
    try:
        Ed25519PublicKey.from_public_bytes(x).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def jwk(x: bytes) -> dict[str, str]:
    """The public key as a JSON Web Key."""
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(x)}


@pytest.mark.parametrize("name", SMALL)
def test_key_of_small_order_is_refused(name):
    """Under a key of small order anybody can sign anything: it is refused when it is loaded."""
    with pytest.raises(InvalidKey, match="safe point"):
        load("EdDSA", jwk(SMALL[name]))


def test_keys_of_small_order_are_a_danger():
    """What the refusal is for: OpenSSL takes one signature, made without a secret, for any message."""
    forged = y(1) + bytes(32)
    assert openssl_accepts(y(1), b"any message", forged)
    assert openssl_accepts(y(1), b"any other", forged)


@pytest.mark.parametrize("x", [y(2), y(P + 3), b"\xff" * 32], ids=["not on the curve", "not reduced", "all ones"])
def test_key_that_is_no_point_is_refused(x):
    """Bytes that are no point of the curve, or a point written another way, are no key."""
    with pytest.raises(InvalidKey, match="safe point"):
        load("EdDSA", jwk(x))


def made_with(r: bytes, message: bytes) -> bytes:
    """A signature whose R is the identity, spelled as `r`: RFC 8032 section 5.1.6 with a nonce of zero."""
    digest = hashlib.sha512(SEED).digest()
    secret = int.from_bytes(digest[:32], "little") & (2**255 - 8) | 2**254
    challenge = int.from_bytes(hashlib.sha512(r + X + message).digest(), "little")
    return r + (challenge * secret % L).to_bytes(32, "little")


GOOD = PRIVATE.sign(b"message")
EDGES = {
    "S + L": plus_order(GOOD),
    "S + 2 L": GOOD[:32] + (int.from_bytes(GOOD[32:], "little") + 2 * L).to_bytes(32, "little"),
    "S the order": GOOD[:32] + L.to_bytes(32, "little"),
    "S all ones": GOOD[:32] + b"\xff" * 32,
    "S negated": GOOD[:32] + (L - int.from_bytes(GOOD[32:], "little")).to_bytes(32, "little"),
    "R negated": GOOD[:31] + bytes([GOOD[31] ^ 0x80]) + GOOD[32:],
    "empty": b"",
    "R alone": GOOD[:32],
    "signature twice": GOOD * 2,
    **{f"R {name}": point + GOOD[32:] for name, point in SMALL.items()},
    **{f"R {name}, S zero": point + bytes(32) for name, point in SMALL.items()},
    "R the identity not reduced, S fitting": made_with(y(P + 1), b"message"),
}


@pytest.mark.parametrize("name", EDGES)
def test_edge_is_refused_by_both(name):
    """No signature of the corpus passes, here or in OpenSSL: we accept nothing more."""
    assert not openssl_accepts(X, b"message", EDGES[name])
    assert not load("EdDSA", jwk(X)).verify(b"message", EDGES[name])


def test_libsodium_is_the_stricter_one():
    """The one difference: an R of small order, which only the key's holder can make fit, passes in OpenSSL alone."""
    signature = made_with(y(1), b"message")
    assert openssl_accepts(X, b"message", signature)
    assert not load("EdDSA", jwk(X)).verify(b"message", signature)


@pytest.mark.parametrize("message", [b"", b"m", b"m" * 5000], ids=["empty", "a byte", "5,000 bytes"])
def test_good_signature_passes_in_both(message):
    """A signature of either library, over a message of any length, passes in the other."""
    functions = load("EdDSA", {**jwk(X), "d": b64(SEED)})
    assert functions.verify(message, PRIVATE.sign(message))
    assert functions.sign is not None
    assert openssl_accepts(X, message, functions.sign(message))
