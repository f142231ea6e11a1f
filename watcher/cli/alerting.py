"""Alerts to try and to follow: a sample to each receiver, and the Atom feed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.base import EXIT_RETRY, Failed, Setup, command, pass_setup
from watcher.cli.render import Column, Output, byte_size, listing, visible
from watcher.core.errors import UsageError

if TYPE_CHECKING:
    from watcher.config import Receiver
    from watcher.core.message import Facts
    from watcher.deliver import SendResult


@dataclass(frozen=True, slots=True)
class Tried:
    """What came back of a test message. `detail`: what the receiver or Apprise said."""

    receiver: str
    outcome: str
    took_ms: int
    detail: str


_TRIED: tuple[Column[Tried], ...] = (
    Column("RECEIVER", lambda t: t.receiver),
    Column("OUTCOME", lambda t: t.outcome),
    Column("MS", lambda t: t.took_ms, right=True),
    Column("ANSWER", lambda t: t.detail, wide=True),
)


@command("test")
@click.argument("receivers", nargs=-1, metavar="[RECEIVER]...")
@listing
@pass_setup
def alerts_test(setup: Setup, receivers: tuple[str, ...], out: Output) -> None:
    """Send a sample to these receivers of feeds.yaml, or to all.

    It is an alert with everything in it, in the receiver's own template where it has one. What
    came back is printed, nothing is recorded. Exit code 3 where one did not take it.
    """
    config = setup.load_config()
    known = {receiver.name: receiver for receiver in config.receivers}
    unknown = [name for name in receivers if name not in known]
    if unknown or not known:
        raise UsageError(
            f"No receiver is called {', '.join(unknown)}; feeds.yaml has {', '.join(known)}."
            if known
            else "feeds.yaml names no receivers."
        )
    names = tuple(dict.fromkeys(receivers)) or tuple(known)
    results = asyncio.run(_send_all(known, names, sample(setup.clock())))
    lines = [
        Tried(name, result.outcome, result.took_ms, result.detail)
        for name, result in zip(names, results, strict=True)
    ]
    out.rows(lines, _TRIED)
    if any(line.outcome != "sent" for line in lines):
        raise click.exceptions.Exit(EXIT_RETRY)


async def _send_all(
    known: Mapping[str, Receiver], names: Sequence[str], facts: Facts
) -> list[SendResult]:
    from watcher.deliver import AppriseSender

    send = AppriseSender()
    return await asyncio.gather(*(send(known[name], facts, maybe_repeat=False) for name in names))


def sample(now: datetime) -> Facts:
    """An invented alert that has something to say in every row."""
    from watcher.core.message import Earliest, Facts, Totals

    return Facts(
        watch="test",
        condition="resurfaced",
        subtype="new_outlet",
        headline="This is a test of Syndication Watch; nothing has happened",
        outlet="Example Times",
        family="Example Group",
        url="https://times.example/a-copy",
        kind="wrapped",
        paste=1.0,
        cut=0.53,
        distance=14,
        claimed_at=now - timedelta(hours=1),
        seen_after=now - timedelta(minutes=15),
        seen_by=now,
        credit_verdict="partial",
        credit_agent="Example Agency",
        credit_words="Source: Example Agency",
        changed=("headline (was: A test)", "12% of the copy's words are not from the source"),
        totals=Totals(3, 3, 2, 2, "1 of 4 first sightings has no known start"),
        earliest=Earliest(
            "Example Agency",
            "https://agency.example/first",
            now - timedelta(days=9, minutes=15),
            now - timedelta(days=9),
        ),
        rested_for=8 * 86_400.0,
        reason="somebody ran `watcher alerts test`",
        silence="watcher silence add --watch test --for 7d",
    )


@command("feed")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE",
    required=True,
    help="Where to write it; - for standard output.",
)
@click.option("--limit", type=click.IntRange(1, 1_000), default=100, show_default=True, metavar="N")
@pass_setup
def alerts_feed(setup: Setup, output: Path, limit: int) -> None:
    """The latest alerts as an Atom feed, for any feed reader.

    Entries keep their ids, so that a feed written anew shows nothing twice. The daemon keeps one
    fresh where feeds.yaml says `alerts: {feed: FILE}`.
    """
    from watcher.archive import open_archive
    from watcher.deliver.alertfeed import feed_of, write_atomically

    with open_archive(setup.database_url()) as database:
        content = feed_of(database, limit=limit).encode()
    if str(output) == "-":
        sys.stdout.buffer.write(content)
        return
    try:
        write_atomically(output, content)
    except OSError as error:
        raise Failed(f"{visible(str(output))} cannot be written: {error.strerror}.") from error
    click.echo(f"Wrote {visible(str(output))}, {byte_size(len(content))}.")
