"""What is read of a story, once, for everything that is worked out from it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from storage.reads import history
from storage.reads.pages import page_checks
from watcher.core.credit import Credit
from watcher.core.spread import Seen
from watcher.core.text import Words, paragraphs, words
from watcher.report import rows
from watcher.report.values import ArticleLine, Interval, StoryHistory

if TYPE_CHECKING:
    from sqlalchemy import Connection

# Dates this close are one: some outlets round them.
_SAME_DATE = timedelta(minutes=1)


@dataclass(frozen=True)
class VersionSeen:
    """One version of an article. `silent`: its words changed, the outlet's date did not."""

    article: int
    n: int
    id: int
    title: str
    seen: Interval
    size: int  # words
    silent: bool
    text: str | None = field(repr=False)  # None: the body was pruned
    repeated: frozenset[int] = field(default=frozenset(), repr=False)

    @cached_property
    def words(self) -> Words:
        """Its words."""
        return words(self.text or "")

    @cached_property
    def own_words(self) -> Words:
        """The words of `own`."""
        return words(self.own) if self.repeated else self.words

    @cached_property
    def own(self) -> str:
        """Its text without the paragraphs that its outlet repeats: those are never evidence."""
        text = self.text or ""
        if not self.repeated:
            return text
        hashes, lines, _ = paragraphs(self.words)
        left_out = {
            n for h, n in zip(hashes.tolist(), lines.tolist(), strict=True) if h in self.repeated
        }
        return "\n".join(line for n, line in enumerate(text.split("\n")) if n not in left_out)


@dataclass(frozen=True, slots=True)
class Gathered:
    """A story with the versions and credits of its articles."""

    history: StoryHistory
    versions: dict[int, tuple[VersionSeen, ...]]  # by article, oldest first
    credits: dict[int, list[Credit]]
    withdrawn: dict[int, datetime] = field(default_factory=dict)  # since when its page is gone

    @property
    def articles(self) -> dict[int, ArticleLine]:
        """Its articles by id."""
        return {a.article: a for a in self.history.articles}

    def silent_edits(self, article: int) -> int:
        """How often an article's words changed under an unchanged date."""
        return sum(v.silent for v in self.versions.get(article, ()))


def gather(conn: Connection, found: StoryHistory, *, texts: bool) -> Gathered:
    """All of a story that is not in its history; `texts` of the versions too."""
    story = found.line.story
    bodies = {}
    if texts:
        bodies = {b.version_id: rows.unpacked(b.data) for b in history.bodies_of(conn, story)}
    learned: dict[str, set[int]] = defaultdict(set)
    if texts:
        for row in history.boilerplate_around(conn, story):
            learned[row.domain].add(row.hash)
    domains = {a.article: a.domain for a in found.articles}
    sighted: dict[int, tuple[datetime | None, datetime, datetime | None]] = {}
    for s in history.version_sightings(conn, story):
        sighted.setdefault(s.version_id, (s.after, s.by, s.claimed_at))
    versions: dict[int, list[VersionSeen]] = defaultdict(list)
    last: dict[int, datetime | None] = {}
    for v in history.versions_of(conn, story):
        after, by, claimed = sighted.get(v.id, (None, v.seen_by, None))
        before = last.get(v.article_id)
        silent = (
            bool(versions[v.article_id])
            and claimed is not None
            and before is not None
            and abs(claimed - before) < _SAME_DATE
        )
        last[v.article_id] = claimed or before
        versions[v.article_id].append(
            VersionSeen(
                v.article_id, v.n, v.id, v.title, Interval(after, by), v.words, silent,
                bodies.get(v.id), frozenset(learned.get(domains[v.article_id], ())),
            )
        )  # fmt: skip
    named: dict[int, list[Credit]] = defaultdict(list)
    for c in history.credits_of(conn, story):
        named[c.article_id].append(Credit(c.agent, c.words, c.place, c.form))
    gone = {
        one.article_id: one.missing_since
        for one in page_checks(conn, [a.article for a in found.articles]).values()
        if one.gone_at is not None and one.missing_since is not None
    }
    return Gathered(found, {a: tuple(vs) for a, vs in versions.items()}, dict(named), gone)


def seen_of(article: ArticleLine) -> Seen:
    """When an article was first seen, by the clock that places it; absurd claims left out."""
    claimed = None if article.claimed.note in ("future", "absurd") else article.claimed.at
    return Seen(article.seen.after, article.seen.by, claimed, article.clock)
