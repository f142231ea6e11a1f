"""What is known of texts in several languages: gists, codes of sentences, what is not looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, func, select

from storage.models import article, gist, match, outlet, sentence_codes, version
from storage.rows import GistRow, MatchRow

if TYPE_CHECKING:
    from sqlalchemy import Row

    AnyRow = Row[*tuple[Any, ...]]

_GIST = select(*[gist.c[name] for name in GistRow.__slots__])
_CHUNK = 500
_YIELD = 2000


def gists(conn: Connection, since: datetime, most: int) -> Iterator[GistRow]:
    """The gists of articles first seen since a time, the latest `most` of them."""
    found = conn.execute(
        _GIST.where(gist.c.at >= since).order_by(gist.c.at.desc()).limit(most),
        execution_options={"yield_per": _YIELD},
    )
    return (GistRow(*r) for r in found)


def codes_of(conn: Connection, versions: Collection[int]) -> dict[int, bytes]:
    """The codes of these versions' sentences."""
    found: dict[int, bytes] = {}
    listed = list(versions)
    for start in range(0, len(listed), _CHUNK):
        part = listed[start : start + _CHUNK]
        query = select(sentence_codes).where(sentence_codes.c.version_id.in_(part))
        found.update((v, data) for v, data in conn.execute(query))
    return found


_MATCH = select(*[match.c[name] for name in MatchRow.__slots__])


def suggested(conn: Connection, articles: Collection[int]) -> list[MatchRow]:
    """The suggested translations that these articles take part in, each once, oldest first."""
    rows: dict[int, MatchRow] = {}
    listed = list(articles)
    for start in range(0, len(listed), _CHUNK):
        part = listed[start : start + _CHUNK]
        for end in (match.c.a_id, match.c.b_id):  # an index each: neither engine uses both
            query = _MATCH.where(
                match.c.kind == "translation", match.c.status == "suggested", end.in_(part)
            )
            rows.update((r.id, MatchRow(*r)) for r in conn.execute(query))
    return [rows[i] for i in sorted(rows)]


def translations_to(conn: Connection, last: int, most: int) -> list[MatchRow]:
    """The translations up to a match id, suggested or decided, the last `most` of them first."""
    query = _MATCH.where(match.c.kind == "translation", match.c.id <= last)
    return [MatchRow(*r) for r in conn.execute(query.order_by(match.c.id.desc()).limit(most))]


def translations_of(conn: Connection, story_id: int) -> Sequence[AnyRow]:
    """The translations of a story's articles with all that they rest on and the other article,
    which may be in the story too; of a pair inside it, the copy is the other. Rejected ones are
    left out; the likeliest first."""
    inner, outer = article.alias("inner"), article.alias("outer")
    found: dict[int, AnyRow] = {}
    for mine, other in ((match.c.b_id, match.c.a_id), (match.c.a_id, match.c.b_id)):
        query = (
            select(
                *(match.c[n] for n in ("a_id", "a_version", "b_version", "runs", "paste", "cut")),
                *(match.c[n] for n in ("b_id", "reason", "status", "sure")),
                match.c.id.label("match"),
                inner.c.id.label("member"),
                *(outer.c[n] for n in ("id", "title", "url", "lang", "clock")),
                *(outer.c[n] for n in ("seen_after", "seen_by")),
                outlet.c.name.label("outlet"),
            )
            .join(inner, inner.c.id == mine)
            .join(outer, outer.c.id == other)
            .join(outlet, outlet.c.id == outer.c.outlet_id)
            .where(
                inner.c.story_id == story_id,
                match.c.kind == "translation",
                match.c.status.in_(("suggested", "confirmed")),
            )
        )
        found.update((row.match, row) for row in conn.execute(query))
    return sorted(found.values(), key=lambda r: (-(r.sure or 0.0), r.match))


def last_match(conn: Connection) -> int:
    """The newest match's id; 0 for none."""
    return conn.scalar(select(func.max(match.c.id))) or 0


def any_gist(conn: Connection) -> bool:
    """Whether any gist is kept."""
    return conn.scalar(select(gist.c.version_id).limit(1)) is not None


def runs_of(conn: Connection, match_id: int) -> bytes:
    """The runs of a match as stored; empty where it is gone."""
    return bytes(conn.scalar(select(match.c.runs).where(match.c.id == match_id)) or b"")


def current_after(conn: Connection, mark: int, most: int) -> list[int]:
    """The next versions above `mark` that are their article's current one, by id."""
    query = (
        select(version.c.id)
        .join(article, article.c.version_id == version.c.id)
        .where(version.c.id > mark)
        .order_by(version.c.id)
        .limit(most)
    )
    return [v for (v,) in conn.execute(query)]


def remaining(conn: Connection, mark: int) -> int:
    """How many versions are above `mark`."""
    query = select(func.count()).select_from(version).where(version.c.id > mark)
    return int(conn.execute(query).scalar_one())
