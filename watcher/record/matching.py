"""Candidates for some texts, compared on the texts: the matches that they take part in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from watcher.core import frame
from watcher.core.index import DOC_BITS, Finder, Simhashes, candidates
from watcher.core.match import Kind, Match, Order, Rest, Side, block, compare
from watcher.core.match import Sequence as WordSequence
from watcher.core.spread import Seen, order
from watcher.core.text import U64, Ints, Words, paragraphs

NEAR = 3  # bits between two simhashes that make a candidate (Manku et al. 2007)
SHARED = 2  # sketch values that make a candidate
MOST = 256  # candidates of one text that are compared, those that share most first
REPEATED = 200  # words in one run that an outlet repeats: more than a notice, and shown as a link
SAME_OUTLET = 0.4  # of a text's sketch: an outlet's own re-post shares at least that much


def _no_words() -> Words:
    return Words(np.empty(0, np.uint64), np.empty(0, np.int64))


def _none_known() -> npt.NDArray[np.bool_]:
    return np.empty(0, dtype=bool)


@dataclass(frozen=True, slots=True)
class Text:
    """A version of an article as matching sees it. `known`: its words that are boilerplate.
    Without words it is the head of one, which says who and when."""

    version: int
    article: int
    outlet: int
    seen: Seen
    simhash: int
    text: str = field(repr=False, default="")
    words: Words = field(repr=False, default_factory=_no_words)
    known: npt.NDArray[np.bool_] = field(repr=False, default_factory=_none_known)

    def side(self) -> Side:
        """For `compare`: the words that are evidence."""
        use = ~self.known

        def rest(matched: npt.NDArray[np.bool_]) -> Rest:
            whole = np.zeros(len(self.words), dtype=bool)
            whole[use] = matched
            return frame.rest(self.text, self.words.line, whole, self.known)

        return Side(WordSequence.of(self.words.hashes[use]), rest)


@dataclass(frozen=True, slots=True)
class Found:
    """Two articles compared, the source first; `runs` are offsets among all words of each."""

    a: Text
    b: Text
    match: Match
    order: Order
    runs: npt.NDArray[np.int32] = field(repr=False)


def mark_known(
    found: Words, learned: Collection[int], forgotten: Collection[int] = ()
) -> npt.NDArray[np.bool_]:
    """Which words stand in paragraphs that some outlet is known to repeat (`learned`). Who copies
    a page with its notice has the notice once, and cannot tell; `forgotten` ones count as text."""
    if not learned or not len(found):
        return np.zeros(len(found), dtype=bool)
    hashes, _, sizes = paragraphs(found)
    bad = np.fromiter(
        (h in learned and h not in forgotten for h in hashes.tolist()), bool, count=len(hashes)
    )
    return np.repeat(bad, sizes)


@dataclass(frozen=True, slots=True)
class Asked:
    """A text to find candidates for; `version` and `article` are 0 where it is not stored."""

    version: int
    article: int
    outlet: int
    sketch: U64 = field(repr=False)
    simhash: int | None  # None: too short for it to mean anything


def pairs(
    asked: Sequence[Asked],
    find: Finder,
    near: Simhashes,
    article_of: Callable[[Ints], Ints],
    outlet_of: Callable[[Ints], Ints],
) -> list[tuple[int, int, int]]:
    """(index into `asked`, version, shared values) of each text's candidates, best first.

    Of several versions of an article, asked or found, those that share most are chosen; of two
    asked texts that are each other's candidates the pair is given once.
    """
    if not asked:
        return []
    values = np.concatenate([a.sketch for a in asked])
    owner = np.repeat(np.arange(len(asked)), [len(a.sketch) for a in asked])
    text, doc, shared = candidates(values, owner, find)
    keep = shared >= SHARED
    text, doc, shared = _with_near(asked, near, text[keep], doc[keep], shared[keep])
    article, outlet = article_of(doc), outlet_of(doc)
    own_article = np.array([a.article for a in asked])[text]
    own_outlet = np.array([a.outlet for a in asked])[text]
    size = np.array([len(a.sketch) for a in asked])[text]
    keep = (
        (article > 0)
        & (article != own_article)
        & ((outlet != own_outlet) | (shared >= SAME_OUTLET * size))
    )
    text, doc, shared, article = text[keep], doc[keep], shared[keep], article[keep]
    # What counts for an article counts for all of its versions that are asked about.
    first: dict[int, int] = {}
    for i, a in enumerate(asked):
        first.setdefault(a.article or -i - 1, i)
    group = np.array([first[a.article or -i - 1] for i, a in enumerate(asked)])
    latest = doc + np.array([a.version for a in asked])[text]
    order_ = np.lexsort((-latest, -shared, group[text]))
    result: list[tuple[int, int, int]] = []
    seen: set[tuple[int, int]] = set()
    count = np.zeros(len(asked), np.int64)
    for i in order_.tolist():
        t, other = int(text[i]), int(article[i])
        g = group[t]
        if count[g] >= MOST:
            continue
        mine = asked[t].article
        pair = (min(mine, other), max(mine, other)) if mine else (t, -other)
        if pair in seen:
            continue
        # Both sides are asked: the pair counts for both, and is given once.
        seen.add(pair)
        count[g] += 1
        if other in first:
            count[first[other]] += 1
        result.append((t, int(doc[i]), int(shared[i])))
    return result


def _with_near(
    asked: Sequence[Asked], near: Simhashes, text: Ints, doc: Ints, shared: Ints
) -> tuple[Ints, Ints, Ints]:
    """The candidates by sketch, and those by simhash, which count as sharing everything."""
    known = np.array([i for i, a in enumerate(asked) if a.simhash is not None], np.int64)
    if not len(known):
        return text, doc, shared
    simhashes = np.array([a.simhash for a in asked if a.simhash is not None], np.uint64)
    which, found = near.within(simhashes, NEAR)
    which = known[which]
    new = ~np.isin((which << DOC_BITS) | found, (text << DOC_BITS) | doc)
    sizes = np.array([len(a.sketch) for a in asked])
    return (
        np.concatenate((text, which[new])),
        np.concatenate((doc, found[new])),
        np.concatenate((shared, np.maximum(SHARED, sizes[which[new]]))),
    )


def judge(a: Text, b: Text, sides: Mapping[int, Side]) -> Found | None:
    """Compare two texts; None where they have nothing to do with each other."""
    known, swap = order(a.seen, b.seen)
    if swap:
        a, b = b, a
    result = compare(
        sides[a.version], sides[b.version], order=known, same_outlet=a.outlet == b.outlet
    )
    if result.kind is Kind.NONE:
        return _repeated(a, b, known)
    if result.swapped:
        a, b = b, a
    return Found(a, b, result, known, _whole(result.runs, a, b))


def _repeated(a: Text, b: Text, known: Order) -> Found | None:
    """Two outlets' texts that share nothing but a long block which one of them repeats: a gallery,
    a fact box. It is no evidence that one copied the other, but a reader wants to know of it."""
    if a.outlet == b.outlet or max(a.known.sum(), b.known.sum()) < REPEATED:
        return None
    if known is Order.UNKNOWN and _first(b) < _first(a):
        a, b = b, a  # the same whichever was asked about
    match = block(WordSequence.of(a.words.hashes), WordSequence.of(b.words.hashes), REPEATED)
    return Found(a, b, match, known, match.runs) if match else None


def _first(text: Text) -> tuple[int, bytes]:
    return len(text.words), text.words.hashes.tobytes()


def _whole(runs: npt.NDArray[np.int32], a: Text, b: Text) -> npt.NDArray[np.int32]:
    """Offsets among the words that are evidence, as offsets among all words."""
    if not len(runs):
        return runs
    whole = runs.copy()
    for text, start, end in ((a, 0, 1), (b, 2, 3)):
        at = np.flatnonzero(~text.known)
        whole[:, start] = at[runs[:, start]]
        whole[:, end] = at[runs[:, end] - 1] + 1
    return whole
