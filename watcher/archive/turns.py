"""A receiver's turn: how its last message ended, and which one it gets next, in one transaction.

Everything that the decision rests on is in the database, so that a restart, or another worker,
goes on where this one stopped. What decides is `watcher.core.discipline`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection

from storage.reads import deliveries as reads
from storage.rows import Attempt, ReceiverRow, SilenceRow, WaitingRow
from storage.writes import deliveries as writes
from watcher.core import discipline
from watcher.core.discipline import Breaker, Cause, Composed, Policy

_FIRST, _PAGE = 8, 64  # due deliveries looked at in one go
_PAGES = 16  # in one transaction: others want to write, too
_MOST = 500  # deliveries in one message, listed or counted
_DIGEST = ("quiet", "cap", "breaker")


class SentLike(Protocol):
    """How an attempt went. `retry`: another one may do better; `maybe`: it failed, and yet the
    message may have arrived; `retry_after`: seconds that the receiver asked for."""

    @property
    def outcome(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def retry(self) -> bool: ...
    @property
    def retry_after(self) -> float | None: ...
    @property
    def maybe(self) -> bool: ...
    @property
    def took_ms(self) -> int: ...


class FinishLike(Protocol):
    """How the message stands after it: sent, retry at `next_at`, or dead."""

    @property
    def state(self) -> str: ...
    @property
    def next_at(self) -> datetime: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Message:
    """What goes to a receiver at once, under our lease. `attempts`: made before, of the delivery
    that was tried least; `maybe_repeat`:
    one of them may have arrived; `payloads`: the alerts that it lists, oldest first; `counted`:
    the deliveries that it only counts; `held`: why they come late."""

    receiver: str
    attempts: int
    maybe_repeat: bool
    listed: tuple[int, ...]
    counted: tuple[int, ...]
    payloads: tuple[Mapping[str, Any], ...]
    held: str

    @property
    def id(self) -> int:
        """The first delivery in it."""
        return min((*self.listed, *self.counted))


@dataclass(frozen=True, slots=True)
class Done:
    """A message's attempt, begun at `at` and ended now."""

    message: Message
    at: datetime
    result: SentLike
    finish: FinishLike


@dataclass(frozen=True, slots=True)
class Turn:
    """What a receiver's sender has to tell (`done`), and whether it asks for the next message."""

    receiver: str
    policy: Policy
    done: Done | None = None
    ask: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """`message`: what to send next; None and `again`: ask once more, there was much to put off.
    `lost`: deliveries of the finished message whose lease had run out. `held`, `dead`, `put_off`:
    deliveries that ended unsent, or wait."""

    message: Message | None = None
    again: bool = False
    lost: int = 0
    held: int = 0
    dead: int = 0
    put_off: int = 0


def take(
    conn: Connection,
    turn: Turn,
    known: ReceiverRow,
    silences: Sequence[SilenceRow],
    now: datetime,
    owner: str,
    lease_s: float,
) -> Answer:
    """One turn of the receiver `known`, which the transaction has locked."""
    breaker = Breaker(known.failures, known.opens, known.open_until, known.since, known.reason)
    lost = 0
    if turn.done is not None:
        lost = _finish(conn, turn.done, owner)
        after = _breaker_after(breaker, turn.done, now)
        if after != breaker:
            breaker = after
            writes.save_receiver(
                conn,
                ReceiverRow(
                    turn.receiver,
                    after.failures,
                    after.opens,
                    after.open_until,
                    after.since,
                    after.reason,
                ),
            )
    if not turn.ask:
        return Answer(lost=lost)
    return _next(conn, turn, breaker, silences, now, owner, lease_s, lost)


