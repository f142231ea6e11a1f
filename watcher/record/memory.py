"""What a long-lived process keeps in memory of the archive, so that a recording is fast.

Everything here can be read again from the database: `refresh` follows other writers, and a
recording that was rolled back leaves the memory to be rebuilt.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Collection, Iterable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from watcher.archive import articles as store
from watcher.archive import index, scheme
from watcher.archive.articles import Connection, WatchRow
from watcher.archive.codec import unpack_hashes, unpack_text
from watcher.core.boilerplate import Carrier
from watcher.core.index import Postings, Simhashes
from watcher.core.text import U64, Ints, Words, words
from watcher.record.matching import mark_known

_TEXT_BYTES = 96 << 20  # of words and texts of recent articles
_ENTRY_BYTES = 1200  # what Python and numpy need for one of them, besides


class Index(Protocol):
    """What `core.index.Postings` does, wherever the postings are."""

    def add(self, packed: U64) -> None:
        """Add sorted postings."""

    def find(self, values: U64) -> list[tuple[U64, Ints, Ints]]:
        """Runs, and where in them the postings of each value are."""


class Memory:
    """The index, who owns which version, the boilerplate, and recently used texts."""

    def __init__(self, conn: Connection) -> None:
        self.change = scheme.claim(conn)
        self.renewed: set[int] = (
            set()
        )  # versions with fingerprints made anew, in a change of scheme
        self.last = 0
        self.sketch, self.paragraph, self.simhash = self._opened(conn)
        self.near = Simhashes(self.simhash.find, self.simhash_of)
        self.outlets = {o.id: o for o in store.outlets(conn)}
        self._learned(conn)
        self._fresh: dict[int, Carrier] = {}
        self._texts: OrderedDict[int, tuple[str, Words]] = OrderedDict()
        self._texts_bytes = 0
        self._watches: tuple[Connection, list[WatchRow]] | None = None

    def _opened(self, conn: Connection) -> tuple[Index, Index, Index]:
        """The index of sketches, of paragraphs and of simhashes."""
        self._article = np.zeros(1024, np.int64)
        self._outlet = np.zeros(1024, np.int64)
        self._simhash = np.zeros(1024, np.uint64)
        self._own(store.owners(conn, 0))
        sketch, paragraph, simhash = (Postings(index.load(conn, f)) for f in index.FAMILIES)
        return sketch, paragraph, simhash

    def _learned(self, conn: Connection) -> None:
        self.boilerplate: dict[int, set[int]] = {}
        self.forgotten: dict[int, set[int]] = {}
        for row in store.learned(conn):
            home = self.boilerplate if row.state == "learned" else self.forgotten
            home.setdefault(row.outlet_id, set()).add(row.hash)
        self.repeated = Counter(h for known in self.boilerplate.values() for h in known)
        self.stamp = store.boilerplate_stamp(conn)

    def learn(self, outlet: int, paragraph: int) -> None:
        """Note that an outlet repeats a paragraph, which it was not known to."""
        self.boilerplate.setdefault(outlet, set()).add(paragraph)
        self.repeated[paragraph] += 1

    def unlearn(self, outlet: int, paragraph: int) -> None:
        """Note that a paragraph that an outlet was known to repeat is text."""
        self.boilerplate[outlet].discard(paragraph)
        self.repeated[paragraph] -= 1
        if not self.repeated[paragraph]:
            del self.repeated[paragraph]

    def known(self, outlet: int, found: Words) -> npt.NDArray[np.bool_]:
        """Which words of an outlet's text are boilerplate, its own or what it took with a text."""
        return mark_known(found, self.repeated, self.forgotten.get(outlet, ()))

    def _own(self, rows: Iterable[tuple[int, int, int, int]]) -> None:
        for version, article, outlet, simhash in rows:
            self.own(version, article, outlet, simhash)

    def own(self, version: int, article: int, outlet: int, simhash: int) -> None:
        """Note whose a version is, and its simhash."""
        if version >= len(self._article):
            size = len(self._article)
            grown = max(version + 1, 2 * size)
            self._article = np.resize(self._article, grown)
            self._outlet = np.resize(self._outlet, grown)
            self._simhash = np.resize(self._simhash, grown)
            # `resize` repeats what was there; what is not known yet has to be nobody's.
            self._article[size:] = self._outlet[size:] = 0
        self._article[version] = article
        self._outlet[version] = outlet
        self._simhash[version] = simhash
        self.last = max(self.last, version)

    def stored(self) -> None:
        """All new versions of a recording have been added."""

    def outdated(self, conn: Connection) -> bool:
        """Whether another process made fingerprints anew: what is here is of no use then."""
        return self.change is not None and scheme.changing(conn) != self.change

    def refresh(self, conn: Connection) -> None:
        """Catch up with what other processes have recorded."""
        if store.boilerplate_stamp(conn) != self.stamp:
            self._learned(conn)
        if store.last_version(conn) > self.last:
            self._catch_up(conn)
            self.outlets = {o.id: o for o in store.outlets(conn)}

    def _catch_up(self, conn: Connection) -> None:
        rows = list(store.sketches_after(conn, self.last))
        self.sketch.add(index.postings(rows, "sketch"))
        self.paragraph.add(index.postings(rows, "paragraph"))
        self.simhash.add(index.postings(rows, "simhash"))
        self._own(store.owners(conn, self.last))

    def know_outlets(self, conn: Connection, ids: Collection[int]) -> None:
        """Make sure that these outlets are known."""
        if not all(i in self.outlets for i in ids):
            self.outlets = {o.id: o for o in store.outlets(conn)}

    def article_of(self, versions: Ints) -> Ints:
        """The article of each version; 0 for one that is gone."""
        return self._article[versions]

    def outlet_of(self, versions: Ints) -> Ints:
        """The outlet of each version; 0 for one that is gone."""
        return self._outlet[versions]

    def simhash_of(self, versions: Ints) -> U64:
        """The simhash of each version."""
        return self._simhash[versions]

    def family(self, outlet: int) -> str:
        """The family that an outlet belongs to."""
        row = self.outlets.get(outlet)
        return row.family if row else ""

    def keep(self, version: int, text: str, found: Words) -> None:
        """Remember a text for the comparisons to come."""
        if version in self._texts:
            self._texts.move_to_end(version)
            return
        self._texts[version] = (text, found)
        self._texts_bytes += _weight(text, found)
        while self._texts_bytes > _TEXT_BYTES and len(self._texts) > 1:
            _, (old, w) = self._texts.popitem(last=False)
            self._texts_bytes -= _weight(old, w)

    def texts(self, conn: Connection, versions: Collection[int]) -> dict[int, tuple[str, Words]]:
        """Text and words of these versions, as far as their bodies are still stored."""
        found = {v: self._texts[v] for v in versions if v in self._texts}
        missing = [v for v in versions if v not in found]
        for version, data in store.bodies(conn, missing).items():
            text = unpack_text(data)
            found[version] = (text, words(text))
            self.keep(version, *found[version])
        return found

    def lend(self, fresh: dict[int, Carrier]) -> None:
        """Make versions known whose sketches this recording has not stored yet."""
        self._fresh = fresh

    def watches(self, conn: Connection) -> list[WatchRow]:
        """The live watches; few, and changed by other processes: read in each transaction."""
        if self._watches is None or self._watches[0] is not conn:
            self._watches = conn, store.list_watches(conn)
        return self._watches[1]

    def carriers(self, conn: Connection, versions: Collection[int]) -> dict[int, Carrier]:
        """Sketch and length of these versions."""
        found = {v: self._fresh[v] for v in versions if v in self._fresh}
        missing = [v for v in versions if v not in found]
        found.update(
            (r.version_id, Carrier(unpack_hashes(r.data), r.words))
            for r in store.sketches(conn, missing)
        )
        return found


def _weight(text: str, found: Words) -> int:
    """Bytes that a text in memory takes, about: a letter two, a word its hash and its line."""
    return _ENTRY_BYTES + 2 * len(text) + 16 * len(found)
