"""Statements of identity providers that were taken: each one counts once, whichever machine it reaches."""

from __future__ import annotations

import hashlib
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from service.state.schema import statements

_INSERT: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}  # both know ON CONFLICT


async def take(connection: AsyncConnection, issuer: str, token_id: str, until: int) -> bool:
    """Notes that the statement `token_id` (its `jti`) of `issuer` is taken. False if it was before.

    While another transaction takes the same one, this waits for the end of that. `until`: when it may be forgotten, in unix
    seconds. The id is stored as a digest: it may be long, and is nobody's business.
    """
    digest = hashlib.sha256(token_id.encode("utf-8", "surrogatepass")).hexdigest()
    row = {"issuer": issuer, "token_id": digest, "until": until}
    taken = (
        _INSERT[connection.dialect.name](statements).values(row).on_conflict_do_nothing().returning(statements.c.until)
    )
    return (await connection.execute(taken)).first() is not None


def old(now: int) -> ColumnElement[bool]:
    """Which may be forgotten at `now` (unix seconds)."""
    return statements.c.until < now
