"""Two texts side by side: runs of words that both have, what moved, what only one of them has.

Theory of operation. Words are numbers that stand for what a word says (`core.text`), so that case
and accents make no difference. Common runs of at least `RUN` words are tiled greedily, the longest
first (Wise 1993, Greedy String Tiling), which finds passages that were moved as well. The
heaviest chain of runs that stand in the same order in both is the story told in order; runs off
it have moved. In the gaps of the chain single words are aligned (longest common subsequence), if
they make up at least a third of the shorter side: less is coincidence.

`page/page.js` does the same in the browser, for any two versions; a test holds the two together.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from watcher.core.subsequence import common

RUN = 4  # words of the shortest run
_REPEATS = 12  # a run of words that occurs more often in one text starts nothing
_GAP = 40_000  # products of gap lengths that are aligned word by word

Block = tuple[int, int, int]  # start in a, start in b, words


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A line of a text: `pieces` are what stands between words and words in turn, from the first
    gap to the last; `words` says what each word says, as a number."""

    pieces: tuple[str, ...]
    words: tuple[int, ...]


Reading = tuple[Paragraph, ...]
# (state, text, run): same | own | moved; run numbers what moved, else 0.
Segment = tuple[str, str, int]
Line = tuple[Segment, ...]

_How = tuple[str, int]  # state and run
_PLAIN: _How = ("same", 0)


