"""Answers in words, where a table would hide more than it shows: a feed, the status."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from watcher.cli.lines import say
from watcher.cli.render import Column, Output, byte_size, counted, paint, visible
from watcher.core.message.words import duration
from watcher.report import (
    FeedCoverage,
    FeedHistory,
    PollLine,
    Status,
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


def coverage_words(coverage: FeedCoverage) -> str:
    """What stands behind the figures of a list."""
    words = f"Coverage: {counted(coverage.polled, 'feed')} polled"
    if coverage.failing:
        words += f", {coverage.failing} failing"
    if coverage.never_read:
        words += f", {coverage.never_read} never read"
    return words + "."


def tell_feed(history: FeedHistory, out: Output) -> None:
    """A feed: how it is, when it is next and why, its last polls."""
    feed = history.line
    say(paint(f"{visible(feed.outlet)}: {visible(feed.url)}", bold=True))
    if feed.moved_to:
        say(f"moved to {visible(feed.moved_to)}")
    state = feed.state
    if feed.failures:
        state += f", {counted(feed.failures, 'failure')} in a row: {visible(feed.error or '')}"
    say(state)
    if feed.state not in ("gone", "removed"):
        say(f"next {out.time(feed.next)}: {visible(feed.why)}")
    if history.polls:
        click.echo()
        out.rows(history.polls, _POLLS)


def tell_status(found: Status, out: Output, now: datetime) -> None:
    """The whole: what runs, what is held, and below that what went wrong."""
    if found.heartbeat is None:
        _fact("Daemon", "has never run on this database")
    elif now - found.heartbeat <= _ALIVE:
        _fact("Daemon", f"running, last sign of life {out.time(found.heartbeat)}")
    else:
        silent = f"silent for {duration((now - found.heartbeat).total_seconds())}"
        _fact("Daemon", f"{paint(silent, fg='red')}, since {out.time(found.heartbeat)}")
    _fact("Database", f"{visible(found.database)}, {byte_size(found.size)}")
    _fact("Schema", f"{found.schema}")
    _fact(
        "Holds",
        f"{counted(found.articles, 'article')} of {counted(found.outlets, 'outlet')},"
        f" {counted(found.matches, 'match', 'matches')},"
        f" {counted(found.stories, 'story', 'stories')} that spread",
    )
    _fact("Feeds", f"{_tally(found.feeds)}")
    _fact("Deliveries", f"{_tally(found.deliveries)}")
    if found.failing:
        click.echo()
        for feed in found.failing:
            times = f", {counted(feed.failures, 'failure')} in a row" if feed.failures else ""
            say(f"{paint(feed.state, fg='red')}{times}: {visible(feed.url)}")
            say(f"  {visible(feed.error or feed.why)}")
    if found.dead:
        click.echo()
        for dead in found.dead:
            say(
                f"{paint('dead', fg='red')}: {dead.condition} of watch {visible(dead.watch)} to"
                f" {visible(dead.receiver)}, after {counted(dead.attempts, 'attempt')}"
            )
            say(f"  {visible(dead.reason)}")


def _fact(label: str, text: str) -> None:
    say(f"{label:<12}{text}", hang=12)


def _tally(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in counts.items() if n) or "none"
