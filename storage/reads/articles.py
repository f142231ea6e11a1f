"""What the writer has to look up: identities, texts, matches, stories, the index."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select
from sqlalchemy.sql.elements import ColumnElement

from storage.models import (
    article,
    block,
    body,
    boilerplate,
    credit,
    decision,
    episode,
    feed,
    identity,
    match,
    meta,
    outlet,
    segment,
    sighting,
    sketch,
    story,
    version,
    watch,
)
from storage.rows import (
    ArticleRow,
    BoilerplateRow,
    EpisodeRow,
    IdentityRow,
    MatchRow,
    OutletRow,
    SegmentRow,
    SketchRow,
    StoryRow,
    VersionRow,
)

_CHUNK = 900  # values in one IN list: below the least bound of any SQLite
_FEW = 4  # outlets


def _among(
    conn: Connection, statement: Select[Any], column: ColumnElement[Any], values: Collection[int]
) -> Iterator[Any]:
    """Rows of `statement` whose `column` is among `values`, asked in pieces."""
    listed = list(values)
    for start in range(0, len(listed), _CHUNK):
        yield from conn.execute(statement.where(column.in_(listed[start : start + _CHUNK])))


_LAST_VERSION = select(func.max(version.c.id))


def last_version(conn: Connection) -> int:
    """The newest version's id; 0 for none."""
    return conn.scalar(_LAST_VERSION) or 0


def count_versions(conn: Connection) -> int:
    """How many versions there are."""
    return conn.scalar(select(func.count()).select_from(version)) or 0


def owners(conn: Connection, after: int) -> Iterator[tuple[int, int, int, int]]:
    """(version, article, outlet, simhash) of all versions newer than `after`, ascending."""
    rows = conn.execute(
        select(version.c.id, version.c.article_id, article.c.outlet_id, version.c.simhash)
        .join(article, article.c.id == version.c.article_id)
        .where(version.c.id > after)
        .order_by(version.c.id)
    )
    yield from map(tuple, rows)


def version_owners(conn: Connection, ids: Collection[int]) -> dict[int, tuple[int, int, int]]:
    """Version -> (article, outlet, simhash)."""
    statement = select(
        version.c.id, version.c.article_id, article.c.outlet_id, version.c.simhash
    ).join(article, article.c.id == version.c.article_id)
    return {v: (a, o, s) for v, a, o, s in _among(conn, statement, version.c.id, ids)}


def outlets(conn: Connection) -> list[OutletRow]:
    """All outlets."""
    return [
        OutletRow(*r)
        for r in conn.execute(select(outlet.c.id, outlet.c.domain, outlet.c.name, outlet.c.family))
    ]


def outlet_at(conn: Connection, netloc: str) -> int | None:
    """The outlet that has a feed at this host and port."""
    rows = conn.execute(select(feed.c.outlet_id, feed.c.url).where(feed.c.url.contains(netloc)))
    return next((o for o, url in rows if urlsplit(url).netloc == netloc), None)


_KNOWN = select(identity.c.key, identity.c.outlet_id, identity.c.article_id).where(
    identity.c.key.in_(bindparam("keys", expanding=True))
)
_KNOWN_AT = _KNOWN.where(identity.c.outlet_id.in_(bindparam("outlets", expanding=True)))


def identities(
    conn: Connection, keys: Collection[int], outlets: Collection[int] | None = None
) -> list[IdentityRow]:
    """The articles known by these identity keys, at these outlets; None: at any.

    A note that thousands of outlets carry is known by one key at each of them.
    """
    # Of many, each pair of a key and an outlet would be a look-up.
    few = outlets is not None and len(outlets) <= _FEW
    listed = list(keys)
    found: list[Any] = []
    for start in range(0, len(listed), _CHUNK):
        asked = {"keys": listed[start : start + _CHUNK]}
        if few:
            found += conn.execute(_KNOWN_AT, asked | {"outlets": list(outlets or ())}).all()
        else:
            found += conn.execute(_KNOWN, asked).all()
    return [IdentityRow(*r) for r in found if outlets is None or r.outlet_id in outlets]


_ARTICLE = select(*[article.c[name] for name in ArticleRow.__slots__])


def articles(conn: Connection, ids: Collection[int]) -> list[ArticleRow]:
    """These articles, in no order."""
    return [ArticleRow(*r) for r in _among(conn, _ARTICLE, article.c.id, ids)]


def members(conn: Connection, stories: Collection[int]) -> list[ArticleRow]:
    """All articles of these stories."""
    return [ArticleRow(*r) for r in _among(conn, _ARTICLE, article.c.story_id, stories)]


_VERSION = select(*[version.c[name] for name in VersionRow.__slots__])


def versions(conn: Connection, ids: Collection[int]) -> list[VersionRow]:
    """These versions, in no order."""
    return [VersionRow(*r) for r in _among(conn, _VERSION, version.c.id, ids)]


