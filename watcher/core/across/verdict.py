"""Whether one text is the other's translation, what of it, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from watcher.core.across.align import Floats, Pair, align
from watcher.core.across.anchors import Anchors, shared
from watcher.core.across.sentences import Span

# Measured by benchmarks/translation.py on a third of its stories: professional translations have a
# counterpart for .81 of either side or more (99 of 100), independent reports of one event for .51
# or less (98 of 100); a third of a translation for .81 of itself, such a report for .75.
WHOLE = 0.65  # of either text has a counterpart, at least
PART = 0.79  # of the shorter text
# By how much counterparts are more alike than the two texts at large: few have to be clearer about
# it than many, for a short text finds something like its sentences in any long one of the subject.
APART = 0.10  # mean over the pairs, at least
FEW = 0.20  # and this divided by their number on top of it
EVIDENCE = 0.50  # sum over the pairs, at least
LEAST = 2  # pairs of sentences: one is chance
# Without vectors: independent reports share their names, and not all of their numbers. That is good
# for two texts somebody lays side by side, and too little to suggest anything among thousands
# (benchmarks/README.md).
NUMBERS = 3  # that both texts have, at least
OF_ALL = 0.7  # share that they are of all numbers of the two texts


class Found(StrEnum):
    """What two texts of different languages are of each other."""

    TRANSLATION = "translation"  # of the whole
    EXCERPT = "excerpt"  # a translated part
    INDEPENDENT = "independent"  # of the same matter at most


@dataclass(frozen=True, slots=True)
class Verdict:
    """`paste`: share of a's letters whose sentences have a counterpart in b; `cut`: of b's.
    `sure`: 0 to 1, the mean likeness of counterparts times the share of the shorter text."""

    found: Found
    paste: float
    cut: float
    sure: float
    reason: str
    pairs: tuple[Pair, ...] = field(repr=False)

    @property
    def suggested(self) -> bool:
        """Whether this is worth a suggestion."""
        return self.found is not Found.INDEPENDENT


def by_meaning(a: Floats, b: Floats, at_a: Sequence[Span], at_b: Sequence[Span]) -> Verdict:
    """Judge two texts by their sentences' vectors and where the sentences stand."""
    pairs = tuple(align(a, b))
    paste = _share(at_a, [p.a for p in pairs])
    cut = _share(at_b, [p.b for p in pairs])
    n = len(pairs)
    alike = sum(p.alike for p in pairs) / n if n else 0.0
    apart = sum(p.apart for p in pairs) / n if n else 0.0
    told = f"{n} of {len(a)} and {len(b)} sentences in order, {paste:.2f} and {cut:.2f} of the text"
    found, why = _find(pairs, min(paste, cut), max(paste, cut), apart)
    sure = round(min(1.0, alike * max(paste, cut)), 2)
    return Verdict(found, round(paste, 4), round(cut, 4), sure, f"{why}: {told}", pairs)


def _find(pairs: Sequence[Pair], less: float, more: float, apart: float) -> tuple[Found, str]:
    n = len(pairs)
    if n < LEAST or n * apart < EVIDENCE:
        return Found.INDEPENDENT, "too few sentences have a counterpart"
    if apart < APART + FEW / n:
        return Found.INDEPENDENT, "the same subject, no sentence's own counterpart"
    if less >= WHOLE:
        return Found.TRANSLATION, "translation of the whole"
    if more >= PART:
        return Found.EXCERPT, "translation of a part"
    return Found.INDEPENDENT, "no more than independent reports share"


def _share(at: Sequence[Span], ranges: Sequence[tuple[int, int]]) -> float:
    sizes = [end - start for start, end in at]
    whole = sum(sizes)
    return sum(sum(sizes[i:j]) for i, j in ranges) / whole if whole else 0.0


def by_anchors(a: Anchors, b: Anchors, rarity: Mapping[int, float] | None = None) -> Verdict:
    """Judge two texts by their numbers and names alone: weaker, and it says so."""
    value = shared(a, b, rarity)
    numbers, every = len(a.numbers & b.numbers), len(a.numbers | b.numbers)
    told = (
        f"{numbers} of {every} numbers and {len(a.names & b.names)} names in common,"
        f" {value:.2f} by weight (no sentence vectors)"
    )
    if numbers < NUMBERS or numbers < OF_ALL * every:
        return Verdict(Found.INDEPENDENT, 0.0, 0.0, round(value, 2), f"too little: {told}", ())
    return Verdict(Found.TRANSLATION, 0.0, 0.0, round(value, 2), f"perhaps: {told}", ())
