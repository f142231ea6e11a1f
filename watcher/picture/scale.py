"""A time axis on which a story's rests are short: they are shaded, not drawn to scale.

Inside an episode time runs evenly; each rest between two episodes gets a narrow strip, however
long it was. A story that was copied for a day and came back after a year stays readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.core.message.words import duration
from watcher.report.values import StoryHistory

_LEAST = timedelta(minutes=40)  # an episode of one copy is drawn as long as this
_PAD_BEFORE, _PAD_AFTER = 0.03, 0.05  # of an episode's length
_DOUBT = 0.09
_NEAR = timedelta(hours=3)  # a lower end this close to its episode is drawn inside of it
_RESTS = 0.30  # of the axis at most
_REST = 0.14  # of the axis, each

_STEPS = tuple(
    timedelta(seconds=s)
    for s in (60, 300, 900, 1800, 3600, 7200, 10800, 21600, 43200)
) + tuple(timedelta(days=d) for d in (1, 2, 7, 14, 30, 91, 182, 365, 1825, 3650))  # fmt: skip
_DAY = timedelta(days=1)

_Span = tuple[int, datetime, datetime]  # an episode: its number, from when to when


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the axis: `left` to `right` of 0..1 stand for `start` to `end`.

    The margins of the episodes on both sides are not part of a rest: `rested` is its true length.
    """

    start: datetime
    end: datetime
    left: float
    right: float
    rested: timedelta | None  # of a rest: from the last copy before it to the next one


def rested(part: Stretch) -> str:
    """How long a rest was, in words."""
    return duration((part.rested or timedelta()).total_seconds())


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis at `x` of 0..1; `fresh`: the first of its stretch or of a day."""

    x: float
    at: datetime
    step: timedelta
    fresh: bool


@dataclass(frozen=True, slots=True)
class Scale:
    """Moments to places on an axis of 0..1; what lies outside stands at the end."""

    stretches: tuple[Stretch, ...]

    def x(self, at: datetime) -> float:
        """Where `at` stands, 0..1. Never decreases with time."""
        for part in self.stretches:
            if at <= part.end:
                if at <= part.start:
                    return part.left
                done = (at - part.start) / (part.end - part.start)
                return part.left + done * (part.right - part.left)
        return self.stretches[-1].right

    @property
    def rests(self) -> tuple[Stretch, ...]:
        """The stretches at rest, in order."""
        return tuple(part for part in self.stretches if part.rested is not None)

    def ticks(self, room: float, each: float) -> list[Tick]:
        """Marks for an axis `room` long on which a label takes `each`, both in the same unit."""
        found: list[Tick] = []
        for part in self.stretches:
            if part.rested is not None:
                continue
            most = max(1.0, (part.right - part.left) * room / each)
            length = part.end - part.start
            step = next((s for s in _STEPS if length / s <= most), length)
            at = _ceiling(part.start, step)
            last: datetime | None = None
            while at <= part.end:
                fresh = last is None or (step < _DAY and at.date() != last.date())
                found.append(Tick(self.x(at), at, step, fresh))
                last, at = at, at + step
            if last is None:
                middle = part.start + length / 2
                found.append(Tick(self.x(middle), middle, step, True))
        return found


def _ceiling(at: datetime, step: timedelta) -> datetime:
    """The first round moment from `at` on: whole multiples of `step` since a Monday at midnight."""
    origin = at.replace(year=1970, month=1, day=5, hour=0, minute=0, second=0, microsecond=0)
    return at + (origin - at) % step


def place(at: datetime, claimed: datetime | None, clock: str) -> datetime:
    """The moment that stands for an article: our own, or its claim where that places it."""
    return claimed if clock == "claimed" and claimed is not None else at


def scale_of(history: StoryHistory) -> Scale:
    """The axis of a story, from its articles and episodes."""
    moments = [place(a.seen.by, a.claimed.at, a.clock) for a in history.articles]
    # Room for what was there when we first looked, since nobody knows when.
    censored = any(a.clock == "seen" and a.seen.after is None for a in history.articles)
    lower = [
        a.seen.after for a in history.articles if a.clock == "seen" and a.seen.after is not None
    ]
    spans = [
        (episode.n, episode.opened, max(episode.opened, episode.last))
        for episode in sorted(history.episodes, key=lambda e: e.opened)
    ]
    if not spans:
        spans = [(1, min(moments), max(moments))]
    # Whatever came before the first episode or after the last belongs to them.
    first, last = spans[0], spans[-1]
    spans[0] = (first[0], min([first[1], *moments]), first[2])
    n, opened, ended = spans[-1]
    spans[-1] = (n, opened, max([last[2], ended, *moments]))
    padded = [_padded(*span, lower) for span in spans]
    if censored:
        n, start, end = padded[0]
        padded[0] = (n, start - (end - start) * _DOUBT, end)
    return _laid_out(spans, padded, moments)


def _padded(n: int, opened: datetime, ended: datetime, lower: Iterable[datetime]) -> _Span:
    near = max(_NEAR, (ended - opened) / 2)
    start = min([opened, *(at for at in lower if opened - near <= at <= opened)])
    length = max(ended - start, _LEAST)
    return n, start - length * _PAD_BEFORE, max(ended, start + length) + length * _PAD_AFTER


def _laid_out(true: Sequence[_Span], padded: Sequence[_Span], moments: Sequence[datetime]) -> Scale:
    """The stretches, an episode as wide as it has articles; `true` are the spans unpadded."""
    rest = min(_REST, _RESTS / max(1, len(padded) - 1)) if len(padded) > 1 else 0.0
    room = 1 - rest * (len(padded) - 1)
    weights = [2.0 + min(12, sum(start <= at <= end for at in moments)) for _, start, end in padded]
    stretches: list[Stretch] = []
    left = 0.0
    for k, ((_, start, end), weight) in enumerate(zip(padded, weights, strict=True)):
        if stretches:
            # Where a watch calls an hour a rest, the margins on its two sides meet.
            before = stretches[-1].end
            start = max(start, before)
            rested = true[k][1] - true[k - 1][2]
            stretches.append(Stretch(before, start, left, left + rest, rested))
            left += rest
        right = 1.0 if k == len(padded) - 1 else left + room * weight / sum(weights)
        stretches.append(Stretch(start, max(end, start + _LEAST), left, right, None))
        left = right
    return Scale(tuple(stretches))
