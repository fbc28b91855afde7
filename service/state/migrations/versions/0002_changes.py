"""A mark for the last transaction, by which a reader knows the database again that it has read."""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "2"
down_revision = "1"


def upgrade() -> None:
    """Makes the table, with a mark for what was there before."""
    op.create_table(
        "session_refresh_changes",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("mark", sa.Text, nullable=False),
    )
    op.execute(
        sa.text(
            "INSERT INTO session_refresh_changes (number, mark) SELECT value, :mark FROM session_refresh_sequence"
        ).bindparams(mark=secrets.token_hex(8))
    )
