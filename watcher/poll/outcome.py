"""How a poll went, in the words that people read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """How one poll went, for people."""

    feed: str
    outcome: str  # ok | unchanged | failed | refused | held (not polled, for the reason given)
    entries: int
    fresh: int
    reason: str  # why the next poll is when it is
    error: str | None
    next_at: datetime
    alerts: int = 0
    notes: tuple[str, ...] = ()
    matches: Mapping[str, int] = field(default_factory=dict)  # found, by kind
