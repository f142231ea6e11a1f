"""The schedule of the pages that are looked at again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict

from sqlalchemy import Connection, delete

from storage.models import page_check
from storage.rows import PageCheckRow
from storage.writes.upsert import insert


def put_page_checks(conn: Connection, rows: Sequence[PageCheckRow]) -> None:
    """Writes how it stands with pages, new ones or known."""
    for row in rows:
        values = asdict(row)
        statement = insert(conn, page_check).values(**values)
        conn.execute(
            statement.on_conflict_do_update(
                index_elements=["article_id"],
                set_={name: value for name, value in values.items() if name != "article_id"},
            )
        )


def drop_page_checks(conn: Connection, articles: Collection[int]) -> None:
    """Takes pages off the schedule."""
    if articles:
        conn.execute(delete(page_check).where(page_check.c.article_id.in_(list(articles))))
