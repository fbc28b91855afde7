"""Changes to the tables that only a fault or an operator makes, past the store."""

from __future__ import annotations

import sqlalchemy

from service.state import schema

TABLES = sorted(schema.metadata.tables)

# From an older schema to the statements that make it of ours: without the table of numbers, they are as released.
TO_3 = [
    "DROP TABLE session_refresh_audit",
    "DROP TABLE session_refresh_statements",
    *(
        f"ALTER TABLE session_refresh_revocations DROP COLUMN {name}"
        for name in ("idp_issuer", "idp_session", "except_session")
    ),
]
OLDER = {
    "1": [*TO_3, "DROP TABLE session_refresh_changes"],
    "2": [*TO_3, "ALTER TABLE session_refresh_changes RENAME COLUMN epoch TO mark"],
    "3": TO_3,
}


async def rewind(url):
    """Empties the tables and sets the sequence back, as a restored backup would."""
    await execute(
        url,
        sqlalchemy.delete(schema.revocations),
        sqlalchemy.delete(schema.audit),
        sqlalchemy.delete(schema.statements),
        sqlalchemy.delete(schema.changes),
        sqlalchemy.update(schema.sequence).values(value=0),
    )


async def execute(url, *statements):
    other = sqlalchemy.create_engine(url)
    with other.begin() as connection:
        for statement in statements:
            connection.execute(statement)
    other.dispose()


async def rename_table(url, name, to):
    await execute(url, sqlalchemy.text(f"ALTER TABLE {name} RENAME TO {to}"))


def tables(url):
    other = sqlalchemy.create_engine(url)
    names = set(sqlalchemy.inspect(other).get_table_names())
    other.dispose()
    return names


def drop_tables(url, *names):
    other = sqlalchemy.create_engine(url)
    schema.metadata.drop_all(other, [schema.metadata.tables[name] for name in names])
    other.dispose()


async def set_networks(url, value):
    await execute(url, sqlalchemy.update(schema.api_keys).values(networks=value))
