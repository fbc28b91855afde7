"""The compact form of a JWS: three base64url parts, parsed strictly (RFC 7515 section 7.1)."""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from security import strict_json
from security.errors import Unauthorized

# Browsers drop a cookie whose name and value are longer than 4,096 bytes together (RFC 6265bis section 5.6).
MAX_TOKEN_BYTES = 4096 - len("vk_org_token")

_THREE_PARTS = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")  # "!" is invalid, so that "+", "/" and "=" are refused
_TO_URL = bytes.maketrans(b"+/", b"-_")
# Index: the length modulo 4. Values: the padding to add, and the last characters that are allowed, whose unused bits are
# zero. Any other would be a second encoding of the same bytes (RFC 4648 section 3.5). A length of 1 modulo 4 is invalid.
_ENDINGS: tuple[tuple[bytes, frozenset[int]], ...] = (
    (b"", frozenset(range(128))),
    (b"", frozenset()),
    (b"==", frozenset(b"AQgw")),
    (b"=", frozenset(b"AEIMQUYcgkosw048")),
)


class Jws(NamedTuple):
    """A parsed token. Its signature has not been verified yet."""

    header: dict[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes


def decode_base64url(text: bytes) -> bytes:
    """The bytes encoded in `text`, base64url without padding. Raises ValueError unless it is the canonical encoding."""
    padding, last = _ENDINGS[len(text) % 4]
    if text and text[-1] not in last:
        raise ValueError("not canonical base64url")
    return binascii.a2b_base64(text.translate(_TO_STANDARD) + padding, strict_mode=True)


def encode_base64url(value: bytes) -> bytes:
    """`value` in base64url without padding (RFC 7515 section 2)."""
    return binascii.b2a_base64(value, newline=False).translate(_TO_URL).rstrip(b"=")


def parse(
    token: bytes, known_headers: Mapping[bytes, dict[str, Any]] = MappingProxyType({}), longest: int = MAX_TOKEN_BYTES
) -> Jws:
    """The parts of `token`. Raises Unauthorized if it is not a strict compact JWS with a JSON object as its header.

    `known_headers` maps the encoded headers we issue to their decoded form.
    """
    if len(token) > longest:
        raise Unauthorized("token: too long")
    if _THREE_PARTS.fullmatch(token) is None:
        raise Unauthorized("token: not three base64url parts")
    signing_input, _, signature = token.rpartition(b".")
    header, _, payload = signing_input.partition(b".")
    try:
        return Jws(
            known_headers.get(header) or strict_json.read_object(decode_base64url(header)),
            decode_base64url(payload),
            signing_input,
            decode_base64url(signature),
        )
    except ValueError as error:
        raise Unauthorized("token: a part is not canonical base64url, or the header not JSON") from error
