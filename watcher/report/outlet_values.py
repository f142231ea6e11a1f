"""What the reader's door hands out of outlets: who takes from whom, and each one's habits."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher.core.values import Span


@dataclass(frozen=True, slots=True)
class Pair:
    """How often `copier` took from `source`. `credited` of the `judged` copies named their source;
    the others had nothing to judge by."""

    source: str
    copier: str
    copies: int
    credited: int
    judged: int


@dataclass(frozen=True, slots=True)
class OutletFigures:
    """One outlet among all. `taken`: its articles that were taken from another outlet's, as far as
    known times and common words say (most words in common, of the texts known to be earlier);
    `given`: articles that others took from it. `own`: the share of its words that stand in no
    earlier text of another outlet, 0..1; None: it has no words. `lag`: seconds, the median of
    its copies, as an interval. `credit_rate`: of the copies that could be judged, the share
    that names the source, in full or in part, 0..1; None: none could be.
    """

    outlet: str
    domain: str
    family: str
    articles: int
    own: float | None
    taken: int
    given: int
    lag: Span | None
    credit_rate: float | None


@dataclass(frozen=True, slots=True)
class OutletList:
    """All outlets, the busiest in taking and giving first, and who takes from whom among `top` of
    them (domains)."""

    outlets: tuple[OutletFigures, ...]
    top: tuple[str, ...]
    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class MostCopied:
    """A story that others took from an outlet."""

    story: int
    title: str
    copies: int


@dataclass(frozen=True, slots=True)
class OutletProfile:
    """One outlet with its habits. `lag_given`: how long others take to copy it. `feeds`: address
    and state. `sources` and `copiers`: whom it takes from, who takes from it, most copies first.
    `recorded`: when we first and last recorded an article of it."""

    figures: OutletFigures
    feeds: tuple[tuple[str, str], ...]
    languages: tuple[tuple[str, int], ...]
    kinds: tuple[tuple[str, int], ...]
    credits: tuple[tuple[str, int], ...]
    lag_given: Span | None
    sources: tuple[Pair, ...]
    copiers: tuple[Pair, ...]
    most_copied: tuple[MostCopied, ...]
    recorded: tuple[datetime | None, datetime | None]
