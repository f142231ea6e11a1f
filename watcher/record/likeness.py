"""Whether a text can be an edit of another: what decides where guid and address do not agree."""

from __future__ import annotations

from urllib.parse import urldefrag

import numpy as np

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, VersionRow
from watcher.archive.codec import U64, unpack_hashes
from watcher.record.prepare import TELLING, Prepared

_NEAR = 20  # bits: an edited text is nearer, an unrelated one almost never
# Of the shorter sketch: an edit keeps that much, another text of the same desk next to nothing.
_SHARED = 0.2


class Likeness:
    """Compares drafts with stored versions; sketches are read where they are needed."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._sketches: dict[int, U64 | None] = {}

    def comparable(self, item: Prepared, row: ArticleRow, version: VersionRow) -> bool:
        """Whether both texts are long enough, and both the article or both its summary.
        A headline says as much as a summary: where it is kept, the summary decides nothing."""
        if item.draft.evidence != row.evidence:
            return False
        if item.draft.evidence == "summary" and item.draft.title == row.title:
            return False
        return len(item.words) >= TELLING and version.words >= TELLING

    def like(self, item: Prepared, version: VersionRow) -> bool:
        """Whether the draft can be an edit of that version."""
        if _near(item.fingerprint.simhash, version.simhash):
            return True
        if version.id not in self._sketches:
            found = store.sketches(self._conn, [version.id])
            self._sketches[version.id] = unpack_hashes(found[0].data) if found else None
        sketch = self._sketches[version.id]
        if sketch is None:  # a clean-up has forgotten it
            return item.draft.title == version.title
        return _overlap(item.fingerprint.sketch, sketch)


def same(item: Prepared, version: VersionRow) -> bool:
    """Whether the draft has that version's words, whatever its headline."""
    return len(item.words) == version.words and item.fingerprint.simhash == version.simhash


def alike(item: Prepared, other: Prepared) -> bool:
    """Whether two drafts of one document can be the same article."""
    if _near(item.fingerprint.simhash, other.fingerprint.simhash):
        return True
    if min(len(item.words), len(other.words)) < TELLING:
        return item.draft.title == other.draft.title and not apart(item.draft.url, other.draft.url)
    return _overlap(item.fingerprint.sketch, other.fingerprint.sketch)


def apart(url: str | None, other: str | None) -> bool:
    """Whether two addresses name different parts of a page: the posts of a live blog do."""
    a, b = (urldefrag(one or "").fragment for one in (url, other))
    return bool(a and b and a != b)


def _near(a: int, b: int) -> bool:
    return (a ^ b).bit_count() <= _NEAR


def _overlap(a: U64, b: U64) -> bool:
    shorter = min(len(a), len(b))
    return bool(shorter) and len(np.intersect1d(a, b)) >= _SHARED * shorter
