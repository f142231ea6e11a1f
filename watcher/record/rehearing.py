"""A phrase's past, for a replay: its mentions as stored, or looked for in the stored texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby

from watcher.archive import articles as store
from watcher.archive import watching
from watcher.archive.articles import ArticleRow, Connection, OutletRow, WatchRow
from watcher.archive.codec import unpack_text
from watcher.archive.watching import MentionRow, SightedRow
from watcher.core.phrase import Phrase
from watcher.core.rules import (
    Came,
    Event,
    Qualification,
    Reason,
    StoryState,
    Tally,
    Why,
    mentioned,
    story_state,
)
from watcher.core.rules.rest import REST_FLOOR
from watcher.core.text import paragraphs, words
from watcher.record.hits import mention_event, tally_of
from watcher.record.mentions import phrase_of
from watcher.record.standing import VELOCITY_WINDOW, lags_of

_GAPS = 200  # the newest, as the recorder reads them (storage.reads.mentions.mention_gaps)
_HOURS = VELOCITY_WINDOW / timedelta(hours=1)
# Why a first sighting says nothing new of a phrase either. (That its outlet had the text, or that
# the story it joined is younger than its date, does not matter to a phrase.)
_HELD = frozenset({Why.FIRST_POLL, Why.LISTING, Why.BACKLOG, Why.BACKLOG_UNDATED})


@dataclass(frozen=True, slots=True)
class Told:
    """One event of the past, with the story before and after its recording."""

    at: datetime
    article: int
    story: int | None
    before: StoryState
    after: StoryState
    event: Event


def hear(conn: Connection, watch: WatchRow, since: datetime, until: datetime) -> Iterator[Told]:
    """The mentions of a span of time, each with how the phrase stood before and after.

    A watch that was there all the time has its mentions stored. For another one the texts stored
    since its rest before `since` are searched: about a thousand articles a second.
    """
    phrase = phrase_of(watch.target)
    if phrase is None:
        return
    outlets = {o.id: o for o in watching.outlets(conn)}
    rest = None if watch.dormant_after_s is None else float(watch.dormant_after_s)
    stored = watch.id != 0 and watch.created_at <= since
    if stored:
        rows = list(_counted(watching.mentions(conn, watch.id, until=until), rest))
    else:
        start = since - timedelta(seconds=rest or REST_FLOOR)
        rows = list(_search(conn, phrase, outlets, start, until, rest))
    yield from _play(conn, watch, outlets, rows, since, until)


def hear_carried(
    conn: Connection, watch: WatchRow, since: datetime, until: datetime
) -> Iterator[Told]:
    """The same of longer articles that carry the text of a watch: those that were recorded."""
    outlets = {o.id: o for o in watching.outlets(conn)}
    rows = watching.mentions(conn, watch.id, until=until)
    text = next(iter(watching.articles(conn, [watch.article_id or 0])), None)
    story = text.story_id if text else None
    for told in _play(conn, watch, outlets, rows, since, until, carried=True):
        yield replace(told, story=story)


def _play(
    conn: Connection,
    watch: WatchRow,
    outlets: dict[int, OutletRow],
    rows: Sequence[MentionRow],
    since: datetime,
    until: datetime,
    *,
    carried: bool = False,
) -> Iterator[Told]:
    rest = None if watch.dormant_after_s is None else float(watch.dormant_after_s)
    articles = {a.id: a for a in watching.articles(conn, {r.article_id for r in rows})}
    bursts = any(condition["name"] == "burst" for condition in watch.conditions)
    done: list[MentionRow] = []
    for (at, _), group in groupby(rows, key=lambda r: (r.at, r.outlet_id)):
        batch = list(group)
        before = _state(done, at, rest)
        done += batch
        if not since <= at <= until:
            continue
        after = _state(done, at, rest)
        if bursts:
            after = _with_lags(conn, after, done, articles, outlets, at)
        for row in batch:
            article = articles.get(row.article_id)
            if article is None:  # pruned since
                continue
            quiet = row.reason in (Reason.QUIET, Why.FIRST_POLL)
            why = next((w for w in Why if w == row.reason), Why.FIRST_POLL)
            q = Qualification(row.counts, "new_outlet" if row.counts else None, why)
            event = mention_event(
                outlets[row.outlet_id], article, row.words, q, alerts=not quiet, carried=carried
            )
            yield Told(at, article.id, None, before, after, event)


def _counted(rows: Sequence[MentionRow], rest: float | None) -> Iterator[MentionRow]:
    """Stored mentions with their tallies made again: another rest may be tried."""
    tally: Tally | None = None
    gaps: list[float] = []
    for row in rows:
        tally = mentioned(
            tally,
            row.article_id,
            row.at,
            counts=row.counts,
            new_family=row.fresh,
            gaps_s=gaps[:_GAPS],
            override_s=rest,
        )
        if tally.gap_s is not None:
            gaps.insert(0, tally.gap_s)
        yield replace(
            row,
            episode=tally.episode,
            opener=tally.opener,
            opened_at=tally.opened_at,
            last_at=tally.last_at,
            gap_s=tally.gap_s,
        )


def _state(done: Sequence[MentionRow], now: datetime, rest: float | None) -> StoryState:
    if not done:
        return story_state(None, now)
    recent = sum(r.fresh and r.counts and now - VELOCITY_WINDOW < r.at <= now for r in done)
    return story_state(
        tally_of(done[-1]),
        now,
        velocity=recent / _HOURS,
        gaps_s=[r.gap_s for r in done if r.gap_s is not None][-_GAPS:],
        override_s=rest,
    )


def _with_lags(
    conn: Connection,
    after: StoryState,
    done: Sequence[MentionRow],
    articles: dict[int, ArticleRow],
    outlets: dict[int, OutletRow],
    now: datetime,
) -> StoryState:
    last = done[-1]
    opener = articles[last.opener].outlet_id if last.opener in articles else 0
    first: dict[int, datetime] = {}
    for row in done:
        if row.at >= last.opened_at and row.outlet_id != opener:
            first.setdefault(row.outlet_id, row.at)
    came = tuple(Came(outlets[o].domain, at) for o, at in first.items())
    return replace(after, came=came, lags=lags_of(conn, came, outlets, now))


def _search(
    conn: Connection,
    phrase: Phrase,
    outlets: dict[int, OutletRow],
    since: datetime,
    until: datetime,
    rest: float | None,
) -> Iterator[MentionRow]:
    """The mentions among the stored texts, as the recorder would have stored them."""
    learned: dict[int, set[int]] = {}
    for one in store.learned(conn):
        if one.state == "learned":
            learned.setdefault(one.outlet_id, set()).add(one.hash)
    tally: Tally | None = None
    gaps: list[float] = []
    seen: set[int] = set()
    families: set[str] = set()
    for page in watching.sighted_between(conn, since, until):
        bodies = store.bodies(conn, [s.version_id for s in page])
        titles = watching.version_titles(conn, list(bodies))
        for s in page:
            if s.article_id in seen or s.version_id not in bodies:
                continue
            text = _own(unpack_text(bodies[s.version_id]), learned.get(s.outlet_id, set()))
            _, title = titles.get(s.version_id, (0, ""))
            found = phrase.found_in(title, text)
            if found is None:
                continue
            seen.add(s.article_id)
            q = _judged(s)
            family = outlets[s.outlet_id].family
            fresh = family not in families
            families.add(family)
            # As the recorder places them: an archive's article by its own date.
            at = s.by if s.feed_id is not None else min(s.claimed_at or s.by, s.by)
            tally = mentioned(
                tally, s.article_id, at, counts=q.ok, new_family=fresh, gaps_s=gaps[:_GAPS],
                override_s=rest,
            )  # fmt: skip
            if tally.gap_s is not None:
                gaps.insert(0, tally.gap_s)
            reason = str(Reason.QUIET if s.feed_id is None else q.reason)
            yield MentionRow(
                0, s.article_id, s.version_id, s.outlet_id, at, q.ok, reason, found,
                tally.mentions, tally.families, fresh, tally.episode, tally.opener,
                tally.opened_at, tally.last_at, tally.gap_s,
            )  # fmt: skip


def _judged(s: SightedRow) -> Qualification:
    held = next((why for why in _HELD if why == s.counts_reason), None)
    if s.feed_id is None or held is not None:
        return Qualification(False, None, held or Why.FIRST_POLL)
    return Qualification(True, "new_outlet", Why.MENTIONED)


def _own(text: str, learned: set[int]) -> str:
    """A text without the paragraphs that its outlet repeats."""
    if not learned:
        return text
    hashes, lines, _ = paragraphs(words(text))
    repeated = {n for h, n in zip(hashes.tolist(), lines.tolist(), strict=True) if h in learned}
    return "\n".join(line for n, line in enumerate(text.split("\n")) if n not in repeated)
