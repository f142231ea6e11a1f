"""What becomes of a delivery after an attempt: sent, retry at some time, or dead. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST_S = 30.0
CAP_S = 6 * 3_600.0
# With these bounds the last attempt comes 28 to 34 hours after the first: a receiver may be
# down from one evening to the next without losing a message.
MAX_ATTEMPTS = 14
JITTER = 0.2
# A server that asks for longer has, for an alert, refused it.
RETRY_AFTER_CAP_S = 24 * 3_600.0


@dataclass(frozen=True, slots=True)
class SendResult:
    """One attempt. `outcome`: sent | refused | timeout | error. `maybe`: it may have arrived
    although it failed (the answer was lost). `retry_after` in seconds, as the receiver asked."""

    outcome: str
    detail: str = ""
    retry: bool = True
    retry_after: float | None = None
    maybe: bool = False
    took_ms: int = 0


@dataclass(frozen=True, slots=True)
class Finish:
    """The delivery's next state: sent | retry | dead. `next_at` is the attempt's end for the
    other two than retry."""

    state: str
    next_at: datetime
    reason: str


def after_attempt(result: SendResult, attempts: int, key: str, now: datetime) -> Finish:
    """The state after the `attempts`-th attempt (1, 2, ...), which ended at `now`.

    The delay doubles from 30 s to six hours and gains up to a fifth by a stable hash of `key`,
    so that a receiver that comes back is not met by everything at once. Retry-After (RFC 9110,
    10.2.3) is never undercut.
    """
    if attempts < 1:
        raise ValueError(f"an attempt that was not made: {attempts}")
    if result.outcome == "sent":
        return Finish("sent", now, f"sent at attempt {attempts}")
    if not result.retry:
        return Finish("dead", now, f"given up: {result.detail}")
    if attempts >= MAX_ATTEMPTS:
        return Finish("dead", now, f"given up after {attempts} attempts: {result.detail}")
    digest = hashlib.blake2s(f"{key}\0{attempts}".encode(), digest_size=4).digest()
    spread = 1 + JITTER * int.from_bytes(digest, "big") / (1 << 32)
    delay = min(CAP_S, FIRST_S * 2.0 ** (attempts - 1))
    asked = min(result.retry_after or 0.0, RETRY_AFTER_CAP_S)
    seconds = max(delay, asked) * spread
    why = (
        "as the receiver asked" if asked > delay else f"attempt {attempts} of {MAX_ATTEMPTS} failed"
    )
    return Finish("retry", now + timedelta(seconds=seconds), f"{why}: {result.detail}")
