"""When a feed is polled next, and why (DESIGN section 8). Pure: the same facts, the same answer.

    wish    what we would like: the configured interval, else what the feed's own rhythm is worth
            (after a failure: a backoff that grows with the failures, never to a stop)
    floor   what the server asks: Retry-After, max-age, ttl, sy:update*
    bounds  min_interval .. max_interval
    spread  up to a tenth, by a stable hash, so that feeds neither start nor stay in step
    skips   skipHours and skipDays move the result on

Later wins over earlier, but for Retry-After, which only its own cap bounds.
"""

from watcher.core.schedule.deciding import JITTER, RETRY_AFTER_CAP_S, first_poll, next_poll
from watcher.core.schedule.facts import DEFAULT_S, Feed, Limits, Next, Rule
from watcher.core.schedule.rhythm import HISTORY, RECENT, Rhythm, Seen, learn, placed

__all__ = [
    "DEFAULT_S",
    "HISTORY",
    "JITTER",
    "RECENT",
    "RETRY_AFTER_CAP_S",
    "Feed",
    "Limits",
    "Next",
    "Rhythm",
    "Rule",
    "Seen",
    "first_poll",
    "learn",
    "next_poll",
    "placed",
]
