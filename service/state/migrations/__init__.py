"""The steps from one schema to the next, run by Alembic."""

from __future__ import annotations

from importlib.resources import files

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection


def upgrade(connection: Connection, since: str) -> None:
    """Brings the tables from schema number `since` to the newest, in the transaction of `connection`."""
    config = Config()
    config.set_main_option("script_location", str(files(__package__)).replace("%", "%%"))
    config.attributes["connection"] = connection
    if since:
        command.stamp(config, since)  # made before there were numbers
    command.upgrade(config, "head")
