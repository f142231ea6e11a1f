"""Rules tried on the past: what a watch would have raised, and why it fired or was held back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.base import Group, Nothing, Setup, pass_setup
from watcher.cli.params import LENGTH, SINCE, moment
from watcher.cli.render import Column, Output, listing, visible
from watcher.core.errors import UsageError

if TYPE_CHECKING:
    from watcher.archive import Database
    from watcher.archive.feeds import WatchRow
    from watcher.config import Config


@click.group(cls=Group)
def rules() -> None:
    """Rules: what a watch would raise, tried on what is recorded."""


@dataclass(frozen=True, slots=True)
class RuleLine:
    """One condition, decided on one article of the past. `verdict`: fires, held or not met;
    `really`: what the archive has of it: fired, held, or nothing."""

    at: datetime
    watch: str
    condition: str
    step: str
    verdict: str
    why: str
    really: str
    story: int | None
    article: int
    outlet: str
    title: str
    url: str
    key: str


def _told(line: RuleLine) -> str:
    """The reason that matters: of what is held, why it is."""
    return line.why.rpartition("; held: ")[2] if line.verdict == "held" else line.why


_AT: Column[RuleLine] = Column("AT", lambda r: r.at)
_WATCH: Column[RuleLine] = Column("WATCH", lambda r: r.watch, wide=True)
_LINES: tuple[Column[RuleLine], ...] = (
    Column("CONDITION", lambda r: r.condition),
    Column("RULE", lambda r: r.verdict),
    Column("REALLY", lambda r: r.really or "-"),
    Column("OUTLET", lambda r: r.outlet, wide=True),
)


@rules.command("test")
@click.argument("watches", metavar="[WATCH]...", nargs=-1)
@click.option(
    "--replay",
    "since",
    type=SINCE,
    default="30d",
    metavar="30d",
    help="Which past: a length of time back from now, or a date. Default: 30d.",
)
@click.option("--until", type=SINCE, metavar="DATE", help="Up to when. Default: now.")
@click.option(
    "--alert-on",
    "conditions",
    multiple=True,
    metavar="CONDITION",
    help="Try these conditions instead of the watch's own: reach=3 ...; may be given again.",
)
@click.option(
    "--dormant-after",
    "rest",
    type=LENGTH,
    metavar="7d",
    help="Try this rest for mentions of a phrase, and for episodes of a story.",
)
@click.option(
    "--translations",
    metavar="0.6",
    help="Try it with suggested translations at least this alike, 0 to 1.",
)
@click.option("--all", "every", is_flag=True, help="Also the conditions that were not met.")
@listing
@pass_setup
def rules_test(
    setup: Setup,
    out: Output,
    watches: tuple[str, ...],
    since: timedelta | datetime,
    until: timedelta | datetime | None,
    conditions: tuple[str, ...],
    rest: timedelta | None,
    translations: str | None,
    every: bool,
) -> None:
    """What the rules would have raised on the recorded past, and why.

    The watches of feeds.yaml as they stand there now, else those in the database, or the ones
    named. Nothing is changed and nobody is told. REALLY: what was in fact raised then.
    """
    from watcher.archive import open_archive
    from watcher.record.replay import replay

    now = setup.clock()
    begin, end = moment(since, now) or now, moment(until, now) or now
    if begin > end:
        raise UsageError("--replay begins after it ends: see --until.")
    config = setup.usable_config()
    found: list[RuleLine] = []
    with open_archive(setup.database_url()) as database:
        chosen = _rules(database, config, watches, now)
        changed = [_tried(one, config, conditions, rest, translations) for one in chosen]
        with database.read() as conn:
            for one in changed:
                for line in replay(conn, one, begin, end, every=every):
                    found.append(
                        RuleLine(**{name: getattr(line, name) for name in RuleLine.__slots__})
                    )
    if not found:
        raise Nothing("Nothing would have been raised, and nothing held back.")
    found.sort(key=lambda line: (line.at, line.watch))
    several = len({line.watch for line in found}) > 1
    out.rows(found, (_AT, *((_WATCH,) if several else ()), *_LINES), below=_told)


def _rules(
    database: Database, config: Config | None, named: Sequence[str], now: datetime
) -> list[WatchRow]:
    """The watches to try. Raises UsageError for an unknown name, Nothing where none is left."""
    from watcher.archive.feeds import list_watches, written_watches

    stored = {row.name: row for row in list_watches(database)}
    rows = dict(stored)
    if config is not None:
        for one in written_watches(config.watches, now):
            known = stored.get(one.name)
            if known is not None and known.target == one.target:
                rows[one.name] = replace(
                    known,
                    conditions=one.conditions,
                    dormant_after_s=one.dormant_after_s,
                    translations=one.translations,
                )
            else:
                rows[one.name] = one
    for name in named:
        if name not in rows:
            raise UsageError(f"No watch is called {name}: there are {', '.join(rows) or 'none'}.")
    chosen = [rows[name] for name in (dict.fromkeys(named) or sorted(rows))]
    ready = list(_ready(database, chosen))
    if not ready:
        raise Nothing("There is no watch that could be tried.")
    return ready


def _ready(database: Database, rows: Sequence[WatchRow]) -> Iterator[WatchRow]:
    """Those whose text is in the archive; the others are named on stderr."""
    from watcher.follow import find_known

    for row in rows:
        kind = row.target.partition(":")[0]
        if kind == "feeds":
            click.echo(f"{visible(row.name)}: about feeds alone, which have no replay.", err=True)
        elif kind == "phrase" or row.article_id is not None:
            yield row
        else:
            with database.read() as conn:
                article = find_known(conn, row.target)
            if article is None:
                told = "its text is not in the archive yet: the daemon puts it there"
                click.echo(f"{visible(row.name)}: {told}.", err=True)
            else:
                yield replace(row, article_id=article)


def _tried(
    row: WatchRow,
    config: Config | None,
    conditions: Sequence[str],
    rest: timedelta | None,
    translations: str | None,
) -> WatchRow:
    """The watch with the conditions, the rest and the likeness that are to be tried."""
    from watcher.cli.tracking import likeness, read_condition

    values: dict[str, Any] = {}
    if conditions:
        phrase = row.target.startswith("phrase:")
        read = [read_condition(one, config, phrase=phrase) for one in conditions]
        values["conditions"] = tuple({"name": one.name, "value": one.value} for one in read)
    if rest is not None:
        if rest < timedelta(hours=1):
            raise UsageError("--dormant-after: an hour at least.")
        values["dormant_after_s"] = round(rest.total_seconds())
    if translations is not None:
        values["translations"] = likeness(translations)
    return replace(row, **values)
