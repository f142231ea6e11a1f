"""Ids in blocks, so that rows which refer to each other can be written many at a time."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Connection, Executable, Table, bindparam, cast, func, select, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import REGCLASS
from sqlalchemy.types import BigInteger, Text

from storage.faults import StorageFault
from storage.models import meta

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


def _count_on(conn: Connection, table: Table, n: int) -> int:
    last = conn.scalar(_counted(table), {"name": f"last_id.{table.name}", "n": n})
    return int(str(last)) - n + 1


@cache
def _counted(table: Table) -> Executable:
    # BEGIN IMMEDIATE lets nobody else in. The count is kept beside the table's own maximum,
    # because rows may also have been inserted without it, or the newest ones deleted.
    top = select(func.coalesce(func.max(table.c.id), 0)).scalar_subquery()
    known = cast(meta.c.value, BigInteger)
    statement = sqlite.insert(meta).values(
        key=bindparam("name"), value=cast(top + bindparam("n", type_=BigInteger), Text)
    )
    return statement.on_conflict_do_update(
        index_elements=["key"],
        set_={"value": cast(func.max(known, top) + bindparam("n", type_=BigInteger), Text)},
    ).returning(meta.c.value)


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
