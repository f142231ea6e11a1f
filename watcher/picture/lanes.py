"""A story by outlet: a lane each, in the order of arrival, with its articles as marks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher.core.message.words import clean
from watcher.picture.scale import place
from watcher.report.values import ArticleLine, StoryHistory


@dataclass(frozen=True, slots=True)
class Mark:
    """An article on the time axis, at `at`. Our clock says no more than after `after`, by `at`.

    `after` None: nobody knows since when it was there, or (`clock` claimed) it is the outlet's
    word alone. `kind`: root, or how it matches. `verdict`: of its credits.
    """

    article: int
    at: datetime
    after: datetime | None
    clock: str
    kind: str
    verdict: str
    title: str

    @property
    def censored(self) -> bool:
        """Whether it was there when we first looked."""
        return self.clock == "seen" and self.after is None


@dataclass(frozen=True, slots=True)
class Lane:
    """An outlet and its articles of one story, in order of time."""

    outlet: str
    family: str
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Lanes:
    """The lanes that are shown, and how many outlets and articles are not."""

    shown: tuple[Lane, ...]
    outlets_left_out: int
    articles_left_out: int


def kind_of(article: ArticleLine, root: int) -> str:
    """How an article stands to the story's root, in one word."""
    return "root" if article.article == root else article.kind or article.role


def mark_of(article: ArticleLine, root: int) -> Mark:
    """An article as a mark."""
    return Mark(
        article.article,
        place(article.seen.by, article.claimed.at, article.clock),
        article.seen.after if article.clock == "seen" else None,
        article.clock,
        kind_of(article, root),
        article.verdict,
        clean(article.title, 200),
    )


def lanes_of(history: StoryHistory, most: int) -> Lanes:
    """At most `most` lanes: those of the root and of what opened an episode, then by arrival."""
    by_outlet: dict[tuple[str, str], list[Mark]] = {}
    for article in history.articles:
        by_outlet.setdefault((article.outlet, article.family), []).append(
            mark_of(article, history.root)
        )
    lanes = [
        Lane(clean(outlet, 80), clean(family, 80), tuple(sorted(marks, key=_when)))
        for (outlet, family), marks in by_outlet.items()
    ]
    lanes.sort(key=lambda lane: _when(lane.marks[0]))
    wanted = {history.root, *(episode.article for episode in history.episodes)}
    first = [lane for lane in lanes if any(mark.article in wanted for mark in lane.marks)]
    ranked = sorted(lanes, key=lambda lane: (lane not in first, _when(lane.marks[0])))[:most]
    keep = {id(lane) for lane in ranked}
    shown = tuple(lane for lane in lanes if id(lane) in keep)
    return Lanes(
        shown,
        len(lanes) - len(shown),
        len(history.articles) - sum(len(lane.marks) for lane in shown),
    )


def _when(mark: Mark) -> tuple[datetime, int]:
    return mark.at, mark.article
