"""What Alembic runs to carry out the steps: they are part of the transaction that is open already."""

from __future__ import annotations

from alembic import context

from service.state.schema import metadata, schema

context.configure(
    connection=context.config.attributes["connection"], target_metadata=metadata, version_table=schema.name
)
with context.begin_transaction():
    context.run_migrations()
