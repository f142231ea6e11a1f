"""What alerts are decided on: a watch, its story before and after a recording, what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from watcher.core.rules.qualify import Qualification, Why
from watcher.core.rules.rest import State

NOTHING_NEW = Qualification(False, None, Why.SEEN_AGAIN)


class Condition(Protocol):
    """One entry of a watch's `alert_on`."""

    @property
    def name(self) -> str: ...
    @property
    def value(self) -> int | float | str | None: ...


class Watch(Protocol):
    """What `decide` has to know of a watch."""

    @property
    def name(self) -> str: ...
    @property
    def alert_on(self) -> Sequence[Any]: ...  # of Condition


@dataclass(frozen=True, slots=True)
class Came:
    """An outlet's first article of a story, or of an episode of it, and when it was seen."""

    domain: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoryState:
    """A story at one moment. `copies` are other outlets' articles that joined; `episodes` counts
    from 1; `velocity` is new families an hour over the last six hours.

    `opened` names the newest episode for good, whatever its number becomes: who opened it, when.
    A phrase's story is the set of its mentions: `copies` counts them, and its state is theirs.
    """

    story: int
    copies: int
    families: int
    episodes: int
    state: State
    last_copy_at: datetime | None = None
    velocity: float = 0.0
    opened: str = ""
    opened_at: datetime | None = None
    # For coordinated bursts alone: who came in this episode, and each outlet's usual lags in
    # seconds. Empty where no condition asks.
    came: tuple[Came, ...] = ()
    lags: Mapping[str, Sequence[float]] = field(default_factory=dict)

    @property
    def episode(self) -> str:
        """The newest episode's name in keys."""
        return self.opened or str(self.episodes)


@dataclass(frozen=True, slots=True)
class Event:
    """One article of the recording, and what became of it.

    `about`: copy (it joined, or was issued again), mention (it has a phrase), carried (it is longer
    and has the text that the watch was given), edit (the origin's text was changed), page (its page
    is gone).
    """

    article: int
    outlet: str
    domain: str
    qualification: Qualification = NOTHING_NEW
    joined: str | None = None  # verbatim | wrapped | edited | excerpt; None: linked only, no match
    own: bool = False  # a version or re-post at an outlet that has the text: never a copy
    alerts: bool = True  # False: first poll, import
    claimed_at: datetime | None = None
    credit: str | None = None  # full | partial | stripped | wrong | none
    missing_origin: str = ""  # the credited source that was never seen here
    family: str = ""
    about: Literal["copy", "mention", "carried", "edit", "page"] = "copy"
    origin: bool = False  # it is what the watch follows, or what its story began with
    step: str = ""  # edit: the version; page: since when it is gone
    said: str = ""  # mention, carried: the words found; edit: what changed; page: what it answered


def resurfaced(before: StoryState, after: StoryState) -> bool:
    """Whether a recording woke a resting story."""
    return before.state is State.DORMANT and after.episodes > before.episodes
