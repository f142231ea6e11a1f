"""What the schedule is told of a feed, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from watcher.core.schedule.rhythm import Rhythm
from watcher.core.values import Hints

DEFAULT_S = 900.0  # an unknown feed


class Rule(StrEnum):
    """Which consideration set the time."""

    START = "start"
    CONFIGURED = "configured"
    RHYTHM = "rhythm"
    CROWDED = "crowded"
    QUIET = "quiet"
    MAX_AGE = "max_age"
    TTL = "ttl"
    UPDATE = "update"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SKIPPED = "skipped"
    BACKOFF = "backoff"
    RETRY_AFTER = "retry_after"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Feed:
    """What is known of a feed once a poll of it has ended. Seconds; times aware, in UTC."""

    key: str  # what the spread is hashed from: the feed's address
    last_interval_s: float = DEFAULT_S
    configured_s: float | None = None  # `interval:` in feeds.yaml
    published: Sequence[datetime] = ()  # recent publications, in any order
    rhythm: Rhythm | None = None  # None: learned from `published`
    room: int | None = None  # entries that its document holds
    known_share: float | None = None  # of the last document's entries, 0..1; None: its first poll
    hints: Hints = field(default_factory=Hints)
    max_age_s: float | None = None
    failures: int = 0  # in a row, the last poll included
    lasting: bool = False  # the failure looks like more than a hiccup: 404, 403, not a feed
    retry_after_s: float | None = None
    gone: bool = False  # 410


@dataclass(frozen=True, slots=True)
class Limits:
    """`polling.min_interval` and `polling.max_interval`, in seconds."""

    min_s: float = 300.0
    max_s: float = 86_400.0

    def __post_init__(self) -> None:
        if not 0 < self.min_s <= self.max_s:
            raise ValueError(f"0 < min <= max does not hold: {self.min_s}, {self.max_s}")


@dataclass(frozen=True, slots=True)
class Next:
    """`seconds` from now. `stop`: not polled until a person acts; `at` is then only a reminder."""

    at: datetime
    seconds: float
    reason: str
    rule: Rule
    stop: bool = False
    steps: tuple[str, ...] = ()  # how the time came about, in order: wish, floors, spread, skips
