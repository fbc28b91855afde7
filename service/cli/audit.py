"""`audit`: what was changed, when, by whom and why."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime

import click

from service.cli import dates, state
from service.state.audit import AuditEntry, printable


@click.command()
@click.option("--since", type=dates.DATE, help="Only what was changed then or later (UTC).")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def audit(since: datetime | None, as_json: bool) -> None:
    """Show each change: when, what, to what, by whom, and why.

    The changes are revocations, API keys created and revoked, and keys added, promoted and retired. Revocations are shown
    for 400 days, or for as long as they are in force; all others for good.
    """
    settings = state.settings()
    first = dates.seconds(since) if since else 0
    last = 0
    while entries := state.with_tables(settings, lambda store: store.audit_after(last, first)):  # noqa: B023
        for entry in entries:
            click.echo(_json(entry) if as_json else _line(entry))
        last = entries[-1].number


def _json(entry: AuditEntry) -> str:
    return json.dumps({"at": dates.text(entry.at), **asdict(entry.record)})


def _line(entry: AuditEntry) -> str:
    record = entry.record
    columns = (dates.text(entry.at), record.action, record.target, record.actor, record.reason)
    return "\t".join(printable(column) for column in columns)
