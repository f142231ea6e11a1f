"""`watcher translations`: looking for them in what is recorded already."""

from __future__ import annotations

import os

import click

from watcher.cli.base import Setup, command, pass_setup
from watcher.cli.lines import say
from watcher.cli.progress import progress
from watcher.cli.render import counted
from watcher.core.message.words import duration


@command()
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=lambda: min(4, os.cpu_count() or 1),
    show_default="the processors, up to 4",
    metavar="N",
    help="Processes that read.",
)
@pass_setup
def translations(setup: Setup, workers: int) -> None:
    """Look for translations among articles not looked at yet.

    The daemon does so by itself; after an import this does. Needs the extra
    `translation`. What is found is suggested, in `story` and `export
    matches`, and joins a story only by `watcher confirm`.
    """
    url = setup.database_url()
    from watcher.across import look, require
    from watcher.archive import open_archive

    require()
    with open_archive(url) as database, progress("Looking for translations") as tell:
        done = look(database, workers=workers, progress=tell, now=setup.clock())
    found = counted(done.suggested, "translation")
    say(f"{counted(done.articles, 'article')}, {found} suggested, in {duration(done.seconds)}.")
