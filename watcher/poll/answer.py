"""What goes out for a feed's document, and what its answer lets us ask next time."""

from __future__ import annotations

from datetime import datetime

from watcher.archive.feeds import FeedRow, Validators
from watcher.config import Feed as FeedConfig
from watcher.core import moves
from watcher.core.values import Fetched
from watcher.fetch import Fetcher
from watcher.poll.address import address_of

VALIDATORS_S = 7 * 86_400.0  # validators are dropped after this long: some servers say 304 for ever


async def fetch(
    fetcher: Fetcher, feed: FeedRow, config: FeedConfig | None, proxy: str | None, now: datetime
) -> Fetched:
    """The feed's document, or the word that it has not changed. Raises FetchError, Refused.

    What feeds.yaml gives for the feed's address (headers, credentials) goes to no other host.
    """
    stale = (
        feed.validated_at is not None and (now - feed.validated_at).total_seconds() > VALIDATORS_S
    ) or moves.wants_document(address_of(feed), feed.last_status)
    ours = config if moves.may_know(feed.url, feed.address) else None
    return await fetcher.get(
        feed.address,
        now=now,
        etag=None if stale else feed.etag,
        last_modified=None if stale else feed.last_modified,
        headers=ours.plain_headers() if ours else {},
        auth=ours.login() if ours else None,
        proxy=proxy,
    )


def validators(feed: FeedRow, fetched: Fetched, body_hash: int | None) -> Validators:
    """What to ask with next time. A 304 may bring new ones (RFC 9110, section 15.4.5)."""
    etag = fetched.etag if fetched.status != 304 or fetched.etag else feed.etag
    modified = (
        fetched.last_modified
        if fetched.status != 304 or fetched.last_modified
        else feed.last_modified
    )
    return Validators(etag, modified, body_hash)
