"""Kept beside the stories for those who ask: full text, who took from whom, what to filter by.

All of it follows from other rows and is written in the same transaction as they are (`keep_texts`,
`keep_stories`), so that no answer works it out anew; `fill` makes it for a database that has none.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from storage.reads import articles as reads
from storage.reads import questions as kept
from storage.rows import ArticleRow, MatchRow, OutletRow, StoryRow
from storage.writes import questions as writes
from watcher.archive.codec import unpack_text
from watcher.core.credit import Signed, weigh
from watcher.core.search import said
from watcher.core.spread import Seen
from watcher.core.spread.taking import Member, Shared, Taken, taken, values
from watcher.core.values import Credit

_PAGE = 500  # versions, or stories, that a filling works on at a time


def keep_texts(conn: Connection, texts: Sequence[tuple[int, str, str]]) -> None:
    """Put new versions into the full text: each its id, and what `said` makes of it."""
    writes.add_texts(conn, texts)


def drop_texts(conn: Connection, versions: Collection[int]) -> None:
    """Take versions out of the full text. Call it while their bodies are still stored: the index
    can only let go of words that it is told."""
    writes.drop_texts(conn, list(said_of(conn, versions)))


def said_of(conn: Connection, versions: Collection[int]) -> Iterator[tuple[int, str, str]]:
    """These versions as the full text has them, as far as their bodies are stored."""
    bodies = reads.bodies(conn, versions)
    for row in sorted(reads.versions(conn, versions), key=lambda v: v.id):
        if row.id in bodies:
            yield row.id, *said(row.title, unpack_text(bodies[row.id]))


def count(
    conn: Connection,
    added: Iterable[ArticleRow],
    edited: Iterable[tuple[ArticleRow, ArticleRow]] = (),
) -> None:
    """Add new articles to their outlets' sums, and what edits changed: (before, after)."""
    sums: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
    for row in added:
        sums[row.outlet_id, row.lang or ""][0] += 1
        sums[row.outlet_id, row.lang or ""][1] += row.words
    for before, after in edited:
        sums[after.outlet_id, after.lang or ""][1] += after.words - before.words
    writes.count(conn, {key: (n, words) for key, (n, words) in sums.items()})


# ---------------------------------------------------------------- stories


def keep_stories(
    conn: Connection,
    touched: Collection[int],
    outlets: Mapping[int, OutletRow],
    changed: Collection[int] = (),
) -> None:
    """Bring up to date what is kept of the stories `touched`, as their rows are now.

    `changed`: articles whose own text or credits are new. Of a large story the credits of the
    others are judged anew only when its root changes or its size doubles: a verdict hardly ever
    changes with the hundredth copy, and judging all costs as many steps as there are copies.
    """
    if not touched:
        return
    stories = [s for s in reads.stories(conn, touched) if s.merged_into is None and s.articles > 1]
    several = {s.id for s in stories}
    members: dict[int, list[ArticleRow]] = defaultdict(list)
    for row in reads.members(conn, several):
        members[row.story_id].append(row)
    ids = [row.id for rows in members.values() for row in rows]
    shared: dict[int, list[MatchRow]] = defaultdict(list)
    home = {row.id: story for story, rows in members.items() for row in rows}
    for match in reads.joining(conn, ids):
        if home.get(match.a_id) == home.get(match.b_id) and match.a_id in home:
            shared[home[match.a_id]].append(match)
    signed: dict[int, list[Credit]] = defaultdict(list)
    for article, agent, words, place, form in reads.credits_of(conn, ids):
        signed[article].append(Credit(agent, words, place, form))
    known = {row.article_id: row for row in kept.taken_of(conn, several)}
    rows: list[dict[str, Any]] = []
    facets: list[dict[str, Any]] = []
    for story in stories:
        mine = members[story.id]
        found = _taken(story, mine, shared[story.id])
        before = {a: k for a, k in known.items() if k.story_id == story.id}
        verdicts = _verdicts(story, mine, signed, outlets, before, changed)
        outlet = {a.id: a.outlet_id for a in mine}
        rows.extend(_row(a, found[a.id], verdicts[a.id], outlet) for a in mine)
        facets.extend(_facets(story, mine, found, verdicts))
    writes.replace_taken(conn, touched, ids, rows)
    writes.replace_facets(conn, touched, facets)


