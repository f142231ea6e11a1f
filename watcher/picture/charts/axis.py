"""The time axis of a drawing: days above hours, labels that never meet, rests hatched."""

from __future__ import annotations

from typing import Final

from watcher.picture.drawing import hatched, label, line, measure
from watcher.picture.markup import Markup, join
from watcher.picture.scale import Scale, Stretch, rested
from watcher.picture.words import clock, day, short_day

WIDE: Final = 920.0
NARROW: Final = 360.0

HEAD: Final = 46.0  # pixels that the labels of an axis take
_SIZE: Final = 11.0
_DAYS, _HOURS = 30.0, 12.0  # base lines, above the axis


def is_narrow(width: float) -> bool:
    """Whether a picture that wide is for a phone: labels then stand above, not beside."""
    return width < 600


def time_axis(scale: Scale, left: float, right: float, top: float, bottom: float) -> Markup:
    """The axis along `top`, its rests and its grid down to `bottom`."""
    room = right - left
    parts: list[Markup] = []
    for part in scale.rests:
        width = (part.right - part.left) * room
        parts.append(hatched(left + part.left * room, top, width, bottom - top))
    taken: dict[float, list[tuple[float, float]]] = {_DAYS: [], _HOURS: []}
    first = True
    for tick in scale.ticks(room, 58):
        x = left + tick.x * room
        parts.append(line([(x, top), (x, bottom)], "line"))
        parts.append(line([(x, top - 5), (x, top)], "axis"))
        words = [(_HOURS, clock(tick.at))] if tick.step.days < 1 else []
        if tick.fresh or tick.step.days >= 1:
            words.append((_DAYS, day(tick.at) if first else short_day(tick.at)))
            first = False
        for row, text in words:
            half = measure(text, _SIZE) / 2
            at = min(max(x, left + half - 8), right - half + 8)
            if all(at - half > end + 4 for _, end in taken[row]):
                parts.append(_words(at, top - row, text))
                taken[row].append((at - half, at + half))
    parts += [_rest(part, left, room, top, taken[_HOURS]) for part in scale.rests]
    parts.append(line([(left, top), (right, top)], "axis"))
    return join(parts)


def _rest(
    part: Stretch, left: float, room: float, top: float, taken: list[tuple[float, float]]
) -> Markup:
    """How long a rest was, above it and between the hours on both sides, if there is room."""
    start, end = left + part.left * room, left + part.right * room
    start = max([start, *(b + 4 for a, b in taken if a < (start + end) / 2)])
    end = min([end, *(a - 4 for a, _ in taken if a >= (start + end) / 2)])
    length = rested(part).split(" ")
    for words in (["rest,", *length], ["rest", *length[:2]], length[:2]):
        text = " ".join(words)
        if measure(text, _SIZE) <= end - start:
            return _words((start + end) / 2, top - _HOURS, text)
    return join([])


def _words(x: float, y: float, text: str) -> Markup:
    return label(x, y, text, size=_SIZE, of="soft", text_anchor="middle")
