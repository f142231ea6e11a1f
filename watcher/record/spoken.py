"""The texts that the look for translations takes up, and what their sentences mean."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from watcher.archive import Database, across
from watcher.archive import articles as store
from watcher.archive.articles import Connection
from watcher.archive.codec import unpack_text
from watcher.core.across import sentences
from watcher.core.across.sentences import Span
from watcher.tongues import COVERED, language, meanings

MARK = "across.mark"  # the version up to which the pass has come
WINDOW = timedelta(days=30)  # between a text and its translation
BATCH = 32  # versions: a worker is busy for a second or two
Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spoken:
    """A version's text and headline, on the way to its vectors."""

    version: int
    text: str = field(repr=False)
    body_at: int  # where the body starts: the headline stands before it
    claimed: str | None


@dataclass(frozen=True, slots=True)
class Meant:
    """A version's language, its sentences and what they mean."""

    version: int
    lang: str
    body_at: int
    at: list[Span] = field(repr=False)
    vectors: Vectors = field(repr=False)


@dataclass(frozen=True, slots=True)
class Batch:
    """The next versions to look at; `mark`: the last of their ids."""

    mark: int
    spoken: tuple[Spoken, ...]


def spoken(version: int, title: str, text: str, claimed: str | None) -> Spoken:
    """A text with its headline as its first line."""
    head = f"{title}\n" if title else ""
    return Spoken(version, head + text, len(head), claimed)


def mean(texts: Collection[Spoken]) -> list[Meant]:
    """In a worker: the sentences of texts in languages that the model covers, and their vectors."""
    found = []
    for one in texts:
        lang = language(one.text, one.claimed).code
        at = sentences(one.text) if lang in COVERED else []
        if lang and at:
            vectors = meanings([one.text[a:b] for a, b in at])
            found.append(Meant(one.version, lang, one.body_at, at, vectors))
    return found


def read(database: Database, after: int | None = None) -> Batch | None:
    """The next versions that have not been looked at, or the next after this one; None where there
    are none."""
    with database.read() as conn:
        mark = marked(conn) if after is None else after
        ids = across.current_after(conn, mark, BATCH)
        if not ids:
            return None
        return Batch(ids[-1], tuple(texts_of(conn, ids).values()))


def remaining(database: Database) -> int:
    """How many versions, older ones of articles among them, have not been looked at."""
    with database.read() as conn:
        return across.remaining(conn, marked(conn))


def marked(conn: Connection) -> int:
    return int(across.get_meta(conn, MARK) or 0)


def texts_of(conn: Connection, ids: Iterable[int]) -> dict[int, Spoken]:
    """The texts of versions that still have one."""
    listed = list(ids)
    bodies = store.bodies(conn, listed)
    versions = {v.id: v for v in store.versions(conn, listed)}
    langs = {r.id: r.lang for r in store.articles(conn, {v.article_id for v in versions.values()})}
    return {
        v: spoken(v, row.title, unpack_text(bodies[v]), langs.get(row.article_id))
        for v, row in versions.items()
        if v in bodies
    }
