"""One story's spread, from one view of the database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING

from storage.reads import history
from watcher.report import history as told
from watcher.report import rows
from watcher.report.spread.figures import story_figures
from watcher.report.spread.gathered import gather
from watcher.report.spread.translations import translations
from watcher.report.spread.tree import infer, told_edges, told_ledgers, told_origin
from watcher.report.spread.versions import stale_copies, told_versions
from watcher.report.spread_values import PARTS, StorySpread, VersionText

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Where only the short answer is asked for, it is worked out from as many of the first articles: a
# story's beginning is at its beginning, and the work grows with the square.
_FOR_SHORT = 24


def story_spread(
    conn: Connection, story_id: int, now: datetime, parts: Collection[str] = PARTS
) -> StorySpread | None:
    """See `Reader.spread`."""
    found = told.story(conn, story_id, now)
    if found is None:
        return None
    gathered = gather(conn, found, texts=True)
    edges = infer(gathered) if set(parts) - {"figures"} else infer(gathered, _FOR_SHORT)
    return StorySpread(
        history=found,
        figures=story_figures(conn, gathered) if "figures" in parts else (),
        origin=told_origin(gathered, edges),
        tree=told_edges(gathered, edges) if "tree" in parts else (),
        ledgers=told_ledgers(gathered, edges) if "ledgers" in parts else (),
        versions=told_versions(gathered) if "versions" in parts else (),
        stale=stale_copies(gathered, edges, now) if "versions" in parts else (),
        translations=translations(conn, found.line.story, found.root, found.articles)
        if "translations" in parts
        else (),
    )


def version_texts(conn: Connection, story_id: int) -> list[VersionText]:
    """See `Reader.version_texts`."""
    row = told.unmerged(conn, story_id)
    if row is None:
        return []
    texts = {b.version_id: rows.unpacked(b.data) for b in history.bodies_of(conn, row.id)}
    return [
        VersionText(v.article_id, v.n, v.id, v.outlet, v.title, v.url, texts.get(v.id))
        for v in history.versions_of(conn, row.id)
    ]
