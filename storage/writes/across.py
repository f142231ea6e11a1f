"""Gists and the codes of sentences, kept."""

from __future__ import annotations

from sqlalchemy import Connection

from storage.models import gist, sentence_codes
from storage.rows import GistRow
from storage.writes.upsert import insert


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
