"""Who makes a change by a command, and how it gets into the audit trail: the store, and the log on stderr."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterator
from contextlib import contextmanager

import click

from service.cli import names, state
from service.runtime.settings import Settings
from service.state import audit
from service.state.audit import AuditRecord
from service.telemetry.log import LogPipeline


def actor() -> str:
    """The user who runs this command, by the operating system. Behind root, the one who became root by sudo.

    Anybody can set SUDO_USER, so it is believed only where it could not help: root may write whatever root likes.
    """
    user = os.getuid()
    try:
        name = pwd.getpwuid(user).pw_name
    except KeyError:  # as in a container
        name = f"uid {user}"
    behind = os.environ.get("SUDO_USER", "")
    return f"{name} (sudo by {behind})" if user == 0 and names.is_name(behind) else name


def log(settings: Settings, record: AuditRecord) -> None:
    """Logs a change that was made, whatever LOG_LEVEL is."""
    pipeline = LogPipeline(settings.log_level, settings.log_format)
    audit.log(pipeline.always, record)
    pipeline.flush()


@contextmanager
def recorded(settings: Settings, action: str, target: str) -> Iterator[None]:
    """Logs and records a change that is made elsewhere, in the block. Raises ClickException if that fails.

    The store is asked before: what cannot be recorded must not be changed.
    """
    stored = _has_store(settings)
    yield
    made = AuditRecord(action, target, actor())
    log(settings, made)
    if stored:
        try:
            state.with_store(settings, lambda store: store.record(made))
        except click.ClickException as error:
            raise click.ClickException(f"{action}: {target}: done, but not recorded: {error}") from error


def _has_store(settings: Settings) -> bool:
    """Whether there is a store to record changes in: False if none was made yet. Raises ClickException if it is out of use."""
    if settings.database_file is not None and not settings.database_file.exists():
        return False
    return state.with_store(settings, lambda store: store.has_tables())
