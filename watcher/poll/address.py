"""Where a feed is asked: what a poll means for that (`core.moves`), and how it is kept."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from watcher.archive import articles as store
from watcher.archive.feeds import FeedRow, PollResult, Validators, host_of
from watcher.core import moves
from watcher.core.moves import Address, Move, Seen, Step
from watcher.core.values import Fetched


def address_of(feed: FeedRow) -> Address:
    """What the rules want to know of a feed."""
    return Address(feed.url, feed.moved_to, feed.moving_to, feed.moving_since, feed.moving_seen)


def after_unchanged(feed: FeedRow, fetched: Fetched, now: datetime) -> Move:
    """After an answer without anything new in it: a 304, or the document as it was."""
    old_entries = None
    if fetched.body is not None:
        # Read before the redirect, if none was being proven when it was read.
        old_entries = feed.moving_to is None and feed.first_ok_at is not None
    return moves.after_answer(
        address_of(feed), Seen(fetched.url, fetched.permanent_to, old_entries), now
    )


def after_document(
    conn: store.Connection,
    feed: FeedRow,
    fetched: Fetched,
    articles: Collection[int],
    now: datetime,
) -> Move:
    """After a document that shows these articles."""
    old_entries: bool | None = None
    if fetched.permanent_to is not None:
        if feed.first_ok_at is None:
            # Never read before: whatever this address leads to is the feed.
            old_entries = bool(articles)
        else:
            since = feed.moving_since or now
            old_entries = any(row.seen_by < since for row in store.articles(conn, articles))
    return moves.after_answer(
        address_of(feed), Seen(fetched.url, fetched.permanent_to, old_entries), now
    )


def apply(result: PollResult, move: Move) -> PollResult:
    """The result of a poll with what it means for the feed's address."""
    if move.step is Step.PROVE:
        return replace(result, permanent_to=move.to, proves_move=move.counts)
    if move.step is Step.STAY or move.to is None:
        return result if result.permanent_to is None else replace(result, permanent_to=None)
    result = replace(result, permanent_to=None, moved_to=move.to, moved_host=host_of(move.to))
    if move.step is Step.RETURN:
        # What another address gave out is not asked of this one.
        result = replace(result, validators=Validators(None, None))
    return result


def told(move: Move) -> tuple[str, ...]:
    """A note for people where the address changes."""
    if move.step is Step.ADOPT:
        return (f"asked at {move.to} from now on: {move.reason}",)
    return (move.reason,) if move.step is Step.RETURN else ()
