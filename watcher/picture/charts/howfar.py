"""How far it went: articles and families added up over all its time, and episode over episode."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from watcher.core.message.words import duration
from watcher.picture.charts.axis import HEAD, WIDE, time_axis
from watcher.picture.drawing import Drawing, label, line, measure
from watcher.picture.growth import Growth, Point, by_episode, whole
from watcher.picture.markup import Markup, el, isolated, join, number, void
from watcher.picture.palette import SERIES
from watcher.picture.scale import scale_of
from watcher.picture.words import counted, stamp
from watcher.report.spread_values import StorySpread

_HEIGHT: Final = 190.0
_DASHES: Final = (None, "7 4", "2 3.5", "9 3 2 3")
_EPISODES: Final = 8
_STEPS: Final = (60, 300, 900, 1800, 3600, 7200, 21_600, 43_200, 86_400, 172_800, 604_800,
                 1_209_600, 2_592_000, 7_776_000, 31_536_000)  # fmt: skip
_DOTS: Final = 120  # points above which a curve is drawn without dots

XY = tuple[float, float]


def growth(spread: StorySpread, width: float = WIDE) -> Drawing | None:
    """Articles and families over the story's time; None where there is only one point."""
    curve = whole(spread)
    if len(curve.points) < 2:
        return None
    scale = scale_of(spread.history)
    last = curve.points[-1]
    told = counted(last.articles, "article"), counted(last.families, "family", "families")
    left, right = _sides(width, curve.most, *told)
    top, bottom = HEAD, HEAD + _HEIGHT
    parts = [time_axis(scale, left, right, top, bottom), _levels(curve.most, left, right, top)]

    def x(at: datetime) -> float:
        return left + scale.x(at) * (right - left)

    articles = [(x(p.at), _y(p.articles, curve.most, top)) for p in curve.points]
    families = [(x(p.at), _y(p.families, curve.most, top)) for p in curve.points]
    parts.append(_stairs(articles, right, "soft", 1.6, "4 3"))
    parts.append(_stairs(families, right, "first", 2.6, None))
    if len(curve.points) <= _DOTS:
        parts += [
            _dot(at, "first", _point_says(p)) for at, p in zip(families, curve.points, strict=True)
        ]
    ends = [
        (articles[-1][1], told[0], "soft"),
        (families[-1][1], told[1], "first"),
    ]
    parts.append(_ends(ends, right))
    says = f"Adoption: {told[0]} at {told[1]} by {stamp(last.at)} UTC."
    return Drawing(width, bottom + 8, join(parts), says)


def episodes(spread: StorySpread, width: float = WIDE) -> Drawing | None:
    """Families since each episode opened, one curve over the other; None for a single episode."""
    curves = by_episode(spread)[-_EPISODES:]
    if len(curves) < 2:
        return None
    starts = {e.n: e.opened for e in spread.history.episodes}
    most = max(p.families for curve in curves for p in curve.points)
    longest = max(p.at - _start(curve, starts) for curve in curves for p in curve.points)
    longest = max(longest, timedelta(minutes=30))
    left, right = _sides(width, most, f"episode {curves[-1].episode}")
    top, bottom = 16.0, 16.0 + _HEIGHT
    parts = [_levels(most, left, right, top), _elapsed(longest, left, right, top, bottom)]
    taken: list[XY] = []
    for n, curve in enumerate(curves):
        start = _start(curve, starts)
        token = SERIES[n % len(SERIES)]
        points = [
            (left + max(0.0, (p.at - start) / longest) * (right - left), _y(p.families, most, top))
            for p in curve.points
        ]
        parts.append(_stairs(points, points[-1][0], token, 2.6, _DASHES[n % len(_DASHES)]))
        parts.append(_dot(points[-1], token, f"episode {curve.episode}"))
        parts.append(_beside_end(points[-1], curve, token, right, taken))
    says = "Families since each episode opened: " + "; ".join(
        f"episode {c.episode}, {counted(c.points[-1].families, 'family', 'families')} after"
        f" {duration((c.points[-1].at - _start(c, starts)).total_seconds())}"
        for c in curves
    )
    return Drawing(width, bottom + 26, join(parts), says + ".")


