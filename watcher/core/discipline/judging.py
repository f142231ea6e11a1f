"""Due deliveries sorted, and the next message put together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from watcher.core.discipline.breaker import Breaker
from watcher.core.discipline.facts import (
    DIGESTED,
    Admitted,
    Cause,
    Composed,
    End,
    Later,
    Policy,
    Silence,
    Waiting,
)
from watcher.core.message import instant

# A receiver that was broken longer than this gets what waited in one digest, not one by one.
LATE = timedelta(hours=1)
# What a receiver could not be given for so long is worth a person's look.
STALE = timedelta(days=3)
HOUR = timedelta(hours=1)
LISTED = 8  # alerts that one message lists, which is to fit one screen; the others are counted


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
    a head the rest is left as it is: the next message decides anew. A receiver that failed is
    tried with what was tried least, for the alert may be at fault.
    """
    if breaker.state(now) == "half-open":
        due = sorted(due, key=lambda row: row.attempts)
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

    What may have arrived goes apart from what has not, which is no repeat; and a group that was
    tried goes as it was, so that no fresh alert shares its failures.
    """
    if row.maybe_repeat != head.maybe_repeat:
        return False
    if Cause.ALONE in (head.withheld, row.withheld):
        return row.id == head.id
    if digested(head, now) or digested(row, now):
        return digested(head, now) and digested(row, now)
    mine, other = (head.watch, head.story_id), (row.watch, row.story_id)
    return mine == other and row.attempts == head.attempts


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
