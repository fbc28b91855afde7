"""The tables as version 1.0.0 first had them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "1"
down_revision = None


def upgrade() -> None:
    """Makes them."""
    op.create_table(
        "session_refresh_sequence",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("value", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1"),
    )
    op.execute("INSERT INTO session_refresh_sequence (id, value) VALUES (1, 0)")
    op.create_table(
        "session_refresh_revocations",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("revoked_at", sa.BigInteger, nullable=False),
        sa.Column("session_id", sa.Text, nullable=False),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
    )
    op.create_index("session_refresh_revocations_age", "session_refresh_revocations", ["revoked_at"])
    op.create_table(
        "session_refresh_api_keys",
        sa.Column("key_id", sa.Text, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False, index=True),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
        sa.Column("organisation", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("sandbox", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger),
        sa.Column("networks", sa.Text, nullable=False),
        sa.Column("revoked_at", sa.BigInteger),
    )
