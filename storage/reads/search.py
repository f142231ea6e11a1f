"""Full text: the texts that hold some words, the latest first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    TextClause,
    and_,
    bindparam,
    case,
    or_,
    select,
    text,
)

from storage.models import article, body, outlet, story, taken, version
from storage.reads.stories import in_state

if TYPE_CHECKING:
    from sqlalchemy import Row

    Rows = Sequence[Row[*tuple[Any, ...]]]

_CHUNK = 900
_PART = 4000  # versions that are looked at in one query

Words = tuple[tuple[str, ...], bool]
"""Normalised words side by side, and whether the last is only the beginning of a word."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One of each group must be there, and none of `without`."""

    groups: Sequence[Sequence[Words]]
    without: Sequence[Words] = ()


@dataclass(frozen=True, slots=True)
class TextFilter:
    """What else an article must be. `since` and `until` bound the moment that places it in time;
    `current`: only texts as they stand now, none that an edit has replaced."""

    now: datetime
    since: datetime | None = None
    until: datetime | None = None
    outlets: Collection[int] | None = None
    lang: str | None = None
    kind: str | None = None
    credit: str | None = None
    state: str | None = None
    reach: int = 1
    story: int | None = None
    current: bool = True


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found: its version, the moment of its article, how well it answers."""

    version_id: int
    article_id: int
    at: datetime
    score: float


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, the newest versions first. `more`: there are others, older, that were not looked at."""

    hits: Sequence[Hit]
    more: bool


# The moment that places an article in time (core.spread.Seen.at), in SQL.
_AT = case(
    (
        and_(
            article.c.clock == "claimed",
            article.c.published_at.is_not(None),
            or_(
                article.c.published_note.is_(None),
                article.c.published_note.not_in(("future", "absurd")),
            ),
        ),
        article.c.published_at,
    ),
    else_=article.c.seen_by,
).label("at")


def hits(conn: Connection, wanted: Wanted, also: TextFilter, *, most: int, examined: int) -> Found:
    """At most `most` texts that hold `wanted`, among the newest `examined` that do.

    Each with `version_id`, `at`, and `score`: how well it answers, by the engine's own measure
    (bm25; ts_rank), more is better. Headlines weigh more. A bound on what is looked at keeps a
    search for a word of every text as fast as any.
    """
    newest = _matching(conn, wanted, examined + 1)
    query = _filtered(
        select(version.c.id.label("version_id"), version.c.article_id, _AT).join(
            article, article.c.id == version.c.article_id
        ),
        also,
    )
    # Written out, as many numbers are no parameters to any engine.
    query = query.where(version.c.id.in_(bindparam("ids", expanding=True, literal_execute=True)))
    rows: list[Any] = []
    for start in range(0, min(len(newest), examined), _PART):
        part = newest[start : min(start + _PART, examined)]
        found = conn.execute(query, {"ids": part}).all()
        rows.extend(sorted(found, key=lambda row: row.version_id, reverse=True))
        if len(rows) > most:
            break
    more = len(rows) > most or len(newest) > examined
    return Found(_scored(conn, wanted, rows[:most]), more)


def titled(conn: Connection, wanted: Wanted, most: int) -> list[int] | None:
    """The versions whose headline holds `wanted`, in no order; None: there are more than `most`."""
    if conn.dialect.name == "sqlite":
        statement = text(
            "SELECT rowid FROM search WHERE search MATCH :wanted LIMIT :most"
        ).bindparams(wanted=f"{{title}} : ({_fts5(wanted)})", most=most + 1)
    else:
        statement = text(
            "SELECT version_id FROM search_title WHERE title @@ CAST(:wanted AS tsquery)"
            " LIMIT :most"
        ).bindparams(wanted=_tsquery(wanted), most=most + 1)
    found = _through_the_index(conn, statement)
    return None if len(found) > most else found


def details(conn: Connection, versions: Collection[int]) -> dict[int, Any]:
    """Of these versions what a list of hits shows, and the text."""
    query = (
        select(
            version.c.id.label("version_id"),
            version.c.title,
            version.c.n,
            (article.c.version_id == version.c.id).label("current"),
            article.c.id,
            article.c.external_id,
            article.c.url,
            article.c.lang,
            article.c.story_id,
            article.c.clock,
            article.c.seen_after,
            article.c.seen_by,
            article.c.published_at,
            _AT,
            outlet.c.name.label("outlet"),
            outlet.c.domain,
            outlet.c.family,
            taken.c.kind,
            taken.c.verdict,
            body.c.data,
        )
        .join(article, article.c.id == version.c.article_id)
        .join(outlet, outlet.c.id == article.c.outlet_id)
        .outerjoin(taken, taken.c.article_id == article.c.id)
        .outerjoin(body, body.c.version_id == version.c.id)
    )
    listed = list(versions)
    return {
        row.version_id: row
        for start in range(0, len(listed), _CHUNK)
        for row in conn.execute(query.where(version.c.id.in_(listed[start : start + _CHUNK])))
    }


