"""Two texts compared: what they share, of what kind that is, and why.

Every judgement is made on the words themselves; fingerprints only choose what to compare.
Common word runs are found as in Greedy String Tiling (Wise 1993), with one difference: a word may
serve in several runs, so that paste and cut are plain coverage. Runs that lie close together in
both texts are one run with small edits between.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from watcher.core.text import U64, Ints, shingles

SEED = 3  # words: the shortest common run looked at; 4 loses light edits (benchmarks/reuse.py)
SEED_SPACELESS = 8  # characters
GAP = 4  # words that an edit may put between two runs of one
MIN_RUN = 8  # matched words: shorter runs, edits joined, are chance
MIN_WORDS = 30  # matched words: less is no evidence
SHORT = 60  # words: a text below this is short, and its matches low evidence
MIN_WORDS_SHORT = 20
VERBATIM = 0.9  # paste and cut, at least
SAME_OUTLET = 0.85  # paste and cut, at least, of an outlet's own text issued again
_SCATTERED = 0.2  # of either text: shared runs that add up to a passage
_MOST_REPEATS = 16  # a shingle that a text repeats more often is a refrain, and no seed
_NO_SEEDS = np.empty(0, np.int64)
_MOST_PAIRS = 200_000  # bound on seed pairs, against texts made to be slow


class Kind(StrEnum):
    """What one text is of another (DESIGN section 4)."""

    VERBATIM = "verbatim"
    WRAPPED = "wrapped"
    EDITED = "edited"
    EXCERPT = "excerpt"
    CONTAINER = "container"
    PASSAGE = "passage"
    REPOST = "repost"  # the same outlet's own text again: joins, and is never a copy
    NONE = "none"


JOINING = frozenset({Kind.VERBATIM, Kind.WRAPPED, Kind.EDITED, Kind.EXCERPT, Kind.REPOST})
CORE = JOINING - {Kind.EXCERPT}


@dataclass(frozen=True, slots=True)
class Shared:
    """What two word sequences a and b have in common. Offsets are in words.

    `runs` has a row a run: start in a, end in a, start in b, end in b (ends exclusive), small
    edits included; `in_a` and `in_b` mark the matched words, edits excluded; `longest` is the
    largest number of matched words in one run.
    """

    in_a: npt.NDArray[np.bool_] = field(repr=False)
    in_b: npt.NDArray[np.bool_] = field(repr=False)
    runs: npt.NDArray[np.int32] = field(repr=False)
    longest: int

    @property
    def words_a(self) -> int:
        """Words of a found in b."""
        return int(self.in_a.sum())

    @property
    def words_b(self) -> int:
        """Words of b found in a."""
        return int(self.in_b.sum())


@dataclass(frozen=True, slots=True)
class Sequence:
    """A text's word hashes, made ready to be compared with many others."""

    hashes: U64 = field(repr=False)
    spaceless: bool  # most words are characters
    grams: dict[int, tuple[U64, U64, Ints]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, hashes: U64) -> Sequence:
        """The sequence of these words."""
        return cls(hashes, int((hashes & np.uint64(1)).sum()) * 2 > len(hashes))

    def ordered(self, width: int) -> tuple[U64, U64, Ints]:
        """Shingles of that width in text order, sorted, and where each sorted one stands."""
        if width not in self.grams:
            grams = shingles(self.hashes, width)
            order = np.argsort(grams)
            self.grams[width] = (grams, grams[order], order)
        return self.grams[width]


_Run = tuple[int, int, int]  # start in a, start in b, length


def _seeds(a: Sequence, b: Sequence, width: int) -> tuple[Ints, Ints, bool]:
    """Positions (i, j) at which a and b have the same `width` words, and whether that is all."""
    grams_a, _, _ = a.ordered(width)
    _, ordered, order = b.ordered(width)
    if not len(grams_a) or not len(ordered):
        return _NO_SEEDS, _NO_SEEDS, True
    lo = np.searchsorted(ordered, grams_a)
    lo[lo == len(ordered)] = 0
    # Most positions of most pairs have nothing: only the hits are worth a second search.
    at = np.flatnonzero(ordered[lo] == grams_a)
    lo = lo[at]
    count = np.searchsorted(ordered, grams_a[at], side="right") - lo
    few = count <= _MOST_REPEATS
    whole = bool(few.all())
    at, lo, count = at[few], lo[few], count[few]
    if len(at) and int(count.sum()) > _MOST_PAIRS:
        keep = np.cumsum(count) <= _MOST_PAIRS
        at, lo, count, whole = at[keep], lo[keep], count[keep], False
    i = np.repeat(at, count)
    within = np.arange(len(i)) - np.repeat(np.cumsum(count) - count, count)
    return i, order[np.repeat(lo, count) + within], whole


