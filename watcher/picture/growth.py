"""How a story grew: articles and families, over all its time or since an episode opened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher.report.spread_values import AdoptionStep, Figures, StorySpread


@dataclass(frozen=True, slots=True)
class Point:
    """From `at` on there were that many. `articles` counts the first one too."""

    at: datetime
    articles: int
    families: int
    outlet: str
    article: int


@dataclass(frozen=True, slots=True)
class Growth:
    """One curve; `episode` None: the whole story. Points in order of time, never decreasing."""

    episode: int | None
    points: tuple[Point, ...]

    @property
    def most(self) -> int:
        """Its highest value."""
        return max((max(p.articles, p.families) for p in self.points), default=0)


def growth_of(figures: Figures) -> Growth:
    """The curve of a story or of one of its episodes."""
    steps = sorted(figures.adoption, key=lambda s: (s.at, s.copies, s.article))
    return Growth(figures.episode, tuple(_point(n, step) for n, step in enumerate(steps, 1)))


def _point(n: int, step: AdoptionStep) -> Point:
    return Point(step.at, n, step.families, step.outlet, step.article)


def whole(spread: StorySpread) -> Growth:
    """The curve of the whole story."""
    found = [growth_of(f) for f in spread.figures if f.episode is None]
    return found[0] if found else Growth(None, ())


def by_episode(spread: StorySpread) -> list[Growth]:
    """A curve an episode, the first first; those in which nothing came are left out."""
    found = [growth_of(f) for f in spread.figures if f.episode is not None]
    return [g for g in sorted(found, key=lambda g: g.episode or 0) if g.points]
