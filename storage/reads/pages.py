"""The pages of tracked stories that are looked at again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, select

from storage.models import article, page_check, story, watch
from storage.reads.columns import columns
from storage.rows import PageCheckRow

_CHECK = columns(PageCheckRow, page_check)


def due_pages(conn: Connection, now: datetime, limit: int) -> list[PageCheckRow]:
    """The pages to look at now, longest due first."""
    rows = conn.execute(
        select(*_CHECK)
        .where(page_check.c.next_at <= now)
        .order_by(page_check.c.next_at, page_check.c.article_id)
        .limit(limit)
    )
    return [PageCheckRow(*row) for row in rows]


def page_checks(conn: Connection, articles: Collection[int]) -> dict[int, PageCheckRow]:
    """How it stands with the pages of these articles, by article."""
    listed = list(articles)
    found: dict[int, PageCheckRow] = {}
    for start in range(0, len(listed), 900):
        part = listed[start : start + 900]
        for row in conn.execute(select(*_CHECK).where(page_check.c.article_id.in_(part))):
            found[row.article_id] = PageCheckRow(*row)
    return found


def outlet_checks(conn: Connection, outlet_id: int, since: datetime) -> list[PageCheckRow]:
    """How it stands with an outlet's pages that were looked at since then."""
    rows = conn.execute(
        select(*_CHECK)
        .join(article, article.c.id == page_check.c.article_id)
        .where(article.c.outlet_id == outlet_id, page_check.c.checked_at >= since)
    )
    return [PageCheckRow(*row) for row in rows]


def unchecked(conn: Connection, limit: int) -> list[tuple[int, datetime]]:
    """Articles of tracked stories, with an address that we saw ourselves, whose page is not on the
    schedule yet: (article, when it was first seen)."""
    tracked = select(article.c.story_id).where(
        article.c.id.in_(
            select(watch.c.article_id).where(
                watch.c.article_id.is_not(None), watch.c.removed_at.is_(None)
            )
        )
    )
    rows = conn.execute(
        select(article.c.id, article.c.seen_by)
        .join(story, story.c.id == article.c.story_id)
        .outerjoin(page_check, page_check.c.article_id == article.c.id)
        .where(
            article.c.story_id.in_(tracked),
            article.c.url.like("http%"),
            article.c.clock == "seen",
            page_check.c.article_id.is_(None),
        )
        .order_by(article.c.id)
        .limit(limit)
    )
    return [(i, at) for i, at in rows]


def untracked_checks(conn: Connection, limit: int) -> list[int]:
    """Articles on the schedule that no live watch's story holds any more."""
    held = select(article.c.id).where(
        article.c.story_id.in_(
            select(article.c.story_id).where(
                article.c.id.in_(
                    select(watch.c.article_id).where(
                        watch.c.article_id.is_not(None), watch.c.removed_at.is_(None)
                    )
                )
            )
        )
    )
    return list(
        conn.scalars(
            select(page_check.c.article_id)
            .where(page_check.c.gone_at.is_(None), page_check.c.article_id.not_in(held))
            .limit(limit)
        )
    )
