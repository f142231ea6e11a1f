"""The reader's door: read-only answers about stories, feeds, watches and alerts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from watcher.report.notices import (
    AlertHistory,
    AlertLine,
    AttemptLine,
    DeadLine,
    DeliveryLine,
    ReceiverLine,
    SilenceLine,
    WatchLine,
)
from watcher.report.sources import (
    FEED_STATES,
    BoilerplateLine,
    DaemonLine,
    FeedCoverage,
    FeedHistory,
    FeedLine,
    Figures,
    OutletLine,
    PollLine,
    Status,
)
from watcher.report.values import (
    STATES,
    ArticleLine,
    ArticleText,
    Claim,
    Coverage,
    CreditLine,
    EpisodeLine,
    Event,
    Interval,
    LinkedLine,
    StoryHistory,
    StoryLine,
)

if TYPE_CHECKING:
    from watcher.report.reader import Reader

__all__ = [
    "FEED_STATES",
    "STATES",
    "AlertHistory",
    "AlertLine",
    "ArticleLine",
    "ArticleText",
    "AttemptLine",
    "BoilerplateLine",
    "Claim",
    "Coverage",
    "CreditLine",
    "DaemonLine",
    "DeadLine",
    "DeliveryLine",
    "EpisodeLine",
    "Event",
    "FeedCoverage",
    "FeedHistory",
    "FeedLine",
    "Figures",
    "Interval",
    "LinkedLine",
    "OutletLine",
    "PollLine",
    "ReceiverLine",
    "SilenceLine",
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
