"""Silences: what nobody wants to hear of for a while, by whom and why."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from watcher.cli.base import Group, Nothing, Setup, pass_setup
from watcher.cli.lines import say
from watcher.cli.params import LENGTH, MOMENT, NUMBER, signed
from watcher.cli.render import Column, Output, listing, visible
from watcher.core.errors import UsageError
from watcher.report import SilenceLine, open_reader


@click.group(cls=Group)
def silence() -> None:
    """Silences: alerts that nobody is told of for a while."""


@silence.command("add")
@click.option("--watch", metavar="NAME", help="Alerts of this watch.")
@click.option("--story", "story_id", type=NUMBER, metavar="ID", help="Alerts on this story.")
@click.option("--receiver", metavar="NAME", help="Alerts to this receiver.")
@click.option("--for", "length", type=LENGTH, metavar="7d", help="How long from now.")
@click.option("--until", type=MOMENT, metavar="DATE", help="The end, UTC unless it says.")
@click.option("--reason", default="", metavar="TEXT", help="Why: it stands beside what is held.")
@signed
@pass_setup
def silence_add(
    setup: Setup,
    watch: str | None,
    story_id: int | None,
    receiver: str | None,
    length: timedelta | None,
    until: datetime | None,
    reason: str,
    author: str,
) -> None:
    """Mute what fits all that is named here, until its end.

    The alerts are still raised and listed; their deliveries are held, with this silence as the
    reason.
    """
    if watch is None and story_id is None and receiver is None:
        raise UsageError("Say what to mute: --watch NAME, --story ID, --receiver NAME.")
    if (length is None) == (until is None):
        raise UsageError("Say how long, in one way: --for 7d or --until 2016-09-18.")
    now = setup.clock()
    try:
        end = until or now + (length or timedelta())
    except OverflowError:
        raise UsageError("--for: that is longer than there are dates.") from None
    if end <= now:
        raise UsageError(f"--until: {Output().time(end)} is in the past.")
    from watcher.archive import open_archive
    from watcher.archive.outbox import SilenceSpec, add_silence

    url = setup.database_url()
    story_id = _silenceable(setup, url, watch, story_id, receiver)
    with open_archive(url) as database:
        wanted = SilenceSpec(author, " ".join(reason.split()), end, watch, story_id, receiver)
        made = add_silence(database, wanted, now)
    parts = (("watch", watch), ("story", story_id), ("receiver", receiver))
    muted = ", ".join(f"{name} {visible(str(one))}" for name, one in parts if one is not None)
    say(
        f"Silence {made} mutes {muted} until {Output().time(end)};"
        f" `watcher silence expire {made}` ends it."
    )


def _silenceable(
    setup: Setup, url: str, watch: str | None, story_id: int | None, receiver: str | None
) -> int | None:
    """The story to mute, which may have been merged since. Raises UsageError for what is not."""
    with open_reader(url) as reader:
        if watch is not None:
            names = [one.watch for one in reader.tracked(now=setup.clock())]
            if watch not in names:
                known = ", ".join(names) or "none yet"
                raise UsageError(f"--watch {watch}: no such watch; there are {known}.")
        if story_id is not None:
            found = reader.story(story_id, now=setup.clock())
            if found is None:
                raise UsageError(f"There is no story {story_id}: `watcher stories` lists them.")
            story_id = found.line.story
    config = setup.usable_config() if receiver is not None else None
    receivers = [] if config is None else [one.name for one in config.receivers]
    if config is not None and receiver not in receivers:
        raise UsageError(
            f"--receiver {receiver}: no such receiver; feeds.yaml has"
            f" {', '.join(receivers) or 'none'}."
        )
    return story_id


_SILENCES: tuple[Column[SilenceLine], ...] = (
    Column("SILENCE", lambda s: s.silence, right=True),
    Column("WATCH", lambda s: s.watch or "any", wide=True),
    Column("STORY", lambda s: s.story or "any", right=True),
    Column("RECEIVER", lambda s: s.receiver or "any", wide=True),
    Column("UNTIL", lambda s: s.until),
    Column("BY", lambda s: s.author, wide=True),
    Column("REASON", lambda s: s.reason, wide=True),
)


@silence.command("list")
@click.option("--ended", is_flag=True, help="Those that have ended, too.")
@listing
@pass_setup
def silence_list(setup: Setup, ended: bool, out: Output) -> None:
    """The silences that hold, the one that ends first first."""
    with open_reader(setup.database_url()) as reader:
        found = reader.silences(now=setup.clock(), ended=ended)
    if not found:
        raise Nothing("Nothing is silenced.")
    out.rows(found, _SILENCES)


@silence.command("expire")
@click.argument("silence_id", type=NUMBER, metavar="ID")
@pass_setup
def silence_expire(setup: Setup, silence_id: int) -> None:
    """End a silence now. What it has held stays held: see `alerts resend`."""
    from watcher.archive import open_archive
    from watcher.archive.outbox import expire_silence

    with open_archive(setup.database_url()) as database:
        done = expire_silence(database, silence_id, setup.clock())
    if not done:
        raise Nothing(f"No silence {silence_id} holds: `watcher silence list` names those that do.")
    click.echo(f"Silence {silence_id} has ended.")
