"""A circuit breaker for each receiver: one that fails in a row is left alone for a while."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

# Several messages in a row that fail say that the receiver does; one alone may be at fault itself.
OPEN_AFTER = 3
OPEN_FIRST_S, OPEN_CAP_S = 30.0, 1_800.0
JITTER = 0.2


@dataclass(frozen=True, slots=True)
class Breaker:
    """How a receiver has been of late. `failures` and `opens` in a row; `open_until`: left alone
    until then, and tried with one message after it; None: well, as far as known."""

    failures: int = 0
    opens: int = 0
    open_until: datetime | None = None
    since: datetime | None = None  # of the first of the failures
    reason: str = ""

    def state(self, now: datetime) -> str:
        """closed | open | half-open."""
        if self.open_until is None:
            return "closed"
        return "open" if now < self.open_until else "half-open"


def after_message(
    breaker: Breaker,
    *,
    failed: bool,
    asked_until: datetime | None,
    why: str,
    receiver: str,
    now: datetime,
) -> Breaker:
    """The breaker after a message. `failed`: the receiver did, and may do better later; a
    refusal of the message itself says that the receiver is well. `asked_until`: it asked to be
    left alone until then.

    Opened after three failures in a row, or by one that was to try it; for 30 s, then doubling
    to half an hour, with up to a fifth more by a stable hash.
    """
    if not failed:
        return Breaker()
    failures, since = breaker.failures + 1, breaker.since or now
    if asked_until is not None:
        return Breaker(failures, breaker.opens, asked_until, since, f"asked for a pause: {why}")
    if breaker.open_until is None and failures < OPEN_AFTER:
        return Breaker(failures, breaker.opens, None, since, why)
    opens = breaker.opens + 1
    digest = hashlib.blake2s(f"{receiver}\0{opens}".encode(), digest_size=4).digest()
    spread = 1 + JITTER * int.from_bytes(digest, "big") / (1 << 32)
    seconds = min(OPEN_CAP_S, OPEN_FIRST_S * 2.0 ** min(opens - 1, 30)) * spread
    return Breaker(failures, opens, now + timedelta(seconds=seconds), since, why)
