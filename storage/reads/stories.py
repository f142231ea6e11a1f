"""Stories in a list: the SELECTs behind `watcher stories`, paged by the last one's key."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Select,
    and_,
    func,
    literal_column,
    or_,
    select,
)

from storage.models import article, facet, story, taken, version
from storage.reads.columns import each

if TYPE_CHECKING:
    from sqlalchemy import Row

    AnyRow = Row[*tuple[Any, ...]]
    Rows = Sequence[AnyRow]

# SQLite uses the partial index ix_story_spread only where this very term stands in the query.
_SPREAD = story.c.families > literal_column("1")

_ENOUGH = 2000  # rows of a facet, from which on it is no longer counted how many there are


@dataclass(frozen=True, slots=True)
class StoryFilter:
    """What is asked for. `since` and `until` bound the latest copy; `facets`: for each of outlet
    (an id), lang, kind, credit the values of which a story must have one."""

    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    state: str | None = None
    reach: int = 1
    facets: Mapping[str, Collection[str]] = field(default_factory=dict)


def stories(
    conn: Connection,
    wanted: StoryFilter,
    *,
    only: Collection[int] | None = None,
    after: int | None = None,
    limit: int,
) -> Rows:
    """Stories, the latest copy first; those that follow story `after` in that order.

    `only`: the stories to choose from, where they are known already. Where a facet is asked for,
    the rarest one leads, in the order of its own index.
    """
    return _listed(conn, select(story), wanted, only=only, after=after, limit=limit)


def heads(
    conn: Connection,
    wanted: StoryFilter,
    *,
    only: Collection[int] | None = None,
    after: int | None = None,
    limit: int,
) -> Rows:
    """The same with id, title and last_copy_at alone: to look through many."""
    light = select(story.c.id, story.c.title, story.c.last_copy_at)
    return _listed(conn, light, wanted, only=only, after=after, limit=limit)


def _listed(
    conn: Connection,
    chosen: Select[Any],
    wanted: StoryFilter,
    *,
    only: Collection[int] | None,
    after: int | None,
    limit: int,
) -> Rows:
    last = None if after is None else _last_copy(conn, after)
    if after is not None and last is None:
        return []
    if only is not None:
        listed = each(conn, sorted(only))
        among = chosen.join_from(listed, story, story.c.id == listed.c.value).where(
            *(_has(what, values) for what, values in wanted.facets.items())
        )
        parts = [_page(among, wanted, (story.c.last_copy_at, story.c.id), last, limit)]
    elif wanted.facets:
        lead = min(wanted.facets, key=lambda what: _size(conn, what, wanted.facets[what]))
        others = [_has(what, values) for what, values in wanted.facets.items() if what != lead]
        parts = [
            _page(
                chosen.join(facet, facet.c.story_id == story.c.id).where(
                    facet.c.what == lead, facet.c.value == value, *others
                ),
                wanted,
                (facet.c.at, facet.c.story_id),
                last,
                limit,
            )
            for value in sorted(set(wanted.facets[lead]))
        ]
    else:
        parts = [_page(chosen, wanted, (story.c.last_copy_at, story.c.id), last, limit)]
    found = {row.id: row for part in parts for row in conn.execute(part)}
    ordered = sorted(found.values(), key=lambda row: (row.last_copy_at, row.id), reverse=True)
    return ordered[:limit]


def rooted_in(conn: Connection, versions: Sequence[int], *, spread: bool) -> set[int]:
    """The stories whose root's current version is one of these; with `spread` only those that more
    than one family carries."""
    listed = each(conn, versions)
    owner = select(version.c.article_id, version.c.id).join_from(
        listed, version, version.c.id == listed.c.value
    )
    if spread:
        # Most are no roots of several: they leave here, for a look into one index. Each step is
        # done before the next; PostgreSQL puts them in a ruinous order where it has the choice.
        mine = _first(owner, "mine")
        owner = select(mine.c.article_id, mine.c.id).join(
            taken, and_(taken.c.article_id == mine.c.article_id, taken.c.kind == "root")
        )
    roots = _first(owner, "roots")
    query = (
        select(story.c.id)
        .select_from(roots)
        .join(article, and_(article.c.id == roots.c.article_id, article.c.version_id == roots.c.id))
        .join(story, and_(story.c.id == article.c.story_id, story.c.root_id == article.c.id))
    )
    if spread:
        query = query.where(story.c.families > 1)
    return set(conn.scalars(query))


def _first(query: Select[Any], name: str) -> CTE:
    return query.cte(name).prefix_with("MATERIALIZED")


def _last_copy(conn: Connection, story_id: int) -> tuple[datetime, int] | None:
    at = conn.scalar(select(story.c.last_copy_at).where(story.c.id == story_id))
    return None if at is None else (at, story_id)


def _page(
    query: Select[Any],
    wanted: StoryFilter,
    key: tuple[ColumnElement[Any], ColumnElement[Any]],
    last: tuple[datetime, int] | None,
    limit: int,
) -> Select[Any]:
    at, id_ = key
    query = query.where(story.c.merged_into.is_(None))
    if wanted.reach > 1:
        query = query.where(_SPREAD, story.c.families >= wanted.reach)
    if wanted.since is not None:
        query = query.where(at >= wanted.since)
    if wanted.until is not None:
        query = query.where(at <= wanted.until)
    if wanted.state is not None:
        query = query.where(in_state(wanted.state, wanted.now))
    if last is not None:
        # The first term alone is what an index can use; the second breaks the tie.
        query = query.where(at <= last[0], or_(at < last[0], id_ < last[1]))
    return query.order_by(at.desc(), id_.desc()).limit(limit)


def _has(what: str, values: Iterable[str]) -> ColumnElement[bool]:
    inner = facet.alias()
    return (
        select(literal_column("1"))
        .where(
            inner.c.what == what,
            inner.c.value.in_(sorted(set(values))),
            inner.c.at == story.c.last_copy_at,
            inner.c.story_id == story.c.id,
        )
        .exists()
    )


def _size(conn: Connection, what: str, values: Collection[str]) -> int:
    """How many stories have a facet, up to `_ENOUGH`."""
    rows: Select[Any] = (
        select(literal_column("1"))
        .where(facet.c.what == what, facet.c.value.in_(sorted(set(values))))
        .limit(_ENOUGH)
    )
    return conn.execute(select(func.count()).select_from(rows.subquery())).scalar_one()


def in_state(state: str, now: datetime) -> ColumnElement[bool]:
    """The test in SQL of what report.values.state_of says of one row."""
    if state == "single":
        return story.c.state == "single"
    if state == "dormant":
        return or_(
            story.c.state == "dormant",
            and_(story.c.state == "active", story.c.dormant_at <= now),
        )
    awake = and_(
        story.c.state == "active",
        or_(story.c.dormant_at.is_(None), story.c.dormant_at > now),
    )
    if state == "resurfaced":
        return and_(awake, story.c.episodes > 1)
    return and_(awake, story.c.episodes <= 1)
