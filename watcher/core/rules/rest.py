"""When a story rests: how long without a copy makes the next one news again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum

DAY = 86_400.0
REST_FLOOR = 7 * DAY  # DESIGN section 6
REST_FACTOR = 5.0


class State(StrEnum):
    """`single`: one family has it; `active`: copies keep coming; `dormant`: it rests."""

    SINGLE = "single"
    ACTIVE = "active"
    DORMANT = "dormant"


class Rest(StrEnum):
    """Why a story has to rest as long as it does."""

    OVERRIDE = "the watch says so"
    FLOOR = "seven days at least"
    RHYTHM = "five times the 90th percentile of the gaps between its copies"


def dormant_after(gaps_s: Sequence[float], override_s: float | None = None) -> tuple[float, Rest]:
    """Seconds without a qualifying copy after which a story rests, and why that long.

    `gaps_s`: seconds between successive copies inside its episodes, in any order. The 90th
    percentile is interpolated (Hyndman and Fan 1996, type 7). Raises ValueError for a negative
    gap or an override that is not positive.
    """
    if override_s is not None:
        if override_s <= 0:
            raise ValueError(f"dormant_after has to be positive, not {override_s}")
        return float(override_s), Rest.OVERRIDE
    ordered = sorted(gaps_s)
    if not ordered:
        return REST_FLOOR, Rest.FLOOR
    if ordered[0] < 0:
        raise ValueError(f"a negative gap: {ordered[0]}")
    place = 0.9 * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    p90 = ordered[low] + (place - low) * (ordered[high] - ordered[low])
    own = REST_FACTOR * p90
    return (own, Rest.RHYTHM) if own > REST_FLOOR else (REST_FLOOR, Rest.FLOOR)


def state(
    now: datetime, last_copy_at: datetime | None, families: int, dormant_after_s: float
) -> State:
    """The story's state at `now`. What only one family has is neither active nor resting."""
    if families < 2 or last_copy_at is None:
        return State.SINGLE
    rested = (now - last_copy_at).total_seconds()
    return State.DORMANT if rested >= dormant_after_s else State.ACTIVE
