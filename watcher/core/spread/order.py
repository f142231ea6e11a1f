"""Which of two articles was first, and by whose clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.core.match import Order

# Claimed dates closer than this order nothing: many are rounded.
CLAIM_RESOLUTION = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Seen:
    """When an article was first seen, by either clock."""

    after: datetime | None  # None: censored
    by: datetime
    claimed: datetime | None
    clock: str  # seen | claimed: which of the two places it in time

    @property
    def at(self) -> datetime:
        """The moment that stands for it in the story's history."""
        return self.claimed if self.clock == "claimed" and self.claimed else self.by


def order(a: Seen, b: Seen) -> tuple[Order, bool]:
    """How the order of two articles is known, and whether b is the earlier.

    Our own intervals decide where they do not overlap; else the outlets' dates, kept apart as
    `CLAIMED`; else nothing is claimed.
    """
    if a.clock == b.clock == "seen":
        if b.after is not None and a.by <= b.after:
            return Order.SEEN, False
        if a.after is not None and b.by <= a.after:
            return Order.SEEN, True
    if a.claimed and b.claimed and abs(a.claimed - b.claimed) >= CLAIM_RESOLUTION:
        return Order.CLAIMED, b.claimed < a.claimed
    return Order.UNKNOWN, False
