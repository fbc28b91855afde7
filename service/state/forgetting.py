"""Deletes what nobody needs any more, a piece at a time: all at once could take longer than a transaction may."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from security.revocations import Retention
from service.state import audit, statements
from service.state.schema import audit as records
from service.state.schema import changes, revocations
from service.state.schema import statements as taken

PIECE = 10_000  # rows of a table
# Of so many transactions the epochs are kept; a reader that is further behind reads everything again. Not of so many
# numbers: one transaction may revoke a million sessions.
EPOCHS = 100_000


async def forget(connection: AsyncConnection, now: int, keep: Retention) -> bool:
    """Deletes a piece of what is too old at `now` (unix seconds). False if there may be more."""
    by_age = select(changes.c.number).order_by(changes.c.number.desc())
    first_to_go = by_age.offset(EPOCHS).limit(1).scalar_subquery()
    all_of_it = True
    for table, old in (
        (revocations, _old(now, keep)),
        (changes, changes.c.number <= first_to_go),
        (taken, statements.old(now)),
        (records, audit.old(now, keep)),
    ):
        key = table.primary_key.columns
        piece = select(*key).where(old).limit(PIECE)
        result = await connection.execute(delete(table).where(tuple_(*key).in_(piece)))
        all_of_it = all_of_it and result.rowcount < PIECE
    return all_of_it


def _old(now: int, keep: Retention) -> ColumnElement[bool]:
    """Which revocations are to be deleted."""
    of_session = or_(revocations.c.session_id != "", revocations.c.idp_session != "")
    revoked_at = revocations.c.revoked_at
    return and_(revoked_at < now - keep.sessions, or_(of_session, revoked_at < now - keep.users))
