"""Outlets: who takes from whom, how late, with which credit; and one outlet's habits."""

from __future__ import annotations

from collections.abc import Sequence

import click

from watcher.cli.base import Nothing, Setup, command, pass_setup
from watcher.cli.lines import say
from watcher.cli.render import Column, Output, counted, listing, paint, visible, width
from watcher.cli.spread import span_words
from watcher.cli.tell import coverage_words
from watcher.report import open_reader
from watcher.report.outlet_values import OutletFigures, OutletList, OutletProfile, Pair

_FIGURES: tuple[Column[OutletFigures], ...] = (
    Column("OUTLET", lambda o: o.outlet, wide=True),
    Column("ARTICLES", lambda o: o.articles, right=True),
    Column("OWN", lambda o: o.own, right=True),
    Column("TAKEN", lambda o: o.taken, right=True),
    Column("GIVEN", lambda o: o.given, right=True),
    Column("CREDIT", lambda o: o.credit_rate, right=True),
    Column("MEDIAN LAG", lambda o: span_words(o.lag) if o.lag else None, wide=True),
)

_NEAR = 5  # names offered for one that nobody has
_LABEL = 24  # cells of an outlet's name beside the matrix


@command()
@click.argument("name", required=False)
@click.option(
    "--top",
    type=click.IntRange(2, 40),
    default=9,
    show_default=True,
    metavar="N",
    help="Outlets in the matrix; fewer where the line is too short.",
)
@click.option("--pairs", is_flag=True, help="Who took from whom, all of it, a line a pair.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=50, show_default=True, metavar="N"
)
@listing
@pass_setup
def outlets(setup: Setup, name: str | None, top: int, pairs: bool, limit: int, out: Output) -> None:
    """Who copies whom: a line an outlet, and a matrix of the busiest.

    With NAME (an outlet's name or domain) its profile. A copy is counted once, as
    taken from the text that has most words in common with it among those known
    to be earlier; where no order is known, it is counted for nobody.
    """
    now = setup.clock()
    with open_reader(setup.database_url()) as reader:
        if name is not None:
            named = reader.outlets(name)
            if not named:
                near = [visible(o.name) for o in reader.outlets(name, part=True)[:_NEAR]]
                raise Nothing(
                    f"No outlet is called {name}; there is {', '.join(near)}."
                    if near
                    else f"No outlet is called {name}: `watcher outlets` names them all."
                )
            profiles = [reader.outlet_profile(one.outlet) for one in named]
            coverage = reader.coverage(now=now)
        else:
            found = reader.outlet_list(top=top, whole=pairs or not out.people)
            coverage = reader.coverage(now=now)
    if name is not None:
        if out.people:
            for profile in profiles:
                _tell_profile(profile, out)
            click.echo(coverage_words(coverage))
        else:
            out.rows(profiles, ())
        return
    if not found.outlets:
        raise Nothing("No outlet is known yet.")
    if pairs:
        if not found.pairs:
            raise Nothing("No outlet is known to have taken anything from another.")
        out.rows(found.pairs, _PAIRS)
    elif out.people:
        out.rows(found.outlets[:limit], _FIGURES)
        if len(found.outlets) > limit:
            click.echo(f"There are {len(found.outlets) - limit:,} more: add --limit", err=True)
        _tell_matrix(found)
        click.echo()
        say(
            "OWN: share of words that stand in no earlier text of another outlet. CREDIT: share of"
            " the copies that name their source, of those that could."
        )
        click.echo(coverage_words(coverage))
    elif out.form == "json":
        out.rows(_with_sources(found), ())
    else:
        out.rows(found.outlets, ())


_PAIRS: tuple[Column[Pair], ...] = (
    Column("SOURCE", lambda p: p.source, wide=True),
    Column("TAKEN BY", lambda p: p.copier, wide=True),
    Column("COPIES", lambda p: p.copies, right=True),
    Column("CREDITED", lambda p: p.credited, right=True),
    Column("OF", lambda p: p.judged, right=True),
)


