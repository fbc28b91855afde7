"""`serve`: runs the service."""

from __future__ import annotations

from dataclasses import replace

import click

from service.api import contract
from service.cli import sessions, state
from service.demo.safety import obstacles
from service.runtime.settings import Settings
from service.state import issuers_file, key_file
from service.state.schema_number import SchemaError


def _tables_are_there(settings: Settings) -> bool:
    """Makes the tables in an empty database; False if it cannot be reached now. Raises ClickException if they are not ours."""
    try:
        state.with_store(settings, lambda store: store.prepare())
    except click.ClickException as error:
        if isinstance(error.__cause__, SchemaError):
            raise
        return False
    return True


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 picks a free one.")
@click.option("--workers", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes.")
@click.option(
    "--internal", metavar="HOST:PORT", help="Second listener: /verify for proxies, and what identity providers send."
)
@click.option("--demo", is_flag=True, help="With a demo dashboard at /demo/, which signs in whoever asks.")
@click.option("--example-call", is_flag=True, help="Print a call to paste, with a new session: for development.")
def serve(host: str, port: int, workers: int, internal: str | None, demo: bool, example_call: bool) -> None:
    """Run the service until SIGTERM. With the embedded database it makes what is missing: directory, key and tables."""
    # connexion takes longer to import than the other commands need to run
    from service.demo.dashboard import Demo
    from service.runtime import listen_address, server

    if host.startswith("[") and host.endswith("]"):  # as in a URL
        host = host[1:-1]
    settings = state.settings()
    if internal is not None:
        try:
            settings = replace(settings, internal=listen_address.read(internal))
        except ValueError as error:
            raise click.UsageError(f"--internal: {error}, not {internal!r}") from error
    for option in [name for name, given in (("--demo", demo), ("--example-call", example_call)) if given]:
        if obstacle := obstacles(option, settings, host, workers):
            raise click.UsageError(obstacle)
    document = contract.load()
    state.make(settings)
    keys = key_file.key_set(settings.keys_file, key_file.read_own(settings.keys_file))
    issuers_file.load(settings.issuers_file, settings.policy)
    # Once for all workers: one that is started later, to replace another, must not take lost tables for a new database.
    make_tables = not _tables_are_there(settings)

    def lines(address: str, internal_address: str = "") -> list[str]:
        announced = [f"session-refresh listens on {address}"]
        if internal_address:
            announced.append(f"its internal listener is {internal_address}")
        if demo:
            announced.append(f"/demo/ is at {address}/demo/")
        if example_call:
            token = sessions.sign_in(settings, keys, "demo-user", "demo-org")
            announced.append(sessions.call(document, address, token))
        return announced

    try:
        server.serve(
            settings,
            listen_address.ListenAddress(host, port),
            workers,
            extend=Demo if demo else None,
            announce=lines,
            make_tables=make_tables,
        )
    except listen_address.CannotListen as error:
        raise click.ClickException(str(error)) from error
