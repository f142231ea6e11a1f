"""Vectors kept small, and the nearest of half a million found by counting bits.

A code is the signs of a vector's 512 numbers (random hyperplanes, Charikar 2002; here the model's
own axes): the share of bits that differ tells the angle. A text's `gist` is five codes, of its
beginning, its whole and its thirds, so that an excerpt meets the part that it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

import numpy as np
import numpy.typing as npt

from watcher.core.across.align import Floats

Code = npt.NDArray[np.uint64]  # a row of WORDS a vector
Ints = npt.NDArray[np.int64]

SCHEME = "3"  # of sentences, vectors, codes and verdicts: those of two schemes never meet
SIZE = 512  # numbers of a vector
WORDS = SIZE // 64
GIST = 5  # codes a text: beginning, whole, three thirds
_LEAD = 3  # sentences of a text's beginning, its headline among them
_MOST_BITS = 210  # of 512 that differ: farther texts are strangers (likeness of .28)
# Which of the asked text's codes meet which of a known one's.
_MEETINGS = ((0, 0), (1, 1), (1, 2), (1, 3), (1, 4), (2, 1), (3, 1), (4, 1))
_ROOM = 4096
NEAREST = 24  # texts by their gist, of which the sentences' codes are looked at
COMPARED = 3  # of these that are compared sentence by sentence
QUICK = 0.5  # of the shorter text's sentences, by their codes, for that


def code(vectors: Floats) -> Code:
    """The codes of some vectors, a row each."""
    bits = np.packbits(np.asarray(vectors) > 0, axis=-1, bitorder="little")
    return np.ascontiguousarray(bits).view("<u8").astype(np.uint64).reshape(-1, WORDS)


def gist(vectors: Floats) -> Code:
    """The codes by which a text is found, from its sentences' vectors (one or more)."""
    n = len(vectors)
    parts = [vectors[:_LEAD], vectors]
    parts += [vectors[n * i // 3 : max(n * (i + 1) // 3, n * i // 3 + 1)] for i in range(3)]
    return code(np.stack([p.mean(axis=0) for p in parts]))


def alike(a: Code, b: Code) -> float:
    """A quick guess at the share of the shorter text that has a counterpart, from codes of
    sentences: those that are each other's nearest, and near. 0 to 1."""
    if not len(a) or not len(b):
        return 0.0
    apart = np.bitwise_count(a[:, None, :] ^ b[None, :, :]).sum(axis=2, dtype=np.int64)
    best_a, best_b = apart.argmin(axis=1), apart.argmin(axis=0)
    mutual = best_b[best_a] == np.arange(len(a))
    near = apart[np.arange(len(a)), best_a] <= _MOST_BITS - 20
    return float((mutual & near).sum() / min(len(a), len(b)))


class Codes:
    """The gists of one language's texts, in memory: 336 bytes a text."""

    def __init__(self) -> None:
        self._codes = np.zeros((GIST, WORDS, 0), np.uint64)
        self._docs = np.zeros(0, np.int64)
        self._at = np.zeros(0, np.int64)
        self._size = 0

    def __len__(self) -> int:
        return self._size

    @property
    def nbytes(self) -> int:
        """Bytes that it holds."""
        return self._codes.nbytes + self._docs.nbytes + self._at.nbytes

    def add(self, docs: Ints, gists: Code, at: Ints | None = None) -> None:
        """Add texts; `gists` has GIST rows of WORDS for each, `at` their times in seconds."""
        rows = np.asarray(gists, np.uint64).reshape(-1, GIST, WORDS)
        size = self._size + len(rows)
        if size > len(self._docs):
            room = max(_ROOM, size + size // 4)
            codes = np.zeros((GIST, WORDS, room), np.uint64)
            codes[:, :, : self._size] = self._codes[:, :, : self._size]
            self._codes = codes
            self._docs = np.concatenate((self._docs, np.zeros(room - len(self._docs), np.int64)))
            self._at = np.concatenate((self._at, np.zeros(room - len(self._at), np.int64)))
        self._codes[:, :, self._size : size] = rows.transpose(1, 2, 0)
        self._docs[self._size : size] = docs
        self._at[self._size : size] = 0 if at is None else at
        self._size = size

    def near(
        self, asked: Code, most: int, time: tuple[int, int] | None = None
    ) -> list[tuple[int, int]]:
        """The texts nearest to a gist: (bits that differ in the nearest meeting, text), nearest
        first, at most `most` and none farther than strangers are; of that `time` alone (from, to,
        both included), if one is given."""
        n = self._size
        if not n:
            return []
        least = np.full(n, SIZE, np.uint16)
        for mine, theirs in _MEETINGS:
            apart = np.zeros(n, np.uint16)
            for word in range(WORDS):
                apart += np.bitwise_count(self._codes[theirs, word, :n] ^ asked[mine, word])
            np.minimum(least, apart, out=least)
        close = least <= _MOST_BITS
        if time is not None:
            close &= (self._at[:n] >= time[0]) & (self._at[:n] <= time[1])
        within = np.flatnonzero(close)
        if len(within) > most:
            within = within[np.argpartition(least[within], most)[:most]]
        found = [(int(least[i]), int(self._docs[i])) for i in within]
        return sorted(found)


def shortlist(
    asked: Code,
    sentences: Code,
    known: Iterable[Codes],
    codes_of: Callable[[Collection[int]], Mapping[int, Code]],
    time: tuple[int, int] | None = None,
) -> list[tuple[float, int]]:
    """The known texts worth comparing with one: (guess as of `alike`, text), best first.

    `asked` is its gist and `sentences` its sentences' codes; `known` the texts of the other
    languages; `codes_of` gives the sentences' codes of some of them.
    """
    near = sorted(hit for codes in known for hit in codes.near(asked, NEAREST, time))[:NEAREST]
    stored = codes_of([doc for _, doc in near])
    guessed = [(alike(sentences, stored[doc]), doc) for _, doc in near if doc in stored]
    kept = [g for g in guessed if g[0] >= QUICK]
    return sorted(kept, key=lambda g: (-g[0], g[1]))[:COMPARED]
