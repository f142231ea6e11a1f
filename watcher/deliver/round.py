"""One round of delivery: claim what is due, send it receiver by receiver, record each attempt."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from watcher.core.message import Facts, instant
from watcher.deliver.backoff import Finish, SendResult, after_attempt

log = logging.getLogger("watcher.deliver")

LEASE_S = 600.0
# One message may be at fault itself; two in a row say that the receiver is. The others then wait
# rather than spend their attempts, and a faulty one cannot hold up those behind it for long.
FAILURES = 2
PAUSE_S = 60.0


class Secret(Protocol):
    """A text that shows itself only when asked."""

    def reveal(self) -> str: ...


class Receiver(Protocol):
    """A named destination; `url` is an Apprise URL."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> Secret: ...


class Claimed(Protocol):
    """An outbox row under our lease. `attempts` were made before; `payload` is `Facts` as plain
    values; `maybe_repeat`: an earlier attempt may have arrived."""

    @property
    def id(self) -> int: ...
    @property
    def receiver(self) -> str: ...
    @property
    def attempts(self) -> int: ...
    @property
    def maybe_repeat(self) -> bool: ...
    @property
    def payload(self) -> Mapping[str, Any]: ...


class Silence(Protocol):
    """Somebody's wish not to hear of something until its end."""

    @property
    def id(self) -> int: ...
    @property
    def author(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def until(self) -> datetime: ...

    def mutes(self, watch: str, story_id: int | None, receiver: str, now: datetime) -> bool: ...


class Outbox(Protocol):
    """The archive's side. Its calls block and are made from worker threads, never from two at
    once for one row. `finish`, `release` and `hold` return False where the lease was lost
    meanwhile; what is held is kept and shown, and never sent of itself."""

    def claim(self, now: datetime, limit: int, owner: str, lease_s: float) -> Sequence[Claimed]: ...

    def finish(
        self, row: Claimed, owner: str, at: datetime, result: SendResult, finish: Finish
    ) -> bool: ...

    def release(self, row: Claimed, owner: str, next_at: datetime, reason: str) -> bool: ...

    def hold(self, row: Claimed, owner: str, reason: str) -> bool: ...

    def silences(self, now: datetime) -> Sequence[Silence]: ...


class Send(Protocol):
    """The seam to the receivers: `AppriseSender`, or a fake of it."""

    @property
    def deadline_s(self) -> float: ...

    async def __call__(
        self, receiver: Receiver, facts: Facts, *, maybe_repeat: bool
    ) -> SendResult: ...


@dataclass(slots=True)
class DeliveryRound:
    """What one round did. `more`: the outbox probably holds further due rows."""

    claimed: int = 0
    sent: int = 0
    retried: int = 0
    dead: int = 0
    held: int = 0  # muted by a silence
    released: int = 0  # given back unsent: the receiver asked for a pause, or we are stopping
    lost: int = 0  # the lease ran out under us; somebody else may send it again
    more: bool = False
    problems: dict[str, str] = field(default_factory=dict)  # receiver -> its last failure


async def deliver_due(
    outbox: Outbox,
    receivers: Mapping[str, Receiver],
    *,
    now: Callable[[], datetime],
    send: Send,
    owner: str,
    limit: int = 100,
    lease_s: float = LEASE_S,
    stopping: Callable[[], bool] = lambda: False,
) -> DeliveryRound:
    """Send what is due. Receivers are served side by side, each in the order of the outbox.

    Nothing is lost however it ends: an unfinished row is due again when its lease runs out.
    A storage error ends its receiver's part and, once the others are through, reaches the caller;
    a receiver's failure never does.
    """
    rows = await asyncio.to_thread(outbox.claim, now(), limit, owner, lease_s)
    lease_until = now() + timedelta(seconds=lease_s)
    done = DeliveryRound(claimed=len(rows), more=len(rows) >= limit)
    queues: dict[str, list[Claimed]] = {}
    for row in rows:
        queues.setdefault(row.receiver, []).append(row)
    # Not a TaskGroup: a fault with one receiver's row would cut the others off in mid-send, and
    # each of those messages would be sent again.
    ends = await asyncio.gather(
        *(
            _serve(
                outbox, receivers.get(name), queue, done, now, send, owner, lease_until, stopping
            )
            for name, queue in queues.items()
        ),
        return_exceptions=True,
    )
    for end in ends:
        if end is not None:
            raise end
    return done


async def _serve(
    outbox: Outbox,
    receiver: Receiver | None,
    queue: list[Claimed],
    done: DeliveryRound,
    now: Callable[[], datetime],
    send: Send,
    owner: str,
    lease_until: datetime,
    stopping: Callable[[], bool],
) -> None:
    pause_until: datetime | None = None
    failures = 0
    for row in queue:
        at = now()
        # Read for each row: who silences a storm must not hear the rest of the round.
        silences = await asyncio.to_thread(outbox.silences, at)
        if (reason := _silenced(row, silences, at)) is not None:
            kept = await asyncio.to_thread(outbox.hold, row, owner, reason)
            done.held += kept
            done.lost += not kept
            continue
        if (reason := _wait(at, pause_until, send.deadline_s, lease_until, stopping)) is not None:
            kept = await asyncio.to_thread(outbox.release, row, owner, pause_until or at, reason)
            done.released += kept
            done.lost += not kept
            continue
        result = await _attempt(receiver, row, send)
        ended = now()
        finish = after_attempt(result, row.attempts + 1, str(row.id), ended)
        if await asyncio.to_thread(outbox.finish, row, owner, at, result, finish):
            done.sent += finish.state == "sent"
            done.retried += finish.state == "retry"
            done.dead += finish.state == "dead"
        else:
            done.lost += 1
        if result.outcome == "sent":
            failures = 0
            continue
        failures += result.retry
        done.problems[row.receiver] = result.detail
        log.warning("delivery %d to %s: %s", row.id, row.receiver, finish.reason)
        if result.retry_after is not None and finish.state == "retry":
            pause_until = finish.next_at
        elif failures >= FAILURES:
            pause_until = ended + timedelta(seconds=PAUSE_S)


def _silenced(row: Claimed, silences: Sequence[Silence], at: datetime) -> str | None:
    """Which silence mutes the row, whose it is and why; None: nobody minds hearing it."""
    watch, story = row.payload.get("watch"), row.payload.get("story")
    for silence in silences:
        if silence.mutes(str(watch), story, row.receiver, at):
            why = f": {silence.reason}" if silence.reason else ""
            return f"silence {silence.id} by {silence.author} until {instant(silence.until)}{why}"
    return None


def _wait(
    at: datetime,
    pause_until: datetime | None,
    deadline_s: float,
    lease_until: datetime,
    stopping: Callable[[], bool],
) -> str | None:
    """Why the next row should not be sent in this round; None: send it."""
    if pause_until is not None:
        return "the receiver is given a pause"
    if stopping():
        return "the daemon is stopping"
    if at + timedelta(seconds=deadline_s) > lease_until:
        # Sending on would outlive the lease, and another worker would send it as well.
        return "the round ran out of time"
    return None


async def _attempt(receiver: Receiver | None, row: Claimed, send: Send) -> SendResult:
    if receiver is None:
        # A reload may bring it back: worth the bounded tries.
        return SendResult("error", f"no receiver is called {row.receiver!r} in the config")
    try:
        facts = Facts.from_plain(row.payload)
    except (TypeError, ValueError) as error:
        return SendResult("error", f"the stored alert cannot be read: {error}", retry=False)
    return await send(receiver, facts, maybe_repeat=row.maybe_repeat)
