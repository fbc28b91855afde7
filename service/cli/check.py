"""`check`: whether the service could run with this configuration."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable

import click

from service.api import contract
from service.api.versions import ContractError
from service.cli import state
from service.runtime.settings import Settings
from service.state import key_file
from service.state.key_file import KeyFileError
from service.state.shared_counter import SHARED_SECONDS, SharedCounter
from service.telemetry.log import LogPipeline


@click.command()
def check() -> None:
    """Read all settings, keys, the document and the stores. Print each problem on a line; exit 1 if there is any."""
    settings = state.settings()
    wrong = []
    checks: list[Callable[[Settings], object]] = [_keys, _document, _store, _limits]
    for each in checks:
        try:
            each(settings)
        except (KeyFileError, ContractError, click.ClickException) as error:
            wrong.append(str(error))
    for line in wrong:
        click.echo(line, err=True)
    if wrong:
        raise click.exceptions.Exit(1)
    click.echo("everything is in place")


def _keys(settings: Settings) -> None:
    if settings.embedded and not os.path.lexists(settings.keys_file) and settings.keys_file.parent.is_dir():
        return  # the key file is made at the first start
    key_file.key_set(settings.keys_file, key_file.read(settings.keys_file))


def _document(_: Settings) -> None:
    contract.load()


def _store(settings: Settings) -> None:
    state.with_store(settings, lambda store: store.changes_after(0))


def _limits(settings: Settings) -> None:
    if settings.rate_limit_url != "memory://":
        shared = SharedCounter(settings.rate_limit_url, LogPipeline("error", "json").log)
        if not asyncio.run(shared.works()):
            raise click.ClickException(f"SESSION_REFRESH_RATE_LIMIT_URL: no answer within {SHARED_SECONDS} s")
