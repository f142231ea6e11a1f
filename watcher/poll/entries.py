"""A document's entries: their keys, the articles they become, and how those arrived."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

import xxhash

from watcher import reading
from watcher.archive.feeds import FeedRow
from watcher.core import urls
from watcher.core.listing import listing
from watcher.core.rules import Arrival
from watcher.core.schedule import Seen
from watcher.core.values import Date, Draft, Entry, Page, ParsedFeed
from watcher.record.identify import What
from watcher.record.prepare import Prepared
from watcher.record.recorder import Recorded

log = logging.getLogger("watcher.poll")


def entry_key(entry: Entry) -> str:
    """An entry as it was: a change in any of these is worth another look."""
    date = entry.updated or entry.published
    return "\x1f".join(
        (
            entry.guid or "",
            urls.key(entry.url) if entry.url else "",
            entry.title,
            xxhash.xxh3_64_hexdigest(entry.html.encode("utf-8", "surrogatepass")),
            date.raw if date else "",
        )
    )


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


def draft(
    feed: FeedRow,
    entry: Entry,
    known_as: str,
    content: reading.Content,
    page: Page | None,
    parsed: ParsedFeed,
    now: datetime,
) -> Draft | None:
    """An entry, and its page where it was read, as an article. None: it says nothing at all.

    `known_as`: the key it is known by from now on; "" where the next poll is to look again.
    """
    # The page is the article; but an entry may carry more than extraction found on it.
    from_page = page is not None and len(page.text) >= len(content.text)
    text = page.text if page is not None and from_page else content.text
    title = entry.title or (page.title if page else "") or text.split("\n", 1)[0][:200]
    if not title:
        return None
    meta = list(page.meta) if page else []
    if entry.source_title:
        meta.append(("rss:source", entry.source_title))
    if entry.source_url:
        meta.append(("rss:source", entry.source_url))
    dates: list[Date] = [d for d in (entry.published, page.published if page else None) if d]
    return Draft(
        outlet_id=feed.outlet_id,
        title=title,
        text=text or title,
        url=entry.url,
        guid=entry.guid,
        lang=(page.lang if page else None) or entry.lang or parsed.lang,
        published=next((d for d in dates if d.at), dates[0] if dates else None),
        evidence="full" if from_page or content.full else "summary",
        feed_id=feed.id,
        seen_after=feed.last_ok_at if feed.last_ok_at and feed.last_ok_at <= now else None,
        seen_by=now,
        alerts=feed.first_ok_at is not None,
        byline=entry.author or (page.byline if page else ""),
        edges=page.edges if page else (),
        meta=tuple(meta),
        canonical=page.canonical if page else "",
        own_names=(feed.outlet,),
        own_domain=feed.domain,
        entry_key=known_as,
    )
