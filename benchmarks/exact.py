"""What texts really share: exact 8-word shingles and runs, with no code of the system.

The labels of the corpora were made this way: words are `\\w+` of the lower-case title and text,
containment is the shared shingles over those of the text that has fewer (Broder 1997). Here the
same figures are worked out for any pair, and once more without what an outlet repeats.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, cached_property

from corpora import Pair, Row, pair

WIDTH = 8  # words
RUN = 30  # words in a row: chance does not do that
CONTAINED = 0.2
REPEATED = 3  # articles of one outlet
_LEAST_LINE = 4  # words
_LEAST_REST = 50  # words besides repeated lines by which two articles can be told apart

Grams = tuple[int, ...]


def words(text: str) -> list[str]:
    """The words of a text, as the labels have them."""
    return re.findall(r"\w+", text.lower())


def grams(text: str) -> Grams:
    """The hash of each run of 8 words, in order."""
    w = words(text)
    return tuple(hash(tuple(w[i : i + WIDTH])) for i in range(len(w) - WIDTH + 1))


def containment(a: Iterable[int], b: Iterable[int]) -> float:
    """Shared shingles over those of the smaller text, 0 .. 1."""
    one, other = set(a), set(b)
    least = min(len(one), len(other))
    return len(one & other) / least if least else 0.0


def longest_run(a: Grams, b: Grams) -> int:
    """Words of the longest common run of two texts; 0 where it is under 8."""
    places: dict[int, list[int]] = defaultdict(list)
    for j, gram in enumerate(b):
        places[gram].append(j)
    best, before = 0, {}
    for gram in a:
        now = {j: before.get(j - 1, 0) + 1 for j in places.get(gram, ())}
        best = max(best, *now.values()) if now else best
        before = now
    return best + WIDTH - 1 if best else 0


class Exact:
    """The exact shingles of a corpus."""

    def __init__(self, docs: Mapping[str, Row]) -> None:
        self.docs = docs
        self.whole = cache(lambda i: grams(full(self.docs[i])))
        self.news = cache(self._news)

    def containment(self, p: Pair) -> float:
        """Containment of a pair's whole texts."""
        return containment(self.whole(p[0]), self.whole(p[1]))

    def real(self, p: Pair) -> bool:
        """Whether two texts share a fifth of the smaller one or a run of 30 words."""
        return self._shares(self.whole(p[0]), self.whole(p[1]))

    def real_news(self, p: Pair) -> bool:
        """The same without what either outlet repeats around its articles."""
        return self._shares(self.news(p[0]), self.news(p[1]))

    @staticmethod
    def _shares(a: Grams, b: Grams) -> bool:
        return containment(a, b) >= CONTAINED or longest_run(a, b) >= RUN

    def pairs(self, least: float = CONTAINED) -> dict[Pair, float]:
        """All pairs with that containment, of one outlet too: for small corpora."""
        carriers: dict[int, list[str]] = defaultdict(list)
        for i in self.docs:
            for gram in set(self.whole(i)):
                carriers[gram].append(i)
        shared: dict[Pair, int] = defaultdict(int)
        for ids in carriers.values():
            for n, a in enumerate(ids):
                for b in ids[:n]:
                    shared[pair(a, b)] += 1
        found = {}
        for p, n in shared.items():
            share = n / min(len(set(self.whole(i))) for i in p)
            if share >= least:
                found[p] = share
        return found

    # ------------------------------------------------------------ what an outlet repeats

    @cached_property
    def furniture(self) -> dict[str, set[tuple[str, ...]]]:
        """Lines that an outlet has in three articles which share nothing but repeated lines.

        An agency's report in three versions is repeated too, but what is left of its versions is
        the same or too little: such lines are news.
        """
        where: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
        for i, doc in self.docs.items():
            for line in set(lines(doc)):
                if len(line) >= _LEAST_LINE:
                    where[doc["outlet"], line].append(i)
        repeated = {key: ids for key, ids in where.items() if len(ids) >= REPEATED}

        @cache
        def rest(i: str) -> frozenset[int]:
            outlet = self.docs[i]["outlet"]
            left = [line for line in lines(self.docs[i]) if (outlet, line) not in repeated]
            text = grams("\n".join(" ".join(line) for line in left))
            return frozenset(text) if len(text) >= _LEAST_REST else frozenset()

        found: dict[str, set[tuple[str, ...]]] = defaultdict(set)
        for (outlet, line), ids in repeated.items():
            kept: list[str] = []
            for i in ids:
                if rest(i) and all(containment(rest(i), rest(k)) < CONTAINED for k in kept):
                    kept.append(i)
                if len(kept) == REPEATED:
                    found[outlet].add(line)
                    break
        return found

    def _news(self, i: str) -> Grams:
        doc = self.docs[i]
        drop = self.furniture.get(doc["outlet"], set())
        return grams("\n".join(" ".join(line) for line in lines(doc) if line not in drop))


def full(doc: Row) -> str:
    """Title and text, as the labels have them."""
    return f"{doc.get('title') or ''}\n{doc['text']}"


def lines(doc: Row) -> list[tuple[str, ...]]:
    """The words of each line."""
    return [found for line in doc["text"].split("\n") if (found := tuple(words(line)))]
