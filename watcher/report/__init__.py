"""The reader's door: read-only answers about stories, feeds, watches and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.report.values import (
    FEED_STATES,
    STATES,
    AlertLine,
    ArticleLine,
    ArticleText,
    Claim,
    Coverage,
    CreditLine,
    DeadLine,
    DeliveryLine,
    EpisodeLine,
    Event,
    FeedCoverage,
    FeedHistory,
    FeedLine,
    Interval,
    PollLine,
    Status,
    StoryHistory,
    StoryLine,
    WatchLine,
)

if TYPE_CHECKING:
    from watcher.report.reader import Reader

__all__ = [
    "FEED_STATES",
    "STATES",
    "AlertLine",
    "ArticleLine",
    "ArticleText",
    "Claim",
    "Coverage",
    "CreditLine",
    "DeadLine",
    "DeliveryLine",
    "EpisodeLine",
    "Event",
    "FeedCoverage",
    "FeedHistory",
    "FeedLine",
    "Interval",
    "PollLine",
    "Status",
    "StoryHistory",
    "StoryLine",
    "WatchLine",
    "open_reader",
]


def open_reader(url: str) -> Reader:
    """Open the database at `url` for reading; a context manager.

    Never blocks the writer and never changes anything. Raises StorageError where there is no
    database or its schema is not this program's, StorageBusy where another program holds it.
    """
    # Late, so that the command line can name the values without loading SQLAlchemy.
    from watcher.report.reader import Reader

    return Reader.open(url)
