"""What every command starts with: the settings, the state directory, the keys and the store."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from security.keys import KeySet
from service.runtime import settings as configuration
from service.runtime.settings import Settings
from service.state import key_file
from service.state.engine import StoreError
from service.state.store import Store

STORE_SECONDS = 20.0

Result = TypeVar("Result")


def settings() -> Settings:
    """The settings in the environment, and the state directory of mode 0700. Raises SettingsError, ClickException."""
    read = configuration.read(os.environ, terminal=sys.stderr.isatty())
    try:
        read.state_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise click.ClickException(f"SESSION_REFRESH_STATE_DIR {read.state_dir}: {error.strerror}") from error
    if not read.state_dir.is_dir() or read.state_dir.stat().st_mode & 0o077:
        raise click.ClickException(f"SESSION_REFRESH_STATE_DIR {read.state_dir}: must be a folder of mode 0700")
    return read


def key_set(read: Settings) -> KeySet:
    """The keys. If there is no key file and the database is the embedded one, a key is generated first.

    With a shared database other machines must have the same keys, so none are generated. Raises KeyFileError.
    """
    if read.embedded and not os.path.lexists(read.keys_file):
        key_file.create(read.keys_file)
    return key_file.key_set(read.keys_file, key_file.read(read.keys_file))


def with_store(read: Settings, work: Callable[[Store], Awaitable[Result]]) -> Result:
    """The result of `work` on the store. Raises ClickException if the store cannot be used or takes too long."""
    where = f"SESSION_REFRESH_STATE_DIR {read.state_dir}" if read.embedded else "SESSION_REFRESH_DATABASE_URL"

    async def run() -> Result:
        store = Store(read.database_url)
        try:
            async with asyncio.timeout(STORE_SECONDS):
                await store.prepare()
                return await work(store)
        except TimeoutError as error:
            raise click.ClickException(f"{where}: no answer; whether anything was changed is not known") from error
        except StoreError as error:
            line = str(error)
            raise click.ClickException(line if line.startswith(where) else f"{where}: {line}") from error
        finally:
            await store.close()

    return asyncio.run(run())
