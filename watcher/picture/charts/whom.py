"""Who took it from whom: each copy in a row of its own, below its source, one step further in."""

from __future__ import annotations

from typing import Final

from watcher.picture.charts.axis import WIDE, is_narrow
from watcher.picture.drawing import Drawing, cut, label, mark, measure
from watcher.picture.lineage import Row, deepest, lineage_of
from watcher.picture.markup import Markup, el, isolated, join, number, void
from watcher.picture.words import clock, counted, credit, short_day
from watcher.report.spread_values import StorySpread, TreeEdge

ROWS: Final = 60
_LEFT: Final = 12.0


def lineage(spread: StorySpread, width: float = WIDE) -> Drawing:
    """The propagation graph, at most ROWS articles. The surer an edge, the thicker its line."""
    found = lineage_of(spread, ROWS)
    narrow = is_narrow(width)
    height = 42.0 if narrow else 40.0
    names = 200.0 if narrow else 330.0
    steps = max(1, deepest(found.rows))
    indent = min(26.0 if narrow else 118.0, (width - names - _LEFT) / steps)
    where = [(_LEFT + row.depth * indent, 20 + n * height) for n, row in enumerate(found.rows)]
    edges: list[tuple[bool, Markup]] = []
    nodes: list[Markup] = []
    for row, (x, y) in zip(found.rows, where, strict=True):
        if row.edge is not None:
            above = (x - indent, y) if row.parent is None else where[row.parent]
            drawn = _edge(row.edge, above, (x, y), indent, told=not narrow and indent >= 52)
            edges.append((not row.edge.contradiction, drawn))
        nodes.append(_node(row, x, y, width, told=narrow or indent < 52))
    # Where they run down together the plain ones lie on top of those that are contradicted.
    edges.sort(key=lambda e: e[0])
    bottom = 20 + len(found.rows) * height - height / 2 + 14
    sources = sum(row.edge is not None and row.edge.parent is not None for row in found.rows)
    says = (
        f"Who took it from whom: {counted(len(found.rows), 'article')},"
        f" {counted(sources, 'copy', 'copies')} with a source that was seen here."
        " The table below it has every figure."
    )
    return Drawing(width, bottom, join([*(edge for _, edge in edges), *nodes]), says)


def thickness(confidence: float) -> float:
    """The width of an edge's line in pixels, 1 to 5."""
    return 1 + 4 * max(0.0, min(1.0, confidence))


def _edge(
    edge: TreeEdge,
    above: tuple[float, float],
    at: tuple[float, float],
    indent: float,
    *,
    told: bool,
) -> Markup:
    (px, py), (x, y) = above, at
    dash = None
    if edge.parent is None:
        way, dash = f"M{number(px + 10)},{number(y)}H{number(x - 10)}", "5 4"
    else:
        bend = min(14.0, indent / 2)
        way = (
            f"M{number(px)},{number(py + 11)}V{number(y - bend)}"
            f"Q{number(px)},{number(y)} {number(px + bend)},{number(y)}H{number(x - 11)}"
        )
    token = "stripped" if edge.contradiction else "axis"
    parts = [
        el("title", isolated(_edge_says(edge))),
        void("path", d=way, class_=f"o s-{token}", stroke_width=thickness(edge.confidence),
             stroke_dasharray=dash, stroke_linecap="butt"),
    ]  # fmt: skip
    if edge.parent is None:
        parts.append(void("circle", cx=px, cy=y, r=9.5, class_="f-paper s-axis", stroke_width=1.6,
                          stroke_dasharray="3 2.5"))  # fmt: skip
        parts.append(label(px, y + 4.5, "?", size=12, of="soft", text_anchor="middle"))
    if told:
        middle = (px + x) / 2 + 3
        of = "stripped" if edge.contradiction else "soft"
        parts.append(label(middle, y - 6, _sure(edge), size=11, of=of, text_anchor="middle"))
    return el("g", *parts)


def _sure(edge: TreeEdge) -> str:
    return f"{edge.confidence:.2f}" + (" !" if edge.contradiction else "")


def _edge_says(edge: TreeEdge) -> str:
    source = "a text never seen here" if edge.parent is None else f"article {edge.parent}"
    words = f"from {source}, confidence {edge.confidence:.2f}: {edge.why}"
    return f"{words}; against it: {edge.contradiction}" if edge.contradiction else words


def _node(row: Row, x: float, y: float, width: float, *, told: bool) -> Markup:
    one = row.mark
    facts = [one.kind] if one.verdict == "none" else [one.kind, credit(one.verdict)]
    says = "says " if one.clock == "claimed" else ""
    facts.append(f"{says}{short_day(one.at)}, {clock(one.at)}")
    if told and row.edge is not None:
        facts.insert(0, _sure(row.edge))
    room = width - x - 18
    name, rest = cut(row.outlet, 13, room), []
    left = room - measure(name, 13) - 12
    if room > 420 and left > 60:
        rest = [
            el("tspan", isolated(cut(one.title, 11.5, left)), dx=9, font_size=11.5,
               class_="f-soft n")
        ]  # fmt: skip
    return join(
        [
            mark(x, y, one.kind, one.verdict, f"{row.outlet}: {one.title}"),
            el("text", el("tspan", isolated(name), class_="b"), *rest, x=x + 16, y=y, font_size=13,
               class_="f-ink"),
            label(x + 16, y + 14, cut(" · ".join(facts), 11, room), size=11, of="soft"),
        ]
    )  # fmt: skip
