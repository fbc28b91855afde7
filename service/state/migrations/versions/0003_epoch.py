"""What was called a mark is called an epoch."""

from __future__ import annotations

from alembic import op

revision = "3"
down_revision = "2"


def upgrade() -> None:
    """Renames the column."""
    op.execute("ALTER TABLE session_refresh_changes RENAME COLUMN mark TO epoch")