def _start(curve: Growth, starts: dict[int, datetime]) -> datetime:
    first = curve.points[0].at
    return min(first, starts.get(curve.episode or 0, first))


def _sides(width: float, most: int, *ends: str) -> tuple[float, float]:
    """Where a chart begins and ends, with room for its figures and for the names of its curves."""
    return 14.0 + 7 * len(str(most)), width - 10 - max(measure(end, 12) for end in ends)


def _y(value: int, most: int, top: float) -> float:
    return top + _HEIGHT - value / most * (_HEIGHT - 14)


def _levels(most: int, left: float, right: float, top: float) -> Markup:
    step = next(
        s * m for m in (1, 10, 100, 1000, 10**4, 10**5) for s in (1, 2, 5) if s * m * 5 >= most
    )
    parts = []
    for value in range(0, most + 1, step):
        y = _y(value, most, top)
        parts.append(line([(left, y), (right, y)], "axis" if value == 0 else "line"))
        parts.append(label(left - 6, y + 4, f"{value}", size=11, of="soft", text_anchor="end"))
    return join(parts)


def _elapsed(longest: timedelta, left: float, right: float, top: float, bottom: float) -> Markup:
    seconds = longest.total_seconds()
    most = (right - left) / 74
    step = next((s for s in _STEPS if seconds / s <= most), int(seconds) + 1)
    parts = []
    for at in range(0, int(seconds) + 1, step):
        x = left + at / seconds * (right - left)
        parts.append(line([(x, top), (x, bottom)], "line"))
        text = "opened" if at == 0 else f"+{duration(at)}"
        parts.append(
            label(x, bottom + 17, text, size=11, of="soft", text_anchor="middle" if at else "start")
        )
    return join(parts)


def _stairs(points: list[XY], right: float, token: str, width: float, dash: str | None) -> Markup:
    way = f"M{number(points[0][0])},{number(points[0][1])}"
    for px, py in points[1:]:
        way += f"H{number(px)}V{number(py)}"
    return void("path", d=f"{way}H{number(max(right, points[-1][0]))}", class_=f"o s-{token}",
                stroke_width=width, stroke_dasharray=dash, stroke_linejoin="round")  # fmt: skip


def _dot(at: XY, token: str, says: str) -> Markup:
    return el(
        "g",
        el("title", isolated(says)),
        void("circle", cx=at[0], cy=at[1], r=3.2, class_=f"f-{token} s-paper", stroke_width=1.2),
    )


def _point_says(point: Point) -> str:
    return (
        f"{point.outlet}: {counted(point.articles, 'article')},"
        f" {counted(point.families, 'family', 'families')} by {stamp(point.at)} UTC"
    )


def _ends(ends: list[tuple[float, str, str]], right: float) -> Markup:
    """Labels at the ends of curves, moved apart where two would meet."""
    parts, floor = [], -100.0
    for y, text, of in sorted(ends):
        y = max(y + 4, floor)
        parts.append(label(right + 7, y, text, size=12, of=of, bold=of != "soft"))
        floor = y + 15
    return join(parts)


def _beside_end(at: XY, curve: Growth, token: str, right: float, taken: list[XY]) -> Markup:
    """The name of a curve at its end: in the margin, or below a curve that ends before it."""
    x, y = (at[0] + 8, at[1] + 4) if at[0] > right - 4 else (at[0] + 5, at[1] + 15)
    while any(abs(y - other) < 14 and abs(x - where) < 80 for where, other in taken):
        y -= 14
    taken.append((x, y))
    return label(x, y, f"episode {curve.episode}", size=12, of=token, bold=True)
