"""Ids in blocks, so that rows which refer to each other can be written many at a time."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Connection, Executable, Table, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.types import BigInteger

from storage.faults import StorageFault
from storage.models import meta
from storage.writes.articles import put_meta

_TRIES = 100
_TURN = 0x49445320  # any constant: what the advisory lock is about


def allocate(conn: Connection, table: Table, n: int) -> int:
    """The first of `n` (1 or more) consecutive ids that no row of `table` has or ever had.

    Call it inside a write transaction. The ids are ours even while others insert, and are not
    given again when rows are deleted: postings of the candidate index outlive their rows. What
    a transaction that rolls back had taken may be lost (PostgreSQL) or given again (SQLite).
    """
    if n < 1:
        raise ValueError(f"cannot allocate {n} ids")
    return _count_on(conn, table, n) if conn.dialect.name == "sqlite" else _draw(conn, table, n)


class Blocks:
    """`allocate` for all of one write transaction, asked of the database once a table.

    Nobody else may take ids of these tables meanwhile (`one_at_a_time`). Without `close` at the
    end, nothing is remembered of what was taken. On PostgreSQL each block is drawn as it is needed.
    """

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._counts = conn.dialect.name == "sqlite"
        self._last: dict[Table, int] = {}

    def take(self, table: Table, n: int) -> int:
        """See `allocate`."""
        if not self._counts or n < 1:
            return allocate(self._conn, table, n)
        if table not in self._last:
            last = self._conn.scalar(_used(table), {"name": _name(table)})
            self._last[table] = int(last)
        self._last[table] += n
        return self._last[table] - n + 1

    def close(self) -> None:
        """Remember what was taken. Nothing is taken after it."""
        for table, last in self._last.items():
            put_meta(self._conn, _name(table), str(last))


def _name(table: Table) -> str:
    return f"last_id.{table.name}"


@cache
def _used(table: Table) -> Executable:
    """The last id that was taken: by the count kept beside the table's own maximum, because rows
    may also have been inserted without it, or the newest ones deleted."""
    top = select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery()
    known = select(cast(meta.c.value, BigInteger)).where(meta.c.key == bindparam("name"))
    return select(func.max(top, func.coalesce(known.scalar_subquery(), 0)))


def _count_on(conn: Connection, table: Table, n: int) -> int:
    # BEGIN IMMEDIATE lets nobody else in.
    blocks = Blocks(conn)
    first = blocks.take(table, n)
    blocks.close()
    return first


def _draw(conn: Connection, table: Table, n: int) -> int:
    # A sequence gives ascending values to each of us, but others may draw in between. Then
    # draw again: gaps cost nothing, and a lock held by the transaction would make writers wait
    # for each other's polls. The second time the allocators take turns, for the draw alone.
    first = _draw_once(conn, table, n)
    if first is not None:
        return first
    turn = f"({_TURN}, '{table.name}'::regclass::oid::int)"
    conn.execute(text(f"SELECT pg_advisory_lock{turn}"))
    try:
        for _ in range(_TRIES):
            first = _draw_once(conn, table, n)
            if first is not None:
                return first
    finally:
        conn.execute(text(f"SELECT pg_advisory_unlock{turn}"))
    raise StorageFault(
        f"could not get {n} ids of {table.name} in a row: too many writers at once. Try again.",
        busy=True,
    )


def _draw_once(conn: Connection, table: Table, n: int) -> int | None:
    sequence = cast(f"{table.name}_id_seq", REGCLASS)
    drawn = (
        select(func.nextval(sequence).label("value"))
        .select_from(func.generate_series(1, bindparam("n")).alias("series"))
        .subquery()
    )
    statement = select(func.min(drawn.c.value), func.max(drawn.c.value))
    first, last = conn.execute(statement, {"n": n}).one()
    return int(first) if last - first == n - 1 else None