def _next(
    conn: Connection,
    turn: Turn,
    breaker: Breaker,
    silences: Sequence[SilenceRow],
    now: datetime,
    owner: str,
    lease_s: float,
    lost: int,
) -> Answer:
    name, policy = turn.receiver, turn.policy
    sent: list[datetime] = []
    if policy.cap is not None:
        # What another daemon is sending counts as if it had arrived.
        sent = [now] * reads.under_way(conn, name, now)
        sent += reads.sent_messages(conn, name, now - discipline.HOUR, policy.cap)
    states: list[str] = []
    put_off = 0
    message: Message | None = None
    for n in range(_PAGES):
        # The first of them is mostly to be sent; what is to be put off is many.
        size = _PAGE if n else _FIRST
        page = reads.due_for(conn, name, now, size)
        admitted = discipline.admit(page, name, policy, breaker, sent, silences, now)
        states += _end(conn, admitted.ended)
        writes.put_off(conn, [(one.id, one.until, one.cause, one.reason) for one in admitted.later])
        put_off += len(admitted.later)
        if isinstance(admitted.head, WaitingRow):
            message, ended = _compose(conn, name, admitted.head, silences, now)
            states += ended
            break
        if len(page) < size:
            break
    if message is not None:
        ids = (*message.listed, *message.counted)
        writes.claim_deliveries(conn, ids, now, owner, lease_s)
    return Answer(
        message,
        again=message is None and len(page) == size,
        lost=lost,
        held=states.count("held"),
        dead=states.count("dead"),
        put_off=put_off,
    )


def _compose(
    conn: Connection, name: str, due: WaitingRow, silences: Sequence[SilenceRow], now: datetime
) -> tuple[Message, list[str]]:
    rows: list[WaitingRow] = []
    if discipline.digested(due, now):
        rows = reads.mates(conn, name, now, withheld=_DIGEST, limit=_MOST)
    elif due.withheld != Cause.ALONE:
        group = (due.watch_id, due.story_id)
        rows = reads.mates(conn, name, now, group=group, limit=_MOST)
    head = next((row for row in rows if row.id == due.id), None)
    if head is None:  # alone, or one of more than fit
        head = reads.with_payload(conn, due.id)
        rows = [head, *rows]
    composed: Composed = discipline.compose(head, rows, name, silences, now)
    ended = _end(conn, composed.ended)
    payloads = {row.id: row.payload or {} for row in rows}
    chosen = {*composed.listed, *composed.counted}
    message = Message(
        receiver=name,
        # The least: what has not been tried often does not die with what has.
        attempts=min(row.attempts for row in rows if row.id in chosen),
        maybe_repeat=head.maybe_repeat,
        listed=composed.listed,
        counted=composed.counted,
        payloads=tuple(payloads[i] for i in composed.listed),
        held=composed.held,
    )
    return message, ended


def _end(conn: Connection, ended: Collection[discipline.End]) -> list[str]:
    writes.end_unsent(conn, [(one.id, one.state, one.reason) for one in ended])
    return [one.state for one in ended]


def _finish(conn: Connection, done: Done, owner: str) -> int:
    """Records the attempt for each delivery of the message; how many were not ours any more."""
    message, result, finish = done.message, done.result, done.finish
    attempt = Attempt(done.at, result.took_ms, result.outcome, result.detail)
    size = len(message.listed) + len(message.counted)
    state, next_at, reason = finish.state, finish.next_at, finish.reason
    withheld = None
    if state == "dead" and size > 1:
        # One alert may be what the receiver cannot take: the others must not die of it.
        state, next_at, withheld = "retry", done.at, Cause.ALONE
        reason = f"refused in a message of {size}, now each goes alone: {reason}"
    with_others = f", in one message with {size - 1} more" if size > 1 else ""
    late = f", after {message.held}" if message.held else ""
    ours = 0
    for ids, told in (
        (message.listed, reason),
        (message.counted, f"{reason}, counted there and not listed"),
    ):
        if ids:
            ours += writes.finish_attempts(
                conn,
                ids,
                owner,
                attempt,
                state,
                next_at if state == "retry" else None,
                f"{told}{with_others}{late}" if state == "sent" else told,
                maybe_repeat=result.maybe,
                withheld=withheld,
            )
    return size - ours


def _breaker_after(breaker: Breaker, done: Done, now: datetime) -> Breaker:
    result = done.result
    failed = result.outcome != "sent" and result.retry
    asked = result.retry_after is not None and done.finish.state == "retry"
    return discipline.after_message(
        breaker,
        failed=failed,
        asked_until=done.finish.next_at if asked else None,
        why=result.detail,
        receiver=done.message.receiver,
        now=now,
    )
