"""Fakes of our own interfaces, and small makers of values that many tests need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from watcher.config import QuietHours
from watcher.core.message import Facts
from watcher.deliver import Receiver, SendResult

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
    quiet_hours: QuietHours | None = None
    hourly_cap: int | None = None
    group_wait: float = 0.0
    template: str | None = None


def receiver(name: str, url: str, **more: Any) -> FakeReceiver:
    return FakeReceiver(name, FakeSecret(url), **more)


class FakeSend:
    """`watcher.deliver.Send` from a script of results; remembers what it was given."""

    deadline_s = 60.0

    def __init__(
        self,
        script: Sequence[SendResult] = (),
        *,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self.calls: list[tuple[str, str, bool]] = []  # receiver, headlines, maybe_repeat
        self.held: list[str] = []  # why each came late
        self._script = list(script)
        self._before = before

    async def __call__(
        self,
        receiver: Receiver,
        facts: Sequence[Facts],
        *,
        maybe_repeat: bool,
        more: int = 0,
        held: str = "",
    ) -> SendResult:
        self._before()
        said = " | ".join(one.headline for one in facts)
        said += f" +{more}" if more else ""
        self.calls.append((receiver.name, said, maybe_repeat))
        self.held.append(held)
        return self._script.pop(0) if self._script else SendResult("sent", "HTTP 200")
