"""Runs Alembic inside a transaction that is already open."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from storage.migrations import REVISIONS


def config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, with the scripts as they lie in this package."""
    made = Config()
    # A ConfigParser reads it, to whom % is special.
    made.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    made.attributes["connection"] = connection
    made.attributes["applied"] = []
    return made


def scripts() -> ScriptDirectory:
    """The revisions as they lie in this package."""
    return ScriptDirectory.from_config(config())


def move(connection: Connection, revision: str) -> list[str]:
    """Takes the tables to `revision` ("base": none); the revisions done or undone, in order."""
    order = ("base", *REVISIONS)
    made = config(connection)
    current = scripts_at(connection)
    if order.index(revision) >= order.index(current or "base"):
        command.upgrade(made, revision)
    else:
        command.downgrade(made, revision)
    done: list[str] = made.attributes["applied"]
    return done


def scripts_at(connection: Connection) -> str | None:
    """The revision that the tables are at."""
    from alembic.runtime.migration import MigrationContext

    return MigrationContext.configure(connection).get_current_revision()
