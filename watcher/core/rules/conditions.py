"""Each condition: whether a recording meets it, what names it in its key, and a sentence."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from watcher.core.rules.burst import burst
from watcher.core.rules.cases import Condition, Event, StoryState, resurfaced
from watcher.core.rules.rest import DAY, State

# What each condition is about (`Event.about`). Those of a copy's arrival hold for a phrase's
# mention too, as far as they are not about the copy's text.
_OF_MENTIONS = frozenset(
    {"resurfaced", "first_copy", "reach", "velocity", "outlet", "family", "burst"}
)
_OF_CARRIED = _OF_MENTIONS | {"new_copy"}
_ELSEWHERE = {
    "new_mention": "mention",
    "origin_edited": "edit",
    "origin_withdrawn": "page",
    "copy_removed": "page",
}


class Found(NamedTuple):
    """Whether the bare condition is met, its step for people, and a sentence. `key`: what stands
    for the step in the alert's key, where that is something else."""

    met: bool
    step: str
    detail: str
    key: str = ""


def test(
    condition: Condition, before: StoryState, after: StoryState, event: Event, now: datetime
) -> Found | None:
    """Whether a recording meets a condition. None: it is about another kind of event.

    Raises ValueError where the condition's value is not one that it takes.
    """
    name = condition.name
    if event.about != _ELSEWHERE.get(name, "copy") and not (
        (event.about == "mention" and name in _OF_MENTIONS)
        or (event.about == "carried" and name in _OF_CARRIED)
    ):
        return None
    if event.about in ("edit", "page"):
        return _of_page(name, event)
    match name:
        case "resurfaced":
            return _resurfaced(before, after, event, now)
        case "first_copy":
            what = "mention" if event.about == "mention" else "copy"
            met = not event.own and before.copies == 0 < after.copies
            return Found(met, "1", f"no {what} was known before{_words(event)}")
        case "new_mention":
            return Found(True, str(event.article), f"{event.outlet} mentions it{_words(event)}")
        case "reach":
            k = _number(condition)
            return Found(
                before.families < k <= after.families,
                f"{k:g}",
                f"{after.families} families have it, before {before.families}; asked for {k:g}",
            )
        case "velocity":
            v = _number(condition)
            return Found(
                before.velocity < v <= after.velocity,
                f"{v:g}@{after.episodes}",
                f"{after.velocity:.2g} new families an hour over six hours; asked for {v:g}",
                f"{v:g}@{after.episode}",
            )
        case "outlet" | "family":
            return _listed(condition, after, event)
        case "burst":
            return _burst(condition, after, event)
    return _of_copy(condition, event)


def _of_copy(condition: Condition, event: Event) -> Found | None:
    article, copy = str(event.article), not event.own
    match condition.name:
        case "new_copy":
            return Found(copy, article, f"a copy at {event.outlet}")
        case "credit_stripped" | "credit_wrong":
            wanted = condition.name.removeprefix("credit_")
            return Found(
                copy and event.credit == wanted,
                article,
                f"the credit of {event.outlet} is {event.credit or 'unknown'}",
            )
        case "missing_origin":
            agent = event.missing_origin
            return Found(copy and agent != "", short(agent), f"credits {agent or 'nobody unseen'}")
        case "redated":
            at = "" if event.claimed_at is None else f"@{event.claimed_at:%Y%m%dT%H%M}"
            return Found(
                event.qualification.subtype in ("redated", "readdressed", "edited_return"),
                f"{article}{at}",
                str(event.qualification.reason),
            )
    return None


def _of_page(name: str, event: Event) -> Found:
    met = name == "origin_edited" or event.origin == (name == "origin_withdrawn")
    return Found(met, f"{event.article}@{event.step}", f"{event.outlet}: {event.said}")


def _resurfaced(before: StoryState, after: StoryState, event: Event, now: datetime) -> Found:
    rest = "" if before.last_copy_at is None else f" after {_days(now - before.last_copy_at)}"
    what = "phrase" if event.about == "mention" else "story"
    back = resurfaced(before, after)
    # A copy that comes to a story at rest and does not count is worth a row that says why.
    seen = event.about == "copy" and before.state is State.DORMANT and not event.qualification.ok
    came = "came back" if back or not seen else "was seen again"
    return Found(
        back or seen,
        str(after.episodes),
        f"a {what} at rest {came}{rest}: {event.qualification.reason}{_words(event)}",
        after.episode,
    )


def _listed(condition: Condition, after: StoryState, event: Event) -> Found:
    # Families may have commas in their names, and are kept a line each.
    between = "," if condition.name == "outlet" else "\n"
    names = frozenset(listed(condition.value, between))
    ours: tuple[str, ...]
    if condition.name == "outlet":
        ours, shown = (event.outlet, event.domain), event.outlet
        step = event.domain
    else:
        ours, shown, step = (event.family,), f"{event.outlet} of {event.family}", event.family
    return Found(
        not event.own and not names.isdisjoint(one.casefold() for one in ours),
        f"{_step(step)}@{after.episodes}",
        f"{shown} is on the watch's list{_words(event)}",
        f"{_step(step)}@{after.episode}",
    )


def _burst(condition: Condition, after: StoryState, event: Event) -> Found:
    least, of = burst_value(condition.value)
    came = [c for c in after.came if not of or c.domain.casefold() in of]
    start = after.opened_at
    if start is None or event.own or event.domain not in {c.domain for c in came}:
        return Found(False, f"{least}@{after.episodes}", "it is not a copy of the watch's list")
    found = burst([(c.domain, c.at) for c in came], after.lags, start, least)
    return Found(found.met, f"{least}@{after.episodes}", found.detail, f"{least}@{after.episode}")


def burst_value(value: int | float | str | None) -> tuple[int, frozenset[str]]:
    """How many outlets a `burst` asks for, and of which (folded domains; empty: of all).

    Written `5` or `5:a.example,b.example`. Raises ValueError.
    """
    text, _, of = f"{value}".partition(":")
    try:
        return int(text), frozenset(listed(of))
    except ValueError:
        raise ValueError(f"burst needs a number of outlets, not {value!r}") from None


def listed(value: object, between: str = ",") -> Iterable[str]:
    """The names of a list that is kept as one text, folded."""
    return {name.strip().casefold() for name in str(value or "").split(between)} - {""}


def _words(event: Event) -> str:
    if event.about == "carried":
        return f": {event.said}"
    return f": “{event.said}”" if event.about == "mention" and event.said else ""


def _number(condition: Condition) -> float:
    if isinstance(condition.value, (int, float)):
        return float(condition.value)
    raise ValueError(f"{condition.name} needs a number, not {condition.value!r}")


def _days(rest: timedelta) -> str:
    days = rest.total_seconds() / DAY
    return f"{days:.0f} days" if days >= 2 else f"{rest.total_seconds() / 3600:.0f} hours"


def _step(text: str) -> str:
    """The text itself where it is short: keys are read by people too."""
    return text if len(text) <= 24 else short(text)


def short(agent: str) -> str:
    """A key of bounded length for a name of any length and script."""
    return hashlib.blake2s(agent.strip().casefold().encode(), digest_size=6).hexdigest()
