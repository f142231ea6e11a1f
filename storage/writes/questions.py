"""What questions need, beside the rows that say it: full text, who took from whom, facets, sums."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, delete, text
from sqlalchemy.dialects import postgresql, sqlite

from storage.models import facet, taken, tally

_CHUNK = 900

Rows = Sequence[Mapping[str, Any]]
Texts = Sequence[tuple[int, str, str]]
"""Of versions: the id, and title and text as normalised words with a space between two."""

_TABLES = ("search", "search_title")  # on PostgreSQL

_MOST_PLACES = 255  # of one word in a text: PostgreSQL keeps no more


def add_texts(conn: Connection, texts: Texts) -> None:
    """Put versions into the full text."""
    if not texts:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(
            "INSERT INTO search (rowid, title, words) VALUES (?, ?, ?)", list(texts)
        )
        return
    conn.execute(
        text("INSERT INTO search (version_id, words) VALUES (:version, CAST(:said AS tsvector))"),
        [{"version": version, "said": _vector(title, words)} for version, title, words in texts],
    )
    conn.execute(
        text(
            "INSERT INTO search_title (version_id, title)"
            " VALUES (:version, CAST(:said AS tsvector))"
        ),
        [{"version": version, "said": _vector(title)} for version, title, _ in texts],
    )


def drop_texts(conn: Connection, texts: Texts) -> None:
    """Take versions out of the full text. `texts` must be the very words that were put in: SQLite
    does not keep them (sqlite.org/fts5.html, 4.4.1)."""
    if not texts:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(
            "INSERT INTO search (search, rowid, title, words) VALUES ('delete', ?, ?, ?)",
            list(texts),
        )
        return
    for table in _TABLES:
        conn.execute(
            text(f"DELETE FROM {table} WHERE version_id = :version"),  # noqa: S608
            [{"version": version} for version, _, _ in texts],
        )


def tidy(conn: Connection, pages: int, *, begin: bool) -> bool:
    """Take some of what was dropped out of SQLite's full text; whether there is more to do. With
    `begin`, of all of it, else go on (sqlite.org/fts5.html, 6.7): until then it takes its room."""
    if conn.dialect.name != "sqlite":
        return False  # autovacuum does
    raw = conn.connection.driver_connection
    before = raw.total_changes  # type: ignore[union-attr]
    steps = -pages if begin else pages
    conn.exec_driver_sql("INSERT INTO search (search, rank) VALUES ('merge', ?)", (steps,))
    return bool(raw.total_changes - before >= 2)  # type: ignore[union-attr]


def clear(conn: Connection) -> None:
    """Forget all of it, to fill it anew."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("INSERT INTO search (search) VALUES ('delete-all')")
    else:
        conn.execute(text(f"TRUNCATE {', '.join(_TABLES)}"))
    for table in (taken, facet, tally):
        conn.execute(delete(table))


def _vector(title: str, words: str = "") -> str:
    """A tsvector as PostgreSQL writes it. A gap parts title and text: no phrase goes over it."""
    places: dict[str, list[str]] = {}
    headline = title.split()
    for place, word in enumerate(headline, 1):
        places.setdefault(word, []).append(f"{place}A")
    for place, word in enumerate(words.split(), len(headline) + 2):
        places.setdefault(word, []).append(str(place))
    # No word holds a quote or a backslash: they are letters, digits and marks.
    return " ".join(f"'{word}':{','.join(at[:_MOST_PLACES])}" for word, at in places.items())


def replace_taken(
    conn: Connection, stories: Collection[int], articles: Collection[int], rows: Rows
) -> None:
    """Set whom the articles of these stories, and these articles, were taken from."""
    _drop(conn, taken, "story_id", stories)
    _drop(conn, taken, "article_id", articles)
    if rows:
        conn.execute(taken.insert(), list(rows))


def replace_facets(conn: Connection, stories: Collection[int], rows: Rows) -> None:
    """Set what these stories can be asked for by."""
    _drop(conn, facet, "story_id", stories)
    if rows:
        conn.execute(facet.insert(), list(rows))


def count(conn: Connection, sums: Mapping[tuple[int, str], tuple[int, int]]) -> None:
    """Add to an outlet's articles and words in a language: (outlet, language) -> (how many)."""
    if not sums:
        return
    conn.execute(
        _count(conn.dialect.name),
        [
            {"outlet": o, "language": lang, "more_articles": articles, "more_words": words}
            for (o, lang), (articles, words) in sorted(sums.items())
        ],
    )


@cache
def _count(dialect: str) -> Executable:
    made = sqlite.insert(tally) if dialect == "sqlite" else postgresql.insert(tally)
    statement = made.values(
        outlet_id=bindparam("outlet"),
        lang=bindparam("language"),
        articles=bindparam("more_articles"),
        words=bindparam("more_words"),
    )
    return statement.on_conflict_do_update(
        index_elements=["outlet_id", "lang"],
        set_={
            "articles": tally.c.articles + statement.excluded.articles,
            "words": tally.c.words + statement.excluded.words,
        },
    )


def _drop(conn: Connection, table: Table, column: str, values: Iterable[int]) -> None:
    listed = list(values)
    for start in range(0, len(listed), _CHUNK):
        conn.execute(delete(table).where(table.c[column].in_(listed[start : start + _CHUNK])))
