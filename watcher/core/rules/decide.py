"""Which of a watch's conditions one recording meets, and which are held back."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

from watcher.core.rules.qualify import Qualification
from watcher.core.rules.rest import DAY, State


class Reason(StrEnum):
    """Why a condition raised an alert, or did not."""

    FIRED = "the condition is met"
    QUIET = "a first poll or an import never alerts"
    NOT_JOINED = "linked to the story, not part of it"
    NOT_QUALIFYING = "not a return of the text"
    RAISED = "already raised"
    INHIBITED = "the story has resurfaced, which says more"
    NOT_MET = "the condition is not met"
    NOT_HERE = "decided elsewhere: it is not about a copy's arrival"


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
class StoryState:
    """A story at one moment. `copies` are other outlets' articles that joined; `episodes` counts
    from 1; `velocity` is new families an hour over the last six hours."""

    story: int
    copies: int
    families: int
    episodes: int
    state: State
    last_copy_at: datetime | None = None
    velocity: float = 0.0


@dataclass(frozen=True, slots=True)
class Event:
    """One article of the recording."""

    article: int
    outlet: str
    domain: str
    qualification: Qualification
    joined: str | None  # verbatim | wrapped | edited | excerpt; None: linked only, or no match
    own: bool = False  # a version or re-post at an outlet that has the text: never a copy
    alerts: bool = True  # False: first poll, import
    claimed_at: datetime | None = None
    credit: str | None = None  # full | partial | stripped | wrong | none
    missing_origin: str = ""  # the credited source that was never seen here


@dataclass(frozen=True, slots=True)
class Verdict:
    """One condition decided. `met` without `fire` is held back, and worth keeping a row for."""

    condition: str
    step: str
    key: str
    fire: bool
    reason: Reason
    detail: str  # a sentence for the message and the command line
    met: bool


class _Test(NamedTuple):
    met: bool
    step: str
    detail: str


def decide(
    watch: Watch,
    before: StoryState,
    after: StoryState,
    event: Event,
    now: datetime,
    raised: Container[str] = frozenset(),
) -> list[Verdict]:
    """A verdict for each of the watch's conditions, in their order.

    `raised` holds the keys that the archive already has, those of this recording included.
    """
    resurfaced = _resurfaced(before, after)
    verdicts = []
    for condition in watch.alert_on:
        test = _test(condition, before, after, event, now)
        step = str(event.article) if test is None else test.step
        key = f"{watch.name}:{after.story}:{condition.name}:{step}"
        if test is None:
            reason, met, detail = Reason.NOT_HERE, False, Reason.NOT_HERE.value
        else:
            met, detail = test.met, test.detail
            reason = _held(condition.name, event, resurfaced=resurfaced) if met else Reason.NOT_MET
            if reason is Reason.FIRED and key in raised:
                reason = Reason.RAISED
            if reason is Reason.NOT_QUALIFYING:
                detail = f"{detail}; held: {event.qualification.reason}"
            elif met and reason is not Reason.FIRED:
                detail = f"{detail}; held: {reason}"
        fire = reason is Reason.FIRED
        verdicts.append(Verdict(condition.name, step, key, fire, reason, detail, met))
    return verdicts


def _held(name: str, event: Event, *, resurfaced: bool) -> Reason:
    if not event.alerts:
        return Reason.QUIET
    if event.joined is None and not event.own:
        return Reason.NOT_JOINED
    if not event.qualification.ok:
        return Reason.NOT_QUALIFYING
    if name == "new_copy" and resurfaced:
        return Reason.INHIBITED
    return Reason.FIRED


def _resurfaced(before: StoryState, after: StoryState) -> bool:
    return before.state is State.DORMANT and after.episodes > before.episodes


def _test(
    condition: Condition, before: StoryState, after: StoryState, event: Event, now: datetime
) -> _Test | None:
    """Whether the bare condition is met, its step in the key, and a sentence. None: not ours."""
    value, article = condition.value, str(event.article)
    copy = not event.own
    match condition.name:
        case "resurfaced":
            rest = (
                "" if before.last_copy_at is None else f" after {_days(now - before.last_copy_at)}"
            )
            return _Test(
                _resurfaced(before, after),
                str(after.episodes),
                f"a story at rest came back{rest}: {event.qualification.reason}",
            )
        case "first_copy":
            return _Test(
                copy and before.copies == 0 < after.copies, "1", "no copy was known before"
            )
        case "new_copy":
            return _Test(copy, article, f"a copy at {event.outlet}")
        case "reach":
            k = _number(condition)
            return _Test(
                before.families < k <= after.families,
                f"{k:g}",
                f"{after.families} families have it, before {before.families}; asked for {k:g}",
            )
        case "velocity":
            v = _number(condition)
            return _Test(
                before.velocity < v <= after.velocity,
                f"{v:g}@{after.episodes}",
                f"{after.velocity:.2g} new families an hour over six hours; asked for {v:g}",
            )
        case "credit_stripped" | "credit_wrong":
            wanted = condition.name.removeprefix("credit_")
            return _Test(
                copy and event.credit == wanted,
                article,
                f"the credit of {event.outlet} is {event.credit or 'unknown'}",
            )
        case "missing_origin":
            agent = event.missing_origin
            return _Test(copy and agent != "", _short(agent), f"credits {agent or 'nobody unseen'}")
        case "redated":
            at = "" if event.claimed_at is None else f"@{event.claimed_at:%Y%m%dT%H%M}"
            return _Test(
                event.qualification.subtype in ("redated", "readdressed", "edited_return"),
                f"{article}{at}",
                str(event.qualification.reason),
            )
        case "outlet":
            names = {name.strip().casefold() for name in str(value or "").split(",")} - {""}
            return _Test(
                copy and not names.isdisjoint((event.outlet.casefold(), event.domain.casefold())),
                f"{_step(event.domain)}@{after.episodes}",
                f"{event.outlet} is on the watch's list",
            )
    return None


def _number(condition: Condition) -> float:
    if isinstance(condition.value, (int, float)):
        return float(condition.value)
    raise ValueError(f"{condition.name} needs a number, not {condition.value!r}")


def _days(rest: timedelta) -> str:
    days = rest.total_seconds() / DAY
    return f"{days:.0f} days" if days >= 2 else f"{rest.total_seconds() / 3600:.0f} hours"


def _step(text: str) -> str:
    """The text itself where it is short: keys are read by people too."""
    return text if len(text) <= 24 else _short(text)


def _short(agent: str) -> str:
    """A key of bounded length for a name of any length and script."""
    return hashlib.blake2s(agent.strip().casefold().encode(), digest_size=6).hexdigest()
