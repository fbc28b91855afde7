"""The audit trail: every change by an operator or an identity provider, with when, what, by whom and why."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, and_, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from security.revocations import Retention, Revocation
from service.state.schema import audit
from service.telemetry.log import Log

REVOKE = "revoke"  # the action of all revocations, whoever asks for them
# Revocations by identity providers may be a million a year, and each has a line. A year is what auditors ask for (PCI DSS
# 4.0 section 10.5.1); what is kept for longer is the log. Changes to keys are few, and are kept for good.
KEEP_SECONDS = 400 * 86400
BATCH = 10_000
MAX_TEXT = 4096


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """A change: what was done to what, by whom, and why if that was said. It never holds anything secret."""

    action: str
    target: str
    actor: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A record as it was stored: its number, and when, by the database's clock (unix seconds)."""

    number: int
    at: int
    record: AuditRecord


async def write(connection: AsyncConnection, number: int, at: float, record: AuditRecord) -> None:
    """Stores `record` in the transaction that makes the change."""
    await connection.execute(insert(audit).values(number=number, at=int(at), **_texts(record)))


async def read(connection: AsyncConnection, after: int, since: int) -> Sequence[AuditEntry]:
    """Records with a number greater than `after`, not made before `since`: BATCH of them at most, oldest first."""
    rows = await connection.execute(
        select(audit).where(audit.c.number > after, audit.c.at >= since).order_by(audit.c.number).limit(BATCH)
    )
    return [AuditEntry(row.number, row.at, AuditRecord(row.action, row.target, row.actor, row.reason)) for row in rows]


def old(now: int, keep: Retention) -> ColumnElement[bool]:
    """Which records are to be deleted: of revocations no longer in force, once they are older than KEEP_SECONDS."""
    return and_(audit.c.action == REVOKE, audit.c.at < now - max(keep.users, KEEP_SECONDS))


def log(to: Log, record: AuditRecord) -> None:
    """Logs a change that was made."""
    to.info("audit", **_texts(record))


def _texts(record: AuditRecord) -> dict[str, str]:
    """What is kept of `record`. Parts of it may come from elsewhere: no database and no terminal can stumble over them."""
    return {name: printable(text[:MAX_TEXT]) for name, text in asdict(record).items()}


def printable(text: str) -> str:
    """`text` in one line: control characters, line breaks and changes of direction are shown as escapes."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def targets(entries: Sequence[Revocation]) -> list[str]:
    """What each of `entries` revokes, in printable characters."""
    shown = repr if len(entries) == 1 else ascii  # several may be forms of one name: so that they look different
    return [_named(entry, shown) for entry in entries]


def of_revocations(entries: Sequence[Revocation], actor: str, reason: str = "") -> AuditRecord:
    """The record that `actor` revoked `entries`."""
    return AuditRecord(REVOKE, "; ".join(targets(entries)), actor, reason)


def _named(entry: Revocation, shown: Callable[[str], str]) -> str:
    if entry.session_id:
        return f"session {shown(entry.session_id)}"
    if entry.idp_session:
        return f"session {shown(entry.idp_session)} of identity provider {shown(entry.idp_issuer)}"
    if not entry.subject:
        return f"all users of organisation {shown(entry.organisation)}"
    but = f" but session {shown(entry.except_session)}" if entry.except_session else ""
    return f"user {shown(entry.subject)} of organisation {shown(entry.organisation)}{but}"
