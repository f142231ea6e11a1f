"""A small archive written row by row: one story that resurfaced, one at rest, one alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import zstandard
from sqlalchemy import Connection, Table, insert

from storage import models
from storage.db import open_database

NOW = datetime(2016, 9, 26, 12, 0, tzinfo=UTC)
FIRST = datetime(2016, 9, 18, 10, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)

# A headline that would move the cursor, turn the line around and run in a spreadsheet.
HOSTILE = "=HYPERLINK(\x1b[2J\u202egnp.exe\u2066\x9b31m)"
WIDE = "泄露的文件显示空袭并非意外"

TEXT = "The leaked cable names three officers who ordered the strike on the bridge."


def make(path: Path) -> str:
    """Write the sample archive to an SQLite file and return its URL."""
    return fill(f"sqlite:///{path}")


def fill(url: str) -> str:
    """Write the sample archive to an empty database and return its URL."""
    with open_database(url) as database:
        database.upgrade()
        with database.write() as conn:
            _fill(conn)
    return url


def add(conn: Connection, table: Table, *rows: dict[str, Any]) -> None:
    """Insert rows that may have different columns."""
    for row in rows:
        conn.execute(insert(table).values(**row))


def article(id_: int, outlet: int, story: int, seen: datetime, **more: Any) -> dict[str, Any]:
    """A row of `article`; 40 words, seen within a quarter of an hour."""
    return {
        "id": id_,
        "outlet_id": outlet,
        "title": f"Article {id_}",
        "seen_after": seen - QUARTER,
        "seen_by": seen,
        "version_id": id_ * 10,
        "words": 40,
        "evidence": "full",
        "story_id": story,
        "role": "copy",
        **more,
    }


def story(id_: int, root: int, title: str, **more: Any) -> dict[str, Any]:
    """A row of `story`: one article, alone."""
    return {
        "id": id_,
        "root_id": root,
        "title": title,
        "state": "single",
        "articles": 1,
        "outlets": 1,
        "families": 1,
        "languages": 1,
        "episodes": 1,
        "first_seen_after": FIRST - QUARTER,
        "first_seen_by": FIRST,
        "last_copy_at": FIRST,
        **more,
    }


def match(id_: int, a: int, b: int, kind: str, **more: Any) -> dict[str, Any]:
    """A row of `match`."""
    return {
        "id": id_,
        "a_id": a,
        "b_id": b,
        "a_version": a * 10,
        "b_version": b * 10,
        "kind": kind,
        "paste": 1.0,
        "cut": 0.98765,
        "distance": 2,
        "words": 38,
        "longest": 38,
        "runs": b"",
        "reason": f"{kind}: nearly all of both",
        "order_known": "seen",
        "status": "auto",
        "at": FIRST,
        **more,
    }


def _fill(conn: Connection) -> None:
    back = FIRST + timedelta(days=8)
    add(
        conn,
        models.outlet,
        {"id": 1, "domain": "agency.example", "name": "Agency", "family": "Agency"},
        {"id": 2, "domain": "times.example", "name": "Example Times", "family": "Example Group"},
        {"id": 3, "domain": "ribao.example", "name": "日报", "family": "日报"},
    )
    feed = {"host": "h", "next_at": NOW + QUARTER, "added_at": FIRST - QUARTER}
    good = {"last_polled_at": NOW, "last_ok_at": NOW, "next_reason": "its own rhythm", **feed}
    add(
        conn,
        models.feed,
        {"id": 1, "outlet_id": 1, "url": "https://agency.example/rss", **good},
        {
            "id": 2,
            "outlet_id": 2,
            "url": "https://times.example/rss",
            **feed,
            "last_polled_at": NOW,
            "failures": 3,
            "last_status": 503,
            "last_error": "503 Service Unavailable \x1b[31m",
        },
        {"id": 3, "outlet_id": 3, "url": "https://ribao.example/rss", **feed},
        {
            "id": 4,
            "outlet_id": 3,
            "url": "https://ribao.example/old",
            "state": "gone",
            **good,
            "last_error": "410 Gone",
        },
    )
    add(
        conn,
        models.poll,
        *(
            {
                "id": n,
                "feed_id": 2,
                "at": FIRST + n * QUARTER,
                "took_ms": 100 + n,
                "outcome": "failed" if n > 22 else "ok",
                "status": 503 if n > 22 else 200,
                "error": "503 Service Unavailable" if n > 22 else None,
                "entries": 0 if n > 22 else 20,
            }
            for n in range(1, 26)
        ),
    )
    add(
        conn,
        models.story,
        story(
            1,
            11,
            "Leaked cable on the bridge strike",
            state="active",
            articles=4,
            outlets=3,
            families=3,
            languages=2,
            episodes=2,
            first_seen_after=None,
            last_copy_at=back,
            dormant_at=back + timedelta(days=7),
            tracked=True,
        ),
        story(
            2,
            21,
            HOSTILE,
            state="active",
            articles=2,
            outlets=2,
            families=2,
            last_copy_at=FIRST + QUARTER,
            dormant_at=FIRST + timedelta(days=7),
        ),
        story(3, 31, WIDE),
        story(4, 12, "Merged away", merged_into=1),
    )
    add(
        conn,
        models.article,
        article(
            11,
            1,
            1,
            FIRST,
            role="root",
            seen_after=None,
            external_id="cable-1",
            title="Leaked cable on the bridge strike",
            url="https://agency.example/cable",
            published_at=FIRST - 2 * QUARTER,
        ),
        article(12, 2, 1, FIRST + QUARTER, external_id="cable-2", published_raw="yesterday"),
        article(13, 3, 1, back, title=WIDE, lang="zh", role="excerpt"),
        article(14, 3, 1, back + QUARTER),
        article(21, 1, 2, FIRST, title=HOSTILE, role="root"),
        article(22, 2, 2, FIRST + QUARTER, external_id="-7"),
        article(31, 3, 3, FIRST, title=WIDE, role="root"),
    )
    add(
        conn,
        models.body,
        {"version_id": 110, "data": zstandard.compress(TEXT.encode())},
        {"version_id": 120, "data": zstandard.compress(TEXT.replace("three", "four").encode())},
    )
    add(
        conn,
        models.sighting,
        _sighting(1, 11, FIRST, feed_id=1, after=None),
        _sighting(2, 12, FIRST + QUARTER, feed_id=2),
        _sighting(3, 13, back),
        _sighting(
            4,
            11,
            back + QUARTER,
            feed_id=1,
            kind="redated",
            claimed_raw="today",
            counts_reason="same day",
        ),
        _sighting(5, 14, back + QUARTER),
    )
    add(
        conn,
        models.episode,
        _episode(1, 1, 1, 11, "first", FIRST, FIRST + QUARTER, 1),
        _episode(2, 1, 2, 13, "new_outlet", back, back + QUARTER, 2),
    )
    add(
        conn,
        models.credit,
        _credit(1, 12, 120, "Agency", "Agency reported", "head"),
        _credit(2, 12, 120, "Agency", "(Agency)", "head"),
        _credit(3, 12, 119, "Somebody", "of an older version", "tail"),
    )
    add(
        conn,
        models.match,
        match(1, 11, 12, "verbatim"),
        match(2, 11, 13, "excerpt", paste=0.312345, cut=0.7, distance=29, status="confirmed"),
        match(3, 21, 22, "edited", paste=0.6, cut=0.6),
        match(4, 12, 31, "passage", status="rejected"),
    )
    add(
        conn,
        models.watch,
        {
            "id": 1,
            "name": "bridge",
            "target": "url:https://agency.example/cable",
            "article_id": 11,
            "conditions": [{"name": "resurfaced"}, {"name": "reach", "value": 5}],
            "notify": ["desk", "mail"],
            "origin": "config",
            "created_at": FIRST,
        },
        {
            "id": 2,
            "name": "gone",
            "target": "phrase:nothing",
            "conditions": [],
            "notify": [],
            "origin": "cli",
            "created_at": FIRST,
            "removed_at": NOW,
        },
    )
    add(
        conn,
        models.alert,
        {
            "id": 1,
            "key": "bridge/1/resurfaced/2",
            "watch_id": 1,
            "story_id": 1,
            "article_id": 13,
            "condition": "resurfaced",
            "at": back,
            "reason": "a new outlet after 8 days of rest",
            "state": "fired",
            "payload": {"headline": WIDE},
        },
    )
    add(
        conn,
        models.delivery,
        {
            "id": 1,
            "alert_id": 1,
            "receiver": "desk",
            "state": "sent",
            "next_at": back,
            "attempts": 1,
        },
        {
            "id": 2,
            "alert_id": 1,
            "receiver": "mail",
            "state": "dead",
            "next_at": back,
            "attempts": 9,
            "reason": "550 no such user",
        },
    )


def _sighting(id_: int, article_id: int, by: datetime, **more: Any) -> dict[str, Any]:
    return {
        "id": id_,
        "article_id": article_id,
        "version_id": article_id * 10,
        "kind": "first",
        "after": by - QUARTER,
        "by": by,
        **more,
    }


def _episode(
    id_: int,
    story_id: int,
    n: int,
    opened_by: int,
    subtype: str,
    opened: datetime,
    last: datetime,
    copies: int,
) -> dict[str, Any]:
    return {
        "id": id_,
        "story_id": story_id,
        "n": n,
        "opened_by": opened_by,
        "subtype": subtype,
        "opened_at": opened,
        "last_at": last,
        "copies": copies,
    }


def _credit(
    id_: int, article_id: int, version_id: int, agent: str, words: str, place: str
) -> dict[str, Any]:
    return {
        "id": id_,
        "article_id": article_id,
        "version_id": version_id,
        "agent": agent,
        "words": words,
        "place": place,
        "form": "reported",
    }
