"""Feeds: which there are, how each is doing, and when it is next."""

from __future__ import annotations

import click

from watcher.cli.base import Group, Nothing, Setup, pass_setup
from watcher.cli.render import Column, Output, listing
from watcher.cli.tell import tell_feed
from watcher.report import FeedLine, open_reader


@click.group(cls=Group)
def feeds() -> None:
    """Feeds: how each is doing and when it is next."""


_FEEDS: tuple[Column[FeedLine], ...] = (
    Column("OUTLET", lambda f: f.outlet, wide=True),
    Column("STATE", lambda f: f.state),
    Column("LAST POLL", lambda f: f.polled),
    Column("NEXT", lambda f: f.next if f.state not in ("gone", "removed") else None),
    Column("URL", lambda f: f.url, wide=True),
)


@feeds.command("list")
@listing
@pass_setup
def feeds_list(setup: Setup, out: Output) -> None:
    """All feeds, by outlet."""
    with open_reader(setup.database_url()) as reader:
        found = reader.feeds()
    if not found:
        raise Nothing("No feed has been polled yet.")
    out.rows(found, _FEEDS)


@feeds.command("show")
@click.argument("name")
@listing
@pass_setup
def feeds_show(setup: Setup, name: str, out: Output) -> None:
    """The feeds that NAME means, each with its last 20 polls.

    NAME is a feed's address or id, or an outlet's name, domain or family.
    """
    with open_reader(setup.database_url()) as reader:
        found = reader.feed(name)
    if not found:
        raise Nothing(f"No feed is called {name}: `watcher feeds list` names them all.")
    if out.form == "csv":
        out.rows([poll for feed in found for poll in feed.polls], ())
    elif out.form == "json":
        out.rows(found, ())
    else:
        for n, history in enumerate(found):
            if n:
                click.echo()
            tell_feed(history, out)
