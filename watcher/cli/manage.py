"""What people keep in order: imports, the database."""

from __future__ import annotations

import os
from pathlib import Path

import click

from watcher.cli.base import EXIT_USAGE, Group, Setup, command, pass_setup

# ---------------------------------------------------------------- import


@command("import")
@click.argument(
    "archives",
    type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True),
    metavar="FILE...|-",
    nargs=-1,
    required=True,
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=lambda: min(4, os.cpu_count() or 1),
    show_default="the processors, up to 4",
    metavar="N",
    help="Processes that fingerprint.",
)
@click.option(
    "--cluster",
    metavar="ADDRESS",
    help="The Dask scheduler at whose workers to do the work; local: N workers here.",
)
@click.option(
    "--scratch",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="With --cluster: a folder that all machines see; else beside the database.",
)
@click.option("--json", "as_json", is_flag=True, help="The summary as JSON.")
@pass_setup
def import_(
    setup: Setup,
    archives: tuple[Path, ...],
    workers: int,
    cluster: str | None,
    scratch: Path | None,
    as_json: bool,
) -> None:
    """Articles from FILE.jsonl or FILE.jsonl.gz, an object a line.

    \b
    Each has outlet and text, and may have id, url, title, published, lang.
    Lines that cannot be used are named on stderr and left out; the exit
    code is 2 where no line could be used.

    \b
    With --cluster any number of FILEs, zstd and WARC files too. Cut short,
    the same command goes on where it was. Needs the extra `cluster`.
    """
    if cluster is None and (len(archives) > 1 or scratch is not None):
        raise click.UsageError("Several files, and --scratch, go with --cluster.")
    url = setup.database_url()
    from watcher.archive import open_archive
    from watcher.cli import importing

    with open_archive(url, create=True) as database:
        if cluster is None:
            made = importing.here(database, archives[0], workers, setup.clock())
        else:
            made = importing.on_cluster(
                database, archives, cluster, workers, scratch, setup.clock()
            )
    importing.tell(made, as_json)
    if made.load.refused and not made.load.articles:
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
            "drop-index": "watcher.cli.keeping:drop_index",
            "copy": "watcher.cli.copying:db_copy",
            "prune": "watcher.cli.pruning:db_prune",
        }
    },
)
def db() -> None:
    """The database: up to date, backups, checks, moves, what is old forgotten."""
