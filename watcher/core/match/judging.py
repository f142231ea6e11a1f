"""Two texts compared: of what kind what they share is, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from watcher.core.kinds import CORE, Kind
from watcher.core.match.runs import Sequence, Shared, shared
from watcher.core.text import U64

MIN_WORDS = 30  # matched words: less is no evidence
SHORT = 60  # words: a text below this is short, and its matches low evidence
MIN_WORDS_SHORT = 20
VERBATIM = 0.9  # paste and cut, at least
SAME_OUTLET = 0.85  # paste and cut, at least, of an outlet's own text issued again
_DAMAGE = 0.8  # matched words of those that the runs hold: fewer are left where all is damaged
_SCATTERED = 0.2  # of either text: shared runs that add up to a passage


@dataclass(frozen=True, slots=True)
class Side:
    """One text of a comparison. `rest` tells, of a mask of its matched words, what the
    unmatched rest is; it is called only where the answer decides."""

    words: Sequence = field(repr=False)
    rest: Callable[[npt.NDArray[np.bool_]], Rest] = field(repr=False)

    @property
    def hashes(self) -> U64:
        """The words' hashes."""
        return self.words.hashes


@dataclass(frozen=True, slots=True)
class Rest:
    """The words of a text that the other does not have: frame (labels, credits, notices, another
    language) or prose."""

    frame: int
    prose: int


class Order(StrEnum):
    """Which of two articles came first, and by whose clock."""

    SEEN = "seen"  # our sightings' intervals do not overlap
    CLAIMED = "claimed"  # the outlets' own dates
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Match:
    """Two texts compared; a is the source where the order is known (`swapped`: it was b)."""

    kind: Kind
    paste: float  # share of the source's words found in the copy
    cut: float  # share of the copy's words that come from the source
    words: int  # matched words of the copy
    longest: int  # matched words of the longest run
    reason: str
    low_evidence: bool
    swapped: bool
    runs: npt.NDArray[np.int32] = field(repr=False)


_ROUND = 4  # figures are kept to four digits, and judged as kept


def compare(a: Side, b: Side, *, order: Order, same_outlet: bool = False) -> Match:
    """Compare `a` with `b`, `a` having come first unless `order` is UNKNOWN.

    With no known order the text that is found more fully in the other is taken for the source.
    """
    found = shared(a.words, b.words)
    cover_a = round(found.words_a / len(a.hashes), _ROUND) if len(a.hashes) else 0.0
    cover_b = round(found.words_b / len(b.hashes), _ROUND) if len(b.hashes) else 0.0
    rank_a = (cover_a, -len(a.hashes), a.hashes.tobytes())
    rank_b = (cover_b, -len(b.hashes), b.hashes.tobytes())
    swapped = order is Order.UNKNOWN and rank_b > rank_a
    paste, cut = (cover_b, cover_a) if swapped else (cover_a, cover_b)
    copy_words = found.words_a if swapped else found.words_b
    runs = found.runs[:, [2, 3, 0, 1]] if swapped else found.runs

    words = min(found.words_a, found.words_b)
    short = min(len(a.hashes), len(b.hashes)) < SHORT
    kind, reason = _judge(a, b, found, cover_a, cover_b, swapped, order, words, short)
    if same_outlet and kind is not Kind.NONE:
        # An outlet's articles share its notices, which may be more than half of a short text.
        if kind in CORE and min(paste, cut) >= SAME_OUTLET:
            kind, reason = Kind.REPOST, f"the same outlet's own text again: {reason}"
        else:
            kind, reason = Kind.NONE, f"one outlet's own articles: {reason}"
    return Match(kind, paste, cut, copy_words, found.longest, reason, short, swapped, runs)


def block(a: Sequence, b: Sequence, least: int) -> Match | None:
    """A passage of `least` words or more that two texts share, boilerplate and all, `a` being the
    earlier: linked and shown, never evidence. None where there is none."""
    found = shared(a, b)
    if found.longest < least:
        return None
    return Match(
        Kind.PASSAGE,
        round(found.words_a / len(a.hashes), _ROUND),
        round(found.words_b / len(b.hashes), _ROUND),
        found.words_b,
        found.longest,
        f"a block of {found.longest} words that an outlet repeats around many articles",
        low_evidence=True,
        swapped=False,
        runs=found.runs,
    )


