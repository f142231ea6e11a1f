"""`watcher db copy`: an archive moved from SQLite to PostgreSQL, or back."""

from __future__ import annotations

import time

import click

from watcher.cli.base import command, database_named
from watcher.cli.progress import progress
from watcher.cli.render import Column, Output, counted, listing, visible
from watcher.core.message.words import duration


@command("copy")
@click.argument("source", metavar="SOURCE")
@click.argument("dest", metavar="DEST")
@listing
def db_copy(source: str, dest: str, out: Output) -> None:
    """Copy all of the database SOURCE into the empty database DEST.

    \b
    Each is a URL: sqlite:///FILE or postgresql://USER@HOST/NAME; either way round.
    Stop the daemon first. Cut short, the same command goes on where it was; while
    DEST is not whole no other command takes it. At the end each table is compared
    by count and by a hash of its rows; the full text is made anew. Exit code 3: it
    did not come about, and why.
    """
    from watcher.archive.copying import Copied, copy_archive

    begun = time.monotonic()
    urls = database_named(source, "SOURCE"), database_named(dest, "DEST")
    with progress("Copying and comparing rows") as tell:
        copied = copy_archive(*urls, tell, lambda said: click.echo(visible(said), err=True))
    columns: tuple[Column[Copied], ...] = (
        Column("TABLE", lambda c: c.table),
        Column("ROWS", lambda c: c.rows, right=True),
        Column("HASH OF BOTH", lambda c: c.hash or "counted, made anew"),
    )
    out.rows([c for c in copied if c.rows or not out.people], columns)
    if out.people:
        rows = counted(sum(c.rows for c in copied), "row")
        took = duration(time.monotonic() - begun)
        click.echo(
            f"{rows} in {took}, the same in both. To use the copy, name it in storage.url"
            " (feeds.yaml) or WATCHER_DB.",
            err=True,
        )