@dataclass(frozen=True, slots=True)
class Row:
    """Paragraphs of the left text and of the right that belong together."""

    left: tuple[Line, ...]
    right: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Two texts in rows; `shared` words of the one are paired with as many of the other."""

    rows: tuple[Row, ...]
    shared: int


def blocks(a: Sequence[int], b: Sequence[int]) -> list[Block]:
    """Common runs that overlap in neither text, by their place in a."""
    used_a, used_b = bytearray(len(a)), bytearray(len(b))
    heap = [(-n, i, j) for i, j, n in _maximal(a, b)]
    heapq.heapify(heap)
    found: list[Block] = []
    while heap:
        size, i, j = heapq.heappop(heap)
        free = [not (used_a[i + k] or used_b[j + k]) for k in range(-size)]
        if all(free):
            found.append((i, j, -size))
            for k in range(-size):
                used_a[i + k] = used_b[j + k] = 1
            continue
        for start, end in _stretches(free):
            if end - start >= RUN:
                heapq.heappush(heap, (start - end, i + start, j + start))
    return sorted(found)


def _maximal(a: Sequence[int], b: Sequence[int]) -> list[Block]:
    where: dict[tuple[int, ...], list[int]] = {}
    for j in range(len(b) - RUN + 1):
        where.setdefault(tuple(b[j : j + RUN]), []).append(j)
    reached: dict[int, int] = {}  # diagonal -> how far in a it is known
    found: list[Block] = []
    for i in range(len(a) - RUN + 1):
        places = where.get(tuple(a[i : i + RUN]), ())
        if len(places) > _REPEATS:
            continue
        for j in places:
            known = reached.get(i - j, 0)
            if i < known:
                continue
            start = i
            while start > known and start + j - i > 0 and a[start - 1] == b[start - 1 + j - i]:
                start -= 1
            end = i + RUN
            while end < len(a) and end + j - i < len(b) and a[end] == b[end + j - i]:
                end += 1
            reached[i - j] = end
            found.append((start, start + j - i, end - start))
    return found


def _stretches(free: Sequence[bool]) -> Iterable[tuple[int, int]]:
    start = None
    for k, one in enumerate([*free, False]):
        if one and start is None:
            start = k
        elif not one and start is not None:
            yield start, k
            start = None


def chain(found: Sequence[Block]) -> list[Block]:
    """The runs that stand in the same order in both texts, with the most words in all."""
    best: list[int] = []
    before: list[int] = []
    for k, (_, j, n) in enumerate(found):
        weight, link = n, -1
        for earlier in range(k):
            if found[earlier][1] < j and best[earlier] + n > weight:
                weight, link = best[earlier] + n, earlier
        best.append(weight)
        before.append(link)
    if not best:
        return []
    at = best.index(max(best))
    kept = []
    while at >= 0:
        kept.append(found[at])
        at = before[at]
    return kept[::-1]


def aligned(a: Sequence[int], b: Sequence[int]) -> tuple[list[int], list[int]]:
    """For each word of a the word of b it is, or -1; and the number of the run it moved in, or 0.

    Runs that moved are numbered from 1, in the order in which a has them.
    """
    found = blocks(a, b)
    kept = chain(found)
    to_b, moved = [-1] * len(a), [0] * len(a)
    taken = [False] * len(b)
    number = 0
    in_order = set(kept)
    for block in found:
        i, j, n = block
        if block not in in_order:
            number += 1
        for k in range(n):
            to_b[i + k] = j + k
            taken[j + k] = True
            moved[i + k] = 0 if block in in_order else number
    ends = [*kept, (len(a), len(b), 0)]
    i = j = 0
    for next_i, next_j, n in ends:
        left = [k for k in range(i, next_i) if to_b[k] < 0]
        right = [k for k in range(j, next_j) if not taken[k]]
        pairs = _common([a[k] for k in left], [b[k] for k in right])
        if 3 * len(pairs) >= min(len(left), len(right)):
            for p, q in pairs:
                to_b[left[p]] = right[q]
        i, j = next_i + n, next_j + n
    return to_b, moved


def _common(a: Sequence[int], b: Sequence[int]) -> list[tuple[int, int]]:
    return common(a, b) if len(a) * len(b) <= _GAP else []


def beside(a: Reading, b: Reading) -> Beside:
    """The two texts in rows, paragraphs that share words in one row."""
    words_a = [word for paragraph in a for word in paragraph.words]
    words_b = [word for paragraph in b for word in paragraph.words]
    to_b, moved_a = aligned(words_a, words_b)
    to_a, moved_b = [-1] * len(words_b), [0] * len(words_b)
    for i, j in enumerate(to_b):
        if j >= 0:
            to_a[j], moved_b[j] = i, moved_a[i]
    left = _lines(a, to_b, moved_a)
    right = _lines(b, to_a, moved_b)
    anchors = _anchors(a, b, to_a, moved_b)
    rows: list[Row] = []
    at = k = 0
    while k < len(right):
        if anchors[k] < at:  # none, or one that stands in a row already
            rows.append(Row((), (right[k],)))
            k += 1
            continue
        rows.extend(Row((line,), ()) for line in left[at : anchors[k]])
        same = k
        while same + 1 < len(right) and anchors[same + 1] == anchors[k]:
            same += 1
        rows.append(Row((left[anchors[k]],), tuple(right[k : same + 1])))
        at, k = anchors[k] + 1, same + 1
    rows.extend(Row((line,), ()) for line in left[at:])
    return Beside(tuple(rows), sum(j >= 0 for j in to_b))


def _anchors(a: Reading, b: Reading, to_a: Sequence[int], moved: Sequence[int]) -> list[int]:
    """For each paragraph of b the one of a that it shares most words with in order, or -1.

    Never decreases from one that has an anchor to the next: what is in order is in order.
    """
    paragraph_of = [n for n, paragraph in enumerate(a) for _ in paragraph.words]
    anchors, at, last = [], 0, 0
    for paragraph in b:
        shared: dict[int, int] = {}
        for k in range(at, at + len(paragraph.words)):
            if to_a[k] >= 0 and not moved[k]:
                n = paragraph_of[to_a[k]]
                shared[n] = shared.get(n, 0) + 1
        at += len(paragraph.words)
        best = max(shared, key=lambda n: (shared[n], -n), default=-1)
        anchors.append(best if best >= last else -1)
        last = max(last, best)
    return anchors


def _lines(reading: Reading, other: Sequence[int], moved: Sequence[int]) -> list[Line]:
    lines, at = [], 0
    for paragraph in reading:
        parts: list[Segment] = []
        before = _PLAIN
        for k in range(len(paragraph.words)):
            state = "own" if other[at + k] < 0 else "moved" if moved[at + k] else "same"
            now = (state, moved[at + k])
            for how, text in _between(paragraph.pieces[2 * k], before if k else now, now):
                _add(parts, how, text)
            _add(parts, now, paragraph.pieces[2 * k + 1])
            before = now
        at += len(paragraph.words)
        _add(parts, before, paragraph.pieces[-1])
        lines.append(tuple(parts))
    return lines


def _between(gap: str, before: _How, now: _How) -> list[tuple[_How, str]]:
    """What stands between two words: marks without a space are part of the word they touch."""
    if before == now:
        return [(now, gap)]
    first, last = gap.find(" "), gap.rfind(" ")
    if first < 0:
        return [(_PLAIN, gap)]
    return [(before, gap[:first]), (_PLAIN, gap[first : last + 1]), (now, gap[last + 1 :])]


def _add(parts: list[Segment], how: _How, text: str) -> None:
    state, run = how
    if parts and parts[-1][0] == state and parts[-1][2] == run:
        parts[-1] = (state, parts[-1][1] + text, run)
    elif text:
        parts.append((state, text, run))
