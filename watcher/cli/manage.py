"""What people keep in order: alerts, imports, exports, the database."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

import click

from watcher.cli.base import EXIT_RETRY, EXIT_USAGE, Group, Nothing, Setup, command, pass_setup
from watcher.cli.params import SINCE, moment
from watcher.cli.progress import progress
from watcher.cli.render import Column, Output, counted, listing, visible
from watcher.core.errors import UsageError
from watcher.core.message.words import duration
from watcher.report import AlertLine, open_reader

# ---------------------------------------------------------------- alerts


@click.group(cls=Group)
def alerts() -> None:
    """Alerts: what was raised, and who was told."""


_ALERTS: tuple[Column[AlertLine], ...] = (
    Column("ALERT", lambda a: a.alert, right=True),
    Column("AT", lambda a: a.at),
    Column("WATCH", lambda a: a.watch, wide=True),
    Column("CONDITION", lambda a: a.condition),
    Column("STORY", lambda a: a.story, right=True),
    Column("TOLD", lambda a: _told(a), wide=True),
)


def _told(alert: AlertLine) -> str:
    if not alert.deliveries:
        return alert.state if alert.state == "held" else "nobody"
    return ", ".join(f"{d.receiver} {d.state}" for d in alert.deliveries)


@alerts.command("list")
@click.option("--since", type=SINCE, metavar="7d|DATE", help="Raised since then.")
@click.option("--watch", metavar="NAME", help="Only of this watch.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, metavar="N")
@listing
@pass_setup
def alerts_list(
    setup: Setup,
    since: timedelta | datetime | None,
    watch: str | None,
    limit: int,
    out: Output,
) -> None:
    """Alerts, the latest first, and how each receiver was told."""
    with open_reader(setup.database_url()) as reader:
        found = reader.alerts(since=moment(since, setup.clock()), watch=watch, limit=limit)
    if not found:
        raise Nothing("No alert fits.")
    out.rows(found, _ALERTS)


@alerts.command("test")
@click.argument("receivers", nargs=-1, metavar="[RECEIVER]...")
@pass_setup
def alerts_test(setup: Setup, receivers: tuple[str, ...]) -> None:
    """Send a test message to these receivers of feeds.yaml, or to all.

    Nothing is recorded.
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
    from watcher.core.message import Facts
    from watcher.deliver import AppriseSender, SendResult

    facts = Facts(
        watch="test",
        condition="resurfaced",
        headline="This is a test of Syndication Watch",
        outlet="watcher alerts test",
        seen_by=setup.clock(),
        reason="somebody ran `watcher alerts test`",
    )

    async def send_all(names: Iterable[str]) -> list[SendResult]:
        send = AppriseSender()
        return await asyncio.gather(
            *(send(known[name], facts, maybe_repeat=False) for name in names)
        )

    names = receivers or tuple(known)
    results = asyncio.run(send_all(names))
    for name, result in zip(names, results, strict=True):
        detail = f": {visible(result.detail)}" if result.detail else ""
        click.echo(f"{visible(name)}: {result.outcome}{detail}")
    if any(result.outcome != "sent" for result in results):
        raise click.exceptions.Exit(EXIT_RETRY)


# ---------------------------------------------------------------- import and export


@command("import")
@click.argument(
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE|-",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=lambda: min(4, os.cpu_count() or 1),
    show_default="the processors, up to 4",
    metavar="N",
    help="Processes that fingerprint.",
)
@pass_setup
def import_(setup: Setup, file: Path, workers: int) -> None:
    """Articles from FILE.jsonl or FILE.jsonl.gz, an object a line.

    \b
    Each has outlet and text, and may have id, url, title, published, lang.
    Lines that cannot be used are named on stderr and left out; the exit
    code is 2 where no line could be used.
    """
    url = setup.database_url()
    from watcher.archive import open_archive
    from watcher.load import load_file

    with (
        open_archive(url, create=True) as database,
        progress(f"Importing {file.name}", in_bytes=True) as tell,
    ):
        done = load_file(database, file, workers=workers, progress=tell, now=setup.clock())
    for fault in done.faults:
        click.echo(visible(fault), err=True)
    left_out = f", {counted(done.refused, 'line')} left out" if done.refused else ""
    click.echo(
        f"{counted(done.articles, 'article')} ({done.new:,} new),"
        f" {counted(done.matches, 'match', 'matches')},"
        f" {counted(done.stories, 'story', 'stories')}{left_out}, in {duration(done.seconds)}."
    )
    if done.refused and not done.articles:
        raise click.exceptions.Exit(EXIT_USAGE)


@command()
@click.argument("what", type=click.Choice(("matches", "stories", "sightings")))
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line (the default).")
@click.option("--csv", "as_csv", is_flag=True, help="CSV with a header.")
@pass_setup
def export(setup: Setup, what: str, as_json: bool, as_csv: bool) -> None:
    """Everything of one kind, a row each, for other programs."""
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other: ask for one of them.")
    out = Output("csv" if as_csv else "json")
    with open_reader(setup.database_url()) as reader:
        names, rows = reader.export(what, now=setup.clock())
        out.rows(rows, (), names=names)


# ---------------------------------------------------------------- the database


@click.group(cls=Group)
def db() -> None:
    """The database: bring its tables up to date."""


@db.command("upgrade")
@pass_setup
def db_upgrade(setup: Setup) -> None:
    """Make the tables, or bring them to what this program needs.

    Make a backup first.
    """
    from watcher.archive import upgrade_database

    done = upgrade_database(setup.database_url())
    click.echo(f"Applied: {', '.join(done)}." if done else "The tables are up to date.")
