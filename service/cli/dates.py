"""Times as operators write and read them: in UTC, to the second."""

from __future__ import annotations

from datetime import UTC, datetime

import click

DATE = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"])


def seconds(date: datetime) -> int:
    """Unix seconds of a DATE that was given."""
    return int(date.replace(tzinfo=UTC).timestamp())


def text(moment: float) -> str:
    """`moment` (unix seconds), as a DATE."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
