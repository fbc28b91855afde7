"""What commands start with: the settings, the keys and the store. Only `serve` makes what is not there."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TypeVar

import click

from security.keys import KeySet
from service.runtime import settings as configuration
from service.runtime.settings import Settings
from service.state import directory, key_file, key_file_changes
from service.state.directory import DirectoryError
from service.state.engine import StoreError
from service.state.owner import as_owner
from service.state.store import Store
from service.telemetry.log import LogPipeline

STORE_SECONDS = 20.0

Result = TypeVar("Result")


def settings() -> Settings:
    """The settings in the environment. Raises SettingsError."""
    return configuration.read(os.environ, terminal=sys.stderr.isatty())


def key_set(read: Settings) -> KeySet:
    """The keys. Raises KeyFileError."""
    return loaded(read.keys_file, key_file.read(read.keys_file))


def loaded(path: Path, jwks: dict[str, Any]) -> KeySet:
    """The keys of `jwks`, which was read from `path`, after a warning about members that are none. Raises KeyFileError."""
    keys = key_file.key_set(path, jwks)
    for reason in keys.ignored:
        click.echo(f"session-refresh: warning: key file {path}: passed over: {reason}", err=True)
    return keys


def make(read: Settings) -> None:
    """Makes the state directory and a key, if they are needed and not there, and closes a directory that is open.

    With a shared database other machines must have the same keys, so none are made. Raises ClickException, KeyFileError.
    """
    needed = read.embedded or read.state_dir in read.keys_file.parents
    try:
        if read.embedded:
            directory.make(read.state_dir)
        opened = directory.close(read.state_dir) if needed and read.state_dir.exists() else []
    except DirectoryError as error:
        raise click.ClickException(f"SESSION_REFRESH_STATE_DIR {error}") from error
    if opened:
        log = LogPipeline(read.log_level, read.log_format).log
        log.warning("others could use what is the service's own: closed again", paths=[str(path) for path in opened])
    if read.embedded and not os.path.lexists(read.keys_file):
        key_file_changes.create(read.keys_file)


def with_store(read: Settings, work: Callable[[Store], Awaitable[Result]]) -> Result:
    """The result of `work` on the store. Raises ClickException if the store cannot be used or takes too long."""
    where = f"SESSION_REFRESH_STATE_DIR {read.state_dir}" if read.embedded else "SESSION_REFRESH_DATABASE_URL"

    async def run() -> Result:
        store = Store(read.database_url)
        try:
            # After the modules that a store needs were imported: they may be where only root can read.
            with as_owner(read.database_file) if read.database_file is not None else nullcontext():
                async with asyncio.timeout(STORE_SECONDS):
                    return await work(store)
        except TimeoutError as error:
            raise click.ClickException(f"{where}: no answer; whether anything was changed is not known") from error
        except StoreError as error:
            line = str(error)
            raise click.ClickException(line if line.startswith(where) else f"{where}: {line}") from error
        finally:
            await store.close()

    return asyncio.run(run())


def with_tables(read: Settings, work: Callable[[Store], Awaitable[Result]]) -> Result:
    """As with_store(), after a look at whether the tables are there and ours."""

    async def verified(store: Store) -> Result:
        await store.verify()
        return await work(store)

    return with_store(read, verified)
