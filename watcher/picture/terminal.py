"""A story drawn in characters: a lane an outlet, the curve of its growth, who took it from whom."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from textwrap import wrap
from typing import Final
from unicodedata import combining, normalize

from watcher.core.message.words import clean
from watcher.picture.growth import Growth, Point, whole
from watcher.picture.lanes import Lane, lanes_of
from watcher.picture.lineage import Row, lineage_of
from watcher.picture.scale import Scale, Tick, rested, scale_of
from watcher.picture.words import clock, counted, day, short_day
from watcher.report.spread_values import StorySpread
from watcher.report.values import StoryHistory

_LANES: Final = 60
_ROWS: Final = 200
_HEIGHT: Final = 8  # lines of a curve
_NOTE: Final = 18  # cells for kind and credit, where there is room for them
_NARROW: Final = 64  # cells below which there is not
_LABEL: Final = 26

_SHAPES: Final = {
    "root": "★*",
    "verbatim": "●o",
    "wrapped": "■#",
    "edited": "▲^",
    "excerpt": "◆%",
    "repost": "◎=",
    "translation": "▼v",
}
_OTHER: Final = "○+"
# Joiners and variation selectors build one sign out of several; terminals do not agree on how
# wide it is. Without them each is drawn for itself, and everybody counts the same.
_JOINERS: Final = str.maketrans("", "", "\u200c\u200d\ufe0e\ufe0f\u200e\u200f")

# (unicode, ascii)
_SIGNS: Final = {
    "from": "├[",
    "bar": "─-",
    "doubt": "╌~",
    "edge": "┊:",
    "line": "─-",
    "tick": "┬+",
    "side": "│|",
    "tee": "├|",
    "end": "└`",
    "families": "█#",
    "articles": "░.",
    "wavy": "╌~",
}


@dataclass(frozen=True, slots=True)
class Pen:
    """How to draw: cells on a line, whether the terminal has more than ASCII, and its colours.

    `paint` gets a text and one of: bold, dim, full, partial, stripped, wrong, none.
    """

    room: int
    rich: bool
    paint: Callable[[str, str], str]

    def sign(self, name: str) -> str:
        """A line's character."""
        return _SIGNS[name][not self.rich]

    def shape(self, kind: str) -> str:
        """A kind's mark."""
        return _SHAPES.get(kind, _OTHER)[not self.rich]

    def fit(self, text: str, cells: int, *, pad: bool = True) -> str:
        """`text` on exactly (or at most) that many cells, cut with an ellipsis."""
        from rich.cells import cell_len, set_cell_size

        text = clean(text, 400).translate(_JOINERS)
        if not self.rich:
            bare = "".join(c for c in normalize("NFKD", text) if not combining(c))
            text = bare.encode("ascii", "replace").decode()
        if cell_len(text) > cells:
            dots = "…" if self.rich else "..."
            text = set_cell_size(text, max(0, cells - len(dots))).rstrip() + dots
        return text + " " * (cells - cell_len(text)) if pad else text