def _with_sources(found: OutletList) -> list[dict[str, object]]:
    """Each outlet with the whole of its row of the matrix."""
    sources: dict[str, list[Pair]] = {}
    for pair in found.pairs:
        sources.setdefault(pair.copier, []).append(pair)
    return [
        {
            "outlet": o.outlet,
            "domain": o.domain,
            "family": o.family,
            "articles": o.articles,
            "own": o.own,
            "taken": o.taken,
            "given": o.given,
            "lag": o.lag,
            "credit_rate": o.credit_rate,
            "taken_from": {p.source: p.copies for p in sources.get(o.domain, ())},
        }
        for o in found.outlets
    ]


def _tell_matrix(found: OutletList) -> None:
    """Rows took, columns gave: the busiest, as many as the line has room for."""
    if len(found.top) < 2:
        return
    name = {o.domain: o.outlet for o in found.outlets}
    copies = {(p.copier, p.source): p.copies for p in found.pairs}
    size = max(4, *(len(f"{n:,}") for n in copies.values())) + 1 if copies else 5
    shown = found.top[: (width() - _LABEL - 4) // size]
    if not any(one in shown and other in shown for one, other in copies):
        return
    click.echo()
    say(paint("Who took from whom: a row took, a column gave", bold=True))
    heading = "".join(f"{n:>{size}}" for n in range(1, len(shown) + 1))
    click.echo(" " * (_LABEL + 4) + paint(heading, bold=True))
    for n, copier in enumerate(shown, 1):
        counts = [copies.get((copier, source)) for source in shown]
        cells = "".join(f"{'' if count is None else f'{count:,}':>{size}}" for count in counts)
        click.echo(f"{n:>2}  {_cut(name[copier])}{cells}".rstrip())


def _cut(name: str) -> str:
    from rich.cells import cell_len, set_cell_size  # late: only tables need it

    shown = visible(name)
    if cell_len(shown) > _LABEL - 1:
        shown = set_cell_size(shown, _LABEL - 2).rstrip() + "…"
    return shown + " " * (_LABEL - cell_len(shown))


# ---------------------------------------------------------------- one outlet


def _tell_profile(profile: OutletProfile, out: Output) -> None:
    o = profile.figures
    group = f" ({visible(o.family)})" if o.family != o.outlet else ""
    say(paint(f"{visible(o.outlet)}{group}: {visible(o.domain)}", bold=True))
    own = "" if o.own is None else f", {o.own:.0%} of the words its own"
    say(f"{counted(o.articles, 'article')}{own}")
    first, last = profile.recorded
    if first is not None and last is not None:
        say(f"first seen by {out.time(first)}, last {out.time(last)}")
    if profile.languages:
        say(f"languages: {_tally([(lang or 'unknown', n) for lang, n in profile.languages])}")
    for address, state in profile.feeds:
        say(f"feed {visible(address)}" + ("" if state == "polled" else f" ({state})"))
    click.echo()
    lag = f", median lag {span_words(o.lag)}" if o.lag else ""
    say(f"Took {counted(o.taken, 'article')} from others{lag}")
    if profile.kinds:
        say(f"  kinds: {_tally(profile.kinds)}", hang=0)
    if profile.credits:
        rate = "" if o.credit_rate is None else f" (rate {o.credit_rate:.2f})"
        say(f"  credits: {_tally(profile.credits)}{rate}", hang=0)
    for pair in profile.sources:
        say(
            f"  from {visible(pair.source)}: {counted(pair.copies, 'copy', 'copies')}{_named(pair)}"
        )
    lag = f", median lag {span_words(profile.lag_given)}" if profile.lag_given else ""
    say(f"Gave {counted(o.given, 'article')} to others{lag}")
    for pair in profile.copiers:
        say(f"  to {visible(pair.copier)}: {counted(pair.copies, 'copy', 'copies')}{_named(pair)}")
    if profile.most_copied:
        click.echo()
        say("Most copied:")
        for line in profile.most_copied:
            copies = counted(line.copies, "copy", "copies")
            say(f"  story {line.story}, {copies}: {visible(line.title)}", hang=4)
    click.echo()


def _named(pair: Pair) -> str:
    return f", {pair.credited} of {pair.judged} credited" if pair.judged else ""


def _tally(counts: Sequence[tuple[str, int]]) -> str:
    return ", ".join(f"{n:,} {visible(word)}" for word, n in counts)
