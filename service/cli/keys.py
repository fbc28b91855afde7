"""`keys`: the keys that sign and verify session tokens, shown."""

from __future__ import annotations

import json

import click

from service.cli import dates, key_changes, state
from service.cli.key_content import Content, last_cookie_expires
from service.state import key_file


@click.group()
def keys() -> None:
    """The keys that sign and verify session tokens."""


for command in (key_changes.add, key_changes.promote, key_changes.retire):
    keys.add_command(command)


def _read() -> Content:
    path = state.settings().keys_file
    return Content(path, key_file.read(path))


@keys.command("list")
def list_() -> None:
    """Show each key: its id, algorithm, use, and when the last cookie that this service signed with it expires."""
    content = _read()
    for member in content.ours():
        expires = last_cookie_expires(member)
        if member["kid"] == content.loaded.signing.kid:
            use, until = "signs", "8 hours after it stops signing"
        elif expires is None:
            use, until = "verifies (public)", "known to whoever signs with it"
        else:
            others = ", if nobody else signs with it"  # a login service that has not read the file again
            use, until = "verifies", dates.text(expires) + others if expires else "has not signed here"
        click.echo(f"{member['kid']}\t{member['alg']}\t{use}\tlast cookie expires: {until}")


@keys.command()
def export() -> None:
    """Print the public JWK Set, for those who verify our tokens."""
    click.echo(json.dumps(_read().loaded.public_jwks(), indent=2))
