"""`api-keys`: keys that pin the API version of an organisation."""

from __future__ import annotations

import secrets
import time
from datetime import datetime

import click

from security.api_keys import ApiKey, Network, digest, generate, network
from service.api import contract
from service.cli import dates, names, state, trail
from service.state.audit import AuditRecord


@click.group("api-keys")
def api_keys() -> None:
    """The keys for the X-API-Key header."""


def _network(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> tuple[Network, ...]:
    try:
        return tuple(network(value) for value in values)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error


@api_keys.command()
@click.option("--org", required=True, help="The organisation whose sessions it may be sent with.")
@click.option("--version", required=True, help="The API version that it pins.")
@click.option("--sandbox", is_flag=True, help="Create a vk_sandbox_ key instead of a vk_live_ key.")
@click.option("--expires", type=dates.DATE, help="Expiry time (UTC).")
@click.option("--allow-ip", multiple=True, callback=_network, help="Accept it from this network only; may be repeated.")
def create(org: str, version: str, sandbox: bool, expires: datetime | None, allow_ip: tuple[Network, ...]) -> None:
    """Create a key and print it, once: only its SHA-256 is stored."""
    names.check("--org", org)
    names.warn_if_unusual("--org", org)
    catalogue = contract.load().catalogue
    offered = catalogue.offered if catalogue is not None else {}
    if version not in offered:
        raise click.UsageError(f"--version: must be one of {', '.join(offered)}")
    now = int(time.time())
    until = dates.seconds(expires) if expires else None
    if until is not None and until <= now:
        raise click.UsageError("--expires: must be in the future")
    key = generate(sandbox=sandbox)
    stored = ApiKey(
        f"ak_{secrets.token_hex(8)}", digest(key.encode("ascii")), org, version, sandbox, now, until, allow_ip
    )
    record = AuditRecord("api-keys create", f"{stored.key_id} of organisation {org!r}", trail.actor())
    settings = state.settings()
    state.with_tables(settings, lambda store: store.add_api_key(stored, record))
    trail.log(settings, record)
    click.echo(f"created {stored.key_id} in {settings.database_place}; the key is shown only now:", err=True)
    click.echo(key)


@api_keys.command("list")
def list_() -> None:
    """Show each key: its id, kind, organisation, version, status and networks. Never the key itself."""
    now = time.time()
    catalogue = contract.load().catalogue
    retired = catalogue.retired if catalogue is not None else {}
    for key in state.with_tables(state.settings(), lambda store: store.list_api_keys()):
        kind = "sandbox" if key.sandbox else "live"
        if key.revoked_at is not None:
            status = "revoked"
        elif key.expires_at is None:
            status = "active"
        else:
            status = f"{'expired' if key.expires_at <= now else 'active until'} {dates.text(key.expires_at)}"
        networks = ", ".join(str(network) for network in key.networks) or "any address"
        version = f"{key.version} (retired)" if key.version in retired else key.version
        click.echo(f"{key.key_id}\t{kind}\t{key.organisation}\t{version}\t{status}\t{networks}")


@api_keys.command()
@click.argument("key_id", metavar="ID")
def revoke(key_id: str) -> None:
    """Revoke the key with that ID. Returns once that is durable."""
    settings = state.settings()
    record = AuditRecord("api-keys revoke", key_id, trail.actor())
    changed = state.with_tables(settings, lambda store: store.revoke_api_key(key_id, int(time.time()), record))
    if changed is None:
        raise click.ClickException(f"api-keys: no key {key_id} in {settings.database_place}")
    if changed:
        trail.log(settings, record)
    click.echo(f"revoked {key_id} in {settings.database_place}")
