"""Full text and lists of stories: what was asked, looked up, ranked and cut into pages."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from storage.reads import overview, search, stories
from watcher.core.errors import UsageError
from watcher.report import rows
from watcher.report.asking import SearchAnswer, SearchHit, StoriesAsked, TextsAsked
from watcher.report.values import Interval

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watcher.core import search as core

RANKED = 2000
"""Hits of one search that are ranked: the newest; more would wait for texts nobody scrolls to."""

EXAMINED = 20_000
"""Texts that hold the words and are looked at, to find those that fit the filters too."""

# Articles with some words in the headline: of up to so many their stories are looked up; of more,
# some of the latest stories have them, and headlines are read.
_RARE = 8_000
_WALK = 500  # stories that are looked at a time, where the words are common
_LOOK = 8  # times as many at most, where only their headlines are read


def find(
    conn: Connection,
    words: str,
    asked: TextsAsked,
    *,
    now: datetime,
    after: int | None,
    limit: int,
    ranked: int = RANKED,
    examined: int = EXAMINED,
) -> SearchAnswer:
    """See `Reader.search`."""
    from watcher.core import search as core  # with numpy: most questions have no need of it

    query = core.parse(words)
    outlets = outlets_named(conn, asked.outlet, asked.family)
    plain = asked == TextsAsked(replaced=asked.replaced)
    found = search.hits(
        conn,
        _wanted(query),
        search.TextFilter(
            now=now,
            since=asked.since,
            until=asked.until,
            outlets=outlets,
            lang=asked.lang,
            kind=asked.kind,
            credit=asked.credit,
            state=asked.state,
            reach=asked.reach,
            story=asked.story,
            current=not asked.replaced,
        ),
        most=ranked,
        # Without a filter nearly all that are looked at are found.
        examined=min(examined, 2 * ranked) if plain else examined,
    )
    ranking = sorted(found.hits, key=lambda h: (h.score, h.at, h.version_id), reverse=True)
    # Of an article whose versions all have the words, the one that answers best.
    best = list({h.article_id: h for h in reversed(ranking)}.values())[::-1]
    start = 0
    if after is not None:
        place = {h.article_id: n for n, h in enumerate(best)}
        if after not in place:
            raise UsageError(f"--after {after}: this search does not find that article.")
        start = place[after] + 1
    page = best[start : start + limit]
    details = search.details(conn, [h.version_id for h in page])
    return SearchAnswer(
        tuple(_hit(query, details[h.version_id], h.score) for h in page),
        len(best),
        found.more,
        start + limit < len(best),
    )


def _wanted(query: core.Query) -> search.Wanted:
    return search.Wanted(
        [[(term.words, term.beginning) for term in group] for group in query.groups],
        [(term.words, term.beginning) for term in query.without],
    )


def _hit(query: core.Query, row: Any, score: float) -> SearchHit:
    text = "" if row.data is None else rows.unpacked(row.data)
    from watcher.core import search as core

    shown, hits, at = "", [], 0
    for piece in core.snippet(query, text):
        if piece.hit:
            hits.append((at, at + len(piece.text)))
        shown += piece.text
        at = len(shown)
    return SearchHit(
        article=row.id,
        external_id=row.external_id,
        version=row.n,
        current=bool(row.current),
        story=row.story_id,
        outlet=row.outlet,
        domain=row.domain,
        family=row.family,
        title=row.title,
        url=row.url,
        lang=row.lang,
        kind=row.kind,
        credit=row.verdict,
        at=row.at,
        seen=Interval(row.seen_after, row.seen_by),
        claimed=row.published_at,
        clock=row.clock,
        score=round(score, 4),
        snippet=shown,
        hits=tuple(hits),
    )


# ---------------------------------------------------------------- stories


def list_stories(
    conn: Connection,
    asked: StoriesAsked,
    followed: Collection[int],
    *,
    now: datetime,
    after: int | None,
    limit: int,
    rare: int = _RARE,
    walk: int = _WALK,
) -> Sequence[Any]:
    """Rows of the stories asked for; `followed`: those that a watch in force follows.

    `rare` and `walk` choose the way, never the answer.
    """
    outlets = outlets_named(conn, asked.outlet, asked.family)
    facets: dict[str, list[str]] = {
        what: [value]
        for what, value in (("lang", asked.lang), ("kind", asked.kind), ("credit", asked.credit))
        if value is not None
    }
    if outlets is not None:
        facets["outlet"] = [str(o) for o in outlets]
    wanted = stories.StoryFilter(now, asked.since, asked.until, asked.state, asked.reach, facets)
    only = set(followed) if asked.tracked else None
    if asked.title is None:
        return stories.stories(conn, wanted, only=only, after=after, limit=limit)
    from watcher.core import search as core  # with numpy: most questions have no need of it

    query = core.parse(asked.title)
    # Of a common word a page of the latest stories holds enough.
    page = stories.stories(conn, wanted, only=only, after=after, limit=walk)
    found = _fitting(query, page)
    if len(found) >= limit or len(page) < walk:
        return found[:limit]
    titled = search.titled(conn, _wanted(query), rare)
    if titled is not None:
        rooted = stories.rooted_in(conn, titled, spread=asked.reach > 1)
        only = rooted if only is None else only & rooted
        return stories.stories(conn, wanted, only=only, after=after, limit=limit)
    # In between, headlines are read until there are enough.
    hits, last, looked = {row.id for row in found}, page[-1].id, len(page)
    while len(hits) < limit:
        pace = (limit - len(hits)) * looked // max(1, len(hits))
        pace = min(_LOOK * walk, max(walk, pace))
        seen = stories.heads(conn, wanted, only=only, after=last, limit=pace)
        hits |= {row.id for row in _fitting(query, seen)}
        if len(seen) < pace:
            break
        last, looked = seen[-1].id, looked + len(seen)
    return stories.stories(conn, wanted, only=hits, after=after, limit=limit)


def _fitting(query: core.Query, page: Sequence[Any]) -> list[Any]:
    from watcher.core import search as core

    return [row for row in page if query.fits(core.said(row.title, "")[0].split())]


def outlets_named(conn: Connection, outlet: str | None, family: str | None) -> list[int] | None:
    """The outlets that these names mean, in whatever case; None: any. Raises UsageError where a
    name means none."""
    chosen: set[int] | None = None
    for name, option, looked in (
        (outlet, "outlet", overview.outlets_called),
        (family, "family", overview.outlets_of_family),
    ):
        if name is None:
            continue
        found = {row.id for row in looked(conn, name)}
        if not found:
            raise UsageError(f"--{option} {name}: there is none of that name.")
        chosen = found if chosen is None else chosen & found
    return None if chosen is None else sorted(chosen)
