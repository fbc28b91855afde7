"""What is in the key file, for those who show or change it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from security.keys import why_ignored
from service.cli import state
from service.state import key_file_changes, key_times
from service.state.key_file import KeyFileError
from service.state.key_times import DEMOTED, is_private

Members = list[dict[str, Any]]


class Content:
    """What is in the key file: its members, and what they were loaded as."""

    def __init__(self, path: Path, jwks: dict[str, Any]) -> None:
        self.path = path
        self.loaded = state.loaded(path, jwks)
        self.members: Members = jwks["keys"]
        key_file_changes.check_times(path, jwks, time.time())

    def ours(self) -> Members:
        """Our keys, without the members that are passed over."""
        return [member for member in self.members if not why_ignored(member)]

    def member(self, kid: str) -> dict[str, Any]:
        """Our key with that id. Raises ClickException."""
        for member in self.ours():
            if member["kid"] == kid:
                return member
        raise click.ClickException(f"keys: no key {kid} in {self.path}")

    def signing(self) -> dict[str, Any]:
        """The key that signs."""
        return self.member(self.loaded.signing.kid)

    def refuse(self, reason: str) -> KeyFileError:
        """The error that says why the command does nothing."""
        return KeyFileError(f"key file {self.path}: {reason}")


def last_cookie_expires(member: dict[str, Any]) -> float | None:
    """When the last cookie that a key signed expires, in unix seconds. 0: it signed none. None: it signs elsewhere."""
    if not is_private(member):
        return None
    return key_times.last_cookie_expires(member[DEMOTED]) if DEMOTED in member else 0
