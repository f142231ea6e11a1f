"""What people keep in order: imports, the database."""

from __future__ import annotations

import os
from pathlib import Path

import click

from watcher.cli.base import EXIT_USAGE, Group, Setup, command, pass_setup
from watcher.cli.progress import progress
from watcher.cli.render import counted, visible
from watcher.core.message.words import duration

# ---------------------------------------------------------------- import


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


# ---------------------------------------------------------------- the database


@click.group(
    cls=Group,
    sections={
        "Commands": {
            "upgrade": "watcher.cli.keeping:upgrade",
            "backup": "watcher.cli.keeping:backup",
            "verify": "watcher.cli.keeping:verify",
            "restore": "watcher.cli.keeping:restore",
            "copy": "watcher.cli.copying:db_copy",
            "prune": "watcher.cli.pruning:db_prune",
        }
    },
)
def db() -> None:
    """The database: up to date, backups, checks, moves, what is old forgotten."""
