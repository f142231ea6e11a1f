"""Fingerprints of stored texts, made anew: a change of scheme."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, delete, select, update

from storage.models import article, block, boilerplate, meta, segment, sketch, taken, version
from storage.writes.upsert import insert


def copy_boilerplate(conn: Connection, outlet_id: int, old: int, new: int) -> str:
    """Know a learned paragraph by another hash, too; its state."""
    mine = (boilerplate.c.outlet_id == outlet_id) & (boilerplate.c.hash == old)
    row = conn.execute(select(boilerplate).where(mine)).one()
    values = {**row._mapping, "hash": new}
    conn.execute(insert(conn, boilerplate).values(values).on_conflict_do_nothing())
    return str(row.state)


def drop_boilerplate(conn: Connection, outlet_id: int, paragraph: int) -> None:
    """Forget a paragraph altogether."""
    mine = (boilerplate.c.outlet_id == outlet_id) & (boilerplate.c.hash == paragraph)
    conn.execute(delete(boilerplate).where(mine))


def renew_version(
    conn: Connection, version_id: int, values: Mapping[str, Any], data: bytes, paragraphs: bytes
) -> None:
    """Another fingerprint for a stored version."""
    if values:
        conn.execute(update(version).where(version.c.id == version_id).values(**values))
    conn.execute(
        update(sketch)
        .where(sketch.c.version_id == version_id)
        .values(data=data, paragraphs=paragraphs)
    )


def set_words(conn: Connection, article_id: int, words: int) -> None:
    """An article's text is cut into another number of words."""
    conn.execute(update(article).where(article.c.id == article_id).values(words=words))
    conn.execute(update(taken).where(taken.c.article_id == article_id).values(words=words))


def drop_meta(conn: Connection, key: str) -> None:
    """Forget a fact of the database as a whole."""
    conn.execute(delete(meta).where(meta.c.key == key))


def drop_index(conn: Connection) -> None:
    """Remove all of the index: it is made again from the sketches."""
    conn.execute(delete(block))
    conn.execute(delete(segment))
