"""A story's episodes: bursts of copies, with rests between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from watcher.core.rules import dormant_after
from watcher.core.rules.rest import Rest


@dataclass(frozen=True, slots=True)
class Mark:
    """One qualifying sighting: a copy, or an old one issued again."""

    at: datetime
    article: int
    subtype: str


@dataclass(frozen=True, slots=True)
class Episode:
    """A burst of copies."""

    n: int
    opened_by: int
    subtype: str
    opened_at: datetime
    last_at: datetime
    copies: int


@dataclass(frozen=True, slots=True)
class History:
    """A story's episodes, and how long it rests before its next copy is a new one."""

    episodes: Sequence[Episode]
    rest_s: float
    rest_reason: Rest

    @property
    def last_at(self) -> datetime:
        """When the last qualifying copy came."""
        return self.episodes[-1].last_at


def history(first: Mark, marks: Iterable[Mark], override_s: float | None = None) -> History:
    """The episodes of a story that `first` began (DESIGN section 6).

    A copy opens a new episode when the story had rested for D before it, D being worked out from
    the gaps inside the episodes until then. `override_s`: a watch's own `dormant_after`.
    """
    gaps: list[float] = []
    done: list[Episode] = []
    current = Episode(1, first.article, first.subtype, first.at, first.at, 0)
    ordered = sorted(
        (m for m in marks if (m.at, m.article) != (first.at, first.article)),
        key=lambda m: (m.at, m.article),
    )
    for mark in ordered:
        at = max(mark.at, current.last_at)
        gap = (at - current.last_at).total_seconds()
        rest, _ = dormant_after(gaps, override_s)
        if gap >= rest:
            done.append(current)
            current = Episode(current.n + 1, mark.article, mark.subtype, at, at, 1)
            continue
        gaps.append(gap)
        current = Episode(
            current.n, current.opened_by, current.subtype, current.opened_at, at, current.copies + 1
        )
    done.append(current)
    rest, why = dormant_after(gaps, override_s)
    return History(tuple(done), rest, why)
