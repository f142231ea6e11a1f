"""A database copied into another, of either engine: row by row, resumable, and compared.

Values travel as SQL has them: an instant is its microseconds, a fingerprint its signed pattern,
JSON its very text. Each batch is committed with the key that it reached, so that whoever goes on
after a crash begins there. While rows are missing the tables bear no revision that a program
knows: nobody takes half a database for a whole one.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    Table,
    bindparam,
    cast,
    delete,
    func,
    not_,
    or_,
    select,
    text,
    tuple_,
    type_coerce,
)
from sqlalchemy import Text as PlainText
from sqlalchemy.exc import DBAPIError

from storage.db import COPYING, Database
from storage.models import body, meta, metadata, version
from storage.reads.articles import get_meta
from storage.types import Instant, Text, Unsigned64
from storage.writes import questions
from storage.writes.articles import put_meta
from storage.writes.crew import PREFIX as BEAT

TABLES: tuple[Table, ...] = tuple(metadata.sorted_tables)
"""What is copied, each after those that it refers to. The full text is not among them."""

_SOURCE, _REVISION, _AT, _DONE = "copy.source", "copy.revision", "copy.at.", "copied.from"
_LAST_ID = "last_id."  # how SQLite knows what PostgreSQL's sequences do
ROWS = 5_000
_BYTES = 8 << 20
_FETCH = 1_000
_MASK = (1 << 128) - 1

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """`rows` of a table, and a hash of them all, 32 hexadecimal digits, in whatever order they
    lie: engines do not agree on the order of words."""

    rows: int
    hash: str


# ---------------------------------------------------------------- whole or half done


def begin(target: Database, source: str) -> None:
    """Make the tables of an empty database, marked as a copy of `source` that is under way."""

    def mark(conn: Connection, _: list[str]) -> None:
        put_meta(conn, _SOURCE, source)
        put_meta(conn, _REVISION, target.newest())
        _stand_at(conn, COPYING)

    target.upgrade(mark)


def begun_from(conn: Connection) -> tuple[str | None, str | None]:
    """Of what a half-done copy is one, and of which revision its tables are."""
    return get_meta(conn, _SOURCE), get_meta(conn, _REVISION)


def copied_from(conn: Connection) -> str | None:
    """Of what a database is a whole copy, if it is one."""
    return get_meta(conn, _DONE)


def begin_anew(conn: Connection) -> None:
    """Empty a half-done copy: its source has changed since it was begun."""
    if conn.dialect.name == "postgresql":
        names = ", ".join(table.name for table in TABLES if table is not meta)
        conn.execute(text(f"TRUNCATE {names}"))
    else:
        for table in reversed(TABLES):
            if table is not meta:
                conn.execute(delete(table))
    questions.clear(conn)
    kept = meta.c.key.in_([_SOURCE, _REVISION])
    conn.execute(delete(meta).where(not_(kept)))


def finish(source: Connection, target: Connection) -> None:
    """Make a copy a database like any other: its ids go on where those of the source end."""
    for table in TABLES:
        if "id" in table.c:
            _go_on(target, table, _last_id(source, table))
    put_meta(target, _DONE, get_meta(target, _SOURCE) or "")
    target.execute(delete(meta).where(meta.c.key.like("copy.%")))
    _stand_at(target, _revision(source))


def refresh_statistics(conn: Connection) -> None:
    """Let the engine look at what it has been given: plans made for empty tables are bad ones."""
    conn.execute(text("ANALYZE"))


def _revision(conn: Connection) -> str:
    return str(conn.scalar(text("SELECT version_num FROM alembic_version")))


def _stand_at(conn: Connection, revision: str) -> None:
    conn.execute(text("UPDATE alembic_version SET version_num = :at"), {"at": revision})


# ---------------------------------------------------------------- rows


def count(conn: Connection, table: Table) -> int:
    """How many rows of a table there are to copy."""
    query = select(func.count()).select_from(table)
    return int(conn.scalar(query.where(*_own(table))) or 0)


def carry(
    source: Connection,
    target: Database,
    table: Table,
    tell: Callable[[int], None],
    rows: int = ROWS,
) -> None:
    """Copy the rows of a table that `target` has not yet, up to `rows` of them, and some megabytes,
    in a transaction. `tell`: how many, when they are committed."""
    with target.read() as conn:
        reached = get_meta(conn, _AT + table.name)
    keys = [table.c[column.name] for column in table.primary_key]
    places = [list(table.c).index(key) for key in keys]
    with _rows(source, table, json.loads(reached) if reached else None) as fresh:
        for batch in _batches(fresh, rows):
            with target.write() as conn:
                _put(conn, table, batch)
                put_meta(conn, _AT + table.name, json.dumps([batch[-1][at] for at in places]))
            tell(len(batch))


def reached(conn: Connection, table: str) -> int:
    """The id that a step of our own making (not a table's rows) has come to; -1 at its start."""
    return int(get_meta(conn, _AT + table) or -1)


def reach(conn: Connection, table: str, id_: int) -> None:
    """Note the id that such a step has come to."""
    put_meta(conn, _AT + table, str(id_))


def digest(conn: Connection, table: Table) -> Digest:
    """Count and hash a table's rows."""
    rows = total = 0
    with _rows(conn, table, None) as found:
        for row in found:
            # Version 2 writes equal values alike; later ones know which of them are one object.
            said = marshal.dumps(row, 2)
            total += int.from_bytes(blake2b(said, digest_size=16).digest())
            rows += 1
    return Digest(rows, f"{total & _MASK:032x}")


def texts(conn: Connection) -> tuple[int, int]:
    """How many versions the full text holds, and how many have a text."""
    of = "search_docsize" if conn.dialect.name == "sqlite" else "search"
    held = conn.scalar(text(f"SELECT count(*) FROM {of}"))  # noqa: S608 - one of two names
    expected = select(func.count()).select_from(
        body.join(version, version.c.id == body.c.version_id)
    )
    return int(held or 0), int(conn.scalar(expected) or 0)


def _own(table: Table) -> list[ColumnElement[bool]]:
    """Which rows are the source's to give: what `meta` says of a copy, or of ids, is not."""
    if table is not meta:
        return []
    ours = (meta.c.key.startswith(s, autoescape=True) for s in ("copy.", _DONE, _LAST_ID, BEAT))
    return [not_(or_(*ours))]


@contextmanager
def _rows(conn: Connection, table: Table, after: Sequence[Any] | None) -> Iterator[Iterator[Row]]:
    """A table's rows as plain values, in the order of its key, from behind a key on."""
    columns = [_plain(column) for column in table.c]
    keys = [_plain(column) for column in table.primary_key]
    query = select(*columns).where(*_own(table)).order_by(*keys)
    if after is not None:
        reached = [bindparam(None, v, type_=k.type) for k, v in zip(keys, after, strict=True)]
        query = query.where(tuple_(*keys) > tuple_(*reached))
    with conn.execute(query, execution_options={"yield_per": _FETCH}) as found:
        yield (tuple(row) for row in found)


def _plain(column: ColumnElement[Any]) -> ColumnElement[Any]:
    match column.type:
        case Instant() | Unsigned64():
            return type_coerce(column, BigInteger())
        case Text():
            return type_coerce(column, PlainText())
        case JSON():
            return cast(column, PlainText())
    return column


def _batches(rows: Iterable[Row], most: int) -> Iterator[list[Row]]:
    batch: list[Row] = []
    size = 0
    for row in rows:
        batch.append(row)
        size += sum(len(value) for value in row if isinstance(value, bytes | str))
        if len(batch) == most or size > _BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _put(conn: Connection, table: Table, rows: Sequence[Row]) -> None:
    names = ", ".join(f'"{column.name}"' for column in table.c)
    if conn.dialect.name == "sqlite":
        marks = ", ".join("?" * len(table.c))
        conn.exec_driver_sql(
            f'INSERT INTO "{table.name}" ({names}) VALUES ({marks})',  # noqa: S608
            list(rows),
        )
        return
    driver = conn.dialect.loaded_dbapi
    raw: Any = conn.connection.driver_connection
    statement = f'COPY "{table.name}" ({names}) FROM STDIN'
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as pipe:
            for row in rows:
                pipe.write_row(row)
    except driver.Error as error:
        # As the errors of all other statements come.
        raise DBAPIError.instance(statement, [], error, driver.Error) from error


# ---------------------------------------------------------------- ids


def _last_id(conn: Connection, table: Table) -> int:
    """The highest id that a table ever gave, as far as the engine remembers."""
    top = conn.scalar(select(func.max(table.c.id))) or 0
    if conn.dialect.name == "sqlite":
        return max(top, int(get_meta(conn, _LAST_ID + table.name) or 0))
    row = conn.execute(text(f"SELECT last_value, is_called FROM {table.name}_id_seq")).one()  # noqa: S608
    return max(top, row.last_value if row.is_called else 0)


def _go_on(conn: Connection, table: Table, last: int) -> None:
    if not last:
        return
    if conn.dialect.name == "postgresql":
        sequence = f"{table.name}_id_seq"
        conn.execute(text("SELECT setval(CAST(:s AS regclass), :n)"), {"s": sequence, "n": last})
    elif last > (conn.scalar(select(func.max(table.c.id))) or 0):
        put_meta(conn, _LAST_ID + table.name, str(last))
