"""The facts that delivery is decided on, and the decisions as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol


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
