"""Fakes of our own interfaces, and small makers of values that many tests need."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from watcher.core.message import Facts
from watcher.deliver import Claimed, Finish, Receiver, SendResult

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class FakeClock:
    """A clock that only moves when told, or by `step_s` with every look."""

    at: datetime = T0
    step_s: float = 0.0

    def __call__(self) -> datetime:
        self.at += timedelta(seconds=self.step_s)
        return self.at

    def forward(self, **span: float) -> None:
        self.at += timedelta(**span)


@dataclass(frozen=True)
class FakeSecret:
    text: str = field(repr=False)

    def reveal(self) -> str:
        return self.text


@dataclass(frozen=True)
class FakeReceiver:
    name: str
    url: FakeSecret


def receiver(name: str, url: str) -> FakeReceiver:
    return FakeReceiver(name, FakeSecret(url))


@dataclass(frozen=True)
class OutboxRow:
    id: int
    receiver: str
    payload: Mapping[str, Any]
    state: str = "pending"  # pending | sending | sent | retry | dead | held
    attempts: int = 0
    next_at: datetime = T0
    lease_by: str | None = None
    lease_until: datetime | None = None
    maybe_repeat: bool = False
    reason: str = ""


@dataclass(frozen=True)
class FakeSilence:
    id: int
    author: str
    reason: str
    until: datetime
    watch: str

    def mutes(self, watch: str, story_id: int | None, receiver: str, now: datetime) -> bool:
        return watch == self.watch and now < self.until


class FakeOutbox:
    """`watcher.deliver.Outbox` in memory, with its leases."""

    def __init__(self) -> None:
        self.rows: dict[int, OutboxRow] = {}
        self.attempts: list[tuple[int, str, str]] = []  # delivery, outcome, detail
        self.claims: list[list[int]] = []
        self.muted: list[FakeSilence] = []

    def add(self, name: str, facts: Facts | Mapping[str, Any], **more: Any) -> int:
        payload = facts.to_plain() if isinstance(facts, Facts) else facts
        number = len(self.rows) + 1
        self.rows[number] = OutboxRow(number, name, payload, **more)
        return number

    def claim(self, now: datetime, limit: int, owner: str, lease_s: float) -> Sequence[OutboxRow]:
        taken: list[OutboxRow] = []
        for row in self.rows.values():
            due = row.state in ("pending", "retry") and row.next_at <= now
            orphan = (
                row.state == "sending" and row.lease_until is not None and row.lease_until <= now
            )
            if len(taken) < limit and (due or orphan):
                if orphan:
                    self.attempts.append((row.id, "abandoned", "its lease ran out"))
                taken.append(
                    replace(
                        row,
                        state="sending",
                        lease_by=owner,
                        lease_until=now + timedelta(seconds=lease_s),
                        attempts=row.attempts + orphan,
                        maybe_repeat=row.maybe_repeat or orphan,
                    )
                )
        for row in taken:
            self.rows[row.id] = row
        self.claims.append([row.id for row in taken])
        return taken

    def finish(
        self, row: Claimed, owner: str, at: datetime, result: SendResult, finish: Finish
    ) -> bool:
        self.attempts.append((row.id, result.outcome, result.detail))
        if not self._holds(row, owner):
            return False
        self.rows[row.id] = replace(
            self.rows[row.id],
            state=finish.state,
            next_at=finish.next_at,
            attempts=row.attempts + 1,
            lease_by=None,
            lease_until=None,
            maybe_repeat=row.maybe_repeat or result.maybe,
            reason=finish.reason,
        )
        return True

    def release(self, row: Claimed, owner: str, next_at: datetime, reason: str) -> bool:
        if not self._holds(row, owner):
            return False
        self.rows[row.id] = replace(
            self.rows[row.id],
            state="retry" if row.attempts else "pending",
            next_at=next_at,
            lease_by=None,
            lease_until=None,
            reason=reason,
        )
        return True

    def hold(self, row: Claimed, owner: str, reason: str) -> bool:
        if not self._holds(row, owner):
            return False
        self.rows[row.id] = replace(
            self.rows[row.id], state="held", lease_by=None, lease_until=None, reason=reason
        )
        return True

    def silences(self, now: datetime) -> Sequence[FakeSilence]:
        return [one for one in self.muted if now < one.until]

    def _holds(self, row: Claimed, owner: str) -> bool:
        now = self.rows[row.id]
        return now.state == "sending" and now.lease_by == owner


class FakeSend:
    """`watcher.deliver.Send` from a script of results; remembers what it was given."""

    deadline_s = 60.0

    def __init__(
        self,
        script: Sequence[SendResult] = (),
        *,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self.calls: list[tuple[str, str, bool]] = []  # receiver, headline, maybe_repeat
        self._script = list(script)
        self._before = before

    async def __call__(self, receiver: Receiver, facts: Facts, *, maybe_repeat: bool) -> SendResult:
        self._before()
        self.calls.append((receiver.name, facts.headline, maybe_repeat))
        return self._script.pop(0) if self._script else SendResult("sent", "HTTP 200")
