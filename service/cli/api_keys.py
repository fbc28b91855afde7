"""`api-keys`: keys that pin an organisation's API version."""

from __future__ import annotations

import ipaddress
import secrets
import time
from datetime import UTC, datetime

import click

from security import claims
from security.api_keys import ApiKey, Network, digest, generate
from service import contract
from service.cli import state


@click.group("api-keys")
def api_keys() -> None:
    """The keys for the X-API-Key header."""


def _network(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@api_keys.command()
@click.option("--org", required=True, help="The organisation whose sessions it is for.")
@click.option("--version", required=True, help="The API version that it pins.")
@click.option("--sandbox", is_flag=True, help="Make a vk_sandbox_ key instead of a vk_live_ one.")
@click.option("--expires", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"]), help="When it ends to hold, UTC.")
@click.option("--allow-ip", multiple=True, callback=_network, help="Only from this network; may be repeated.")
def create(org: str, version: str, sandbox: bool, expires: datetime | None, allow_ip: tuple[Network, ...]) -> None:
    """Make a key and print it, once: only its SHA-256 is stored."""
    if not claims.REQUIRED["org"](org):
        raise click.UsageError("--org: must be 1 to 255 printable characters")
    offered = contract.load().catalogue.offered
    if version not in offered:
        raise click.UsageError(f"--version: must be one of {', '.join(offered)}")
    now = int(time.time())
    until = int(expires.replace(tzinfo=UTC).timestamp()) if expires else None
    if until is not None and until <= now:
        raise click.UsageError("--expires: must be in the future")
    key = generate(sandbox=sandbox)
    record = ApiKey(
        f"ak_{secrets.token_hex(8)}", digest(key.encode("ascii")), org, version, sandbox, now, until, allow_ip
    )
    state.with_store(state.settings(), lambda store: store.add_api_key(record))
    click.echo(key)


@api_keys.command("list")
def list_() -> None:
    """Show each key: its id, kind, organisation, version, state and networks. Never the key."""
    now = time.time()
    for key in state.with_store(state.settings(), lambda store: store.list_api_keys()):
        kind = "sandbox" if key.sandbox else "live"
        if key.revoked_at is not None:
            condition = "revoked"
        elif key.expires_at is None:
            condition = "holds"
        else:
            date = datetime.fromtimestamp(key.expires_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            condition = f"{'expired' if key.expires_at <= now else 'holds until'} {date}"
        networks = ", ".join(str(network) for network in key.networks) or "any address"
        click.echo(f"{key.key_id}\t{kind}\t{key.organisation}\t{key.version}\t{condition}\t{networks}")


@api_keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Revoke the key with that ID. Returns once that is durable."""
    if not state.with_store(state.settings(), lambda store: store.revoke_api_key(key_id, int(time.time()))):
        raise click.ClickException(f"api-keys: no key {key_id}")
