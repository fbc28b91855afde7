"""`keys`: rotation of the signing key, without a single logout."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from security.algorithms import ALGORITHMS, generate
from security.tokens import LIFETIME
from service.cli import state
from service.state import key_file
from service.state.key_file import KeyFileError

# Members that we add to a private JWK (RFC 7517 section 4 allows it): when the key was added, and when it stopped signing,
# in unix seconds.
ADDED = "added_at"
DEMOTED = "demoted_at"
PICK_UP_SECONDS = 2  # how long a worker may go on signing with the former key


@click.group()
def keys() -> None:
    """The keys that sign and verify session tokens."""


@contextmanager
def _changed() -> Iterator[tuple[Path, list[dict[str, Any]], int]]:
    """Yields the key file, its keys and the leeway. Changes to the list of keys are written at the end."""
    settings = state.settings()
    state.key_set(settings)
    with key_file.locked(settings.keys_file):
        jwks = key_file.read(settings.keys_file)
        yield settings.keys_file, jwks["keys"], settings.leeway
        key_file.write(settings.keys_file, jwks)


def _position(members: list[dict[str, Any]], kid: str) -> int:
    for position, member in enumerate(members):
        if member["kid"] == kid:
            return position
    raise click.ClickException(f"keys: no key {kid}")


def _signing(members: list[dict[str, Any]]) -> dict[str, Any]:
    return next(member for member in members if _is_private(member))


def _is_private(member: dict[str, Any]) -> bool:
    return "d" in member or "k" in member


def _last_cookie_expires(member: dict[str, Any]) -> int | None:
    """When the last cookie that a key signed expires, in unix seconds. 0: it signed none. None: it signs elsewhere."""
    if not _is_private(member):
        return None
    return member[DEMOTED] + PICK_UP_SECONDS + LIFETIME if DEMOTED in member else 0


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@keys.command("list")
def list_() -> None:
    """Show each key: its id, algorithm, use, and when the last cookie it signed expires."""
    settings = state.settings()
    state.key_set(settings)
    members = key_file.read(settings.keys_file)["keys"]
    signing = _signing(members)
    for member in members:
        expires = _last_cookie_expires(member)
        if member is signing:
            use, until = "signs", "8 hours after it stops signing"
        elif expires is None:
            use, until = "verifies (public)", "known to whoever signs with it"
        else:
            use, until = "verifies", _time(expires) if expires else "has not signed"
        click.echo(f"{member['kid']}\t{member['alg']}\t{use}\tlast cookie expires: {until}")


@keys.command()
@click.option("--alg", type=click.Choice(list(ALGORITHMS)), default="EdDSA", show_default=True)
def add(alg: str) -> None:
    """Append a new key: it verifies at once, and signs when it is promoted. Prints its id."""
    fresh = {**generate(alg), ADDED: time.time()}
    with _changed() as (_, members, _leeway):
        members.append(fresh)
    click.echo(fresh["kid"])


@keys.command()
@click.argument("kid")
def promote(kid: str) -> None:
    """Make key KID sign from now on. All other keys go on verifying.

    A key that was just added is waited for, at most 2 seconds: every worker must know it before one signs with it.
    """
    with _changed() as (path, members, _leeway):
        chosen = members[_position(members, kid)]
        if not _is_private(chosen):
            raise KeyFileError(f"key file {path}: {kid} is a public key and cannot sign")
        time.sleep(min(PICK_UP_SECONDS, max(0.0, chosen.get(ADDED, 0) + PICK_UP_SECONDS - time.time())))
        before = _signing(members)
        if before is not chosen:
            before[DEMOTED] = int(time.time())
            chosen.pop(DEMOTED, None)
        members.remove(chosen)
        members.insert(0, chosen)


@keys.command()
@click.argument("kid")
@click.option("--force", is_flag=True, help="Even if cookies that it signed may be alive: their users are signed out.")
def retire(kid: str, force: bool) -> None:
    """Remove key KID. Refuses the signing key, and a key whose cookies may still be valid."""
    with _changed() as (path, members, leeway):
        chosen = members[_position(members, kid)]
        if chosen is _signing(members):
            raise KeyFileError(f"key file {path}: {kid} is the signing key; promote another one first")
        expires = _last_cookie_expires(chosen)
        if not force and expires is None:
            raise KeyFileError(f"key file {path}: {kid} signs elsewhere; --force if no cookie of it is alive")
        if not force and expires and expires + leeway >= time.time():
            raise KeyFileError(f"key file {path}: cookies that {kid} signed may live until {_time(expires + leeway)}")
        members.remove(chosen)


@keys.command()
def export() -> None:
    """Print the public JWK Set, for those who verify our tokens."""
    click.echo(json.dumps(state.key_set(state.settings()).public_jwks(), indent=2))
