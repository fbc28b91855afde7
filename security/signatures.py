"""What a signed token must be before its claims count: of the right kind, and signed by the key that it names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from security.compact import Jws
from security.errors import Unauthorized
from security.keys import Key

# RFC 7515 section 4.1 and RFC 7797: each of these would let the token choose its key, or how it is verified.
FORBIDDEN_HEADERS = frozenset({"crit", "jku", "jwk", "x5u", "x5c", "b64"})

Types = tuple[object, ...]  # values of `typ`
UNSTATED = object()


def check_header(header: Mapping[str, Any], types: Types) -> None:
    """Raises Unauthorized for a header that would choose its key, or states another type (RFC 8725 section 3.11).

    With UNSTATED among `types`, it need not state one.
    """
    if not FORBIDDEN_HEADERS.isdisjoint(header):
        raise Unauthorized("header: member that is not allowed")
    if header.get("typ", UNSTATED) not in types:
        raise Unauthorized("header typ: another kind of token")
    if "kid" in header and header["kid"] is None:
        raise Unauthorized("header kid: not text")


def check_signature(jws: Jws, key: Key) -> None:
    """Raises Unauthorized unless `key` signed, with the algorithm bound to it (RFC 8725 sections 3.1 and 3.2)."""
    if jws.header.get("alg") not in key.algs:
        raise Unauthorized("header alg: not the algorithm of this key")
    if not key.verify(jws.signing_input, jws.signature):
        raise Unauthorized("signature: does not match")
