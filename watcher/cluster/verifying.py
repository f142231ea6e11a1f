"""Candidates compared on the workers: the answers that the landing will ask for."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from datetime import datetime
from functools import lru_cache
from typing import Any

import numpy as np

from watcher.cluster import parts
from watcher.cluster.joining import Joined, candidates, keep_bytes, place
from watcher.core.match import Side
from watcher.core.text import Ints
from watcher.record.arriving import row
from watcher.record.foretold import Answers, foretell, foretell_credits, joins, mark
from watcher.record.matching import MOST, SAME_OUTLET, Text, mark_known
from watcher.record.settling import seen_of

_HELD = 2000  # texts in memory


def verify(shared: Joined, part: int, now: datetime) -> int:
    """In a worker: compare a part's articles with those before them; how many answers."""
    path = shared.file("told", part)
    if not path.exists():
        texts = _Texts(shared, now)
        told: dict[bytes, bytes | None] = {}
        wanted: set[bytes] = set()
        joined: set[int] = set()
        for a, b in _chosen(candidates(shared, part), texts):
            one, mark_a, digest_a, side_a = texts.get(a)
            other, mark_b, digest_b, side_b = texts.get(b)
            answer = foretell(one, other, {a: side_a, b: side_b}, (mark_a, mark_b))
            if answer is not None:
                told[answer[0]] = answer[1]
                wanted |= {digest_a, digest_b}
                if joins(answer):
                    joined |= {a, b}
        for doc in joined:
            told.update([texts.credits(doc)])
        keep_bytes(path, pickle.dumps((told, wanted), pickle.HIGHEST_PROTOCOL))
    return len(read(shared, part)[0])


def read(shared: Joined, part: int) -> tuple[Answers, set[bytes]]:
    """A part's answers, and the digests of the texts that they are about."""
    made: Any = pickle.loads(shared.file("told", part).read_bytes())  # noqa: S301 - of `verify`
    return made[0], made[1]


def _chosen(found: Ints, texts: _Texts) -> list[tuple[int, int]]:
    """Those that the import would compare: of one outlet only near re-posts, and not too many."""
    docs, at = np.unique(found[:, :2], return_inverse=True)
    at = at.reshape(-1, 2)
    told = [(texts.outlet(doc), texts.size(doc)) for doc in docs.tolist()]
    outlet, size = np.array(told, np.int64).reshape(-1, 2).T
    apart = outlet[at[:, 0]] != outlet[at[:, 1]]
    least = SAME_OUTLET * np.minimum(size[at[:, 0]], size[at[:, 1]])
    found = found[apart | (found[:, 2] >= least)]
    chosen: list[tuple[int, int]] = []
    count: dict[int, int] = {}
    for a, b, _ in found[np.lexsort((-found[:, 1], -found[:, 2], found[:, 0]))].tolist():
        count[a] = count.get(a, 0) + 1
        if count[a] <= MOST:
            chosen.append((a, b))
    return chosen


class _Texts:
    """Articles as comparing sees them, the latest in memory."""

    def __init__(self, shared: Joined, now: datetime) -> None:
        self._shared = shared
        self._now = now
        self._learned = _learned(shared)
        self._outlets: dict[str, int] = {}
        self._held: OrderedDict[int, tuple[Text, bytes, bytes, Side]] = OrderedDict()

    def outlet(self, doc: int) -> int:
        """A number that stands for an article's outlet here."""
        head, n = self._head(doc)
        return self._outlets.setdefault(head.outlets[n], len(self._outlets) + 1)

    def size(self, doc: int) -> int:
        """Values of an article's sketch."""
        head, n = self._head(doc)
        return int(head.sketch_at[n + 1] - head.sketch_at[n])

    def get(self, doc: int) -> tuple[Text, bytes, bytes, Side]:
        """An article's text, its mark, its digest, and itself as a side of a comparison."""
        if doc not in self._held:
            self._held[doc] = self._read(doc)
            if len(self._held) > _HELD:
                self._held.popitem(last=False)
        self._held.move_to_end(doc)
        return self._held[doc]

    def credits(self, doc: int) -> tuple[bytes, bytes]:
        """Whom an article credits, as `foretell_credits`."""
        head, n = self._head(doc)
        _, item = parts.article(self._shared.scratch, self._shared.parts[place(doc)[0]], n)
        return foretell_credits(item.draft.title, item.draft.text, head.outlets[n])

    def _read(self, doc: int) -> tuple[Text, bytes, bytes, Side]:
        part, n = place(doc)
        _, item = parts.article(self._shared.scratch, self._shared.parts[part], n)
        told = self._head(doc)[0].digests[n]
        text = Text(
            doc,
            doc,
            self.outlet(doc),
            seen_of(row(item, doc, doc, self._now)),
            item.fingerprint.simhash,
            item.draft.text,
            item.words,
            mark_known(item.words, self._learned),
        )
        return text, mark(told, item.fingerprint.paragraphs, self._learned), told, text.side()

    def _head(self, doc: int) -> tuple[parts.Head, int]:
        part, n = place(doc)
        return parts.head(self._shared.scratch, self._shared.parts[part]), n


@lru_cache(maxsize=2)
def _learned(shared: Joined) -> frozenset[int]:
    """All learned paragraphs."""
    found: set[int] = set()
    for bucket in range(shared.buckets):
        found.update(np.load(shared.file("paragraph", bucket)).tolist())
    return frozenset(found)
