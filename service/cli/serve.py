"""`serve`: runs the service."""

from __future__ import annotations

import click

from service.api import contract
from service.cli import state
from service.demo.safety import obstacles
from service.runtime.settings import Settings
from service.state.store import Store


def _tables_are_there(settings: Settings) -> bool:
    """Makes the tables in an empty database; False if it cannot be reached now."""

    async def no_more(_: Store) -> None:
        pass

    try:
        state.with_store(settings, no_more)
    except click.ClickException:
        return False
    return True


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 picks a free one.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.option("--demo", is_flag=True, help="With a demo dashboard at /demo/, which signs in whoever asks.")
def serve(host: str, port: int, workers: int, demo: bool) -> None:
    """Run the service until SIGTERM."""
    # connexion takes longer to import than the other commands need to run
    from service.demo.dashboard import Demo
    from service.runtime import server

    settings = state.settings()
    obstacle = obstacles(settings, host, workers) if demo else ""
    if obstacle:
        raise click.UsageError(obstacle)
    state.key_set(settings)
    contract.load()
    # Once for all workers: one that is started later, to replace another, must not take lost tables for a new database.
    make_tables = workers == 1 or not _tables_are_there(settings)
    try:
        server.serve(
            settings,
            host,
            port,
            workers,
            extend=Demo if demo else None,
            pages=("/demo/",) if demo else (),
            make_tables=make_tables,
        )
    except server.CannotListen as error:
        raise click.ClickException(str(error)) from error
