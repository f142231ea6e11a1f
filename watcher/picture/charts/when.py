"""The timeline: a lane an outlet; a bar is when it may first have been there, a mark by when."""

from __future__ import annotations

from typing import Final

from watcher.picture.charts.axis import HEAD, WIDE, is_narrow, time_axis
from watcher.picture.drawing import Drawing, box, cut, label, line, mark, measure
from watcher.picture.lanes import Lane, Lanes, Mark, lanes_of
from watcher.picture.markup import Markup, join, void
from watcher.picture.scale import Scale, scale_of
from watcher.picture.words import counted, credit, stamp
from watcher.report.values import StoryHistory

LANES: Final = 40
_REACH: Final = 11.0  # half of a mark, with air around it


def timeline(history: StoryHistory, width: float = WIDE) -> Drawing:
    """Who had it when. At most LANES outlets; the caption must say how many are left out."""
    lanes, scale = lanes_of(history, LANES), scale_of(history)
    if is_narrow(width):
        left, right, height = 14.0, width - 14.0, 46.0
    else:
        widest = max(measure(cut(lane.outlet, 13, 200), 13) for lane in lanes.shown)
        left, right, height = min(222.0, widest + 22), width - 16.0, 34.0
    bottom = HEAD + height * len(lanes.shown) + 4
    parts = [time_axis(scale, left, right, HEAD, bottom)]
    for n, lane in enumerate(lanes.shown):
        top = HEAD + n * height
        parts.append(line([(0, top + height), (width, top + height)], "line"))
        draw = _stacked if is_narrow(width) else _beside
        parts.append(draw(lane, scale, left, right, top, height))
    return Drawing(width, bottom, join(parts), _says(history, lanes))


def _says(history: StoryHistory, lanes: Lanes) -> str:
    first = lanes.shown[0]
    return (
        f"Timeline of {counted(len(lanes.shown), 'outlet')} in the order of arrival, from"
        f" {first.outlet}, {stamp(first.marks[0].at)} UTC, to {stamp(history.line.last_copy)} UTC."
        " The table below it has every figure."
    )


def _beside(
    lane: Lane, scale: Scale, left: float, right: float, top: float, height: float
) -> Markup:
    """A lane with its outlet to the left, and what each mark is beside the mark."""
    y = top + height / 2
    name = cut(lane.outlet, 13, left - 14)
    parts = [label(0, y + (0 if _group(lane) else 4.5), name, size=13, bold=True)]
    if _group(lane):
        parts.append(label(0, y + 13, cut(lane.family, 10.5, left - 14), size=10.5, of="soft"))
    spans = [_span(m, scale, left, right) for m in lane.marks]
    for n, (one, (start, end)) in enumerate(zip(lane.marks, spans, strict=True)):
        parts.append(_bar(one, start, end, y, left))
        text = _note(one)
        wide = measure(text, 11)
        before = spans[n - 1][1] + _REACH if n else left
        after = min(s for s, _ in spans[n + 1 :]) - _REACH if n + 1 < len(spans) else right + 12
        if end + _REACH + wide <= after:
            parts.append(label(end + _REACH + 2, y + 4, text, size=11, of="soft"))
        elif before <= start - 8 - wide:
            parts.append(label(start - 8, y + 4, text, size=11, of="soft", text_anchor="end"))
    parts += [
        mark(end, y, m.kind, m.verdict, _title(m, lane))
        for m, (_, end) in zip(lane.marks, spans, strict=True)
    ]
    return join(parts)


def _stacked(
    lane: Lane, scale: Scale, left: float, right: float, top: float, height: float
) -> Markup:
    """A lane with its words above it, for a narrow screen."""
    y = top + height - 14
    note = _note(lane.marks[-1]) if len(lane.marks) == 1 else counted(len(lane.marks), "article")
    room = right + 14 - measure(note, 11) - 10
    parts = [
        label(0, top + 15, cut(lane.outlet, 12.5, room), size=12.5, bold=True),
        label(right + 14, top + 15, note, size=11, of="soft", text_anchor="end"),
    ]
    for one in lane.marks:
        start, end = _span(one, scale, left, right)
        parts.append(_bar(one, start, end, y, left))
    for one in lane.marks:
        _, end = _span(one, scale, left, right)
        parts.append(mark(end, y, one.kind, one.verdict, _title(one, lane)))
    return join(parts)


def _group(lane: Lane) -> bool:
    return lane.family != lane.outlet


def _note(one: Mark) -> str:
    return one.kind if one.verdict == "none" else f"{one.kind}, {credit(one.verdict)}"


def _span(one: Mark, scale: Scale, left: float, right: float) -> tuple[float, float]:
    """Where a mark's bar begins and where the mark stands, in pixels."""
    end = left + scale.x(one.at) * (right - left)
    if one.censored:
        return left, end
    return (end if one.after is None else left + scale.x(one.after) * (right - left)), end


def _bar(one: Mark, start: float, end: float, y: float, left: float) -> Markup:
    if one.clock == "claimed":
        return void("circle", cx=end, cy=y, r=11.5, class_="o s-axis", stroke_dasharray="2 2.5")
    if one.censored:
        return line([(left, y), (end, y)], "axis", 2, stroke_dasharray="2 4")
    token = "axis" if one.verdict == "none" else one.verdict
    return join(
        [
            box(start, y - 3.5, end - start, 7, token, rx=2, opacity=0.32),
            line([(start, y - 6), (start, y + 6)], token, 1.6),
        ]
    )


def _title(one: Mark, lane: Lane) -> str:
    if one.clock == "claimed":
        when = f"says {stamp(one.at)} UTC"
    elif one.after is None:
        when = f"by {stamp(one.at)} UTC, start unknown"
    else:
        when = f"after {stamp(one.after)}, by {stamp(one.at)} UTC"
    return f"{lane.outlet}: {_note(one)}; {when}; {one.title}"
