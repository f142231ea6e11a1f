"""Gists and the codes of sentences, kept."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, delete, update

from storage.models import gist, match, sentence_codes
from storage.rows import GistRow
from storage.writes.upsert import insert

_CHUNK = 500


def keep(conn: Connection, rows: list[tuple[GistRow, bytes]]) -> None:
    """Keep gists with their sentences' codes; a version that has them already is left."""
    if not rows:
        return
    conn.execute(
        insert(conn, gist).on_conflict_do_nothing(),
        [{n: getattr(r, n) for n in GistRow.__slots__} for r, _ in rows],
    )
    conn.execute(
        insert(conn, sentence_codes).on_conflict_do_nothing(),
        [{"version_id": r.version_id, "codes": codes} for r, codes in rows],
    )


def drop(conn: Connection, versions: Collection[int]) -> None:
    """Drop what these versions mean: they are not their article's current one any more."""
    listed = list(versions)
    for start in range(0, len(listed), _CHUNK):
        part = listed[start : start + _CHUNK]
        for table in (gist, sentence_codes):
            conn.execute(delete(table).where(table.c.version_id.in_(part)))


def drop_all(conn: Connection) -> None:
    """Drop all gists and codes: they were made in another way."""
    conn.execute(delete(gist))
    conn.execute(delete(sentence_codes))


def drop_matches(conn: Connection, ids: Collection[int]) -> None:
    """Drop these matches, as long as no person has decided on them."""
    if ids:
        undecided = match.c.status.in_(("auto", "suggested"))
        conn.execute(delete(match).where(match.c.id.in_(list(ids)), undecided))


def change_match(conn: Connection, match_id: int, values: Mapping[str, Any]) -> None:
    """Give a match other figures and evidence; what was decided of it stays."""
    conn.execute(update(match).where(match.c.id == match_id).values(**values))
