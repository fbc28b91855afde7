"""`migrate`: brings the tables of the database up to date."""

from __future__ import annotations

import click

from service.cli import state


@click.command()
def migrate() -> None:
    """Bring the tables up to date, before the first machine runs a new version. `serve` does it by itself with SQLite."""
    changed = state.with_store(state.settings(), lambda store: store.migrate())
    click.echo("the tables were brought up to date" if changed else "the tables are up to date")
