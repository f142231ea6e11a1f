"""A story's spread in words: figures, origin, tree, versions and what each copy changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import click

from watcher.cli.compare import word_diff
from watcher.cli.lines import say
from watcher.cli.picturing import draw_tree
from watcher.cli.render import Column, Output, coloured, counted, paint, visible
from watcher.core.message.words import duration

if TYPE_CHECKING:
    from watcher.core.values import Span, Word
    from watcher.report import StoryHistory
    from watcher.report.spread_values import Change, Figures, Ledger, StorySpread, TreeEdge

_LONG = 160  # characters of a text that a ledger shows
_ANSWERS = {
    "seen": "first seen",
    "claimed": "first claimed",
    "credited": "credited",
    "canonical": "canonical",
    "inferred": "inferred",
}


def span_words(span: Span | None) -> str:
    """A duration known up to an interval: `2 h to 3 h`, `at most 3 h`; no more exact than that."""
    if span is None:
        return ""
    low = None if not span.low else duration(span.low)
    if span.high is None:
        return "unknown" if low is None else f"{low} or more"
    high = duration(span.high)
    if low is None:
        return f"at most {high}" if span.high else "0"
    return high if low == high else f"{low} to {high}"


# ---------------------------------------------------------------- figures


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.0%}"


def _fast(f: Figures) -> str:
    sure = "" if f.velocity_least == f.velocity else f", {f.velocity_least:.2g} sure"
    return f"{f.velocity:.2g} an hour{sure}"


_ROWS: tuple[tuple[str, Callable[[Figures], str]], ...] = (
    ("copies", lambda f: str(f.copies)),
    ("outlets, families", lambda f: f"{f.outlets}, {f.families}"),
    ("2nd family after", lambda f: span_words(f.reached[0].took)),
    ("5th family after", lambda f: span_words(f.reached[1].took)),
    ("10th family after", lambda f: span_words(f.reached[2].took)),
    ("new families, 6 h", _fast),
    ("median lag", lambda f: span_words(f.lag_median)),
    ("90th percentile lag", lambda f: span_words(f.lag_p90)),
    ("half of them within", lambda f: span_words(f.half_life)),
    ("share copied, median", lambda f: _share(f.share_copied)),
    ("credit rate", lambda f: _share(f.credit_rate)),
    ("silent edits", lambda f: str(f.silent_edits)),
)


_Row = tuple[str, list[str]]


def _cell(n: int, row: _Row) -> str:
    return row[1][n]


def tell_figures(spread: StorySpread, out: Output) -> None:
    """The figures, of the whole and of its latest episode, and what they rest on."""
    if not spread.figures or spread.figures[0].copies == 0:
        return
    whole, *episodes = spread.figures
    shown = [whole] if len(episodes) < 2 else [whole, episodes[-1]]
    columns: list[Column[_Row]] = [Column("FIGURES", lambda row: row[0])]
    for n, f in enumerate(shown):
        name = "WHOLE STORY" if f.episode is None else f"EPISODE {f.episode}"
        columns.append(Column(name, partial(_cell, n), wide=True))
    rows: list[_Row] = [(label, [value(f) for f in shown]) for label, value in _ROWS]
    click.echo()
    out.rows([row for row in rows if any(row[1])], columns)
    clock = ", by the outlets' own dates" if whole.clock == "claimed" else ""
    since = "the first sighting" + ("" if len(shown) == 1 else "; of an episode from its opening")
    say(f"Times count from {since}{clock}.")
    for f in shown:
        name = "Rests on" if f.episode is None else f"Episode {f.episode} rests on"
        say(f"{name}: {f.note}")


# ---------------------------------------------------------------- origin


def tell_origin(spread: StorySpread, out: Output) -> None:
    """The short answer, the five side by side, and what speaks against what."""
    found = spread.origin
    say(paint(f"Origin: {visible(found.answer)}", bold=True))
    click.echo()
    for answer in found.answers:
        names = ", ".join(visible(name) for name in answer.names) or "no answer"
        ids = " ".join(f"#{a}" for a in answer.articles[:5])
        sure = "" if answer.confidence is None else f", confidence {answer.confidence:.2f}"
        when = ""
        if answer.at is not None:
            at = out.interval(answer.at) if answer.kind == "seen" else out.time(answer.at.by)
            when = f", {at}"
        say(f"{_ANSWERS[answer.kind]:<15}{names}{f' ({ids})' if ids else ''}{when}{sure}", hang=15)
        say(f"{'':15}{visible(answer.evidence)}", hang=0)
    if found.contradictions:
        click.echo()
        for one in found.contradictions:
            say(f"Against: {visible(one)}")


# ---------------------------------------------------------------- tree


def tell_tree(spread: StorySpread, out: Output) -> None:
    """Who took it from whom: each copy below its parent, with version, confidence and why."""
    say(
        paint(f"Story {spread.history.line.story}: {visible(spread.history.line.title)}", bold=True)
    )
    say(f"Origin: {visible(spread.origin.answer)}")
    click.echo()
    draw_tree(spread)
    click.echo()
    below: dict[int | None, list[TreeEdge]] = {}
    for edge in spread.tree:
        below.setdefault(edge.parent, []).append(edge)
    for article in spread.history.articles:
        if all(e.child != article.article for e in spread.tree):
            say(_node(spread.history, article.article, out))
            _branch(spread.history, below, article.article, 1, out)
    orphans = below.pop(None, [])
    for name, found in (
        ("a text never seen here", [e for e in orphans if e.confidence]),
        ("nothing to compare", [e for e in orphans if not e.confidence]),
    ):
        if found:
            say(name)
            _branch(spread.history, {**below, None: found}, None, 1, out)
    say("")
    say(
        "Numbers are the confidence of each edge, 0 to 1: the share of such edges that were true in"
        " simulated newsrooms."
    )


def _branch(
    history: StoryHistory,
    below: dict[int | None, list[TreeEdge]],
    parent: int | None,
    depth: int,
    out: Output,
) -> None:
    pad = "  " * min(depth, 10)
    for edge in below.get(parent, ()):
        taken = f" from its version {edge.parent_version}" if (edge.parent_version or 1) > 1 else ""
        say(f"{pad}{edge.confidence:.2f} {_node(history, edge.child, out)}{taken}", hang=5)
        say(f"{pad}     {visible(edge.why)}", hang=0)
        if edge.also:
            others = ", ".join(f"#{a} ({share:.2f})" for a, share in edge.also)
            say(f"{pad}     or from {others}", hang=0)
        if edge.contradiction:
            say(paint(f"{pad}     but {visible(edge.contradiction)}", fg="yellow"), hang=0)
        _branch(history, below, edge.child, depth + 1, out)


def _node(history: StoryHistory, article: int, out: Output) -> str:
    one = next(a for a in history.articles if a.article == article)
    at = one.claimed.at if one.clock == "claimed" and one.claimed.at else one.seen.by
    return f"#{article} {visible(one.outlet)}, {out.time(at)}"


# ---------------------------------------------------------------- versions


def tell_versions(spread: StorySpread, out: Output) -> None:
    """Articles that were edited, with what changed, and the copies that carry the old words."""
    edited = [v for v in spread.versions if len(v.lines) > 1]
    if not edited:
        say("No article of this story was seen in more than one version.")
    for one in edited:
        say(paint(f"#{one.article} {visible(one.outlet)}", bold=True))
        for line in one.lines:
            silent = ", silently: its date did not change" if line.silent else ""
            size = counted(line.words, "word")
            say(f"  version {line.n}, {out.interval(line.seen)}, {size}{silent}", hang=4)
            if line.diff:
                say(f"    {_diff(line.diff)}", hang=0)
            elif line.n > 1:
                say("    the text before it was pruned", hang=0)
        if one.withdrawn is not None:
            say(f"  withdrawn, {out.time(one.withdrawn)}")
    if spread.stale:
        click.echo()
        say(paint("Copies that still carry the old words:", bold=True))
    for stale in spread.stale:
        say(
            f"#{stale.article} {visible(stale.outlet)}, taken from version {stale.took} of"
            f" #{stale.source}, now at {stale.newest}; {duration(stale.age_s)} since the change"
        )
        for words in stale.words:
            say(f"    ... {visible(words)} ...", hang=2)


def _diff(words: Sequence[Word]) -> str:
    named = {"same": "same", "dropped": "del", "added": "add"}
    return word_diff(tuple((named[w.op], w.text) for w in words), full=False, colour=coloured())


# ---------------------------------------------------------------- what was changed


def tell_ledgers(spread: StorySpread, out: Output) -> None:
    """What each copy changed against the text it was taken from."""
    del out  # it says no times
    if not spread.ledgers:
        say("No copy can be compared with another text.")
    for n, ledger in enumerate(spread.ledgers):
        if n:
            click.echo()
        _tell_ledger(spread.history, ledger)


def _tell_ledger(history: StoryHistory, ledger: Ledger) -> None:
    outlet = next(a.outlet for a in history.articles if a.article == ledger.article)
    version = f", version {ledger.against_version}" if ledger.against_version > 1 else ""
    say(
        paint(f"#{ledger.article} {visible(outlet)}", bold=True)
        + f" against #{ledger.against}{version}"
    )
    if not ledger.changes:
        say("  nothing but the frame, if anything")
    for change in ledger.changes:
        say(f"  {change.what:<11}{_change(change)}", hang=13)


def _change(change: Change) -> str:
    before, after = (_cut(visible(text)) for text in (change.before, change.after))
    if change.what in ("dropped", "added"):
        return before or after
    if not before:
        return f"+ {after}"
    return f"{before} -> {after}" if after else f"- {before}"


def _cut(text: str) -> str:
    return text if len(text) <= _LONG else text[: _LONG - 3].rstrip() + "..."
