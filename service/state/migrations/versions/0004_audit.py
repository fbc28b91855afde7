"""Revocations by the identity provider's session and of all sessions but one; the audit trail; statements taken."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "4"
down_revision = "3"


def upgrade() -> None:
    """Adds the columns, and makes the tables."""
    for name in ("idp_issuer", "idp_session", "except_session"):
        op.add_column("session_refresh_revocations", sa.Column(name, sa.Text, nullable=False, server_default=""))
    op.create_table(
        "session_refresh_audit",
        sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
    op.create_index("session_refresh_audit_age", "session_refresh_audit", ["at"])
    op.create_table(
        "session_refresh_statements",
        sa.Column("issuer", sa.Text, primary_key=True),
        sa.Column("token_id", sa.Text, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    op.create_index("session_refresh_statements_age", "session_refresh_statements", ["until"])
