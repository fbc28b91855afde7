"""What a reader of the store gets: changes, and the revocations and API keys in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from security.api_keys import ApiKey, Network, network
from security.revocations import Revocation
from service.state.engine import StoreError
from service.state.schema import api_keys, changes, revocations, sequence

BATCH = 10_000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The last transaction that a reader has seen. A database that does not have it is another database."""

    number: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed, up to change number `last`. If it is not `complete`, there is more to read.

    `resync`: it starts from the beginning, because the database is not the one that the reader has seen.
    """

    last: int
    revocations: Sequence[Revocation]
    api_keys: Sequence[ApiKey]
    complete: bool
    checkpoint: Checkpoint | None = None
    resync: bool = False


# Read by position, not by name: a worker that starts may read a million of them.
REVOCATION_COLUMNS = (*(revocations.c[name] for name in Revocation._fields), revocations.c.seq)


def revocation_of(row: Sequence[Any]) -> Revocation:
    """The revocation in a row of REVOCATION_COLUMNS."""
    return Revocation(*row[:-1])


def _networks(row: Row[Any]) -> tuple[Network, ...]:
    try:
        return tuple(network(text) for text in row.networks.split())
    except ValueError as error:
        raise StoreError(f"store: API key {row.key_id}: its networks cannot be read") from error


def row_of(key: ApiKey) -> dict[str, Any]:
    """The row of `key` in its table, without its number."""
    return asdict(key) | {"networks": " ".join(str(network) for network in key.networks)}


def api_key_of(row: Row[Any]) -> ApiKey:
    """The API key in a row of its table. Raises StoreError if its networks cannot be read."""
    return ApiKey(
        key_id=row.key_id,
        digest=row.digest,
        organisation=row.organisation,
        version=row.version,
        sandbox=bool(row.sandbox),
        created_at=row.created_at,
        expires_at=row.expires_at,
        networks=_networks(row),
        revoked_at=row.revoked_at,
    )


async def read_after(connection: AsyncConnection, last: int, checkpoint: Checkpoint | None) -> Changes:
    """What changed after number `last`, at most BATCH revocations at a time.

    Without the `checkpoint`, the database is not the one that was read so far: it was restored from a backup, or is new.
    Then everything is returned from the beginning.
    """
    newest = int((await connection.execute(select(sequence.c.value))).scalar_one())
    known = checkpoint is None or await _epoch(connection, checkpoint.number) == checkpoint.epoch
    resync = newest < last or not known
    if resync:
        last = 0
    if newest == last:
        return Changes(last, (), (), complete=True, checkpoint=checkpoint, resync=resync)
    if connection.dialect.name == "postgresql":
        # Until it has looked at the table's rows (ANALYZE), as after a restore, it expects few, and would read and sort all
        # that are left for each batch instead of following the index.
        await connection.execute(text("SET LOCAL enable_sort = off"))
    rows = (
        await connection.execute(
            select(*REVOCATION_COLUMNS)
            .where(revocations.c.seq > last, revocations.c.seq <= newest)
            .order_by(revocations.c.seq)
            .limit(BATCH)
        )
    ).all()
    upto = int(rows[-1].seq) if len(rows) == BATCH else newest
    keys = await connection.execute(select(api_keys).where(api_keys.c.seq > last, api_keys.c.seq <= upto))
    return Changes(
        upto,
        [revocation_of(row) for row in rows],
        [api_key_of(row) for row in keys],
        complete=upto == newest,
        checkpoint=Checkpoint(newest, await _epoch(connection, newest)),
        resync=resync,
    )


async def _epoch(connection: AsyncConnection, number: int) -> str:
    """The epoch of the transaction that ended with `number`; empty if there is none."""
    row = (await connection.execute(select(changes.c.epoch).where(changes.c.number == number))).first()
    return "" if row is None else str(row.epoch)
