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

from security.compact import MAX_TOKEN_BYTES, encode_base64url
from security.generation import GENERATED, generate
from security.keys import Key, KeySet, why_ignored
from security.tokens import LIFETIME
from service.cli import state
from service.state import key_file, key_file_changes
from service.state.key_file import PUBLIC_MAX_AGE, KeyFileError
from service.state.key_file_changes import ADDED, DEMOTED

PICK_UP_SECONDS = 2  # how long a worker may go on signing with the former key

Members = list[dict[str, Any]]


@click.group()
def keys() -> None:
    """The keys that sign and verify session tokens."""


class Content:
    """What is in the key file: its members, and what they were loaded as."""

    def __init__(self, path: Path, jwks: dict[str, Any]) -> None:
        self.path = path
        self.loaded = state.loaded(path, jwks)
        self.members: Members = jwks["keys"]
        key_file_changes.check_times(path, jwks, time.time())

    def ours(self) -> Members:
        """Our keys, without the members that are passed over."""
        return [member for member in self.members if not why_ignored(member)]

    def member(self, kid: str) -> dict[str, Any]:
        """Our key with that id. Raises ClickException."""
        for member in self.ours():
            if member["kid"] == kid:
                return member
        raise click.ClickException(f"keys: no key {kid} in {self.path}")

    def signing(self) -> dict[str, Any]:
        """The key that signs."""
        return self.member(self.loaded.signing.kid)

    def refuse(self, reason: str) -> KeyFileError:
        """The error that says why the command does nothing."""
        return KeyFileError(f"key file {self.path}: {reason}")


def _read() -> Content:
    path = state.settings().keys_file
    return Content(path, key_file.read(path))


@contextmanager
def _changed() -> Iterator[Content]:
    """Changes to the members are written at the end."""
    path = state.settings().keys_file
    with key_file_changes.locked(path) as file:
        jwks = file.read()
        yield Content(path, jwks)
        file.write(jwks)


def _is_private(member: dict[str, Any]) -> bool:
    return "d" in member or "k" in member


def _last_cookie_expires(member: dict[str, Any]) -> float | None:
    """When the last cookie that a key signed expires, in unix seconds. 0: it signed none. None: it signs elsewhere."""
    if not _is_private(member):
        return None
    return member[DEMOTED] + PICK_UP_SECONDS + LIFETIME if DEMOTED in member else 0


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@keys.command("list")
def list_() -> None:
    """Show each key: its id, algorithm, use, and when the last cookie it signed expires."""
    content = _read()
    for member in content.ours():
        expires = _last_cookie_expires(member)
        if member["kid"] == content.loaded.signing.kid:
            use, until = "signs", "8 hours after it stops signing"
        elif expires is None:
            use, until = "verifies (public)", "known to whoever signs with it"
        else:
            use, until = "verifies", _time(expires) if expires else "has not signed"
        click.echo(f"{member['kid']}\t{member['alg']}\t{use}\tlast cookie expires: {until}")


@keys.command()
@click.option("--alg", type=click.Choice(GENERATED), default="EdDSA", show_default=True)
def add(alg: str) -> None:
    """Append a new key: it verifies at once, and signs when it is promoted. Prints its id.

    Without a key file, one is made in a directory that is there; its key signs at once.
    """
    fresh = {**generate(alg), ADDED: time.time()}
    path = state.settings().keys_file
    with key_file_changes.locked(path) as file:
        jwks: dict[str, Any] = {"keys": []}
        if file.is_missing():
            file.leave_to_owner_of_folder()
        else:
            jwks = file.read()
            Content(path, jwks)
        jwks["keys"].append(fresh)
        file.write(jwks)
    click.echo(fresh["kid"])


@keys.command()
@click.argument("kid")
@click.option("--force", is_flag=True, help="Even if others who verify tokens may not know the key yet.")
def promote(kid: str, force: bool) -> None:
    """Make key KID sign from now on. All other keys go on verifying.

    Who keeps the public key set must have asked for it again, and every worker must have read the file: a key that was
    just added is refused. With --force, at most 2 seconds are waited, for the workers.
    """
    with _changed() as change:
        chosen = change.member(kid)
        if not _is_private(chosen):
            raise change.refuse(f"{kid} is a public key and cannot sign")
        added = chosen.get(ADDED, 0)
        known = added + PICK_UP_SECONDS + PUBLIC_MAX_AGE
        if not force and known > time.time():
            raise change.refuse(
                f"{kid} is too young: others may keep the public keys without it until {_time(known)};"
                " --force if nobody else verifies tokens"
            )
        time.sleep(min(PICK_UP_SECONDS, max(0.0, added + PICK_UP_SECONDS - time.time())))
        before = change.signing()
        _warn_of_longer_tokens(change.loaded, kid)
        if before is not chosen:
            before[DEMOTED] = int(time.time())
            chosen.pop(DEMOTED, None)
        change.members.remove(chosen)
        change.members.insert(0, chosen)


def _warn_of_longer_tokens(loaded: KeySet, kid: str) -> None:
    longer = _own_bytes(loaded.keys[kid]) - _own_bytes(loaded.signing)
    if longer > 0:
        click.echo(
            f"session-refresh: warning: tokens become {longer} bytes longer: sessions whose token has more than"
            f" {MAX_TOKEN_BYTES - longer} bytes now cannot be refreshed (503)",
            err=True,
        )


def _own_bytes(key: Key) -> int:
    """How many bytes of a token are the key's own: its header and signature."""
    return len(key.header) + len(encode_base64url(key.sign(b"a try"))) if key.sign is not None else 0


@keys.command()
@click.argument("kid")
@click.option("--force", is_flag=True, help="Even if cookies that it signed may be alive: their users are signed out.")
def retire(kid: str, force: bool) -> None:
    """Remove key KID. Refuses the signing key, and a key whose cookies may still be valid."""
    with _changed() as change:
        chosen = change.member(kid)
        if chosen is change.signing():
            raise change.refuse(f"{kid} is the signing key; promote another one first")
        expires = _last_cookie_expires(chosen)
        if not force and expires is None:
            raise change.refuse(f"{kid} signs elsewhere; --force if no cookie of it is alive")
        leeway = state.settings().leeway
        if not force and expires and expires + leeway >= time.time():
            raise change.refuse(f"cookies that {kid} signed may live until {_time(expires + leeway)}")
        change.members.remove(chosen)


@keys.command()
def export() -> None:
    """Print the public JWK Set, for those who verify our tokens."""
    click.echo(json.dumps(_read().loaded.public_jwks(), indent=2))
