"""What a daemon keeps in memory where the index is the database's: next to nothing.

Candidates, and whose they are, are asked of the connection of the recording under way.
"""

from __future__ import annotations

import numpy as np

from watcher.archive import articles as store
from watcher.archive.articles import Connection
from watcher.archive.postings import Tables
from watcher.core.text import U64, Ints
from watcher.record.memory import Index, Memory


class Borrowed(Memory):
    """A `Memory` without an index and without owners."""

    def _opened(self, conn: Connection) -> tuple[Index, Index, Index]:
        self._tables = Tables()
        self._owners: dict[int, tuple[int, int, int]] = {}
        self._use(conn)
        found = self._tables.families
        return found["sketch"], found["paragraph"], found["simhash"]

    def _use(self, conn: Connection) -> None:
        self._conn = conn
        self._owners.clear()
        self._tables.use(conn)
        self.last = store.last_version(conn)

    def refresh(self, conn: Connection) -> None:
        """Catch up with what other processes have recorded, and ask this connection from now on."""
        before = self.last
        self._use(conn)
        if self.last != before:
            self.outlets = {o.id: o for o in store.outlets(conn)}
        super().refresh(conn)

    def own(self, version: int, article: int, outlet: int, simhash: int) -> None:
        """Note whose a version of this recording is: the database does not have it yet."""
        self._owners[version] = (article, outlet, simhash)
        self.last = max(self.last, version)

    def stored(self) -> None:
        """All of this recording has been added."""
        self._tables.posted(self.last)

    def article_of(self, versions: Ints) -> Ints:
        """The article of each version; 0 for one that is gone."""
        return np.array([a for a, _, _ in self._owned(versions)], np.int64)

    def outlet_of(self, versions: Ints) -> Ints:
        """The outlet of each version; 0 for one that is gone."""
        return np.array([o for _, o, _ in self._owned(versions)], np.int64)

    def simhash_of(self, versions: Ints) -> U64:
        """The simhash of each version."""
        return np.array([s for _, _, s in self._owned(versions)], np.uint64)

    def _owned(self, versions: Ints) -> list[tuple[int, int, int]]:
        asked = versions.tolist()
        missing = {v for v in asked if v not in self._owners}
        if missing:
            self._owners.update(store.version_owners(self._conn, missing))
        return [self._owners.get(v, (0, 0, 0)) for v in asked]
