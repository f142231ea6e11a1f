"""What is kept for questions, as it stands, and pages of ids to fill it anew from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Column, Connection, select

from storage.models import article, story, taken, version

_CHUNK = 900  # values in one IN list: below the least bound of any SQLite


def taken_of(conn: Connection, stories: Collection[int]) -> list[Any]:
    """What is kept of the articles of these stories."""
    listed = list(stories)
    return [
        row
        for start in range(0, len(listed), _CHUNK)
        for row in conn.execute(
            select(taken).where(taken.c.story_id.in_(listed[start : start + _CHUNK]))
        )
    ]


def version_pages(conn: Connection, size: int) -> Iterator[list[int]]:
    """The ids of all versions, ascending, `size` at a time."""
    return _pages(conn, version.c.id, size)


def article_pages(conn: Connection, size: int) -> Iterator[list[int]]:
    """The ids of all articles."""
    return _pages(conn, article.c.id, size)


def story_pages(conn: Connection, size: int) -> Iterator[list[int]]:
    """The ids of all stories."""
    return _pages(conn, story.c.id, size)


def _pages(conn: Connection, key: Column[Any], size: int) -> Iterator[list[int]]:
    last = -1
    while found := list(conn.scalars(select(key).where(key > last).order_by(key).limit(size))):
        yield found
        last = found[-1]