def versions_of(conn: Connection, articles_: Collection[int]) -> list[VersionRow]:
    """All versions of these articles, oldest first."""
    rows = [VersionRow(*r) for r in _among(conn, _VERSION, version.c.article_id, articles_)]
    return sorted(rows, key=lambda v: v.id)


def bodies(conn: Connection, ids: Collection[int]) -> dict[int, bytes]:
    """The stored texts of these versions: UTF-8, zstd."""
    return dict(_among(conn, select(body.c.version_id, body.c.data), body.c.version_id, ids))


_SKETCH = select(
    sketch.c.version_id, sketch.c.data, sketch.c.paragraphs, version.c.words, version.c.simhash
).join(version, version.c.id == sketch.c.version_id)


def sketches(conn: Connection, ids: Collection[int]) -> list[SketchRow]:
    """The sketches of these versions."""
    return [SketchRow(*r) for r in _among(conn, _SKETCH, sketch.c.version_id, ids)]


def sketches_after(conn: Connection, after: int, most: int | None = None) -> Iterator[SketchRow]:
    """The sketches of all versions newer than `after`, or of the first `most`, ascending."""
    query = _SKETCH.where(sketch.c.version_id > after).order_by(sketch.c.version_id)
    for r in conn.execute(query.limit(most)):
        yield SketchRow(*r)


def learned(conn: Connection) -> list[BoilerplateRow]:
    """Every paragraph judged to be boilerplate, those that a person made us forget included."""
    return [
        BoilerplateRow(*r)
        for r in conn.execute(select(*[boilerplate.c[n] for n in BoilerplateRow.__slots__]))
    ]


_STAMP = select(
    func.count(),
    func.max(boilerplate.c.learned_at),
    func.count().filter(boilerplate.c.state == "forgotten"),
)


def boilerplate_stamp(conn: Connection) -> tuple[Any, ...]:
    """Changes whenever boilerplate is learned, unlearned or forgotten."""
    return tuple(conn.execute(_STAMP).one())


_MATCH = select(*[match.c[name] for name in MatchRow.__slots__])


def matches(conn: Connection, ids: Collection[int]) -> list[MatchRow]:
    """All matches that touch these articles, each once."""
    rows: dict[int, MatchRow] = {}
    for column in (match.c.a_id, match.c.b_id):
        for r in _among(conn, _MATCH, column, ids):
            rows[r.id] = MatchRow(*r)
    return list(rows.values())


_JOINING = ("verbatim", "wrapped", "edited", "excerpt", "repost")


def joining(conn: Connection, ids: Collection[int]) -> list[MatchRow]:
    """The matches of these articles that join stories, each once; rejected ones left out."""
    rows: dict[int, MatchRow] = {}
    joins = or_(match.c.kind.in_(_JOINING), match.c.status == "confirmed")
    for column in (match.c.a_id, match.c.b_id):
        for r in _among(conn, _MATCH.where(joins, match.c.status != "rejected"), column, ids):
            rows[r.id] = MatchRow(*r)
    return list(rows.values())


def marks(conn: Connection, ids: Collection[int]) -> list[tuple[int, Any, Any, str, bool]]:
    """(article, by, claimed_at, counts, polled) of the qualifying sightings of these articles;
    `polled`: a feed showed it, and it is none of an archive's."""
    statement = select(
        sighting.c.article_id,
        sighting.c.by,
        sighting.c.claimed_at,
        sighting.c.counts,
        sighting.c.feed_id,
    ).where(sighting.c.counts.is_not(None))
    return [
        (a, by, at, c, feed is not None)
        for a, by, at, c, feed in _among(conn, statement, sighting.c.article_id, ids)
    ]


def credits_of(conn: Connection, ids: Collection[int]) -> list[tuple[int, str, str, str, str]]:
    """(article, agent, words, place, form) of the credits in these articles' current versions."""
    statement = (
        select(credit.c.article_id, credit.c.agent, credit.c.words, credit.c.place, credit.c.form)
        .join(
            article,
            and_(article.c.id == credit.c.article_id, article.c.version_id == credit.c.version_id),
        )
        .order_by(credit.c.id)
    )
    return [(i, a, w, p, f) for i, a, w, p, f in _among(conn, statement, credit.c.article_id, ids)]


def boilerplate_of(conn: Connection, outlet_id: int) -> list[BoilerplateRow]:
    """What is known of an outlet's repeated paragraphs."""
    statement = select(*[boilerplate.c[n] for n in BoilerplateRow.__slots__])
    return [
        BoilerplateRow(*r)
        for r in conn.execute(statement.where(boilerplate.c.outlet_id == outlet_id))
    ]


def learned_among(conn: Connection, hashes: Collection[int]) -> set[int]:
    """Those of these paragraphs that some outlet is known to repeat."""
    statement = select(boilerplate.c.hash).where(boilerplate.c.state == "learned")
    return {int(h) for (h,) in _among(conn, statement, boilerplate.c.hash, hashes)}


