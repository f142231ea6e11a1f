"""Suggestions that do not hold any more: an article was edited, or the way of judging has changed.

A suggestion is about two versions. When one of its articles is edited, the pair is judged anew by
the versions that stand now: the suggestion is renewed or retired, and nobody is told again. What
was made in another way (other sentences, other codes, other words: `MADE`) is made anew: codes with
the next passes, and the stored translations one by one, from the latest back. What people decided
stays decided.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from watcher.archive import Database, across
from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, MatchRow
from watcher.core.across import SCHEME
from watcher.core.fingerprint import SCHEME as WORDS
from watcher.core.match import Kind
from watcher.record.judging import Suggestion, judge
from watcher.record.spoken import MARK, WINDOW, Meant

MADE = f"{SCHEME}.{WORDS}"  # how codes are made, and how words are counted that evidence points at
_KEY, _AGAIN = "across.scheme", "across.again"
_STEP = 8  # matches judged anew in one transaction: a second where both texts have to be read

Pair = tuple[int, int]
MeantOf = Callable[[Connection, int], Meant | None]


def pair_of(a: int, b: int) -> Pair:
    """Two articles, whichever way round."""
    return (min(a, b), max(a, b))


def stale(conn: Connection, articles: Collection[int]) -> dict[Pair, MatchRow]:
    """The suggestions of these articles that are about a version which is not the current one."""
    found = across.suggested(conn, articles)
    rows = store.articles(conn, {i for m in found for i in (m.a_id, m.b_id)})
    current = {row.id: row.version_id for row in rows}
    return {
        pair_of(m.a_id, m.b_id): m
        for m in found
        if (current.get(m.a_id), current.get(m.b_id)) != (m.a_version, m.b_version)
    }


def others(
    conn: Connection, known: Mapping[Pair, MatchRow], article: int
) -> list[tuple[ArticleRow, int]]:
    """The other articles of an article's suggestions, with their current versions."""
    ids = {i for pair in known if article in pair for i in pair} - {article}
    return [(row, row.version_id) for row in store.articles(conn, ids)]


def retire(
    conn: Connection, known: Mapping[Pair, MatchRow], found: Mapping[Pair, Suggestion]
) -> None:
    """Drop what is stale, and what a suggestion says better: that a passage is shared."""
    gone = [m.id for m in known.values()]
    for m in store.matches(conn, {i for pair in found for i in pair}):
        if m.kind == Kind.PASSAGE and m.status == "auto" and pair_of(m.a_id, m.b_id) in found:
            gone.append(m.id)
    across.drop_matches(conn, gone)


def begin(database: Database, now: datetime, *, whole: bool = False) -> None:
    """Before the first pass. Where none was made yet, begin at what was seen within the window: a
    daemon that looks at an old archive for the first time would be at it for days; `whole`: at the
    first text. What another way of judging has left is dropped, or to be judged anew."""
    with database.read() as conn:
        if across.get_meta(conn, _KEY) == MADE and across.get_meta(conn, MARK) is not None:
            return
    with database.write() as conn:
        store.one_at_a_time(conn)
        start = 0 if whole else across.last_version_before(conn, now - WINDOW)
        changed = across.get_meta(conn, _KEY) != MADE
        if changed and (across.any_gist(conn) or across.get_meta(conn, MARK) is not None):
            across.drop_all(conn)
            store.put_meta(conn, MARK, str(start))
            store.put_meta(conn, _AGAIN, str(across.last_match(conn)))
        elif across.get_meta(conn, MARK) is None:
            store.put_meta(conn, MARK, str(start))
        store.put_meta(conn, _KEY, MADE)


def waiting(database: Database) -> bool:
    """Whether stored translations are still to be judged anew."""
    with database.read() as conn:
        return across.get_meta(conn, _AGAIN) is not None


def judge_again(database: Database, meant_of: MeantOf, now: datetime) -> None:
    """Judge some of them anew."""
    with database.write() as conn:
        store.one_at_a_time(conn)
        last = across.get_meta(conn, _AGAIN)
        if last is None:
            return
        found = across.translations_to(conn, int(last), _STEP)
        for match in found:
            _again(conn, match, meant_of, now)
        if len(found) < _STEP:
            across.drop_meta(conn, _AGAIN)
        else:
            store.put_meta(conn, _AGAIN, str(found[-1].id - 1))


def _again(conn: Connection, match: MatchRow, meant_of: MeantOf, now: datetime) -> None:
    rows = {row.id: row for row in store.articles(conn, [match.a_id, match.b_id])}
    a, b = meant_of(conn, match.a_version), meant_of(conn, match.b_version)
    if a is None or b is None:  # a text is gone: what was found stands as it is
        return
    made = judge(conn, b, rows[match.b_id], a, rows[match.a_id], now)
    if made is None:
        across.drop_matches(conn, [match.id])
        return
    if (made.row.a_id, made.row.b_id) != (match.a_id, match.b_id):
        return  # the order of their times is told otherwise by now: the pair stays as it was
    across.change_match(conn, match.id, {**made.stored(), "status": match.status})
