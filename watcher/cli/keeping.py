"""The database kept safe: brought up to date, backed up, checked, put back."""

from __future__ import annotations

import json
from pathlib import Path

import click

from watcher.cli.base import EXIT_NO, Setup, command, pass_setup
from watcher.cli.progress import progress
from watcher.cli.render import byte_size, counted, visible

_FILE = click.Path(path_type=Path)


@command("upgrade")
@click.option("--now", is_flag=True, help="Make new fingerprints at once, and wait for it.")
@pass_setup
def upgrade(setup: Setup, now: bool) -> None:
    """Make the tables, or bring them to what this program needs.

    Tables of an older version are backed up first (SQLite), then changed in one
    go or not at all. Where this program makes fingerprints in another way, the
    daemon makes them anew while it polls; with --now this command does.
    """
    from watcher.archive import open_archive
    from watcher.archive.upgrading import upgrade_database
    from watcher.record.rewriting import begin, rewrite

    url = setup.database_url()
    with progress("Backing up") as tell:
        done = upgrade_database(url, setup.clock(), tell)
    if done.backup is not None:
        click.echo(f"Backed up to {done.backup}.")
    click.echo(
        f"Applied: {', '.join(done.applied)}." if done.applied else "The tables are up to date."
    )
    with open_archive(url) as database:
        change = begin(database)
        if change is None:
            return
        left = change.total - change.done
        click.echo(
            f"The fingerprints of {counted(left, 'text')} are to be made anew (scheme {change.to})."
        )
        if not now:
            click.echo("The daemon does so while it polls; `watcher status` says how far it is.")
            return
        with progress("Fingerprinting") as tell:
            gone = rewrite(database, setup.clock, tell)
    kept = f"; {counted(gone, 'text')} had been dropped by age" if gone else ""
    click.echo(f"All fingerprints are of scheme {change.to}{kept}.")


@command("backup")
@click.argument("place", type=_FILE, required=False, metavar="[FOLDER|FILE]")
@click.option(
    "--keep",
    type=click.IntRange(1, 10_000),
    metavar="N",
    help="Remove all but the N newest backups in the folder.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_setup
def backup(setup: Setup, place: Path | None, keep: int | None, as_json: bool) -> None:
    """Copy the database, while it is in use, to FOLDER or to a new FILE.

    \b
    Default: the folder `backups` beside it. The copy is of one moment and holds
    nobody up; it is checked, and its SHA-256 written beside it, before it gets
    its name. PostgreSQL's is made by pg_dump.
    """
    from watcher.archive.backups import make_backup

    with progress("Backing up") as tell:
        made = make_backup(setup.database_url(), place, setup.clock(), keep=keep, tell=tell)
    if as_json:
        said = {"file": str(made.file), "bytes": made.bytes, "sha256": made.digest or None}
        click.echo(json.dumps({**said, "removed": [str(old) for old in made.removed]}))
        return
    removed = f"; {counted(len(made.removed), 'older one')} removed" if made.removed else ""
    click.echo(f"{visible(str(made.file))}: {byte_size(made.bytes)}, checked{removed}.")


@command("verify")
@click.argument("file", type=_FILE, required=False, metavar="[FILE]")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@pass_setup
def verify(setup: Setup, file: Path | None, as_json: bool) -> None:
    """Look for damage: in a backup FILE, or in the database itself.

    \b
    A backup is compared with the SHA-256 beside it. Of the database all that can
    be worked out again is: fingerprints and full text from the texts, counts from
    rows; what never changes is compared with the newest backup. It may be in use.
    Exit code 1: something is wrong.
    """
    from watcher.archive.backups import faults_of_backup
    from watcher.record.verify import Verdict
    from watcher.record.verify import verify as verify_all

    if file is not None:
        if not file.exists():
            raise click.UsageError(f"{file}: no such file.")
        found = Verdict(tuple(faults_of_backup(file)), 0, 0, None)
        what = f"{file.name} is as it was made."
    else:
        with progress("Checking") as tell:
            found = verify_all(setup.database_url(), tell)
        what = f"Nothing wrong: {counted(found.texts, 'text')} read and fingerprinted anew"
        what += f", {found.without:,} dropped by age" if found.without else ""
        what += f", rows compared with {found.compared.name}." if found.compared else "."
    if as_json:
        compared = str(found.compared) if found.compared else None
        said = {"ok": not found.faults, "faults": found.faults, "texts": found.texts}
        click.echo(json.dumps({**said, "compared": compared, "notes": found.notes}))
    else:
        for fault in found.faults:
            click.echo(visible(fault))
        for note in found.notes:
            click.echo(note, err=True)
        click.echo(
            f"{counted(len(found.faults), 'fault')}. Keep the file, and put a good backup in its"
            " place: watcher db restore."
            if found.faults
            else visible(what)
        )
    if found.faults:
        raise click.exceptions.Exit(EXIT_NO)


@command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@pass_setup
def restore(setup: Setup, file: Path) -> None:
    """Put the backup FILE in the place of the database.

    Refused while the daemon, or another command, has it open. The database that
    was there is kept beside it.
    """
    from watcher.archive import open_archive
    from watcher.archive.backups import put_back
    from watcher.core.errors import StorageError

    url = setup.database_url()
    kept = put_back(url, file, setup.clock())
    click.echo(f"The database is what {visible(file.name)} was.")
    if kept is not None:
        click.echo(f"The one before is {visible(str(kept))}.")
    try:
        open_archive(url, readonly=True).close()
    except StorageError as older:
        click.echo(f"Next: {older}", err=True)


@command("drop-index")
@pass_setup
def drop_index(setup: Setup) -> None:
    """Drop the index's tables, once no daemon uses them any more.

    They are there where `storage: {index: database}` has been in feeds.yaml
    (PostgreSQL). With that option a daemon fills them anew at its next start.
    Refused while daemons are at work.
    """
    from watcher.archive import open_archive
    from watcher.archive.postings import discard

    with open_archive(setup.database_url()) as database:
        dropped = discard(database)
    click.echo("Dropped." if dropped else "There are no such tables.")
