"""Two texts as one, with what the copy dropped and added: a word diff over their common runs."""

from __future__ import annotations

from difflib import SequenceMatcher

from watcher.core.match import Sequence, Shared, shared
from watcher.core.text import Words, spans, words

Part = tuple[str, str]  # same | del | add | move, and the text


def word_diff(a: str, b: str) -> list[Part]:
    """What turns a into b: (same | del | add | move, text); moved words stand elsewhere in a."""
    return Laid(a, b).parts


class Laid:
    """Two texts laid side by side: their words, where these stand, what they share, the diff."""

    def __init__(self, a: str, b: str) -> None:
        self.a, self.b = a, b
        self.words_a, self.words_b = words(a), words(b)
        self.at_a, self.at_b = spans(a), spans(b)
        self.shared: Shared = shared(
            Sequence.of(self.words_a.hashes), Sequence.of(self.words_b.hashes)
        )
        rows = [tuple(row) for row in self.shared.runs.tolist()]
        self.parts = diff(a, b, self.words_a, self.words_b, self.at_a, self.at_b, rows)


def diff(
    a: str,
    b: str,
    words_a: Words,
    words_b: Words,
    at_a: list[tuple[int, int]],
    at_b: list[tuple[int, int]],
    rows: list[tuple[int, ...]],
) -> list[Part]:
    """`word_diff` of texts whose words, their places and common runs (start and end in a, start
    and end in b, in words) are known."""
    return _Diff(a, b, words_a, words_b, at_a, at_b).walk(rows)


class _Diff:
    """The words of b in order, with what of a is missing between them."""

    def __init__(
        self,
        a: str,
        b: str,
        words_a: Words,
        words_b: Words,
        at_a: list[tuple[int, int]],
        at_b: list[tuple[int, int]],
    ) -> None:
        self.a, self.b = a, b
        self.hashes_a, self.hashes_b = words_a.hashes.tolist(), words_b.hashes.tolist()
        self.at_a, self.at_b = at_a, at_b
        self.parts: list[tuple[str, str]] = []

    def walk(self, rows: list[tuple[int, ...]]) -> list[tuple[str, str]]:
        """Runs in the order of b; those that keep the order of a are same, others moved."""
        apart: list[tuple[int, ...]] = []
        for row in sorted(rows, key=lambda r: (r[2], -r[3])):
            if not apart or row[2] >= apart[-1][3]:
                apart.append(row)
        kept = _increasing([r[0] for r in apart])
        moved = [r for i, r in enumerate(apart) if i not in kept]
        i = j = 0
        for n, (sa, ea, sb, eb) in enumerate(apart):
            if n not in kept:
                self._add(j, sb)
                self._part("move", self.b, self.at_b, sb, eb)
                j = eb
                continue
            self._del(i, sa, moved)
            self._add(j, sb)
            self._inside(sa, ea, sb, eb)
            i, j = max(i, ea), eb
        self._del(i, len(self.at_a), moved)
        self._add(j, len(self.at_b))
        return self.parts

    def _inside(self, sa: int, ea: int, sb: int, eb: int) -> None:
        """A run with its small edits."""
        a, b = self.hashes_a[sa:ea], self.hashes_b[sb:eb]
        if a == b:
            self._part("same", self.b, self.at_b, sb, eb)
            return
        for op, i1, i2, j1, j2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            if op == "equal":
                self._part("same", self.b, self.at_b, sb + j1, sb + j2)
            else:
                self._part("del", self.a, self.at_a, sa + i1, sa + i2)
                self._part("add", self.b, self.at_b, sb + j1, sb + j2)

    def _del(self, start: int, end: int, moved: list[tuple[int, ...]]) -> None:
        """Words of a that b has not, those that stand elsewhere in b left out."""
        for ma, me, _, _ in sorted(moved):
            if start < me and ma < end:
                self._part("del", self.a, self.at_a, start, max(start, ma))
                start = max(start, me)
        self._part("del", self.a, self.at_a, start, end)

    def _add(self, start: int, end: int) -> None:
        self._part("add", self.b, self.at_b, start, end)

    def _part(self, op: str, text: str, at: list[tuple[int, int]], start: int, end: int) -> None:
        if start >= end:
            return
        # Up to the next word: punctuation and line breaks belong to the word before them.
        stop = at[end][0] if end < len(at) else len(text)
        begin = at[start][0] if start else 0
        if self.parts and self.parts[-1][0] == op:
            self.parts[-1] = (op, self.parts[-1][1] + text[begin:stop])
        else:
            self.parts.append((op, text[begin:stop]))


def _increasing(values: list[int]) -> set[int]:
    """Positions of a longest increasing subsequence (Fredman 1975, by patience sorting)."""
    tops: list[int] = []  # position of the last value of the best run of each length
    before: list[int] = []
    for i, value in enumerate(values):
        lo, hi = 0, len(tops)
        while lo < hi:
            mid = (lo + hi) // 2
            if values[tops[mid]] < value:
                lo = mid + 1
            else:
                hi = mid
        before.append(tops[lo - 1] if lo else -1)
        tops[lo : lo + 1] = [i]
    kept: set[int] = set()
    i = tops[-1] if tops else -1
    while i >= 0:
        kept.add(i)
        i = before[i]
    return kept
