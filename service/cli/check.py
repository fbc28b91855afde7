"""`check`: whether the service could run with this configuration. Tries what the service will do, and undoes it."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from collections.abc import Callable
from pathlib import Path

import click

from service.api import contract
from service.api.versions import ContractError
from service.cli import state
from service.operations import device, internal
from service.runtime.settings import Settings
from service.state import directory, issuers_file, key_file, key_file_changes
from service.state.directory import DirectoryError
from service.state.engine import StoreError
from service.state.guarded_file import FileError
from service.state.shared_counter import SHARED_SECONDS, SharedCounter
from service.telemetry.log import LogPipeline

# The longest time between two refreshes of a page at work: session-keeper's interval and its jitter.
KEEPER_SECONDS = 990


@click.command()
def check() -> None:
    """Try what the service will do with these settings. Print each problem on a line; exit 1 if there is any."""
    settings = state.settings()
    wrong = _problems(settings, _directory)
    keys_inside = settings.state_dir in settings.keys_file.parents
    if not wrong or not keys_inside:
        wrong += _problems(settings, _keys)
    if not wrong or settings.state_dir not in settings.issuers_file.parents:
        wrong += _problems(settings, _issuers)
    if not wrong or not settings.embedded:
        wrong += _problems(settings, _store)
    wrong += _problems(settings, _document, _limits)
    for line in dict.fromkeys(wrong):
        click.echo(line, err=True)
    for line in _warnings(settings):
        click.echo(f"session-refresh: warning: {line}", err=True)
    if wrong:
        raise click.exceptions.Exit(1)
    click.echo("everything is in place")


def _warnings(settings: Settings) -> list[str]:
    """What is not wrong, but probably not meant."""
    found = []
    if 0 < settings.idle_timeout < KEEPER_SECONDS:
        found.append(
            f"SESSION_REFRESH_IDLE_TIMEOUT: session-keeper refreshes every {KEEPER_SECONDS} s at the latest: with"
            f" {settings.idle_timeout} s, users are signed out while they work, unless its `interval` is shorter"
        )
    database = settings.database_file
    if settings.embedded and database and os.path.lexists(settings.keys_file) and not os.path.lexists(database):
        found.append(
            f"database {database}: not there, `serve` makes an empty one. If there was one, put it back first:"
            " it knows which sessions are revoked"
        )
    return found


def _problems(settings: Settings, *checks: Callable[[Settings], object]) -> list[str]:
    """What `checks` found, a line each."""
    wrong = []
    for each in checks:
        try:
            each(settings)
        except (FileError, ContractError, StoreError, click.ClickException) as error:
            wrong.append(str(error))
    return wrong


def _directory(settings: Settings) -> None:
    """The state directory, if it is needed: it is there, or can be made."""
    if not settings.embedded:
        return
    try:
        if os.path.lexists(settings.state_dir):
            directory.verify(settings.state_dir)
        else:
            directory.rehearse_making(settings.state_dir)
    except DirectoryError as error:
        raise click.ClickException(f"SESSION_REFRESH_STATE_DIR {error}") from error


def _check_owner(file: Path, *, readable_by_group: bool = False) -> None:
    """Raises ClickException for a file of root's in the directory of the service's user. It does not stop root, who checks."""
    if file.is_file() and not (readable_by_group and file.stat().st_mode & stat.S_IRGRP):
        owner, of_directory = file.stat().st_uid, file.parent.stat().st_uid
        if of_directory not in (0, owner):
            raise click.ClickException(f"{file}: belongs to user {owner}, and its directory to user {of_directory}")


def _keys(settings: Settings) -> None:
    file = settings.keys_file
    made_by_serve = file.parent.is_dir() or file.parent == settings.state_dir
    if settings.embedded and not os.path.lexists(file) and made_by_serve:
        if settings.database_file and os.path.lexists(settings.database_file):
            raise click.ClickException(
                f"key file {file}: it is gone, and its database is there. Put it back: `serve` would make a new key, and"
                " every cookie would get 401"
            )
        return
    _check_owner(file, readable_by_group=True)
    jwks = key_file.read(file) if os.geteuid() == 0 else key_file.read_own(file)  # root may check for another user
    state.loaded(file, jwks)
    key_file_changes.check_times(file, jwks, time.time())


def _issuers(settings: Settings) -> None:
    file = settings.issuers_file
    if issuers_file.is_there(file):
        text = issuers_file.read(file) if os.geteuid() == 0 else issuers_file.read_own(file)
        issuers_file.issuers(file, text, settings.policy)


def _document(_: Settings) -> None:
    contract.load()
    internal.load()
    device.load()


def _store(settings: Settings) -> None:
    if settings.embedded and not os.path.lexists(settings.state_dir):
        return  # the first start makes both
    if settings.database_file is not None:
        _check_owner(settings.database_file)
    state.with_store(settings, lambda store: store.rehearse())


def _limits(settings: Settings) -> None:
    if settings.rate_limit_url != "memory://":
        shared = SharedCounter(settings.rate_limit_url, LogPipeline("error", "json").log)
        if not asyncio.run(shared.works()):
            raise click.ClickException(f"SESSION_REFRESH_RATE_LIMIT_URL: no answer within {SHARED_SECONDS} s")
