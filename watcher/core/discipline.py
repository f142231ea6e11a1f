"""What one receiver is told next, what waits, and why: the discipline of delivery (DESIGN 7).

The order in which a waiting delivery is judged; the first that applies decides:

    silence   somebody does not want to hear of it: held, for good
    age       its receiver has been broken for days: dead, to be sent again on request
    quiet     the receiver's quiet hours: after their end everything comes in one digest
    breaker   the receiver is broken, or asked for a pause: one message tries it, when it is time
    cap       the receiver had its messages for this hour: the rest comes in one digest
    group     a short wait, for other alerts of the same watch and story to come along
    inhibited what another alert of the same message says, too: held

Everything that is held or waits keeps its reason. Pure: the facts in, the decision out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from watcher.core.message import instant

# Several messages in a row that fail say that the receiver does; one alone may be at fault itself.
OPEN_AFTER = 3
OPEN_FIRST_S, OPEN_CAP_S = 30.0, 1_800.0
JITTER = 0.2
# A receiver that was broken longer than this gets what waited in one digest, not one by one.
LATE = timedelta(hours=1)
# What a receiver could not be given for so long is worth a person's look.
STALE = timedelta(days=3)
HOUR = timedelta(hours=1)
LISTED = 12  # alerts that one message lists; the others are counted


class Cause(StrEnum):
    """Why a delivery waits, or how it is to be sent."""

    GROUP = "group"
    QUIET = "quiet"
    CAP = "cap"
    BREAKER = "breaker"
    ALONE = "alone"  # a message of several was refused: each is tried by itself


DIGESTED = frozenset({Cause.QUIET, Cause.CAP})


class Quiet(Protocol):
    """A daily stretch of time in which a receiver is left alone."""

    def ends(self, at: datetime) -> datetime | None: ...


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


class Waiting(Protocol):
    """A delivery that is not done: its alert in short, and how it stands. `at`: when the alert
    was raised; `attempts`: made before; `step`: of a reach, the families."""

    @property
    def id(self) -> int: ...
    @property
    def alert_id(self) -> int: ...
    @property
    def watch(self) -> str: ...
    @property
    def story_id(self) -> int | None: ...
    @property
    def article_id(self) -> int | None: ...
    @property
    def condition(self) -> str: ...
    @property
    def step(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def attempts(self) -> int: ...
    @property
    def maybe_repeat(self) -> bool: ...
    @property
    def withheld(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Policy:
    """How a receiver wants to be told. `cap`: messages in any hour; None: as many as there are."""

    group_wait: timedelta = timedelta()
    quiet: Quiet | None = None
    cap: int | None = None


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


@dataclass(frozen=True, slots=True)
class End:
    """A delivery that is not sent: held or dead."""

    id: int
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """A delivery that waits until then. `cause`: what it is marked with."""

    id: int
    until: datetime
    cause: Cause
    reason: str


@dataclass(frozen=True, slots=True)
class Admitted:
    """Due deliveries sorted: what ends unsent, what waits, and the first that may be sent."""

    ended: tuple[End, ...] = ()
    later: tuple[Later, ...] = ()
    head: Waiting | None = None


@dataclass(frozen=True, slots=True)
class Composed:
    """One message: the deliveries that it lists, those that it only counts, why they come late
    (empty: they do not), and what ends unsent because the others say it."""

    listed: tuple[int, ...]
    counted: tuple[int, ...] = ()
    held: str = ""
    ended: tuple[End, ...] = ()


def admit(
    due: Sequence[Waiting],
    receiver: str,
    policy: Policy,
    breaker: Breaker,
    sent: Sequence[datetime],
    silences: Sequence[Silence],
    now: datetime,
) -> Admitted:
    """What becomes of a receiver's due deliveries, the first to be sent first.

    `sent`: when the last `policy.cap` messages of this hour went out, newest first. Once there is
    a head the rest is left as it is: the next message decides anew.
    """
    ended: list[End] = []
    later: list[Later] = []
    wide = _receiver_waits(policy, breaker, sent, now)
    for row in due:
        if (why := muted(row, receiver, silences, now)) is not None:
            ended.append(End(row.id, "held", why))
        elif breaker.state(now) == "open" and _stale(row, now):
            days = STALE.days
            ended.append(End(row.id, "dead", f"not delivered in {days} days: {breaker.reason}"))
        elif wide is not None:
            until, cause, reason = wide
            later.append(Later(row.id, until, _mark(row, cause), reason))
        elif (until := _ripe_at(row, policy)) > now:
            reason = f"waits until {until:%H:%M:%S} UTC for more of its story"
            later.append(Later(row.id, until, Cause.GROUP, reason))
        else:
            return Admitted(tuple(ended), tuple(later), row)
    return Admitted(tuple(ended), tuple(later))


def digested(row: Waiting, now: datetime) -> bool:
    """Whether it comes in a digest: held back by hours or the cap, or by a long failure."""
    return row.withheld in DIGESTED or (row.withheld == Cause.BREAKER and now - row.at >= LATE)


def together(head: Waiting, row: Waiting, now: datetime) -> bool:
    """Whether a delivery to the same receiver may share the head's message.

    Only what was tried as often goes along, so that what was sent before is not marked for
    what was not, and no fresh alert dies of another's failures.
    """
    if (row.attempts, row.maybe_repeat) != (head.attempts, head.maybe_repeat):
        return False
    if Cause.ALONE in (head.withheld, row.withheld):
        return row.id == head.id
    if digested(head, now) or digested(row, now):
        return digested(head, now) and digested(row, now)
    return (row.watch, row.story_id) == (head.watch, head.story_id)


def compose(
    head: Waiting,
    mates: Iterable[Waiting],
    receiver: str,
    silences: Sequence[Silence],
    now: datetime,
) -> Composed:
    """The head's message, with those of `mates` (the head among them or not) that belong in it.

    The most telling alerts are listed, in the order in which they were raised.
    """
    rows = {row.id: row for row in (head, *mates) if together(head, row, now)}
    ended: list[End] = []
    for row in list(rows.values()):
        if row.id != head.id and (why := muted(row, receiver, silences, now)) is not None:
            ended.append(End(row.id, "held", why))
            del rows[row.id]
    if head.attempts == 0 and not head.maybe_repeat:
        for end in inhibited(rows.values()):
            ended.append(end)
            del rows[end.id]
    best = sorted(rows.values(), key=lambda row: (_RANK.get(row.condition, 1), row.at, row.id))
    listed = sorted(best[:LISTED], key=lambda row: (row.at, row.id))
    causes = {str(row.withheld) for row in rows.values() if digested(row, now)}
    return Composed(
        tuple(row.id for row in listed),
        tuple(sorted(row.id for row in best[LISTED:])),
        ", ".join(text for cause, text in _LATE_BY.items() if cause in causes),
        tuple(ended),
    )


def inhibited(rows: Iterable[Waiting]) -> list[End]:
    """Alerts that say nothing beside another of the same watch, story and article.

    `new_copy` and `new_mention` beside `resurfaced`, `first_copy`, `outlet` or `family`, for each
    of them is an arrival, too; a lower `reach` beside a higher one that the same article brought.
    A `reach` stays beside `resurfaced`: how far it went is news of its own.
    """
    ends: list[End] = []
    events: dict[tuple[str, int | None, int], list[Waiting]] = {}
    for row in rows:
        if row.article_id is not None:
            events.setdefault((row.watch, row.story_id, row.article_id), []).append(row)
    for event in events.values():
        says_more = next((r for name in _SAY_ARRIVAL for r in event if r.condition == name), None)
        highest = max((r for r in event if r.condition == "reach"), key=_families, default=None)
        for row in event:
            by = says_more if row.condition in _ARRIVAL else None
            if (
                row.condition == "reach"
                and highest is not None
                and _families(row) < _families(highest)
            ):
                by = highest
            if by is not None:
                what = (
                    f"{by.condition} {by.step}".rstrip()
                    if by.condition == "reach"
                    else by.condition
                )
                why = f"inhibited: alert {by.alert_id} ({what}) of the same article says more"
                ends.append(End(row.id, "held", why))
    return ends


def muted(row: Waiting, receiver: str, silences: Sequence[Silence], now: datetime) -> str | None:
    """Which silence mutes it, whose it is and why; None: nobody minds hearing it."""
    for silence in silences:
        if silence.mutes(row.watch, row.story_id, receiver, now):
            why = f": {silence.reason}" if silence.reason else ""
            return f"silence {silence.id} by {silence.author} until {instant(silence.until)}{why}"
    return None


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


# Which alerts of a message are listed where there is no room for all.
_RANK = {"resurfaced": 0, "new_copy": 2, "new_mention": 2}
_ARRIVAL = ("new_copy", "new_mention")
_SAY_ARRIVAL = ("resurfaced", "first_copy", "outlet", "family")
_LATE_BY = {
    Cause.QUIET: "quiet hours",
    Cause.CAP: "the hourly cap",
    Cause.BREAKER: "the receiver did not answer",
}


def _receiver_waits(
    policy: Policy, breaker: Breaker, sent: Sequence[datetime], now: datetime
) -> tuple[datetime, Cause, str] | None:
    """Until when the whole receiver is left alone, and why; None: it may be told."""
    if policy.quiet is not None and (ends := policy.quiet.ends(now)) is not None:
        return ends, Cause.QUIET, f"quiet hours {policy.quiet} until {instant(ends)}"
    if breaker.state(now) == "open" and breaker.open_until is not None:
        times = f"{breaker.failures} failure{'s' if breaker.failures != 1 else ''} in a row"
        reason = f"{times}, tried again at {breaker.open_until:%H:%M:%S} UTC: {breaker.reason}"
        return breaker.open_until, Cause.BREAKER, reason
    if policy.cap is not None and len(sent) >= policy.cap:
        until = sent[policy.cap - 1] + HOUR
        if until > now:
            return until, Cause.CAP, f"hourly cap of {policy.cap} until {instant(until)}"
    return None


def _mark(row: Waiting, cause: Cause) -> Cause:
    """What held it back first: a digest stays one, and what goes alone goes alone."""
    kept = (*DIGESTED, Cause.ALONE)
    return Cause(row.withheld) if row.withheld in kept else cause


def _ripe_at(row: Waiting, policy: Policy) -> datetime:
    """When it has waited long enough for others of its group: only what is fresh waits."""
    fresh = row.attempts == 0 and row.withheld in (None, Cause.GROUP)
    return row.at + policy.group_wait if fresh else row.at


def _stale(row: Waiting, now: datetime) -> bool:
    return row.withheld == Cause.BREAKER and now - row.at >= STALE


def _families(row: Waiting) -> float:
    try:
        return float(row.step)
    except ValueError:
        return 0.0
