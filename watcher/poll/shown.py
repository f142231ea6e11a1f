"""What a feed's document shows now, and which articles no feed of their outlet shows any more.

An entry that rolls out of one feed may stand in another of the same outlet for weeks, and in other
words: only an article that none of them shows has left. What is unchanged is not written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import numpy as np

from watcher.archive import articles as store
from watcher.archive.codec import U64, pack_hashes, unpack_hashes
from watcher.archive.feeds import FeedRow, set_left, shown_keys


def pack(keys: Iterable[int]) -> bytes:
    """The keys of a document's entries, as the feed keeps them."""
    return pack_hashes(np.unique(np.array(list(keys), np.uint64)))


def note(conn: store.Connection, feed: FeedRow, shows: Mapping[int, int], now: datetime) -> int:
    """Mark what has left and what is back. `shows`: the document's articles, by their entries'
    keys. To be called before the feed's own keys are stored anew.

    How many articles its last document did not show: another feed of the outlet may have brought
    them before, and an edited entry is none.
    """
    known = {id_: unpack_hashes(data) for id_, data in shown_keys(conn, feed.outlet_id).items()}
    before = known.pop(feed.id, None)
    here = np.unique(np.array(list(shows), np.uint64))
    if before is None:
        set_left(conn, (), set(shows.values()), now)
        return len(set(shows.values()))
    elsewhere = np.unique(np.concatenate([*known.values(), np.array([], np.uint64)]))
    dropped = np.setdiff1d(before, here)
    gone = np.setdiff1d(dropped, elsewhere)
    past = _articles(conn, feed, dropped) if dropped.size else set()
    left: set[int] = set()
    if gone.size:
        left = past if gone.size == dropped.size else _articles(conn, feed, gone)
        left = left - set(shows.values())
    if left and elsewhere.size:
        # The same article with other words: another key.
        left -= _articles(conn, feed, elsewhere)
    arrived = {shows[int(key)] for key in np.setdiff1d(here, before)}
    set_left(conn, left, arrived, now)
    return len(arrived - past)


def _articles(conn: store.Connection, feed: FeedRow, keys: U64) -> set[int]:
    rows = store.identities(conn, {int(key) for key in keys}, {feed.outlet_id})
    return {row.article_id for row in rows}
