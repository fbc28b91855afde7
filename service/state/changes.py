"""What a reader of the store gets: changes, and the revocations and API keys in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Row

from security.api_keys import ApiKey, Network, network
from security.revocations import Revocation
from service.state.engine import StoreError
from service.state.schema import revocations


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
REVOCATION_COLUMNS = (*(revocations.c[field.name] for field in fields(Revocation)), revocations.c.seq)


def revocation_of(row: Sequence[Any]) -> Revocation:
    """The revocation in a row of REVOCATION_COLUMNS."""
    revoked_at, session_id, organisation, subject, _ = row
    return Revocation(revoked_at, session_id, organisation, subject)


def _networks(row: Row[Any]) -> tuple[Network, ...]:
    try:
        return tuple(network(text) for text in row.networks.split())
    except ValueError as error:
        raise StoreError(f"store: API key {row.key_id}: its networks cannot be read") from error


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
