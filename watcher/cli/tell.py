"""Answers in words, where a table would hide more than it shows: a story, a feed, the status."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import click

from watcher.cli.render import Column, Output, byte_size, counted, paint, visible
from watcher.core.message.words import duration
from watcher.report import (
    ArticleLine,
    Event,
    FeedCoverage,
    FeedHistory,
    PollLine,
    Status,
    StoryHistory,
)

# The daemon writes a sign of life at every tick; five minutes without one is too long.
_ALIVE = timedelta(minutes=5)

_POLLS: tuple[Column[PollLine], ...] = (
    Column("AT", lambda p: p.at),
    Column("OUTCOME", lambda p: p.outcome),
    Column("HTTP", lambda p: p.status, right=True),
    Column("ENTRIES", lambda p: p.entries, right=True),
    Column("NEW", lambda p: p.fresh, right=True),
    Column("MS", lambda p: p.took_ms, right=True),
    Column("WHY", lambda p: p.error or p.why, wide=True),
)


def tell_story(history: StoryHistory, out: Output) -> None:
    """A story: what it is, what its figures rest on, its episodes, its articles."""
    line = history.line
    if history.asked != line.story:
        click.echo(f"Story {history.asked} was merged into this one.")
    click.echo(paint(f"Story {line.story}: {visible(line.title)}", bold=True))
    facts = [
        line.state,
        f"{counted(line.articles, 'article')} at {counted(line.outlets, 'outlet')}"
        f" of {counted(line.reach, 'family', 'families')}",
    ]
    if line.languages:
        facts.append(counted(line.languages, "language"))
    click.echo(", ".join(facts) + (", tracked" if line.tracked else ""))
    click.echo(f"First seen {out.interval(line.first_seen)}; last copy {out.time(line.last_copy)}")
    cover = history.coverage
    click.echo(
        f"Coverage: seen in {counted(cover.feeds, 'feed')} of {cover.polled} polled,"
        f" {counted(cover.gaps, 'failed poll')} since,"
        f" {counted(cover.unknown_starts, 'unknown start')}"
    )
    if len(history.episodes) > 1:
        click.echo()
        for episode in history.episodes:
            click.echo(
                f"Episode {episode.n} ({episode.subtype}), opened {out.time(episode.opened)} by"
                f" #{episode.article}: {counted(episode.copies, 'copy', 'copies')} in"
                f" {duration((episode.last - episode.opened).total_seconds())}"
            )
    for article in history.articles:
        click.echo()
        _tell_article(article, out, root=article.article == history.root)


def _tell_article(article: ArticleLine, out: Output, *, root: bool) -> None:
    name = f"#{article.article} {visible(article.outlet)}"
    if article.family != article.outlet:
        name += f" ({visible(article.family)})"
    if root:
        compared = "root"
    elif article.kind is None:
        compared = f"{article.role}, not compared with the root"
    else:
        compared = (
            f"{article.kind}, paste {article.paste:.2f}, cut {article.cut:.2f},"
            f" distance {article.distance}"
        )
        if article.status not in ("auto", None):
            compared += f", {article.status}"
    click.echo(f"{paint(name, bold=True)}: {compared}")
    click.echo(f"  {visible(article.title)}")
    claimed = article.claimed
    says = "gives no date"
    if claimed.at is not None:
        says = f"says {out.time(claimed.at)}" + (f" ({claimed.note})" if claimed.note else "")
    elif claimed.raw:
        says = f'says "{visible(claimed.raw)}" ({claimed.note or "unread"})'
    click.echo(f"  seen {out.interval(article.seen)}; {says}")
    for credit in article.credits:
        click.echo(f"  credits {visible(credit.agent)} ({credit.place}): {visible(credit.words)}")
    if article.url:
        click.echo(f"  {visible(article.url)}")


def coverage_words(coverage: FeedCoverage) -> str:
    """What stands behind the figures of a list."""
    words = f"Coverage: {counted(coverage.polled, 'feed')} polled"
    if coverage.failing:
        words += f", {coverage.failing} failing"
    if coverage.never_read:
        words += f", {coverage.never_read} never read"
    return words + "."


def tell_timeline(events: Iterable[Event], out: Output) -> None:
    """A story's sightings in order, each with what it opened or why it does not count."""
    for event in events:
        what = event.event
        if event.opens is not None:
            what += f", opens episode {event.opens} ({event.subtype})"
        elif event.counts is None and event.why:
            what += f", does not count: {visible(event.why)}"
        click.echo(f"{out.interval(event.seen):<37}{what}")
        click.echo(f"    #{event.article} {visible(event.outlet)}: {visible(event.title)}")


def tell_feed(history: FeedHistory, out: Output) -> None:
    """A feed: how it is, when it is next and why, its last polls."""
    feed = history.line
    click.echo(paint(f"{visible(feed.outlet)}: {visible(feed.url)}", bold=True))
    if feed.moved_to:
        click.echo(f"moved to {visible(feed.moved_to)}")
    state = feed.state
    if feed.failures:
        state += f", {counted(feed.failures, 'failure')} in a row: {visible(feed.error or '')}"
    click.echo(state)
    if feed.state not in ("gone", "removed"):
        click.echo(f"next {out.time(feed.next)}: {visible(feed.why)}")
    if history.polls:
        click.echo()
        out.rows(history.polls, _POLLS)


def tell_status(found: Status, out: Output, now: datetime) -> None:
    """The whole: what runs, what is held, and below that what went wrong."""
    if found.heartbeat is None:
        click.echo("Daemon      has never run on this database")
    elif now - found.heartbeat <= _ALIVE:
        click.echo(f"Daemon      running, last sign of life {out.time(found.heartbeat)}")
    else:
        silent = f"silent for {duration((now - found.heartbeat).total_seconds())}"
        click.echo(f"Daemon      {paint(silent, fg='red')}, since {out.time(found.heartbeat)}")
    click.echo(f"Database    {visible(found.database)}, {byte_size(found.size)}")
    click.echo(f"Schema      {found.schema}")
    click.echo(
        f"Holds       {counted(found.articles, 'article')} of {counted(found.outlets, 'outlet')},"
        f" {counted(found.matches, 'match', 'matches')},"
        f" {counted(found.stories, 'story', 'stories')} that spread"
    )
    click.echo(f"Feeds       {_tally(found.feeds)}")
    click.echo(f"Deliveries  {_tally(found.deliveries)}")
    if found.failing:
        click.echo()
        for feed in found.failing:
            times = f", {counted(feed.failures, 'failure')} in a row" if feed.failures else ""
            click.echo(f"{paint(feed.state, fg='red')}{times}: {visible(feed.url)}")
            click.echo(f"  {visible(feed.error or feed.why)}")
    if found.dead:
        click.echo()
        for dead in found.dead:
            click.echo(
                f"{paint('dead', fg='red')}: {dead.condition} of watch {visible(dead.watch)} to"
                f" {visible(dead.receiver)}, after {counted(dead.attempts, 'attempt')}"
            )
            click.echo(f"  {visible(dead.reason)}")


def _tally(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in counts.items() if n) or "none"
