"""What is known of watches."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from storage.models import watch
from storage.reads.columns import columns
from storage.rows import WatchRow

_WATCH = columns(WatchRow, watch)


def list_watches(conn: Connection, *, removed: bool = False) -> list[WatchRow]:
    """The active watches by name; with `removed`, the ended ones too."""
    query = select(*_WATCH).order_by(watch.c.name)
    if not removed:
        query = query.where(watch.c.removed_at.is_(None))
    return [_row(row) for row in conn.execute(query)]


def get_watch(conn: Connection, name: str) -> WatchRow | None:
    """The watch of that name, ended or not; None when there was never one."""
    row = conn.execute(select(*_WATCH).where(watch.c.name == name)).first()
    return None if row is None else _row(row)


def _row(row: Row[Any]) -> WatchRow:
    values = dict(row._mapping)
    values["conditions"] = tuple(values["conditions"])
    values["notify"] = tuple(values["notify"])
    return WatchRow(**values)
