"""The tables, the same in SQLite and PostgreSQL. A change to them needs a new number, and a step in migrations/."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, MetaData, String, Table, Text

NUMBER = "4"

metadata = MetaData()

# One row: the number of the schema that the database has. Alembic keeps it, and chooses the name of its column.
schema = Table("session_refresh_schema", metadata, Column("version_num", String(32), primary_key=True))

# One row. Every change takes its number from it, and locks it until it commits.
sequence = Table(
    "session_refresh_sequence",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("value", BigInteger, nullable=False),
    CheckConstraint("id = 1"),
)

# The number that each transaction ended with, and a random epoch by which a reader recognises it: numbers alone would not
# tell a restored or a new database from the one that was read.
changes = Table(
    "session_refresh_changes",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", Text, nullable=False),
)

revocations = Table(
    "session_refresh_revocations",
    metadata,
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("revoked_at", BigInteger, nullable=False),
    Column("session_id", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("subject", Text, nullable=False),
    # With a default, so that machines that still run an older version can go on revoking.
    Column("idp_issuer", Text, nullable=False, server_default=""),
    Column("idp_session", Text, nullable=False, server_default=""),
    Column("except_session", Text, nullable=False, server_default=""),
    Index("session_refresh_revocations_age", "revoked_at"),
)

api_keys = Table(
    "session_refresh_api_keys",
    metadata,
    Column("key_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, index=True),
    Column("digest", Text, nullable=False, unique=True),
    Column("organisation", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("sandbox", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("networks", Text, nullable=False),
    Column("revoked_at", BigInteger),
)

# What was changed, when (unix seconds), by whom and why: one row for each change, under its number. Those of keys, which
# are in a file, take a number of their own.
audit = Table(
    "session_refresh_audit",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("action", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Index("session_refresh_audit_age", "at"),
)

# Statements of identity providers that were taken: each issuer's `jti`, and until when it must be remembered.
statements = Table(
    "session_refresh_statements",
    metadata,
    Column("issuer", Text, primary_key=True),
    Column("token_id", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
    Index("session_refresh_statements_age", "until"),
)

# The tables that came after the number: a database without it has none of them.
NUMBERED = {audit.name, statements.name}
