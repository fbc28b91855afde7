"""How an attack on an endpoint is written down: a function that makes a statement with one thing in it changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.providers import OTHER_IDP, Provider

Row = Callable[[Provider], str | bytes]


def head(**members: Any) -> Row:
    """Other header members."""
    return lambda p: p.token(header=members)


def claim(**claims: Any) -> Row:
    """Other claims."""
    return lambda p: p.token(claims=claims)


def without(*names: str) -> Row:
    """Claims left out."""
    return lambda p: p.token(without=names)


def at(name: str, offset: float) -> Row:
    """A time claim, counted from now."""
    return lambda p: p.token(claims={name: p.now + offset})


def by_other(without: tuple[str, ...] = (), **claims: Any) -> Row:
    """By the provider that serves many organisations: its statements name one in the claim `org_id`."""
    return lambda p: p.token(key=p.other, claims={"iss": OTHER_IDP, **claims}, without=without)


def rearranged(change: Callable[[str, str, str], str]) -> Row:
    """A good statement whose three parts are put together in another way."""
    return lambda p: change(*p.token().split("."))


def signed_with(kid: str) -> Row:
    """A good statement, by another key of the provider."""
    return lambda p: p.token(kid=kid)
