"""Questions: stories, one story, status. Safe while the daemon runs, without network."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from watcher.cli.base import Nothing, Setup, command, pass_setup
from watcher.cli.history import tell_story, tell_story_in_short, tell_timeline
from watcher.cli.params import NUMBER, SINCE, moment
from watcher.cli.render import Column, Output, listing
from watcher.cli.tell import coverage_words, tell_status
from watcher.report import (
    STATES,
    StoryLine,
    open_reader,
)

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
@click.option("--since", type=SINCE, metavar="7d|DATE", help="With a copy since then.")
@click.option("--tracked", is_flag=True, help="Only stories that a watch follows.")
@click.option("--state", type=click.Choice(STATES), help="Only stories in this state.")
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
    since: timedelta | datetime | None,
    tracked: bool,
    state: str | None,
    reach: int | None,
    limit: int,
    after: int | None,
    out: Output,
) -> None:
    """Stories that spread, the latest copy first."""
    now = setup.clock()
    least = reach or (1 if tracked or state == "single" else 2)
    with open_reader(setup.database_url()) as reader:
        found = reader.stories(
            now=now,
            since=moment(since, now),
            state=state,
            reach=least,
            tracked=tracked,
            after=after,
            limit=limit + 1,
        )
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
@click.option("--brief", is_flag=True, help="A line an article.")
@listing
@pass_setup
def story(setup: Setup, story_id: int, timeline: bool, brief: bool, out: Output) -> None:
    """One story: its articles, their matches, its episodes."""
    now = setup.clock()
    with open_reader(setup.database_url()) as reader:
        if timeline:
            events = reader.timeline(story_id)
            if not events:
                raise Nothing(f"There is no story {story_id}.")
            if out.people:
                tell_timeline(events, out)
            else:
                out.rows(events, ())
            return
        history = reader.story(story_id, now=now)
    if history is None:
        raise Nothing(f"There is no story {story_id}.")
    if out.form == "csv":
        out.rows(history.articles, ())
    elif out.form == "json":
        out.rows([history], ())
    elif brief:
        tell_story_in_short(history, out)
    else:
        tell_story(history, out)


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