def _filtered(query: Select[Any], also: TextFilter) -> Select[Any]:
    tests: list[ColumnElement[bool]] = []
    if also.current:
        tests.append(article.c.version_id == version.c.id)
    if also.since is not None:
        tests.append(_AT.element >= also.since)
    if also.until is not None:
        tests.append(_AT.element <= also.until)
    if also.outlets is not None:
        # The sum keeps an engine from beginning with all articles of the outlet.
        tests.append((article.c.outlet_id + 0).in_(also.outlets))
    if also.lang is not None:
        tests.append(article.c.lang == also.lang)
    if also.story is not None:
        tests.append(article.c.story_id == also.story)
    if also.kind is not None or also.credit is not None:
        query = query.join(taken, taken.c.article_id == article.c.id)
        if also.kind is not None:
            tests.append(taken.c.kind == also.kind)
        if also.credit is not None:
            tests.append(taken.c.verdict == also.credit)
    if also.state is not None or also.reach > 1:
        query = query.join(story, story.c.id == article.c.story_id)
        tests.append(story.c.families >= also.reach)
        if also.state is not None:
            tests.append(in_state(also.state, also.now))
    return query.where(*tests)


# ---------------------------------------------------------------- each engine in its own words


def _matching(conn: Connection, wanted: Wanted, most: int) -> list[int]:
    """The newest `most` versions that hold `wanted`, the newest first."""
    if conn.dialect.name == "sqlite":
        statement = text(
            "SELECT rowid FROM search WHERE search MATCH :wanted ORDER BY rowid DESC LIMIT :most"
        ).bindparams(wanted=_fts5(wanted), most=most)
    else:
        # The sum keeps the planner from walking all versions backwards in search of hits.
        statement = text(
            "SELECT version_id FROM search WHERE words @@ CAST(:wanted AS tsquery)"
            " ORDER BY version_id + 0 DESC LIMIT :most"
        ).bindparams(wanted=_tsquery(wanted), most=most)
    return _through_the_index(conn, statement)


def _through_the_index(conn: Connection, statement: TextClause) -> list[int]:
    """What a search finds. PostgreSQL's planner thinks that reading all texts is cheap, for it does
    not count what it takes to unpack them: it is not given the choice."""
    if conn.dialect.name == "sqlite":
        return list(conn.scalars(statement).all())  # all at once: half the time of one by one
    conn.execute(text("SET LOCAL enable_seqscan = off"))
    found = list(conn.scalars(statement).all())
    conn.execute(text("SET LOCAL enable_seqscan TO DEFAULT"))
    return found


def _scored(conn: Connection, wanted: Wanted, rows: Rows) -> list[Hit]:
    """The same rows with a score each."""
    if not rows:
        return []
    ids = [row.version_id for row in rows]
    scores: dict[int, float] = {}
    if conn.dialect.name == "sqlite":
        # One pass over the range: FTS5 would begin anew for each rowid of a list.
        statement = text(
            "SELECT rowid AS version_id, -bm25(search, 4.0, 1.0) AS score FROM search"
            " WHERE search MATCH :wanted AND rowid BETWEEN :low AND :high"
        ).bindparams(wanted=_fts5(wanted), low=min(ids), high=max(ids))
        scores.update((r.version_id, r.score) for r in conn.execute(statement))
    else:
        statement = text(
            "SELECT version_id, ts_rank(words, CAST(:wanted AS tsquery), 1) AS score FROM search"
            " WHERE version_id IN :ids"
        ).bindparams(bindparam("ids", expanding=True), wanted=_tsquery(wanted))
        for start in range(0, len(ids), _CHUNK):
            part = conn.execute(statement, {"ids": ids[start : start + _CHUNK]})
            scores.update((r.version_id, r.score) for r in part)
    return [
        Hit(row.version_id, row.article_id, row.at, scores.get(row.version_id, 0.0)) for row in rows
    ]


def _fts5(wanted: Wanted) -> str:
    """The query in the words of FTS5 (sqlite.org/fts5.html, section 3). Every word is quoted."""

    def phrase(words: Words) -> str:
        return '"' + " ".join(words[0]) + '"' + ("*" if words[1] else "")

    def either(group: Iterable[Words]) -> str:
        return "(" + " OR ".join(map(phrase, group)) + ")"

    said = " AND ".join(map(either, wanted.groups))
    return f"({said}) NOT {either(wanted.without)}" if wanted.without else said


def _tsquery(wanted: Wanted) -> str:
    """The query in PostgreSQL's words (manual, 8.11.2). Every word is quoted."""

    def phrase(words: Words) -> str:
        *inner, last = (f"'{word}'" for word in words[0])
        return "(" + " <-> ".join([*inner, last + (":*" if words[1] else "")]) + ")"

    def either(group: Iterable[Words]) -> str:
        return "(" + " | ".join(map(phrase, group)) + ")"

    said = " & ".join(map(either, wanted.groups))
    return f"{said} & !{either(wanted.without)}" if wanted.without else said
