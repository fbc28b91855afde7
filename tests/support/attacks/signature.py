"""Attacks on the signature: bits changed, lengths changed, values that a careless verifier accepts."""

from __future__ import annotations

import base64
from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from tests.support.attacks.changes import Attack
from tests.support.tokens import Forge, b64

N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # the order of P-256 (FIPS 186-4 D.1.2.3)


L = 2**252 + 27742317777372353535851937790883648493  # the order of Ed25519's base point (RFC 8032 section 5.1)


def signature(change: Callable[[bytes], bytes], kid: str = "ed") -> Attack:
    """A good token whose signature was changed."""

    def attack(f: Forge) -> str:
        message, _, text = f.token(kid=kid).rpartition(".")
        return f"{message}.{b64(change(base64.urlsafe_b64decode(text + '==')))}"

    return attack


def as_der(raw: bytes) -> bytes:
    """An ECDSA signature in DER instead of r and s side by side (RFC 7518 section 3.4)."""
    return encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))


def plus_order(raw: bytes) -> bytes:
    """The malleable twin of an Ed25519 signature: S + L (RFC 8032 section 5.1.7)."""
    return raw[:32] + (int.from_bytes(raw[32:], "little") + L).to_bytes(32, "little")


def flipped(position: int) -> Callable[[bytes], bytes]:
    """One bit changed."""
    return lambda raw: raw[:position] + bytes([raw[position] ^ 1]) + raw[position + 1 :]


SIGNATURES: dict[str, Attack] = {
    "first bit flipped": signature(flipped(0)),
    "another bit flipped": signature(flipped(31)),
    "last bit flipped": signature(flipped(63)),
    "cut by a byte": signature(lambda raw: raw[:-1]),
    "longer by a byte": signature(lambda raw: raw + b"\0"),
    "all zero": signature(lambda raw: bytes(64)),
    "one byte": signature(lambda raw: raw[:1]),
    "Ed25519 S + L": signature(plus_order),
    "Ed25519 R of small order": signature(lambda raw: b"\x01" + bytes(31) + raw[32:]),
    "Ed25519 R and S zero but one": signature(lambda raw: b"\x01" + bytes(63)),
    "Ed25519 halves exchanged": signature(lambda raw: raw[32:] + raw[:32]),
    "ES256 in DER": signature(as_der, "es"),
    "ES256 all zero": signature(lambda raw: bytes(64), "es"),
    "ES256 r zero": signature(lambda raw: bytes(32) + raw[32:], "es"),
    "ES256 s zero": signature(lambda raw: raw[:32] + bytes(32), "es"),
    "ES256 r the order": signature(lambda raw: N.to_bytes(32, "big") + raw[32:], "es"),
    "ES256 r + order cut to size": signature(
        lambda raw: ((int.from_bytes(raw[:32], "big") + N) % 2**256).to_bytes(32, "big") + raw[32:], "es"
    ),
    "ES256 flipped": signature(flipped(40), "es"),
    "ES256 cut": signature(lambda raw: raw[:-1], "es"),
    "RS256 flipped": signature(flipped(100), "rs"),
    "RS256 cut": signature(lambda raw: raw[:-1], "rs"),
    "RS256 with a zero before": signature(lambda raw: b"\0" + raw, "rs"),
    "RS256 zero": signature(lambda raw: bytes(256), "rs"),
    "RS256 one": signature(lambda raw: bytes(255) + b"\1", "rs"),
    "HS256 flipped": signature(flipped(5), "hs"),
    "HS256 cut to half": signature(lambda raw: raw[:16], "hs"),
    "signature of another token": lambda f: f.token().rpartition(".")[0]
    + "." + f.token(claims={"sub": "user-2"}).rpartition(".")[2],
    "claims exchanged under the signature": lambda f: ".".join(
        (f.token().split(".")[0], f.token(claims={"sub": "admin"}).split(".")[1], f.token().split(".")[2])
    ),
}  # fmt: skip
