"""What the writes share: INSERT ... ON CONFLICT, batches, and being the only writer of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Executable, Table, text
from sqlalchemy.dialects import postgresql, sqlite


def insert(conn: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT into `table` that knows on_conflict_do_nothing and on_conflict_do_update.

    Both engines have it in the same words, which SQLAlchemy spells per engine.
    """
    return insert_in(conn.dialect.name, table)


def insert_in(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """The same for an engine by its name, for statements that are put together once."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def many(conn: Connection, statement: Executable, rows: Sequence[dict[str, Any]]) -> None:
    """Executes `statement` once for each of `rows`, which may be none."""
    if rows:
        conn.execute(statement, rows)


def alone(conn: Connection, table: Table) -> None:
    """Keeps other writers from `table` until the transaction ends; readers go on.

    For reading and then writing what is missing, which two of us would both find missing. On
    SQLite a write transaction is alone as it is.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(text(f"LOCK TABLE {table.name} IN SHARE ROW EXCLUSIVE MODE"))


def distinct(what: str, names: Sequence[str]) -> None:
    """Raises ValueError where a name stands twice in `names`."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} listed twice: {name}")
        seen.add(name)
