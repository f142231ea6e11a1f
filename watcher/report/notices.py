"""What the reader's door hands out of watches, alerts, deliveries and silences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A watch in force and the story it follows (None: nothing matched yet)."""

    watch: str
    target: str
    conditions: tuple[str, ...]
    notify: tuple[str, ...]
    origin: str
    since: datetime
    story: int | None
    title: str | None
    state: str | None
    reach: int | None
    episodes: int | None
    last_copy: datetime | None
    problem: str | None
    translations: float | None  # suggested ones at least this alike are part of its story


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """How one receiver was told of one alert."""

    receiver: str
    state: str
    attempts: int
    sent: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class AlertLine:
    """A fired condition, or one that was held back, with the reason."""

    alert: int
    at: datetime
    watch: str
    condition: str
    state: str
    story: int | None
    title: str | None
    reason: str
    deliveries: tuple[DeliveryLine, ...]


@dataclass(frozen=True, slots=True)
class AttemptLine:
    """One recorded attempt to tell a receiver. `outcome`: sent, refused, timeout ..."""

    at: datetime
    receiver: str
    outcome: str
    detail: str
    took_ms: int


@dataclass(frozen=True, slots=True)
class AlertHistory:
    """An alert with all that was done about it. `payload`: what the message is made from."""

    line: AlertLine
    payload: Mapping[str, Any]
    attempts: tuple[AttemptLine, ...]


@dataclass(frozen=True, slots=True)
class SilenceLine:
    """What is muted: all that fits every part that is not None. `holds`: it has not ended."""

    silence: int
    watch: str | None
    story: int | None
    receiver: str | None
    author: str
    reason: str
    since: datetime
    until: datetime
    holds: bool


@dataclass(frozen=True, slots=True)
class ReceiverLine:
    """A receiver whose last messages failed. `state`: failing (still told), open (left alone until
    `again`) or half-open (its next message tries it)."""

    receiver: str
    state: str
    failures: int
    since: datetime | None
    again: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class DeadLine:
    """A delivery that was given up."""

    delivery: int
    receiver: str
    watch: str
    condition: str
    at: datetime
    attempts: int
    reason: str
