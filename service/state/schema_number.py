"""Which schema a database has: none yet, an older one, ours, or one that only a newer version of this program knows."""

from __future__ import annotations

from sqlalchemy import Connection, insert, inspect, select

from service.state.engine import StoreError
from service.state.schema import NUMBER, NUMBERED, changes, metadata, schema, sequence


class SchemaError(StoreError):
    """The tables are not those that this version of the program works with. Waiting does not help."""


def number_of(connection: Connection) -> str:
    """The number of the schema; empty if the database has none of our tables.

    Raises SchemaError if only some of them are there: what was in the others is lost.
    """
    missing = metadata.tables.keys() - inspect(connection).get_table_names()
    if missing == metadata.tables.keys():
        return ""
    if schema.name in missing:
        number = _before_numbers(connection, missing - {schema.name})
    else:
        number = connection.execute(select(schema.c.version_num)).scalar() or ""
    # Which tables belong to another number, its own steps know.
    if not number or (number == NUMBER and missing - {schema.name}):
        lost = ", ".join(sorted(missing or {schema.name}))
        raise SchemaError(f"store: without its table {lost}: restore it from a backup")
    return number


def _before_numbers(connection: Connection, missing: set[str]) -> str:
    """The number of a schema that was made before there was a table for it; empty if tables are missing."""
    if not missing >= NUMBERED:
        return ""
    if missing > NUMBERED:
        return "1" if missing - NUMBERED == {changes.name} else ""
    columns = {column["name"] for column in inspect(connection).get_columns(changes.name)}
    return "2" if "mark" in columns else "3"


def verify(connection: Connection) -> None:
    """Raises SchemaError unless the tables are there, and those of this version of the program."""
    number = number_of(connection)
    if not number:
        raise SchemaError("store: it has no tables yet; `session-refresh serve` makes them")
    _refuse_newer(number)
    if number != NUMBER:
        raise SchemaError(
            f"store: its schema has number {number}, this program needs {NUMBER}: run `session-refresh migrate`"
        )


def make(connection: Connection) -> None:
    """Makes the tables in an empty database."""
    metadata.create_all(connection)
    connection.execute(insert(schema).values(version_num=NUMBER))
    connection.execute(insert(sequence).values(id=1, value=0))


def migrate(connection: Connection) -> bool:
    """Brings the tables up to date. False if they were. Raises SchemaError if there are none, or only newer ones."""
    number = number_of(connection)
    if number in ("", NUMBER):
        verify(connection)
    _refuse_newer(number)
    if number == NUMBER:
        return False
    from service.state import migrations  # Alembic takes longer to import than most commands need to run

    migrations.upgrade(connection, "" if inspect(connection).has_table(schema.name) else number)
    return True


def _refuse_newer(number: str) -> None:
    if not number.isdecimal() or int(number) > int(NUMBER):
        raise SchemaError(
            f"store: its schema has number {number}, made by a newer version of this program, which knows {NUMBER}"
        )
