"""Feeds: which there are, how each is doing, and when it is next."""

from __future__ import annotations

import click

from watcher.cli import discover, opml
from watcher.cli.base import Group, Nothing, Setup, pass_setup
from watcher.cli.render import Column, Output, listing
from watcher.cli.tell import tell_feed, tell_unhealthy
from watcher.report import FeedLine, open_reader


@click.group(cls=Group)
def feeds() -> None:
    """Feeds: how each is doing and when it is next."""


for _command in (discover.feeds_discover, opml.feeds_import, opml.feeds_export):
    feeds.add_command(_command)


_FEEDS: tuple[Column[FeedLine], ...] = (
    Column("OUTLET", lambda f: f.outlet, wide=True),
    Column("STATE", lambda f: f.state),
    Column("HEALTH", lambda f: f.health),
    Column("NEXT", lambda f: f.next if f.state not in ("gone", "removed") else None),
    Column("URL", lambda f: f.url, wide=True),
)


@feeds.command("list")
@click.option("--outlet", "outlets", metavar="NAME", multiple=True, help="Only feeds of this one.")
@click.option("--unhealthy", is_flag=True, help="Only feeds with something wrong, and what it is.")
@listing
@pass_setup
def feeds_list(setup: Setup, outlets: tuple[str, ...], unhealthy: bool, out: Output) -> None:
    """All feeds, by outlet, or those of some.

    NAME is an outlet's name, domain or family; --outlet may be given several times.

    HEALTH is judged after each poll by what the feed itself used to do: ok; gone (410); failing;
    html (a web page where the feed was); empty; no_full_text (its entries lost it); silent
    (for longer than its rhythm explains); moved; bad_dates; static (never anything new).
    """
    with open_reader(setup.database_url()) as reader:
        found = reader.feeds(outlets=outlets)
    if not found:
        if outlets:
            raise Nothing(f"No outlet with a feed is called {' or '.join(outlets)}.")
        raise Nothing("No feed has been polled yet.")
    if not unhealthy:
        out.rows(found, _FEEDS)
        return
    found = [feed for feed in found if feed.unhealthy]
    if not found:
        raise Nothing("No feed is unhealthy.")
    if out.people:
        tell_unhealthy(found, out)
    else:
        out.rows(found, ())


@feeds.command("show")
@click.argument("name", metavar="FEED")
@listing
@pass_setup
def feeds_show(setup: Setup, name: str, out: Output) -> None:
    """A feed: its health, how its next poll came about, and its last 20 polls.

    FEED is a feed's address or id, or the name, domain or family of an outlet, which means all of
    its feeds.
    """
    now = setup.clock()
    with open_reader(setup.database_url()) as reader:
        found = reader.feed(name, now=now)
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
            tell_feed(history, out, now)
