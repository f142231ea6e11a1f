"""What a person decides about matches and stories: recorded, final, applied at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import numpy as np

from watcher.archive import Database
from watcher.archive import articles as store
from watcher.archive.articles import Connection, StoryRow
from watcher.core.errors import UsageError
from watcher.core.index import MAX_DOC, carriers
from watcher.record.recorder import Recorder


def confirm(
    database: Database, recorder: Recorder, a: int, b: int, *, author: str, note: str, now: datetime
) -> str:
    """Two articles belong to one story, whatever their match says."""
    return _pair(database, recorder, "confirm", a, b, author, note, now)


def reject(
    database: Database, recorder: Recorder, a: int, b: int, *, author: str, note: str, now: datetime
) -> str:
    """Two articles do not belong to one story, and never will, not through a third either."""
    return _pair(database, recorder, "reject", a, b, author, note, now)


def merge(
    database: Database, recorder: Recorder, a: int, b: int, *, author: str, note: str, now: datetime
) -> str:
    """Two stories are one. The second keeps its id as another name of the first."""
    with recorder.writing(database) as conn:
        first, second = _story(conn, a), _story(conn, b)
        if first.id == second.id:
            raise UsageError(f"stories {a} and {b} are one already")
        _decide(conn, "merge", [(first.root_id, second.root_id)], author, note, now)
        recorder.resettle(conn, [first.root_id, second.root_id], now=now)
        row = next(iter(store.articles(conn, [first.root_id])))
    return f"stories {a} and {b} are story {row.story_id}"


def split(
    database: Database, recorder: Recorder, article: int, *, author: str, note: str, now: datetime
) -> str:
    """An article leaves its story, and does not come back to those that are in it now."""
    with recorder.writing(database) as conn:
        row = next(iter(store.articles(conn, [article])), None)
        if row is None:
            raise UsageError(f"there is no article {article}")
        others = [m.id for m in store.members(conn, [row.story_id]) if m.id != article]
        if not others:
            raise UsageError(f"article {article} is alone in story {row.story_id} already")
        _decide(conn, "split", [(article, other) for other in others], author, note, now)
        recorder.resettle(conn, [article, *others], now=now)
        after = next(iter(store.articles(conn, [article])))
    return f"article {article} has left story {row.story_id} and is story {after.story_id}"


def set_boilerplate(
    database: Database,
    recorder: Recorder,
    outlet: int,
    paragraph: int,
    *,
    forget: bool,
    now: datetime,
) -> int:
    """Make the program forget that an outlet's paragraph is boilerplate, for good, or learn it
    again; the articles that carry it are compared anew. Returns how many those are."""
    with recorder.writing(database) as conn:
        state = "forgotten" if forget else "learned"
        if not store.set_boilerplate_state(conn, outlet, paragraph, state):
            raise UsageError("the outlet has no such paragraph: see `watcher boilerplate list`")
        recorder.forget()
        memory = recorder.memory(conn)
        values = np.array([paragraph], np.uint64)
        _, docs = carriers(values, memory.paragraph.find(values), MAX_DOC)
        recorder.rejudge(conn, set(docs.tolist()), now=now)
        return int((memory.outlet_of(docs) == outlet).sum())


def _pair(
    database: Database,
    recorder: Recorder,
    verb: str,
    a: int,
    b: int,
    author: str,
    note: str,
    now: datetime,
) -> str:
    if a == b:
        raise UsageError("name two different articles")
    with recorder.writing(database) as conn:
        known = {r.id for r in store.articles(conn, [a, b])}
        for missing in {a, b} - known:
            raise UsageError(f"there is no article {missing}")
        if verb == "confirm":
            _decide(conn, "unsplit", _split_pairs(conn, a, b), author, note, now)
        _decide(conn, verb, [(a, b)], author, note, now)
        store.set_match_status(conn, a, b, f"{verb}ed" if verb == "confirm" else "rejected")
        recorder.resettle(conn, [a, b], now=now)
        homes = {r.id: r.story_id for r in store.articles(conn, [a, b])}
    together = homes[a] == homes[b]
    where = f"story {homes[a]}" if together else f"stories {homes[a]} and {homes[b]}"
    return f"articles {a} and {b} are in {where}"


def _split_pairs(conn: Connection, a: int, b: int) -> list[tuple[int, int]]:
    """The pairs by which a split keeps one of two articles from the other's story.

    Who joins the two again takes the split back; else they alone would be together, and the
    story's other members would be left behind.
    """
    homes = {row.id: row.story_id for row in store.articles(conn, [a, b])}
    found = []
    for mine, other in ((a, b), (b, a)):
        fellows = {m.id for m in store.members(conn, [homes[other]])} - {a, b}
        last = {frozenset(pair): verb for verb, *pair in store.decisions(conn, [mine])}
        found += [(mine, f) for f in fellows if last.get(frozenset((mine, f))) == "split"]
    return found


def _story(conn: Connection, number: int) -> StoryRow:
    row = next(iter(store.stories(conn, [number])), None)
    while row is not None and row.merged_into:
        row = next(iter(store.stories(conn, [row.merged_into])), None)
    if row is None:
        raise UsageError(f"there is no story {number}")
    return row


def _decide(
    conn: Connection,
    verb: str,
    pairs: Iterable[tuple[int, int]],
    author: str,
    note: str,
    now: datetime,
) -> None:
    for a, b in pairs:
        store.decide(
            conn,
            {"verb": verb, "a_id": a, "b_id": b, "author": author, "note": note, "at": now},
        )