def timeline(history: StoryHistory, pen: Pen) -> list[str]:
    """A lane an outlet, in the order of arrival: when each had it, as far as we know."""
    from rich.cells import cell_len

    lanes, scale = lanes_of(history, _LANES), scale_of(history)
    notes = pen.room >= _NARROW
    label = min(_LABEL, pen.room // 3, max(cell_len(lane.outlet) for lane in lanes.shown))
    room = max(12, pen.room - label - 2 - (_NOTE + 2 if notes else 0))
    indent = " " * (label + 2)
    lines = [(indent + line).rstrip() for line in _axis(scale, room, pen)]
    for lane in lanes.shown:
        drawn = _lane(lane, scale, room, pen)
        note = f"  {_note(lane, pen)}" if notes else ""
        lines.append(f"{pen.fit(lane.outlet, label)}  {drawn}{note}".rstrip())
    if lanes.outlets_left_out:
        lines.append(f"and {counted(lanes.outlets_left_out, 'more outlet')}")
    lines += ["", *_legend(lanes.shown, scale, pen)]
    return lines


def _column(x: float, room: int) -> int:
    return min(room - 1, int(x * room))


def _resting(scale: Scale, room: int) -> set[int]:
    """The columns in which the story rests."""
    return {
        x
        for part in scale.rests
        for x in range(_column(part.left, room), _column(part.right, room))
    }


def _axis(scale: Scale, room: int, pen: Pen) -> list[str]:
    days, hours, ruler = [" "] * room, [" "] * room, [pen.sign("line")] * room
    ends = {id(days): -1, id(hours): -1}

    def write(row: list[str], at: int, text: str) -> None:
        at = max(0, min(at, room - len(text)))
        if at > ends[id(row)]:
            row[at : at + len(text)] = text
            ends[id(row)] = at + len(text)

    for x in _resting(scale, room):
        ruler[x] = pen.sign("edge")
    for part in scale.rests:
        length = rested(part).split(" ")
        width = _column(part.right, room) - _column(part.left, room)
        for text in (" ".join(["rest", *length[:2]]), " ".join(length[:2])):
            if len(text) <= width:
                at = _column(part.left, room)
                hours[at : at + len(text)] = text
                break
    for tick in scale.ticks(room, 7):
        at = _column(tick.x, room)
        ruler[at] = pen.sign("tick")
        if tick.fresh:
            write(days, at, _day(tick, first=not any(c != " " for c in days)))
        if tick.step.days < 1 and "".join(hours[max(0, at - 1) : at + 6]).strip() == "":
            write(hours, at, clock(tick.at))
    return ["".join(days), "".join(hours), "".join(ruler)]


def _day(tick: Tick, *, first: bool) -> str:
    return day(tick.at) if first else short_day(tick.at)


def _lane(lane: Lane, scale: Scale, room: int, pen: Pen) -> str:
    cells: list[tuple[str, str]] = [(" ", "")] * room
    for x in _resting(scale, room):
        cells[x] = (pen.sign("edge"), "dim")
    for mark in lane.marks:
        at = _column(scale.x(mark.at), room)
        if mark.censored:
            for x in range(at):
                cells[x] = (pen.sign("doubt"), "dim")
        elif mark.after is not None:
            start = _column(scale.x(mark.after), room)
            for x in range(start, at):
                cells[x] = (pen.sign("from" if x == start else "bar"), mark.verdict)
    for mark in lane.marks:
        cells[_column(scale.x(mark.at), room)] = (pen.shape(mark.kind), mark.verdict)
    return "".join(
        pen.paint("".join(sign for sign, _ in run), style) if style else "".join(s for s, _ in run)
        for style, run in ((key, list(group)) for key, group in groupby(cells, lambda c: c[1]))
    )


def _note(lane: Lane, pen: Pen) -> str:
    mark = lane.marks[-1]
    text = mark.kind if mark.verdict == "none" else f"{mark.kind} {mark.verdict}"
    if len(lane.marks) > 1:
        text = f"{len(lane.marks)} x, {mark.kind}"
    return pen.paint(pen.fit(text, _NOTE, pad=False), mark.verdict)


def _legend(lanes: tuple[Lane, ...], scale: Scale, pen: Pen) -> list[str]:
    used = {mark.kind for lane in lanes for mark in lane.marks}
    marks = [mark for lane in lanes for mark in lane.marks]
    parts = [f"{pen.shape(kind)} {kind}" for kind in [*_SHAPES, "copy"] if kind in used]
    if any(mark.after is not None for mark in marks):
        bar = pen.sign("from") + pen.sign("bar") * 2
        parts.append(f"{bar} not before it, by the mark")
    if any(mark.censored for mark in marks):
        parts.append(f"{pen.sign('doubt') * 3} there before we looked")
    if scale.rests:
        parts.append(f"{pen.sign('edge') * 3} at rest, not to scale")
    if any(mark.clock == "claimed" for mark in marks):
        parts.append("without a bar: imported, by its own date")
    lines, line = [], "UTC"
    for part in parts:
        if len(line) + 3 + len(part) > pen.room:
            lines.append(line)
            line = part
        else:
            line += "   " + part
    return [pen.paint(one, "dim") for one in [*lines, line]]


# ---------------------------------------------------------------- growth


def growth(spread: StorySpread, pen: Pen) -> list[str]:
    """Articles and families added up over the story's time; empty where fewer than two came."""
    curve = whole(spread)
    if len(curve.points) < 2:
        return []
    scale = scale_of(spread.history)
    label = len(str(curve.most)) + 1
    room = max(12, pen.room - label - 1)
    height = min(_HEIGHT, curve.most)
    at = [_column(scale.x(point.at), room) for point in curve.points]
    articles, families = _steps(curve, at, room, lambda p: p.articles), _steps(
        curve, at, room, lambda p: p.families
    )  # fmt: skip
    resting = _resting(scale, room)
    lines = []
    for level in range(height, 0, -1):
        # The value from which on a column reaches this line.
        least = max(1, -(-curve.most * level // height)) if height < curve.most else level
        row = []
        for x in range(room):
            sign = (
                pen.sign("families") if families[x] >= least
                else pen.sign("articles") if articles[x] >= least
                else pen.sign("edge") if x in resting
                else " "
            )  # fmt: skip
            row.append(sign)
        number = str(least) if level in (height, 1) or height <= 4 else ""
        lines.append(f"{number:>{label}}{pen.sign('side')}{''.join(row)}".rstrip())
    indent = " " * (label + 1)
    lines += [(indent + line).rstrip() for line in _axis(scale, room, pen)[::-1]]
    last = curve.points[-1]
    lines.append("")
    lines.append(
        pen.paint(
            f"{pen.sign('families') * 2} {counted(last.families, 'family', 'families')}"
            f"   {pen.sign('articles') * 2} {counted(last.articles, 'article')}",
            "dim",
        )
    )
    return lines


def _steps(curve: Growth, at: list[int], room: int, value: Callable[[Point], int]) -> list[int]:
    heights, k, now = [], 0, 0
    for x in range(room):
        while k < len(at) and at[k] <= x:
            now = max(now, value(curve.points[k]))
            k += 1
        heights.append(now)
    return heights


# ---------------------------------------------------------------- tree


def tree(spread: StorySpread, pen: Pen) -> list[str]:
    """Each copy below its source, with how sure that is, 0 to 1."""
    lineage = lineage_of(spread, _ROWS)
    lines = [_branch(row, pen) for row in lineage.rows]
    if lineage.left_out:
        lines.append(f"and {counted(lineage.left_out, 'more article')}")
    edges = [row.edge for row in lineage.rows if row.edge is not None]
    told = []
    if any(edge.parent is None for edge in edges):
        told.append("?: taken from a text that was never seen here.")
    if any(edge.contradiction for edge in edges):
        told.append("!: the copy's own credit says otherwise.")
    for edge in lineage.more:
        source = "a text never seen here" if edge.parent is None else f"#{edge.parent}"
        told.append(f"#{edge.child} also from {source}, {edge.confidence:.2f}.")
    if told:
        lines += ["", *(pen.paint(line, "dim") for one in told for line in wrap(one, pen.room))]
    return lines


def _branch(row: Row, pen: Pen) -> str:
    lead = "".join(f"{pen.sign('side')}  " if rail else "   " for rail in row.rails)
    sure = ""
    if row.depth:
        joint = pen.sign("end") if row.last else pen.sign("tee")
        stroke = pen.sign("wavy") if row.unknown else pen.sign("line")
        lead += f"{'?' if row.unknown else joint}{stroke} "
    if row.edge is not None:
        sure = f"{row.edge.confidence:.2f}{'!' if row.edge.contradiction else ''} "
    # However deep: half of the line is for the names.
    lead = lead[: pen.room // 2]
    mark = row.mark
    kind = mark.kind if mark.verdict == "none" else f"{mark.kind}, credit {mark.verdict}"
    left = pen.room - len(lead) - len(sure) - 2
    when = f"{'says' if mark.clock == 'claimed' else 'by'} {short_day(mark.at)} {clock(mark.at)}"
    number = f"  #{mark.article}"
    tails = (f"{number} {kind}, {when}", f"{number} {kind}", number, "")
    # The name first: what else is said of it must leave it most of its room.
    whole = len(pen.fit(row.outlet, 24, pad=False))
    tail = next((tail for tail in tails if len(tail) + whole <= left), "")
    name = pen.fit(row.outlet, max(4, left - len(tail)), pad=False)
    drawn = pen.paint(pen.shape(mark.kind), mark.verdict)
    return f"{lead}{sure}{drawn} {pen.paint(name, 'bold')}{pen.paint(tail, 'dim')}".rstrip()
