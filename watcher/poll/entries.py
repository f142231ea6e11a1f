"""A document's entries: how the articles that they become arrived, and what they tell."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from watcher.archive.feeds import FeedRow
from watcher.core.listing import listing
from watcher.core.rules import Arrival
from watcher.core.schedule import Seen
from watcher.core.values import Draft
from watcher.record.identify import What
from watcher.record.prepare import Prepared
from watcher.record.recorder import Recorded

log = logging.getLogger("watcher.poll")


def arrival(
    feed: FeedRow,
    draft: Draft,
    now: datetime,
    *,
    shown: int = 0,
    beside: frozenset[int] = frozenset(),
) -> Arrival:
    """How a draft reached us, for the rules: in a document of `shown` entries, beside those of
    the articles `beside`, which are as they were."""
    page_type = next((value for name, value in draft.meta if name == "og:type"), "")
    listed = listing(draft.url, draft.title, draft.text, page_type)
    if listed.ok:
        log.debug("%s is a list of articles: %s", draft.url, listed.reason)
    return Arrival(
        # The wall clock may have been set back while nobody looked: the draft's interval is open
        # then, but the feed was read before all the same.
        seen_after=min(feed.last_ok_at, now) if feed.last_ok_at else None,
        seen_by=now,
        claimed_at=draft.published.at if draft.published else None,
        claimed_note=draft.published.note if draft.published else None,
        first_poll=feed.first_ok_at is None,
        poll_interval_s=float(feed.interval_s),
        listing=listed.ok,
        shown=shown,
        beside=beside,
    )


def brought(prepared: Sequence[Prepared], recorded: Recorded) -> list[Seen]:
    """The first sightings among a document's articles: what it tells of the feed's rhythm."""
    found = []
    for item, outcome in zip(prepared, recorded.outcomes, strict=True):
        if outcome.what is What.NEW and item.draft.seen_by is not None:
            claim = item.draft.published
            found.append(
                Seen(claim.at if claim else None, item.draft.seen_after, item.draft.seen_by)
            )
    return found