def shared(a: Sequence, b: Sequence) -> Shared:
    """The common runs of two sequences of words; the same whichever is named first."""
    # Which runs are chained, and which refrains are left out, depends on the text that is walked
    # through: always the same one of the two.
    if (len(b.hashes), b.hashes.tobytes()) < (len(a.hashes), a.hashes.tobytes()):
        found = _shared(b, a)
        runs = found.runs[:, [2, 3, 0, 1]]
        runs = runs[np.lexsort(runs.T[::-1])]
        return Shared(found.in_b, found.in_a, runs, found.longest)
    return _shared(a, b)


def _shared(a: Sequence, b: Sequence) -> Shared:
    width = SEED_SPACELESS if a.spaceless or b.spaceless else SEED
    in_a, in_b = np.zeros(len(a.hashes), dtype=bool), np.zeros(len(b.hashes), dtype=bool)
    i, j, whole = _seeds(a, b, width)
    if whole and not len(i):
        return Shared(in_a, in_b, np.empty((0, 4), np.int32), 0)
    # Seeds next to each other on one diagonal are one maximal run.
    order = np.lexsort((i, j - i))
    i, j = i[order], j[order]
    new = (np.diff(i, prepend=-2) != 1) | (np.diff(j, prepend=-2) != 1)
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(i))[: len(first)] - 1
    runs = list(
        zip(
            i[first].tolist(), j[first].tolist(), (i[last] - i[first] + width).tolist(), strict=True
        )
    )
    if not whole:
        runs = _extend(a.hashes.tolist(), b.hashes.tolist(), runs, width)

    chains = _chain(runs)
    need = MIN_RUN if width == SEED else 2 * MIN_RUN
    rows: list[tuple[int, int, int, int]] = []
    longest = 0
    for members in chains:
        total = _union(members)
        if total < need:
            continue
        longest = max(longest, total)
        for sa, sb, n in members:
            in_a[sa : sa + n] = True
            in_b[sb : sb + n] = True
        rows.append(
            (
                members[0][0],
                max(sa + n for sa, _, n in members),
                min(sb for _, sb, _ in members),
                max(sb + n for _, sb, n in members),
            )
        )
    rows.sort()
    return Shared(in_a, in_b, np.array(rows, np.int32).reshape(-1, 4), longest)


def _union(members: list[_Run]) -> int:
    total = end = 0
    for sa, _, n in members:  # by start in a
        total += max(0, sa + n - max(end, sa))
        end = max(end, sa + n)
    return total


def _extend(a: list[int], b: list[int], runs: list[_Run], width: int) -> list[_Run]:
    """Runs made as long as they are, through refrains that were no seeds.

    The ends of both texts serve as seeds too, so that a text of nothing but refrains equals
    itself. The work is bounded by `_MOST_PAIRS` words in all.
    """
    budget = _MOST_PAIRS
    found: set[_Run] = set()
    for sa, sb, n in [(0, 0, 0), (len(a), len(b), 0), *runs]:
        ea, eb = sa + n, sb + n
        while budget and sa and sb and a[sa - 1] == b[sb - 1]:
            sa, sb, budget = sa - 1, sb - 1, budget - 1
        while budget and ea < len(a) and eb < len(b) and a[ea] == b[eb]:
            ea, eb, budget = ea + 1, eb + 1, budget - 1
        if ea - sa >= width:
            found.add((sa, sb, ea - sa))
    return list(found)


def _chain(runs: list[_Run]) -> list[list[_Run]]:
    """Group runs that follow each other within `GAP` words in both texts."""
    runs = sorted(runs)
    done: list[list[_Run]] = []
    # Open chains: end in a, end in b, members. Ends may overlap a little: a repeated word at an
    # edit belongs to both runs.
    open_: list[tuple[int, int, list[_Run]]] = []
    for sa, sb, n in runs:
        still = []
        best = None
        for chain in open_:
            end_a, end_b, members = chain
            if end_a + GAP < sa:
                done.append(members)
                continue
            still.append(chain)
            if (
                -SEED < sa - end_a <= GAP
                and -SEED < sb - end_b <= GAP
                and (best is None or abs(sb - end_b) < abs(sb - best[1]))
            ):
                best = chain
        if best is None:
            still.append((sa + n, sb + n, [(sa, sb, n)]))
        else:
            still.remove(best)
            best[2].append((sa, sb, n))
            still.append((max(best[0], sa + n), max(best[1], sb + n), best[2]))
        open_ = still
    done.extend(members for _, _, members in open_)
    return done


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
