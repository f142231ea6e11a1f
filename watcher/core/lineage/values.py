"""What the tree of a story is inferred from, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from watcher.core.match import Order
from watcher.core.spread import Seen
from watcher.core.text import U64


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an article: its word hashes, and when it was first there (by our clock:
    after `after`, None: unknown; up to `by`)."""

    n: int
    hashes: U64 = field(repr=False)
    after: datetime | None
    by: datetime


@dataclass(frozen=True, slots=True)
class Member:
    """An article of the story. `versions`, oldest first, are those whose text is stored.

    `credits`: the other members that it names as its source, through their outlets; `outside`:
    it names a source that was never seen here. `confirmed`: the members that a person said it
    belongs with.
    """

    article: int
    outlet: str
    seen: Seen
    versions: tuple[Version, ...]
    credits: frozenset[int] = frozenset()
    outside: bool = False
    confirmed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Evidence:
    """The edits that speak for an edge, each a run of words however long.

    `own`: made by the copy (words that its parent lacks, or has more); `carried`: made by the
    parent to its own source, and found in the copy; `unexplained`: words of the copy that its
    parent lacks and that stand in articles which did not take them from it.
    """

    own: int
    carried: int
    unexplained: int


@dataclass(frozen=True, slots=True)
class Edge:
    """From which version of which article a copy was taken, as far as can be inferred.

    `parent` None: from none of the texts seen here; for `origin` from none at all: the story is
    taken to begin with it. `confidence` 0..1. `also`: (article, confidence) of other parents worth
    naming; `merged`: (article, words) of further sources from which it has whole passages.
    """

    child: int
    parent: int | None
    child_version: int
    parent_version: int | None
    confidence: float
    order: Order
    evidence: Evidence
    origin: bool = False
    also: tuple[tuple[int, float], ...] = ()
    merged: tuple[tuple[int, int], ...] = ()
    by_person: bool = False
