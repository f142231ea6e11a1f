"""`watcher db prune`: forget what is old, by hand."""

from __future__ import annotations

from dataclasses import dataclass

import click

from watcher.cli.base import Nothing, Setup, command, pass_setup
from watcher.cli.progress import progress
from watcher.cli.render import Column, Output, byte_size, listing


@dataclass(frozen=True, slots=True)
class PruneLine:
    """What went, or would go. `longest_ms`: the longest that writing was held up."""

    texts: int
    text_bytes: int
    sightings: int | None
    polls: int
    longest_ms: int | None


_COLUMNS: tuple[Column[PruneLine], ...] = (
    Column("TEXTS", lambda p: p.texts, right=True),
    Column("SIZE", lambda p: byte_size(p.text_bytes), right=True),
    Column("SIGHTINGS", lambda p: p.sightings, right=True),
    Column("POLLS", lambda p: p.polls, right=True),
    Column("LONGEST MS", lambda p: p.longest_ms, right=True),
)


@command("prune")
@click.option("--dry-run", is_flag=True, help="Say what would go; change nothing.")
@listing
@pass_setup
def db_prune(setup: Setup, dry_run: bool, out: Output) -> None:
    """Forget texts and polls that are too old.

    The daemon does so by itself; storage.keep_bodies and keep_polls in
    feeds.yaml say what is old. Kept are texts of any story, those that a
    watch follows or a person decided on; and of what is forgotten its
    address, hashes and dates, so that it is known when it comes again.
    """
    url, now = setup.database_url(), setup.clock()
    storage = setup.storage()
    from datetime import timedelta

    from watcher.archive import open_archive, retention

    ages = retention.Ages(
        timedelta(seconds=storage.keep_bodies), timedelta(seconds=storage.keep_polls)
    )
    with open_archive(url, readonly=dry_run) as database:
        found = retention.forgettable(database, ages, now)
        if not (found.bodies or found.polls):
            raise Nothing("Nothing is too old.")
        if dry_run:
            out.rows([PruneLine(found.bodies, found.bytes, None, found.polls, None)], _COLUMNS)
            return
        done = retention.Forgotten()
        with progress("Forgetting") as tell:
            for batch in retention.batches(database, ages, now, done):
                batch()
                tell(done.bodies + done.polls, found.bodies + found.polls)
    line = PruneLine(
        done.bodies, found.bytes, done.sightings, done.polls, round(1000 * done.held_s)
    )
    out.rows([line], _COLUMNS)
