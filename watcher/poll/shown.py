"""What a feed's document shows now, and which articles no feed of their outlet shows any more.

An entry that rolls out of one feed may stand in another of the same outlet for weeks, and in other
words: only an article that none of them shows has left. What is unchanged is not written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from watcher.archive import articles as store
from watcher.archive.codec import pack_hashes, unpack_hashes
from watcher.archive.feeds import FeedRow, set_left, shown_keys


def pack(keys: Iterable[int]) -> bytes:
    """The keys of a document's entries, as the feed keeps them."""
    return pack_hashes(np.array(sorted(set(keys)), np.uint64))


class Shown(NamedTuple):
    """A poll's feed, the articles its document shows by their entries' keys, and when."""

    feed: FeedRow
    shows: Mapping[int, int]
    now: datetime


def note(conn: store.Connection, polls: Sequence[Shown]) -> list[int]:
    """Mark what has left and what is back, in documents of different outlets; to be called before
    the feeds' own keys are stored anew.

    Of each, how many articles its last document did not show: another feed of the outlet may have
    brought them before, and an edited entry is none.
    """
    last = shown_keys(conn, {one.feed.outlet_id for one in polls})
    looks = [_Look(one, last[one.feed.outlet_id]) for one in polls]
    dropped = {key for look in looks for key in look.dropped}
    past = _articles(conn, dropped, {look.outlet for look in looks if look.dropped})
    left: dict[int, datetime] = {}
    back: set[int] = set()
    fresh: list[int] = []
    for look in looks:
        here = {past[k, look.outlet] for k in look.dropped if (k, look.outlet) in past}
        gone = {past[k, look.outlet] for k in look.gone if (k, look.outlet) in past}
        gone -= set(look.one.shows.values())
        if gone and look.elsewhere:
            # The same article with other words: another key.
            gone -= set(_articles(conn, look.elsewhere, {look.outlet}).values())
        left.update(dict.fromkeys(gone, look.one.now))
        arrived = {look.one.shows[key] for key in look.arrived}
        back |= arrived
        fresh.append(len(arrived - here))
    set_left(conn, left, back)
    return fresh


class _Look:
    """What is new and what is missing in one document, by its entries' keys."""

    def __init__(self, one: Shown, shown: Mapping[int, bytes]) -> None:
        self.one = one
        self.outlet = one.feed.outlet_id
        known = {id_: set(unpack_hashes(data).tolist()) for id_, data in shown.items()}
        before = known.pop(one.feed.id, set())
        here = set(one.shows)
        self.elsewhere: set[int] = set().union(*known.values())
        self.dropped = before - here
        self.gone = self.dropped - self.elsewhere
        self.arrived = here - before


def _articles(
    conn: store.Connection, keys: Collection[int], outlets: Collection[int]
) -> dict[tuple[int, int], int]:
    """The articles known by these keys, by key and outlet."""
    rows = store.identities(conn, keys, outlets)
    return {(row.key, row.outlet_id): row.article_id for row in rows}
