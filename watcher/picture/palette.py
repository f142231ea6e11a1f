"""Colours of every picture in the light and in the dark, and how far two of them stand apart.

Text keeps a contrast of 4.5 to whatever it stands on, lines and marks 3 (WCAG 2.2, 1.4.3 and
1.4.11); a test computes both. Nothing is said by colour alone: a credit is also the filling of
its mark, a kind its shape, an episode its dashes.
"""

from __future__ import annotations

from typing import Final

# token: (light, dark)
COLOURS: Final[dict[str, tuple[str, str]]] = {
    "paper": ("#ffffff", "#15181b"),
    "panel": ("#f5f5f1", "#1e2226"),
    "ink": ("#1b1e22", "#e9ebee"),
    "soft": ("#575e66", "#a9b1ba"),
    "line": ("#d6d8d3", "#3b4148"),
    "axis": ("#83898f", "#79818a"),
    "link": ("#174ea6", "#8ab4f8"),
    "rest": ("#ebebe5", "#262b30"),
    "hatch": ("#d3d3ca", "#3a4149"),
    "full": ("#0a6b4d", "#5ecfa2"),
    "partial": ("#8a5600", "#e6b455"),
    "stripped": ("#b3261e", "#ff9086"),
    "wrong": ("#7a2d90", "#d9a0ea"),
    "none": ("#575e66", "#a9b1ba"),
    "first": ("#174ea6", "#8ab4f8"),
    "again": ("#a83f00", "#ffa36b"),
    "third": ("#0a6b4d", "#5ecfa2"),
    "fourth": ("#7a2d90", "#d9a0ea"),
    "added": ("#d8f0df", "#153c28"),
    "dropped": ("#fbe0dd", "#4d2220"),
    "moved": ("#fcefc7", "#43370f"),
}

# What stands on what: (foreground, background, least contrast).
TEXT: Final = 4.5
LINE: Final = 3.0
PAIRS: Final[tuple[tuple[str, str, float], ...]] = (
    *((f, b, TEXT) for f in ("ink", "soft", "link") for b in ("paper", "panel", "rest")),
    *(("ink", b, TEXT) for b in ("added", "dropped", "moved", "hatch")),
    *((f, b, TEXT) for f in ("full", "partial", "stripped", "wrong", "none")
      for b in ("paper", "panel")),
    *((f, "rest", LINE) for f in ("full", "partial", "stripped", "wrong", "none")),
    *((f, "paper", TEXT) for f in ("first", "again", "third", "fourth")),
    ("axis", "paper", LINE),
    ("axis", "panel", LINE),
)  # fmt: skip

SERIES: Final = ("first", "again", "third", "fourth")


def light(token: str) -> str:
    """The colour on white paper."""
    return COLOURS[token][0]


def dark(token: str) -> str:
    """The colour on a dark screen."""
    return COLOURS[token][1]


def contrast(a: str, b: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, 1 to 21 (WCAG 2.2, relative luminance)."""
    low, high = sorted((_luminance(a), _luminance(b)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def variables(which: int) -> str:
    """The tokens as CSS custom properties; `which` is 0 for light, 1 for dark."""
    return "".join(f"--{name}:{pair[which]};" for name, pair in COLOURS.items())


def drawing_rules(*, fixed: bool) -> str:
    """CSS for the classes that drawings use: `f-TOKEN` fills, `s-TOKEN` strokes, and a few words.

    `fixed`: the light colours themselves, for a drawing on its own; else the page's properties.
    """

    def colour(token: str) -> str:
        return light(token) if fixed else f"var(--{token})"

    rules = [
        rule
        for token in COLOURS
        for rule in (f".f-{token}{{fill:{colour(token)}}}", f".s-{token}{{stroke:{colour(token)}}}")
    ]
    return "".join([*rules, ".b{font-weight:600}", ".o{fill:none}"])
