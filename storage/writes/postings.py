"""The candidate index as rows of PostgreSQL: a posting each, in tables by age and by value.

`posting_FAMILY` is partitioned by ranges of versions, which are ranges of age, so that what has
become old is dropped and not deleted; each of those is partitioned by ranges of values, which are
hashes and so spread evenly: such a part may be a foreign table, on another server. Look-ups and
insertions name the parts themselves, for a plan over all of them takes longer than the look-up.
What is older, and followed by somebody, is kept in `posting_FAMILY_kept`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

Row = tuple[int, int]
"""A value and a version."""

VALUE_BITS = 36  # of a value, its highest: what a posting keeps (watcher.core.index)
QUARTERS = 4  # parts of a range of versions, by value
_TOP = 1 << VALUE_BITS


def leaf(family: str, number: int, quarter: int) -> str:
    """The table of one range of versions and one of values."""
    return f"posting_{family}_r{number}_q{quarter}"


def kept(family: str) -> str:
    """The table of what is older than any range, and followed."""
    return f"posting_{family}_kept"


def quarter(value: int) -> int:
    """The part that a value is in."""
    return value * QUARTERS // _TOP


def there(conn: Connection) -> bool:
    """Whether there are such tables."""
    found = conn.exec_driver_sql("SELECT to_regclass('posting_sketch') IS NOT NULL")
    return bool(found.scalar())


def create(conn: Connection, family: str) -> None:
    """The table of a family, without any range yet."""
    parent = f"posting_{family}"
    conn.exec_driver_sql(
        f"CREATE TABLE {parent} (value bigint NOT NULL, version integer NOT NULL)"
        " PARTITION BY RANGE (version)"
    )
    conn.exec_driver_sql(f"CREATE TABLE {kept(family)} PARTITION OF {parent} DEFAULT")
    conn.exec_driver_sql(f"CREATE INDEX ON {kept(family)} (value, version)")


def drop(conn: Connection, family: str) -> None:
    """All of a family."""
    conn.exec_driver_sql(f"DROP TABLE IF EXISTS posting_{family}")


def add_range(conn: Connection, family: str, number: int, end: int) -> None:
    """Room for the versions from `number`, by which the range is called, to below `end`."""
    parent = f"posting_{family}"
    middle = f"{parent}_r{number}"
    conn.exec_driver_sql(
        f"CREATE TABLE {middle} PARTITION OF {parent}"
        f" FOR VALUES FROM ({number}) TO ({end}) PARTITION BY RANGE (value)"
    )
    for part in range(QUARTERS):
        low, high = part * _TOP // QUARTERS, (part + 1) * _TOP // QUARTERS
        conn.exec_driver_sql(
            f"CREATE TABLE {leaf(family, number, part)} PARTITION OF {middle}"
            f" FOR VALUES FROM ({low}) TO ({high})"
        )
        conn.exec_driver_sql(f"CREATE INDEX ON {leaf(family, number, part)} (value, version)")


def drop_range(conn: Connection, family: str, number: int, keep: Sequence[int]) -> None:
    """Drop a range of versions, but what is posted of `keep`."""
    middle = f"posting_{family}_r{number}"
    rows: list[Any] = []
    if keep:
        rows = list(
            conn.exec_driver_sql(
                f"SELECT value, version FROM {middle} WHERE version = ANY(%s)",  # noqa: S608
                (list(keep),),
            )
        )
    conn.exec_driver_sql(f"DROP TABLE {middle}")
    if rows:
        insert(conn, f"posting_{family}", [(r.value, r.version) for r in rows])


def insert(conn: Connection, table: str, rows: Sequence[Row]) -> None:
    """Post these, into a table with its parts, or one part."""
    ordered = sorted(rows)
    conn.exec_driver_sql(
        f"INSERT INTO {table} (value, version)"  # noqa: S608
        " SELECT * FROM unnest(%s::bigint[], %s::integer[])",
        ([value for value, _ in ordered], [version for _, version in ordered]),
    )


def hurry(conn: Connection, most_ms: int) -> None:
    """Until the transaction ends, wait no longer than that for a lock: whoever reads a table, as
    `pg_dump` does for hours, keeps it from being changed, and us from letting others go on."""
    conn.exec_driver_sql(f"SET LOCAL lock_timeout = {most_ms:d}")


def plan_once(conn: Connection) -> None:
    """Until the transaction ends, statements that were prepared are not planned for each of their
    parameters."""
    conn.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")


def carriers(conn: Connection, tables: dict[str, list[int]], most: int) -> list[Row]:
    """Who carries these values: of each value and table at most the `most` latest versions.

    `tables`: the values that are looked for in each. One statement, whose text is the same for the
    same tables, so that the server plans it once.
    """
    if not tables:
        return []
    each = (
        f"SELECT v.value, p.version FROM unnest(%s::bigint[]) AS v(value), LATERAL"  # noqa: S608
        f" (SELECT version FROM {table} WHERE value = v.value"
        f" ORDER BY version DESC LIMIT {most}) AS p"
        for table in tables
    )
    found = conn.exec_driver_sql(" UNION ALL ".join(each), tuple(tables.values()))
    return [(value, version) for value, version in found]