_STORY = select(*[story.c[name] for name in StoryRow.__slots__])


def stories(conn: Connection, ids: Collection[int]) -> list[StoryRow]:
    """These stories."""
    return [StoryRow(*r) for r in _among(conn, _STORY, story.c.id, ids)]


def episodes(conn: Connection, stories_: Collection[int]) -> list[EpisodeRow]:
    """The episodes of these stories."""
    statement = select(*[episode.c[n] for n in EpisodeRow.__slots__])
    return [EpisodeRow(*r) for r in _among(conn, statement, episode.c.story_id, stories_)]


def last_claims(conn: Connection, ids: Collection[int], ahead: timedelta) -> dict[int, Any]:
    """The latest date that each article's outlet claimed for it, where it claimed one that did not
    lie more than `ahead` in the future when it was seen."""
    statement = select(sighting.c.article_id, sighting.c.claimed_at, sighting.c.by).where(
        sighting.c.claimed_at.is_not(None)
    )
    found: dict[int, Any] = {}
    for article_id, claimed, by in _among(conn, statement, sighting.c.article_id, ids):
        if claimed <= by + ahead:
            found[article_id] = max(claimed, found.get(article_id, claimed))
    return found


def first_sightings(conn: Connection, feed_id: int, limit: int) -> list[tuple[Any, Any, Any]]:
    """(claimed, after, by) of the articles that were first seen in a feed, newest first."""
    return [
        (claimed, after, by)
        for claimed, after, by in conn.execute(
            select(sighting.c.claimed_at, sighting.c.after, sighting.c.by)
            .where(sighting.c.feed_id == feed_id, sighting.c.kind == "first")
            .order_by(sighting.c.id.desc())
            .limit(limit)
        )
    ]


def decisions(conn: Connection, ids: Collection[int]) -> list[tuple[str, int, int]]:
    """(verb, a, b) of all that people decided about these articles, oldest first."""
    listed = list(ids)
    found: dict[int, tuple[str, int, int]] = {}
    for start in range(0, len(listed), _CHUNK):
        part = listed[start : start + _CHUNK]
        for i, verb, a, b in conn.execute(
            select(decision.c.id, decision.c.verb, decision.c.a_id, decision.c.b_id).where(
                or_(decision.c.a_id.in_(part), decision.c.b_id.in_(part))
            )
        ):
            found[i] = (verb, a, b)
    return [found[i] for i in sorted(found)]


def followed(conn: Connection) -> set[int]:
    """The articles that a live watch follows."""
    return set(
        conn.scalars(
            select(watch.c.article_id).where(
                watch.c.article_id.is_not(None), watch.c.removed_at.is_(None)
            )
        )
    )


# ---------------------------------------------------------------- the index


def segments(conn: Connection) -> list[SegmentRow]:
    """The live segments of the candidate index, oldest first."""
    return [
        SegmentRow(*r)
        for r in conn.execute(
            select(*[segment.c[n] for n in SegmentRow.__slots__])
            .where(segment.c.state == "live")
            .order_by(segment.c.first_version, segment.c.id)
        )
    ]


def blocks(
    conn: Connection, segment_id: int, numbers: Sequence[int] | None = None
) -> Iterator[tuple[int, bytes]]:
    """(number, data) of a segment's blocks: all of them in order, or those with these numbers."""
    statement = select(block.c.number, block.c.data).where(block.c.segment_id == segment_id)
    if numbers is None:
        for number, data in conn.execute(statement.order_by(block.c.number)):
            yield number, data
        return
    for number, data in _among(conn, statement, block.c.number, numbers):
        yield number, data


def get_meta(conn: Connection, key: str) -> str | None:
    """A fact of the database as a whole."""
    return conn.scalar(select(meta.c.value).where(meta.c.key == key))


def last_version_before(conn: Connection, before: datetime) -> int:
    """The newest of the versions up to which all were seen before then; 0 for none."""
    first = conn.scalar(select(func.min(version.c.id)).where(version.c.seen_by >= before))
    return first - 1 if first is not None else last_version(conn)


def versions_below(conn: Connection, below: int, most: int) -> list[int]:
    """The newest `most` versions with a smaller id, newest first."""
    found = select(version.c.id).where(version.c.id < below)
    return list(conn.scalars(found.order_by(version.c.id.desc()).limit(most)))


def tracked_versions(conn: Connection, first: int, last: int) -> list[int]:
    """The versions from `first` to `last` whose story a watch follows."""
    return list(
        conn.scalars(
            select(version.c.id)
            .join(article, article.c.id == version.c.article_id)
            .join(story, story.c.id == article.c.story_id)
            .where(version.c.id.between(first, last), story.c.tracked)
        )
    )
