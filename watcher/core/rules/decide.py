"""Which of a watch's conditions one recording meets, and which are held back."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watcher.core.rules.cases import Event, StoryState, Watch, resurfaced
from watcher.core.rules.conditions import test


class Reason(StrEnum):
    """Why a condition raised an alert, or did not."""

    FIRED = "the condition is met"
    QUIET = "a first poll or an import never alerts"
    NOT_JOINED = "linked to the story, not part of it"
    NOT_QUALIFYING = "not a return of the text"
    RAISED = "already raised"
    INHIBITED = "the story has resurfaced, which says more"
    NOT_MET = "the condition is not met"
    NOT_HERE = "decided elsewhere: it is about another kind of event"


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


def decide(
    watch: Watch,
    before: StoryState,
    after: StoryState,
    event: Event,
    now: datetime,
    raised: Container[str] = frozenset(),
    *,
    anchor: str = "",
) -> list[Verdict]:
    """A verdict for each of the watch's conditions, in their order.

    `raised` holds the keys that the archive already has, those of this recording included.
    `anchor` stands for the story in the keys: stories merge and split and are judged anew, and
    what a watch follows stays the same. Without one it is the story's number.
    """
    back = resurfaced(before, after)
    verdicts = []
    for condition in watch.alert_on:
        found = test(condition, before, after, event, now)
        step = str(event.article) if found is None else found.step
        named = step if found is None else found.key or step
        key = f"{watch.name}:{anchor or after.story}:{condition.name}:{named}"
        if found is None:
            reason, met, detail = Reason.NOT_HERE, False, Reason.NOT_HERE.value
        else:
            met, detail = found.met, found.detail
            reason = _held(condition.name, event, back=back) if met else Reason.NOT_MET
            if reason is Reason.FIRED and key in raised:
                reason = Reason.RAISED
            if reason is Reason.NOT_QUALIFYING:
                detail = f"{detail}; held: {event.qualification.reason}"
            elif met and reason is not Reason.FIRED:
                detail = f"{detail}; held: {reason}"
        fire = reason is Reason.FIRED
        verdicts.append(Verdict(condition.name, step, key, fire, reason, detail, met))
    return verdicts


def _held(name: str, event: Event, *, back: bool) -> Reason:
    if not event.alerts:
        return Reason.QUIET
    if event.about in ("edit", "page"):
        return Reason.FIRED
    if event.joined is None and not event.own:
        return Reason.NOT_JOINED
    if not event.qualification.ok:
        return Reason.NOT_QUALIFYING
    if name in ("new_copy", "new_mention") and back:
        return Reason.INHIBITED
    return Reason.FIRED