def _damaged(matched: int, spanned: int, size: int) -> bool:
    """Whether runs full of small differences hold at least half of a text: two bad scans of one
    print, or a text whose every sentence was touched. What is left of its words still runs through
    either on one line. Paragraphs left whole among new ones are judged by their words alone."""
    return 2 * spanned >= size and matched <= _DAMAGE * spanned


def _judge(
    a: Side,
    b: Side,
    found: Shared,
    cover_a: float,
    cover_b: float,
    swapped: bool,
    order: Order,
    words: int,
    short: bool,
) -> tuple[Kind, str]:
    """The kind of a match, and why. Bounds as in DESIGN section 4."""
    paste, cut = (cover_b, cover_a) if swapped else (cover_a, cover_b)
    share = f"paste {paste:.2f}, cut {cut:.2f}"
    need = MIN_WORDS_SHORT if short else MIN_WORDS
    if words < need:
        return Kind.NONE, f"{words} matched words, fewer than {need}"
    if short:
        # Little text is little evidence: only near-identity joins, and never a headline.
        if paste >= 0.8 and cut >= 0.8:
            kind = Kind.VERBATIM if paste >= VERBATIM and cut >= VERBATIM else Kind.EDITED
            return kind, f"{share} of a short text (low evidence)"
        if words < MIN_WORDS:
            return Kind.NONE, f"{share}, {words} matched words of a short text"
    if paste >= VERBATIM and cut >= VERBATIM:
        return Kind.VERBATIM, f"{share}: word for word the same"
    # Of the two texts, the one found more fully in the other (if neither is, the source), and
    # the one around it.
    full_a, full_b = (cover_a, -len(a.hashes)), (cover_b, -len(b.hashes))
    inner, outer, inner_cover, outer_cover, outer_mask = (
        (a, b, cover_a, cover_b, found.in_b)
        if full_a > full_b or (full_a == full_b and not swapped)
        else (b, a, cover_b, cover_a, found.in_a)
    )
    rest = None
    if inner_cover >= 0.5 and outer_cover < 0.9:
        rest = outer.rest(outer_mask)
        body = len(outer.hashes) - rest.frame
        net = int(outer_mask.sum()) / body if body else 1.0
        if inner_cover >= 0.8 and net >= 0.9:
            return Kind.WRAPPED, (
                f"{share}: the text is inside a frame of {rest.frame} words "
                f"({rest.prose} other words)"
            )
        if outer_cover < 0.5 <= net:
            return Kind.EDITED, f"{share}: edited, inside a frame of {rest.frame} words"
    if paste >= 0.5 and cut >= 0.5:
        return Kind.EDITED, f"{share}: at least half of either"
    if _damaged(found.words_a, found.span_a, len(a.hashes)) and _damaged(
        found.words_b, found.span_b, len(b.hashes)
    ):
        return Kind.EDITED, f"{share}: at least half of either, small edits between words included"
    inner_is_copy = inner is (a if swapped else b)
    if inner_cover >= 0.6:
        if order is not Order.UNKNOWN and inner_is_copy:
            return Kind.EXCERPT, f"{share}: part of the earlier text"
        why = (
            "the longer text is not known to be the earlier"
            if inner_is_copy or order is Order.UNKNOWN
            else "the later text is longer"
        )
        prose = rest.prose if rest else 0
        return (
            Kind.CONTAINER,
            f"{share}: inside a longer text with {prose} words of other prose; {why}",
        )
    if found.longest >= MIN_WORDS:
        return Kind.PASSAGE, f"{share}: a passage of {found.longest} words"
    if max(paste, cut) >= _SCATTERED:
        return Kind.PASSAGE, f"{share}: {words} words in several runs"
    return Kind.NONE, f"{share}: {words} scattered words, longest run {found.longest}"
