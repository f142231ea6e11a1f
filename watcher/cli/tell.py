"""Answers in words, where a table would hide more than it shows: a feed, the status."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import click

from watcher.cli.lines import say
from watcher.cli.render import Column, Output, byte_size, counted, paint, visible
from watcher.core.message.words import duration
from watcher.report import (
    DaemonLine,
    FeedCoverage,
    FeedHistory,
    FeedLine,
    Figures,
    PollLine,
    Status,
)

# The daemon writes a sign of life at every tick; five minutes without one is too long.
_ALIVE = timedelta(minutes=5)
_SHARED_S = 15.0  # several daemons give a sign of life each five seconds

_LATE_S = 60.0  # a feed that waits so long is not polled on time

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


def tell_unhealthy(feeds: Sequence[FeedLine], out: Output) -> None:
    """What is wrong with each feed, the longest-lasting first."""
    order = sorted(feeds, key=lambda f: (f.since is None, f.since, f.outlet, f.url))
    for feed in order:
        since = f" since {out.time(feed.since)}" if feed.since else ""
        say(f"{paint(feed.health, fg='red')}{since}: {visible(feed.outlet)} {visible(feed.url)}")
        if said := feed.health_why or feed.error:
            say(f"  {visible(said)}")


def tell_feed(history: FeedHistory, out: Output, now: datetime) -> None:
    """A feed: how it is, when it is next and why, its last polls."""
    feed = history.line
    say(paint(f"{visible(feed.outlet)}: {visible(feed.url)}", bold=True))
    if feed.title:
        _fact("Title", visible(feed.title))
    _fact("Health", _health(feed, out))
    if said := _moves(history, out):
        _fact("Moved", said)
    if feed.polled is None:
        _fact("Read", f"never; added {out.time(history.added)}")
    else:
        _fact("Read", _readings(history, out))
    if feed.ok is not None:
        _fact("Validators", _validators(history, out))
    if feed.state not in ("gone", "removed"):
        _next(history, out, now)
    if history.polls:
        click.echo()
        out.rows(history.polls, _POLLS)


def _health(feed: FeedLine, out: Output) -> str:
    if feed.state == "removed":
        return "no longer configured"
    word = paint(feed.health, fg="red" if feed.unhealthy else "green")
    since = f" since {out.time(feed.since)}" if feed.since else ""
    return f"{word}{since}" + (f": {visible(feed.health_why)}" if feed.health_why else "")


def _moves(history: FeedHistory, out: Output) -> str:
    """What its health does not say already."""
    moves = history.moves
    known = history.line.health_why or ""
    said = []
    if moves.adopted and moves.adopted not in known:
        said.append(f"is read at {visible(moves.adopted)}")
    if moves.proving and moves.since and moves.proving not in known:
        said.append(
            f"redirects for good to {visible(moves.proving)} since {out.time(moves.since)}, seen"
            f" {counted(moves.seen, 'time')}; adopted once that is proven"
        )
    return "; ".join(said)


def _readings(history: FeedHistory, out: Output) -> str:
    feed = history.line
    good = f"last good {out.time(feed.ok)}" if feed.ok else "never good"
    new = f"last new entry {out.time(history.fresh)}" if history.fresh else "no new entry yet"
    failed = f", {counted(feed.failures, 'failure')} in a row" if feed.failures else ""
    return f"{good}, {new}{failed}"


def _validators(history: FeedHistory, out: Output) -> str:
    held = history.validators
    names = [
        n
        for n, is_there in (("ETag", held.etag), ("Last-Modified", held.last_modified))
        if is_there
    ]
    if not names:
        return "none: the whole document comes each time"
    renewed = f", renewed {out.time(held.renewed)}" if held.renewed else ""
    return f"{' and '.join(names)}{renewed}"


def _next(history: FeedHistory, out: Output, now: datetime) -> None:
    feed = history.line
    wait = (feed.next - now).total_seconds()
    when = f"in {duration(wait)}" if wait > 0 else "due"
    _fact("Next", f"{out.time(feed.next)}, {when}")
    why = (feed.why,) if feed.why else ()
    for n, step in enumerate(history.steps or why, 1):
        mark = f"{n}. " if len(history.steps) > 1 else ""
        say(f"{'':<12}{mark}{visible(step)}", hang=len(mark))
    if history.paused:
        pause = history.paused
        said = f"{visible(pause.host)} is left alone until {out.time(pause.until)}"
        _fact("Host", f"{said}: {visible(pause.why)}")


def _tell_daemons(daemons: Sequence[DaemonLine], out: Output) -> None:
    for n, daemon in enumerate(daemons):
        # What follows in brackets tells machines and boots apart: --json has it.
        name = visible(daemon.owner.partition(" [")[0])
        seen = f"silent for {duration(daemon.silent_s)}" if daemon.silent_s > _SHARED_S else "alive"
        began = f", begun {out.time(daemon.since)}" if daemon.since else ""
        told = f"{name}, {seen}{began}, {counted(daemon.polls, 'poll')} under way"
        _fact("" if n else "At work", told)


def tell_status(found: Status, out: Output, now: datetime) -> None:
    """The whole: what runs, what is held, and below that what went wrong."""
    if found.heartbeat is None:
        _fact("Daemon", "has never run on this database")
    elif now - found.heartbeat <= _ALIVE:
        _fact("Daemon", f"running, last sign of life {out.time(found.heartbeat)}")
    else:
        silent = f"silent for {duration((now - found.heartbeat).total_seconds())}"
        _fact("Daemon", f"{paint(silent, fg='red')}, since {out.time(found.heartbeat)}")
    _tell_daemons(found.daemons, out)
    _fact("Database", f"{visible(found.database)}, {byte_size(found.size)}")
    _fact("Schema", f"{found.schema}")
    _fact(
        "Holds",
        f"{counted(found.articles, 'article')} of {counted(found.outlets, 'outlet')},"
        f" {counted(found.matches, 'match', 'matches')},"
        f" {counted(found.stories, 'story', 'stories')} that spread",
    )
    if found.renewing is not None:
        made = f"{found.renewing['done']:,} of {counted(found.renewing['total'], 'text')} made anew"
        _fact("Fingerprint", f"{made}; older texts are matched when their turn has come")
    _fact("Feeds", f"{_tally(found.feeds)}")
    _fact("Deliveries", f"{_tally(found.deliveries)}")
    if found.figures is not None:
        _tell_figures(found.figures, out)
    if found.failing:
        click.echo()
        for feed in found.failing:
            times = f", {counted(feed.failures, 'failure')} in a row" if feed.failures else ""
            say(f"{paint(feed.state, fg='red')}{times}: {visible(feed.url)}")
            say(f"  {visible(feed.error or feed.why)}")
    if found.receivers:
        click.echo()
        for one in found.receivers:
            times = counted(one.failures, "failure")
            again = f", tried again at {out.time(one.again)}" if one.again else ""
            say(f"{paint(one.state, fg='red')}: {visible(one.receiver)}, {times} in a row{again}")
            say(f"  {visible(one.reason)}")
    if found.dead:
        click.echo()
        for dead in found.dead:
            say(
                f"{paint('dead', fg='red')}: {dead.condition} of watch {visible(dead.watch)} to"
                f" {visible(dead.receiver)}, after {counted(dead.attempts, 'attempt')}"
            )
            say(f"  {visible(dead.reason)}")


def _tell_figures(figures: Figures, out: Output) -> None:
    """The same that /metrics has, for people."""
    if figures.polls:
        seen = f"{counted(figures.entries, 'entry', 'entries')}, {figures.fresh:,} new"
        _fact("Last hour", f"polls: {_tally(figures.polls)}; {seen}")
    if figures.overdue:
        late = paint(duration(figures.late_s), fg="red" if figures.late_s > _LATE_S else "yellow")
        _fact("Schedule", f"{counted(figures.overdue, 'feed')} due, the oldest for {late}")
    else:
        _fact("Schedule", "on time")
    if figures.untold_s:
        could = f", could go for {duration(figures.due_s)}" if figures.due_s else ""
        _fact("To be told", f"the oldest alert is {duration(figures.untold_s)} old{could}")
    if figures.kills:
        since = f" since {out.time(figures.started)}" if figures.started else ""
        _fact("Workers", f"killed{since}: {_tally(figures.kills)}")
    if figures.free is not None:
        log = f", log {byte_size(figures.wal)}" if figures.wal else ""
        _fact("Disk", f"{byte_size(figures.free)} free{log}")


def _fact(label: str, text: str) -> None:
    # Where a line's own blanks are the margin, its further lines need no other.
    say(f"{label:<12}{text}", hang=12 if label else 0)


def _tally(counts: dict[str, int]) -> str:
    return ", ".join(f"{n} {state}" for state, n in counts.items() if n) or "none"
