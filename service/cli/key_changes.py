"""`keys add`, `promote` and `retire`: rotation of the signing key, without a single logout."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from security.compact import MAX_TOKEN_BYTES, encode_base64url
from security.generation import GENERATED, generate
from security.keys import Key, KeySet
from service.cli import dates, public_key, state, trail
from service.cli.key_content import Content, last_cookie_expires
from service.state import key_file, key_file_changes
from service.state.key_file import PUBLIC_MAX_AGE
from service.state.key_times import ADDED, DEMOTED, PICK_UP_SECONDS, PROMOTED, is_private


@contextmanager
def _changed(action: str, kid: str) -> Iterator[Content]:
    """Changes to the members are written at the end, and recorded as `action` on the key `kid`."""
    settings = state.settings()
    path = settings.keys_file
    with trail.recorded(settings, action, kid), key_file_changes.locked(path) as file:
        jwks = file.read()
        yield Content(path, jwks)
        file.write(jwks)


@click.command()
@click.option("--alg", type=click.Choice(GENERATED), show_default="EdDSA", help="The algorithm of the new key.")
@click.option(
    "--public",
    "source",
    type=click.File("rb"),
    help="Append this public key, a JWK or PEM: it only verifies. - is stdin.",
)
def add(alg: str | None, source: IO[bytes] | None) -> None:
    """Append a new key: it verifies at once, and signs when it is promoted. Prints its id.

    Without a key file, one is made in a directory that is there; its key signs at once. With --public, append the public
    key of somebody else, as of a login service that signs with a key of its own. Its id is its thumbprint (RFC 7638),
    unless it has one: whoever signs with it must name that as `kid`.
    """
    if source is not None:
        _add_public(alg, source)
        return
    settings = state.settings()
    path = settings.keys_file
    fresh = {**generate(alg or "EdDSA"), ADDED: time.time()}
    with trail.recorded(settings, "keys add", fresh["kid"]), key_file_changes.locked(path) as file:
        jwks: dict[str, Any] = {"keys": []}
        if file.is_missing():
            file.leave_to_owner_of_folder()
        else:
            jwks = file.read()
            Content(path, jwks)
        jwks["keys"].append(fresh)
        file.write(jwks)
    click.echo(fresh["kid"])


def _add_public(alg: str | None, source: IO[bytes]) -> None:
    if alg is not None:
        raise click.UsageError("--alg: a key that is there has its algorithm; leave it out with --public")
    path = state.settings().keys_file
    fresh = public_key.read(source, key_file.key_set(path, key_file.read(path)))
    with _changed("keys add --public", fresh["kid"]) as change:
        change.members.append({**fresh, ADDED: time.time()})
    click.echo(fresh["kid"])


@click.command()
@click.argument("kid")
@click.option("--force", is_flag=True, help="Even if others who verify tokens may not know the key yet.")
def promote(kid: str, force: bool) -> None:
    """Make key KID sign from now on. All other keys go on verifying.

    Who keeps the public key set must have asked for it again, and every worker must have read the file: a key that was
    just added is refused. With --force, at most 2 seconds are waited, for the workers.
    """
    with _changed("keys promote", kid) as change:
        chosen = change.member(kid)
        if not is_private(chosen):
            raise change.refuse(f"{kid} is a public key and cannot sign")
        added = chosen.get(ADDED, 0)
        known = added + PICK_UP_SECONDS + PUBLIC_MAX_AGE
        if not force and known > time.time():
            raise change.refuse(
                f"{kid} is too young: others may keep the public keys without it until {dates.text(known)};"
                " --force if nobody else verifies tokens"
            )
        time.sleep(min(PICK_UP_SECONDS, max(0.0, added + PICK_UP_SECONDS - time.time())))
        before = change.signing()
        _warn_of_longer_tokens(change.loaded, kid)
        if before is not chosen:
            before[DEMOTED] = chosen[PROMOTED] = int(time.time())
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


@click.command()
@click.argument("kid")
@click.option("--force", is_flag=True, help="Even if cookies that it signed may be alive: their users are signed out.")
def retire(kid: str, force: bool) -> None:
    """Remove key KID. Refuses the signing key, and a key whose cookies may still be valid."""
    with _changed("keys retire", kid) as change:
        chosen = change.member(kid)
        if chosen is change.signing():
            raise change.refuse(f"{kid} is the signing key; promote another one first")
        expires = last_cookie_expires(chosen)
        if not force and expires is None:
            raise change.refuse(f"{kid} signs elsewhere; --force if no cookie of it is alive")
        leeway = state.settings().leeway
        if not force and expires and expires + leeway >= time.time():
            raise change.refuse(f"cookies that {kid} signed may live until {dates.text(expires + leeway)}")
        change.members.remove(chosen)
