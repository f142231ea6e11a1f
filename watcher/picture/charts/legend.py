"""What the marks mean: kinds by shape, credits by colour and filling. Only those that occur."""

from __future__ import annotations

from watcher.picture.charts.axis import WIDE
from watcher.picture.drawing import Drawing, box, hatched, label, line, mark, measure
from watcher.picture.lanes import kind_of
from watcher.picture.markup import Markup, el, join, number, void
from watcher.picture.words import CREDITS, KINDS
from watcher.report.values import StoryHistory

_ROW = 22.0


def legend(history: StoryHistory, width: float = WIDE) -> Drawing:
    """The legend of a story's timeline and graph."""
    copies = [article for article in history.articles if article.article != history.root]
    kinds = {kind_of(article, history.root) for article in history.articles}
    verdicts = {article.verdict for article in copies}
    names = [kind for kind in (*KINDS, *sorted(kinds - KINDS.keys())) if kind in kinds]
    rows = [
        [(mark(0, 0, kind, "none"), KINDS.get(kind, kind)) for kind in names],
        [(mark(0, 0, "verbatim", v), text) for v, text in CREDITS.items() if v in verdicts],
        _times(history),
    ]
    heads = ("Kind, by shape", "Credit, by colour and filling", "Time")
    parts: list[Markup] = []
    y = 12.0
    for head, items in zip(heads, rows, strict=True):
        if not items:
            continue
        parts.append(label(0, y, head, size=11, bold=True, of="soft"))
        y += _ROW
        x = 0.0
        for drawn, text in items:
            room = 34 + measure(text, 11.5) + 14
            if x and x + room > width + 14:
                x, y = 0.0, y + _ROW
            parts += [_at(drawn, x + 13, y - 4), label(x + 30, y, text, size=11.5)]
            x += room
        y += _ROW + 4
    return Drawing(width, y - 16, join(parts), "What the marks mean")


def _at(drawn: Markup, x: float, y: float) -> Markup:
    return el("g", drawn, transform=f"translate({number(x)},{number(y)})")


def _times(history: StoryHistory) -> list[tuple[Markup, str]]:
    seen = [a for a in history.articles if a.clock == "seen"]
    found: list[tuple[Markup, str]] = []
    if any(a.seen.after is not None for a in seen):
        bar = join(
            [
                box(-13, -3.5, 24, 7, "none", rx=2, opacity=0.32),
                line([(-13, -6), (-13, 6)], "none", 1.6),
            ]
        )
        found.append((bar, "not there before, there by the mark"))
    if any(a.seen.after is None for a in seen):
        found.append(
            (
                line([(-13, 0), (11, 0)], "axis", 2, stroke_dasharray="2 4"),
                "there when we first looked",
            )
        )
    if len(seen) < len(history.articles):
        ring = void("circle", r=11, class_="o s-axis", stroke_dasharray="2 2.5")
        found.append((ring, "imported: the outlet's own date"))
    if len(history.episodes) > 1:
        found.append((hatched(-13, -8, 24, 16), "at rest, not to scale"))
    return found
