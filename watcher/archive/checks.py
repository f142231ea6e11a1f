"""The reader's side of `watcher db verify`: what storage says twice, and stored texts to read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import zstandard
from sqlalchemy import Connection

from storage.reads.checks import StoredText, changed_since, contradictions, texts
from storage.reads.checks import stored_blocks as _blocks
from storage.reads.full_text import FullText
from watcher.archive.codec import unpack_postings

__all__ = [
    "FullText",
    "StoredText",
    "bad_blocks",
    "changed_since",
    "contradictions",
    "database_file",
    "texts",
]


def bad_blocks(conn: Connection) -> Iterator[str]:
    """Blocks of the index that cannot be read, are out of order or out of place, and segments
    that have not the postings that they count. The index can be made again from the sketches."""
    counted: dict[int, tuple[int, int]] = {}
    for segment, postings, bits, number, data in _blocks(conn):
        try:
            run = unpack_postings(data)
        except (zstandard.ZstdError, ValueError) as error:
            yield f"block {number} of segment {segment} of the index: {error}"
            run = np.empty(0, np.uint64)
        else:
            places = run >> np.uint64(64 - bits) if bits else np.zeros(len(run), np.uint64)
            if not (np.diff(run) >= 0).all() or not (places == number).all():
                yield f"block {number} of segment {segment} of the index: out of order"
        counted[segment] = (postings, counted.get(segment, (0, 0))[1] + len(run))
    for segment, (said, found) in counted.items():
        if said != found:
            yield f"segment {segment} of the index: {found} postings, and it counts {said}"


def database_file(url: str) -> Path | None:
    """The SQLite file of a database's URL; None for a server."""
    from storage.engine import parse

    parsed = parse(url)
    return Path(parsed.database or "").absolute() if parsed.drivername == "sqlite" else None
