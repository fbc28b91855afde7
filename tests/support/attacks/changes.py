"""How an attack is written down: a function that makes a token with one thing in it changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.support.tokens import Forge, good_claims

Attack = Callable[[Forge], str | bytes]


def head(**members: Any) -> Attack:
    """Other header members."""
    return lambda f: f.token(header=members)


def claim(**claims: Any) -> Attack:
    """Other claims."""
    return lambda f: f.token(claims=claims)


def without(name: str) -> Attack:
    """A claim left out."""
    return lambda f: f.token(without=(name,))


def at(name: str, offset: float) -> Attack:
    """A time claim, counted from now."""
    return lambda f: f.token(claims={name: f.now + offset})


def payload(text: str | bytes) -> Attack:
    """A payload of exactly this text, well signed."""
    return lambda f: f.sign(json.dumps({"alg": "EdDSA", "kid": "ed"}), text, f.keys["ed"])


def header(text: str | bytes) -> Attack:
    """A header of exactly this text, well signed."""
    return lambda f: f.sign(text, json.dumps(good_claims(f.now)), f.keys["ed"])


def of_length(length: int) -> Attack:
    """A good token of exactly this many bytes."""

    def forged(f: Forge) -> str:
        for pad in range(4):
            rest = length - len(f.token(header={"pad": "x" * pad}, claims={"x": ""}))
            for size in range(rest * 3 // 4 - 3, rest * 3 // 4 + 3):
                token = f.token(header={"pad": "x" * pad}, claims={"x": "x" * size})
                if len(token) == length:
                    return token
        raise AssertionError(length)

    return forged


def with_members(text: str) -> Attack:
    """Good claims with `text` added as further members of the JSON object."""
    return lambda f: f.sign(
        json.dumps({"alg": "EdDSA", "kid": "ed"}), json.dumps(good_claims(f.now))[:-1] + "," + text + "}", f.keys["ed"]
    )


def rearranged(change: Callable[[str, str, str], str]) -> Attack:
    """A good token whose three parts are put together in another way."""
    return lambda f: change(*f.token().split("."))
