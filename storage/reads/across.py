"""What is known of texts in several languages: gists, codes of sentences, what is not looked at."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from sqlalchemy import Connection, func, select

from storage.models import article, gist, match, sentence_codes, version
from storage.rows import GistRow, MatchRow

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
