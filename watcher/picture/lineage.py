"""Who took it from whom, as rows: each copy below its source, siblings in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from watcher.core.message.words import clean
from watcher.picture.lanes import Mark, mark_of
from watcher.report.spread_values import StorySpread, TreeEdge


@dataclass(frozen=True, slots=True)
class Row:
    """An article in the tree. `parent` is the row it hangs on, `edge` what is known of that.

    `edge` None: a root. With an `edge` whose parent is None it was taken from a text never seen
    here; it then stands one step in, behind a blank. `rails`: for each step between the first and
    its own whether a later sibling follows there.
    """

    mark: Mark
    outlet: str
    depth: int
    parent: int | None
    edge: TreeEdge | None
    last: bool
    rails: tuple[bool, ...]

    @property
    def unknown(self) -> bool:
        """Whether it was taken from a text that was never seen here."""
        return self.edge is not None and self.edge.parent is None


@dataclass(frozen=True, slots=True)
class Lineage:
    """The rows that are shown, `more` edges into the same copies, and articles left out."""

    rows: tuple[Row, ...]
    more: tuple[TreeEdge, ...]
    left_out: int


def lineage_of(spread: StorySpread, most: int) -> Lineage:
    """At most `most` rows of a story's tree, its root's first: those that came first, those that
    opened an episode, and whatever is above them.

    Of several sources of one copy the surest carries it, the others are `more`. An edge that
    would close a circle is `more` too.
    """
    history = spread.history
    articles = {a.article: a for a in history.articles}
    marks = {a.article: mark_of(a, history.root) for a in history.articles}
    held: dict[int, TreeEdge] = {}
    more: list[TreeEdge] = []
    for edge in sorted(spread.tree, key=lambda e: -e.confidence):
        if edge.child not in articles or (edge.parent is not None and edge.parent not in articles):
            continue
        if edge.parent is None and not edge.confidence:  # nothing is known, not even that
            continue
        if edge.child in held or _circles(edge, held):
            more.append(edge)
        else:
            held[edge.child] = edge
    below: dict[int, list[int]] = {}
    roots: list[int] = []
    by_time = sorted(articles, key=lambda n: (marks[n].at, n))
    first = [n for n in (history.root, *(e.article for e in history.episodes)) if n in articles]
    shown = _chosen([*first, *by_time], held, most)
    for article in (n for n in by_time if n in shown):
        above = held.get(article)
        if above is None or above.parent is None:
            roots.append(article)
        else:
            below.setdefault(above.parent, []).append(article)
    roots.sort(key=lambda n: (n != history.root, n in held))
    rows: list[Row] = []
    stack: list[tuple[int, int | None, int, bool, tuple[bool, ...]]] = [
        (n, None, int(n in held), True, ()) for n in reversed(roots)
    ]
    while stack:
        n, parent, depth, last, rails = stack.pop()
        outlet = clean(articles[n].outlet, 80)
        rows.append(Row(marks[n], outlet, depth, parent, held.get(n), last, rails))
        here, inner = len(rows) - 1, (*rails, not last) if depth else ()
        children = below.get(n, [])
        stack.extend(
            (child, here, depth + 1, child == children[-1], inner) for child in reversed(children)
        )
    return Lineage(tuple(rows), tuple(more), len(articles) - len(rows))


def _chosen(wanted: Iterable[int], held: dict[int, TreeEdge], most: int) -> set[int]:
    """As many of the wanted as there is room for, none without its sources."""
    chosen: set[int] = set()
    for article in wanted:
        line: list[int] = []
        at: int | None = article
        while at is not None and at not in chosen:
            line.append(at)
            above = held.get(at)
            at = above.parent if above else None
        if len(chosen) + len(line) <= most:
            chosen.update(line)
    return chosen


def _circles(edge: TreeEdge, held: dict[int, TreeEdge]) -> bool:
    at = edge.parent
    while at is not None:
        if at == edge.child:
            return True
        above = held.get(at)
        at = above.parent if above else None
    return False


def deepest(rows: Sequence[Row]) -> int:
    """The number of steps of the longest chain."""
    return max((row.depth for row in rows), default=0)
