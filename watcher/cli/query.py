"""Questions: stories, one story, status. Safe while the daemon runs, without network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.base import Nothing, Setup, command, pass_setup
from watcher.cli.filters import Period, filtered
from watcher.cli.history import tell_story, tell_story_in_short, tell_timeline
from watcher.cli.params import NUMBER
from watcher.cli.picturing import PLOT, draw_timeline, plot_story
from watcher.cli.render import Column, Output, listing
from watcher.cli.spread import tell_ledgers, tell_origin, tell_tree, tell_versions
from watcher.cli.tell import coverage_words, tell_status
from watcher.core.errors import UsageError
from watcher.report import StoryLine, open_reader
from watcher.report.asking import StoriesAsked

if TYPE_CHECKING:
    from watcher.report.spread_values import StorySpread

_STORIES: tuple[Column[StoryLine], ...] = (
    Column("STORY", lambda s: s.story, right=True),
    Column("STATE", lambda s: s.state),
    Column("REACH", lambda s: s.reach, right=True),
    Column("ARTICLES", lambda s: s.articles, right=True),
    Column("EP", lambda s: s.episodes, right=True),
    Column("LAST COPY", lambda s: s.last_copy, right=True),
    Column("TITLE", lambda s: s.title, wide=True),
)


@command()
@filtered
@click.option("--title", metavar="WORDS", help="With these words in the headline; see search.")
@click.option("--tracked", is_flag=True, help="Only stories that a watch follows.")
@click.option(
    "--reach",
    type=click.IntRange(min=1),
    metavar="N",
    help="Carried by at least N families; default 2, and 1 with --tracked or --state single.",
)
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N")
@click.option("--after", type=NUMBER, metavar="STORY", help="The page that follows this story.")
@listing
@pass_setup
def stories(
    setup: Setup,
    filters: dict[str, Any],
    period: Period,
    title: str | None,
    tracked: bool,
    reach: int | None,
    limit: int,
    after: int | None,
    out: Output,
) -> None:
    """Stories that spread, the latest copy first.

    --since and --until bound the latest copy. --outlet, --family, --lang, --kind
    and --credit ask for stories that have such an article among several.
    """
    now = setup.clock()
    state = filters["state"]
    if state == "single" and any(value for name, value in filters.items() if name != "state"):
        raise UsageError(
            "--state single: an article alone is in no such list; `watcher search` finds it."
        )
    least = reach or (1 if tracked or state == "single" else 2)
    asked = StoriesAsked(**filters, **period(now), title=title, tracked=tracked, reach=least)
    with open_reader(setup.database_url()) as reader:
        found = reader.stories(asked, now=now, after=after, limit=limit + 1)
        coverage = reader.coverage(now=now)
    if not found:
        raise Nothing("No story fits.")
    out.rows(found[:limit], _STORIES)
    if out.people:
        click.echo(coverage_words(coverage))
        if any(line.clock == "claimed" for line in found[:limit]):
            click.echo("The times of imported stories are their outlets' claims.")
    if out.people and len(found) > limit:
        click.echo(f"There are more: add --after {found[limit - 1].story}", err=True)


@command()
@click.argument("story_id", type=NUMBER, metavar="ID")
@click.option("--timeline", is_flag=True, help="Every sighting in order, and what it opened.")
@click.option("--tree", is_flag=True, help="Who took it from whom, as far as can be inferred.")
@click.option("--origin", is_flag=True, help="Where it came from: five answers, and against what.")
@click.option("--versions", is_flag=True, help="What was edited, and who carries the old words.")
@click.option("--ledger", is_flag=True, help="What each copy changed.")
@click.option("--brief", is_flag=True, help="A line an article.")
@click.option("--plot", type=PLOT, metavar="FILE", help="The drawings as FILE.svg or FILE.png.")
@listing
@pass_setup
def story(
    setup: Setup,
    story_id: int,
    timeline: bool,
    tree: bool,
    origin: bool,
    versions: bool,
    ledger: bool,
    brief: bool,
    plot: Path | None,
    out: Output,
) -> None:
    """One story: origin, figures, episodes, articles."""
    now = setup.clock()
    wanted = (timeline, tree, origin, versions, ledger, brief)
    asked = [view for view, is_wanted in zip(_VIEWS, wanted, strict=True) if is_wanted]
    if len(asked) > 1:
        raise UsageError(f"--{asked[0]} and --{asked[1]} exclude each other: ask for one of them.")
    if plot is not None:
        plot_story(setup.database_url(), story_id, plot, now=now)
        return
    view = asked[0] if asked else "whole"
    with open_reader(setup.database_url()) as reader:
        if view == "timeline":
            events = reader.timeline(story_id)
            if not events:
                raise Nothing(f"There is no story {story_id}.")
            if out.people:
                draw_timeline(reader.story(story_id, now=now))
                tell_timeline(events, out)
            else:
                out.rows(events, ())
            return
        spread = reader.spread(story_id, now=now, parts=_PARTS_OF[view])
    if spread is None:
        raise Nothing(f"There is no story {story_id}.")
    if out.people:
        _TELLS[view](spread, out)
    else:
        out.rows(_records(spread, view, out), ())


_VIEWS = ("timeline", "tree", "origin", "versions", "ledger", "brief")
_PARTS_OF = {
    "whole": ("figures",),
    "brief": (),
    "tree": ("tree",),
    "origin": ("origin",),
    "versions": ("versions",),
    "ledger": ("ledgers",),
}
_TELLS: dict[str, Callable[[StorySpread, Output], None]] = {
    "whole": lambda spread, out: tell_story(spread.history, out, spread),
    "brief": lambda spread, out: tell_story_in_short(spread.history, out),
    "tree": tell_tree,
    "origin": tell_origin,
    "versions": tell_versions,
    "ledger": tell_ledgers,
}


def _records(spread: StorySpread, view: str, out: Output) -> Sequence[object]:
    """What a view is for programs: a record a line."""
    match view:
        case "tree":
            return spread.tree
        case "origin":
            return [spread.origin] if out.form == "json" else spread.origin.answers
        case "versions":
            return [*spread.versions, *spread.stale] if out.form == "json" else spread.stale
        case "ledger":
            return spread.ledgers
    if out.form == "csv":
        return spread.history.articles
    history = {f.name: getattr(spread.history, f.name) for f in fields(spread.history)}
    if view == "brief":
        return [history]
    return [{**history, "origin": spread.origin, "figures": spread.figures}]


@command()
@listing
@pass_setup
def status(setup: Setup, out: Output) -> None:
    """The whole at a glance: daemon, feeds, deliveries, database."""
    now = setup.clock()
    with open_reader(setup.database_url()) as reader:
        found = reader.status(now=now)
    if out.people:
        tell_status(found, out, now)
    else:
        out.rows([found], ())
