"""Pages found removed, told to the watches of their story."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from watcher.archive import watching
from watcher.archive.articles import ArticleRow, Connection, OutletRow, list_watches
from watcher.core.rules import Event, decide
from watcher.record.editing import standing
from watcher.record.standing import anchor_of, rule_of
from watcher.record.telling import Case, note, raised, spec_of


def raise_removal(
    conn: Connection,
    row: ArticleRow,
    since: datetime,
    said: str,
    outlets: Mapping[int, OutletRow],
    now: datetime,
) -> int:
    """Tell of an article whose page is gone since `since`; how many alerts fired. `said`: what its
    page answers. Call it inside the transaction that stores the finding."""
    story = next(iter(watching.stories(conn, [row.story_id])), None)
    watches = [w for w in list_watches(conn) if w.article_id is not None]
    homes = {
        a.id: a.story_id
        for a in watching.articles(conn, {w.article_id for w in watches if w.article_id})
    }
    if story is None:
        return 0
    outlet = outlets[row.outlet_id]
    specs = []
    for watch in watches:
        if homes.get(watch.article_id or 0) != story.id:
            continue
        event = Event(
            article=row.id,
            outlet=outlet.name,
            domain=outlet.domain,
            family=outlet.family,
            about="page",
            origin=row.id in (watch.article_id, story.root_id),
            step=f"{since:%Y%m%dT%H%M}",
            said=said,
        )
        state = standing(story)
        rule = rule_of(watch.name, watch.conditions)
        for verdict in decide(rule, state, state, event, now, anchor=anchor_of(watch)):
            note(watch.name, row.id, verdict)
            if verdict.met:
                case = Case(
                    watch, story.id, row, (), row.title,
                    seen_after=row.seen_after, seen_by=row.seen_by, url=row.url or "",
                )  # fmt: skip
                specs.append(spec_of(case, verdict, state, state, outlets, now))
    return raised(conn, specs)
