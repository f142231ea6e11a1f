"""Edits of an origin: the text that a watch follows, or that its story began with, has changed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from watcher.archive import watching
from watcher.archive.articles import Connection, StoryRow, WatchRow
from watcher.core.diff import word_diff
from watcher.core.rules import Event, State, StoryState, decide
from watcher.record.identify import Resolved
from watcher.record.memory import Memory
from watcher.record.standing import anchor_of, rule_of
from watcher.record.telling import Case, case_of, note, raised, spec_of

CONDITION = "origin_edited"
_SHOWN = 3  # changed stretches that the message quotes
_SAME_DATE = timedelta(minutes=1)


def raise_edits(
    conn: Connection,
    memory: Memory,
    now: datetime,
    versioned: Sequence[Resolved],
    watches: Sequence[WatchRow],
) -> int:
    """Tell of the known articles with other words that are an origin; how many alerts fired."""
    edited = [r for r in versioned if r.twin is None and not _completed(r)]
    asking = [
        w
        for w in watches
        if w.article_id is not None and any(c["name"] == CONDITION for c in w.conditions)
    ]
    if not edited or not asking:
        return 0
    wanted = {w.article_id for w in asking if w.article_id} | {r.article for r in edited}
    rows = {a.id: a for a in watching.articles(conn, wanted)}
    stories = {s.id: s for s in watching.stories(conn, {a.story_id for a in rows.values()})}
    specs = []
    for watch in asking:
        home = rows.get(watch.article_id or 0)
        if home is None:
            continue
        story = stories[home.story_id]
        for r in edited:
            row = rows[r.article]
            if row.id != watch.article_id and row.id != story.root_id:
                continue
            outlet = memory.outlets[row.outlet_id]
            told, changed = _what_changed(conn, memory, r)
            event = Event(
                article=row.id,
                outlet=outlet.name,
                domain=outlet.domain,
                family=outlet.family,
                alerts=r.item.draft.alerts and r.arrival is not None,
                about="edit",
                origin=True,
                step=str(r.current.n + 1 if r.current else 1),
                said=told,
            )
            state = standing(story)
            rule = rule_of(watch.name, watch.conditions)
            for said in decide(rule, state, state, event, now, anchor=anchor_of(watch)):
                note(watch.name, row.id, said)
                if said.met:
                    bare = Case(watch, story.id, row, (), r.item.draft.title, changed=changed)
                    case = case_of(r.item.draft, now, bare)
                    specs.append(spec_of(case, said, state, state, memory.outlets, now))
    return raised(conn, specs)


def standing(story: StoryRow) -> StoryState:
    """A story that nothing joined: as it stands."""
    return StoryState(
        story.id,
        max(0, story.outlets - 1),
        story.families,
        story.episodes,
        State(story.state),
        story.last_copy_at,
    )


def _completed(r: Resolved) -> bool:
    """Whether the full text only took the place of a summary: nobody edited anything."""
    before = r.known.evidence if r.known else r.item.draft.evidence
    return before == "summary" and r.item.draft.evidence == "full"


def _what_changed(conn: Connection, memory: Memory, r: Resolved) -> tuple[str, tuple[str, ...]]:
    """A sentence, and the changed words themselves."""
    draft, current = r.item.draft, r.current
    claim, before = draft.published.at if draft.published else None, r.previous_claim
    silent = claim is not None and before is not None and abs(claim - before) < _SAME_DATE
    how = "edited silently, under the same date" if silent else "edited"
    if current is None:
        return f"it was {how}", ()
    shown = []
    if draft.title != current.title:
        shown.append(f"headline (was: {current.title})")
    text, _ = memory.texts(conn, [current.id]).get(current.id, (None, None))
    if text is None:
        return f"it was {how}; the words before are no longer stored", tuple(shown)
    parts = word_diff(text, draft.text)
    dropped = [part for op, part in parts if op == "del"]
    added = [part for op, part in parts if op == "add"]
    shown += [f"now without: {_line(part)}" for part in dropped[:_SHOWN]]
    shown += [f"new: {_line(part)}" for part in added[:_SHOWN]]
    counts = f"{_count(dropped)} words left out, {_count(added)} added"
    return f"it was {how}: {counts}", tuple(shown)


def _count(parts: Sequence[str]) -> int:
    return sum(len(part.split()) for part in parts)


def _line(text: str) -> str:
    return " ".join(text.split())
