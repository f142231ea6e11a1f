"""A small drawing module: shapes, labels that know their width, and marks for kinds and credits.

Widths are those of DejaVu Sans, which is wide: a label that fits here fits in whatever font the
reader has.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Final

from watcher.core.message.words import clean
from watcher.picture.markup import Markup, el, isolated, join, number, void
from watcher.picture.palette import drawing_rules

FONTS: Final = "FiraGO, 'Fira Sans', 'Noto Sans', 'DejaVu Sans', sans-serif"

_NARROW: Final = frozenset("iIjl.,:;'|!()[]/ ft·")
_BROAD: Final = frozenset("mwMW@%—…")


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture `width` by `height` pixels; `says` tells those who do not see it what it shows."""

    width: float
    height: float
    body: Markup
    says: str

    def svg(self, **attributes: object) -> Markup:
        """The element, for a page that has the colours' rules."""
        return el(
            "svg",
            el("title", self.says),
            self.body,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            role="img",
            aria_label=self.says,
            **attributes,
        )

    def alone(self) -> str:
        """A file of its own, in the light colours, on white."""
        ground = void("rect", width="100%", height="100%", class_="f-paper")
        return '<?xml version="1.0" encoding="UTF-8"?>\n' + el(
            "svg",
            el("title", self.says),
            el("style", Markup(drawing_rules(fixed=True))),
            ground,
            self.body,
            xmlns="http://www.w3.org/2000/svg",
            viewBox=f"0 0 {number(self.width)} {number(self.height)}",
            width=self.width,
            height=self.height,
            font_family=FONTS,
        )


def measure(text: str, size: float) -> float:
    """How wide `text` is at most, in pixels, in letters of that size."""
    units = 0.0
    for c in text:
        if c in _NARROW:
            units += 0.39
        elif c in _BROAD:
            units += 1.0
        elif unicodedata.combining(c) or unicodedata.category(c) in ("Cf", "Mn", "Me"):
            continue
        elif unicodedata.east_asian_width(c) in "WF":
            units += 1.3 if ord(c) > 0x1F000 else 1.0
        elif c.isupper():
            units += 0.72
        else:
            units += 0.63
    return units * size


def cut(text: str, size: float, room: float) -> str:
    """`text` on one line, cut with an ellipsis where it is wider than `room` pixels."""
    text = clean(text, 300)
    if measure(text, size) <= room:
        return text
    while text and measure(text, size) + size > room:
        text = text[:-1]
    return text.rstrip() + "…"


def label(
    x: float, y: float, text: str, *, size: float = 12, of: str = "ink", **more: object
) -> Markup:
    """A line of text whose base line begins at (x, y); `of` is a token of the palette."""
    weight = "b " if more.pop("bold", False) else ""
    return el("text", isolated(text), x=x, y=y, font_size=size, class_=f"{weight}f-{of}", **more)


def line(
    points: Sequence[tuple[float, float]], of: str, width: float = 1, **more: object
) -> Markup:
    """Straight lines from point to point."""
    way = "M" + "L".join(f"{number(x)},{number(y)}" for x, y in points)
    return void("path", d=way, class_=f"o s-{of}", stroke_width=width, **more)


def box(x: float, y: float, width: float, height: float, of: str, **more: object) -> Markup:
    """A filled rectangle."""
    return void("rect", x=x, y=y, width=max(0.0, width), height=height, class_=f"f-{of}", **more)


def hatched(x: float, y: float, width: float, height: float) -> Markup:
    """A rest: shaded, and hatched for those who do not see the shade."""
    lines = []
    step, at = 9.0, x - height
    while at < x + width:
        # Each stroke runs down to the left, clipped by hand: patterns need ids.
        top, bottom = at + height, at
        x1, y1 = (top, y) if top <= x + width else (x + width, y + top - (x + width))
        x2, y2 = (bottom, y + height) if bottom >= x else (x, y + height - (x - bottom))
        if x1 > x2:
            lines.append(f"M{number(x1)},{number(y1)}L{number(x2)},{number(y2)}")
        at += step
    return join(
        [
            box(x, y, width, height, "rest"),
            void("path", d="".join(lines), class_="o s-hatch", stroke_width=1),
        ]
    )


# ---------------------------------------------------------------- marks


def _ring(corners: int, radius: float, turn: float = 0.0, inner: float = 1.0) -> str:
    points = []
    for k in range(corners):
        length = radius * (inner if k % 2 else 1.0)
        angle = 2 * pi * k / corners - pi / 2 + turn
        points.append(f"{number(length * cos(angle))},{number(length * sin(angle))}")
    return "M" + "L".join(points) + "Z"


def _round(r: float) -> str:
    arc = f"a{number(r)},{number(r)} 0 1 0"
    return f"M{number(-r)},0{arc} {number(2 * r)},0{arc} {number(-2 * r)},0Z"


_OUTLINES: Final[dict[str, str]] = {
    "root": _ring(10, 9.5, inner=0.45),
    "verbatim": _round(6.2),
    "wrapped": _ring(4, 8.2, turn=pi / 4),
    "edited": _ring(3, 8.6),
    "excerpt": _ring(4, 8.2),
    "repost": _ring(8, 7.4),
    "translation": _ring(3, 8.6, turn=pi),
}
_OTHER: Final = _ring(5, 7.8)


def mark(x: float, y: float, kind: str, verdict: str, says: str = "") -> Markup:
    """An article: its kind is the shape, its credit the colour and the filling.

    Filled: full credit, or nothing to credit; a dot inside: partial; empty: stripped; a cross:
    wrong.
    """
    token = verdict if verdict in ("full", "partial", "stripped", "wrong") else "none"
    filled = token in ("full", "none")
    parts = [
        void(
            "path",
            d=_OUTLINES.get(kind, _OTHER),
            class_=f"f-{token if filled else 'paper'} s-{token}",
            stroke_width=1.8,
            stroke_linejoin="round",
        )
    ]
    if token == "partial":  # noqa: S105  # a verdict
        parts.append(void("circle", r=2.3, class_="f-partial"))
    elif token == "wrong":  # noqa: S105
        parts.append(
            void(
                "path",
                d="M-2.4,-2.4L2.4,2.4M-2.4,2.4L2.4,-2.4",
                class_="o s-wrong",
                stroke_width=1.6,
            )
        )
    title = [el("title", isolated(says))] if says else []
    return el("g", *title, *parts, transform=f"translate({number(x)},{number(y)})")
