"""Watches: those of the configuration, and those made on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from storage.models import mention, watch
from storage.rows import MentionRow, SyncResult, WatchSpec
from storage.writes.upsert import alone, distinct


def sync_watches(conn: Connection, specs: Sequence[WatchSpec], now: datetime) -> SyncResult:
    """Makes `specs` the configured watches, by name; those made on the command line stay.

    A name that both have is the configuration's. A watch whose target changed looks for its
    text anew. Raises ValueError where a name is listed twice.
    """
    distinct("watch", [spec.name for spec in specs])
    alone(conn, watch)
    known = {row.name: row for row in conn.execute(select(watch))}
    names: dict[str, list[str]] = {"added": [], "returned": [], "kept": [], "changed": []}
    for spec in specs:
        row = known.get(spec.name)
        values = _settings(spec)
        if row is None:
            names["added"].append(spec.name)
            conn.execute(insert(watch).values(origin="config", created_at=now, **values))
            continue
        names["kept" if row.removed_at is None else "returned"].append(spec.name)
        if row.origin == "config" and row.removed_at is None:
            if values == {name: getattr(row, name) for name in values}:
                continue
            names["changed"].append(spec.name)
        _revise(conn, row.id, row.target, values, "config")
    wanted = {spec.name for spec in specs}
    gone = [
        row
        for row in known.values()
        if row.origin == "config" and row.removed_at is None and row.name not in wanted
    ]
    for row in gone:
        conn.execute(update(watch).where(watch.c.id == row.id).values(removed_at=now))
    return SyncResult(
        removed=tuple(row.name for row in gone),
        **{name: tuple(each) for name, each in names.items()},
    )


def add_watch(conn: Connection, spec: WatchSpec, now: datetime) -> int | None:
    """A watch made on the command line: its id; None when an active watch has that name."""
    alone(conn, watch)
    row = conn.execute(select(watch).where(watch.c.name == spec.name)).first()
    values = _settings(spec)
    if row is None:
        made = conn.scalar(
            insert(watch).values(origin="cli", created_at=now, **values).returning(watch.c.id)
        )
        return int(str(made))
    if row.removed_at is None:
        return None
    _revise(conn, row.id, row.target, values, "cli")
    return int(row.id)


def remove_watch(conn: Connection, name: str, now: datetime) -> str:
    """Ends a watch of the command line. "removed", "unknown", or "config": edit feeds.yaml."""
    row = conn.execute(
        select(watch).where(watch.c.name == name, watch.c.removed_at.is_(None))
    ).first()
    if row is None:
        return "unknown"
    if row.origin == "config":
        return "config"
    conn.execute(update(watch).where(watch.c.id == row.id).values(removed_at=now))
    return "removed"


def resolve_watch(
    conn: Connection, watch_id: int, article_id: int | None, problem: str | None
) -> None:
    """Records which stored text a watch follows, or why it cannot follow any yet."""
    conn.execute(
        update(watch).where(watch.c.id == watch_id).values(article_id=article_id, problem=problem)
    )


def add_mentions(conn: Connection, rows: Sequence[MentionRow]) -> None:
    """Stores mentions of a phrase, each with how its watch stood after it."""
    if rows:
        conn.execute(insert(mention), [asdict(row) for row in rows])


def _settings(spec: WatchSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "target": spec.target,
        "conditions": [dict(one) for one in spec.conditions],
        "notify": list(spec.notify),
        "dormant_after_s": spec.dormant_after_s,
        "translations": spec.translations,
    }


def _revise(
    conn: Connection, watch_id: int, target: str, values: dict[str, Any], origin: str
) -> None:
    anew: dict[str, Any] = {}
    if values["target"] != target:
        anew = {"article_id": None, "problem": None}
        # Those of other words say nothing of these.
        conn.execute(delete(mention).where(mention.c.watch_id == watch_id))
    conn.execute(
        update(watch)
        .where(watch.c.id == watch_id)
        .values(origin=origin, removed_at=None, **values, **anew)
    )