def _taken(
    story: StoryRow, members: Sequence[ArticleRow], shared: Iterable[MatchRow]
) -> dict[int, Taken]:
    return taken(
        {a.id: Member(a.id, a.outlet_id, _seen(a)) for a in members},
        story.root_id,
        (
            Shared(m.a_id, m.b_id, m.kind, m.words, m.paste, m.cut, m.order_known != "unknown")
            for m in shared
        ),
    )


def _seen(row: ArticleRow) -> Seen:
    claimed = None if row.published_note in ("future", "absurd") else row.published_at
    return Seen(row.seen_after, row.seen_by, claimed, row.clock)


def _verdicts(
    story: StoryRow,
    members: Sequence[ArticleRow],
    signed: Mapping[int, list[Credit]],
    outlets: Mapping[int, OutletRow],
    before: Mapping[int, Any],
    changed: Collection[int],
) -> dict[int, str]:
    ordered = sorted(members, key=lambda a: (_seen(a).at, a.id))
    articles = {
        a.id: Signed(outlets[a.outlet_id].name, outlets[a.outlet_id].domain, signed.get(a.id, ()))
        for a in ordered
    }
    asked = _judged_anew(story.root_id, articles, before, changed)
    judged = weigh(articles, story.root_id, of=asked).judged if asked else {}
    return {a: str(judged[a].verdict) if a in judged else str(before[a].verdict) for a in articles}


def _judged_anew(
    root: int,
    articles: Mapping[int, Signed],
    before: Mapping[int, Any],
    changed: Collection[int],
) -> set[int]:
    """Whose verdict may be another than `before`, as far as `verdict` in core/credit goes: with the
    root the same and nobody gone or edited, a newcomer may be whom an article names (wrong, or in
    passing), and its credits may be the first to name the origin (nobody was called stripped)."""
    fresh = articles.keys() - before.keys()
    kept = before.get(root)
    if kept is None or kept.kind != "root" or len(before) + len(fresh) != len(articles):
        return set(articles)
    if any(a in before for a in changed if a in articles):
        return set(articles)
    first = any(articles[a].credits for a in fresh)
    asked = set(fresh)
    for a, row in before.items():
        settled = row.verdict in ("full", "partial")
        if (articles[a].credits and not settled) or (first and row.verdict == "none"):
            asked.add(a)
    return asked


def _row(
    article: ArticleRow, found: Taken, verdict: str, outlet: Mapping[int, int]
) -> dict[str, Any]:
    return {
        "article_id": article.id,
        "story_id": article.story_id,
        "outlet_id": article.outlet_id,
        "words": article.words,
        "kind": found.kind,
        "verdict": verdict,
        "source_id": found.source,
        "source_outlet_id": None if found.source is None else outlet[found.source],
        "cut": found.cut,
        "lag_low": found.lag and found.lag.low,
        "lag_high": found.lag and found.lag.high,
    }


def _facets(
    story: StoryRow,
    members: Sequence[ArticleRow],
    found: Mapping[int, Taken],
    verdicts: Mapping[int, str],
) -> list[dict[str, Any]]:
    have = values(
        [m.id for m in members],
        {m.id: m.outlet_id for m in members},
        {m.id: m.lang for m in members},
        {m.id: found[m.id].kind for m in members},
        verdicts,
    )
    return [
        {"what": what, "value": value, "at": story.last_copy_at, "story_id": story.id}
        for what, value in sorted(have)
    ]


# ---------------------------------------------------------------- all of it


def fill(conn: Connection) -> None:
    """Make all of it anew, for a database whose tables have just been made."""
    writes.clear(conn)
    outlets = {o.id: o for o in reads.outlets(conn)}
    for versions in kept.version_pages(conn, _PAGE):
        keep_texts(conn, list(said_of(conn, versions)))
    for articles in kept.article_pages(conn, _PAGE):
        count(conn, reads.articles(conn, articles))
    for stories in kept.story_pages(conn, _PAGE):
        keep_stories(conn, stories, outlets)
