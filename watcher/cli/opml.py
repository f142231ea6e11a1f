"""`watcher feeds import` and `export`: lists of feeds from and for other readers (OPML)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import click

from watcher.cli.base import Nothing, Setup, command, pass_setup
from watcher.cli.render import counted, visible
from watcher.core.errors import ConfigError, ParseError, UsageError

_TOLD = 10  # lines of one kind of news


@command("import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True))
@click.option("--families", is_flag=True, help="A folder is a family of outlets, not a topic.")
@click.option("--dry-run", is_flag=True, help="Print the new feeds.yaml; write nothing.")
@pass_setup
def feeds_import(setup: Setup, file: Path, families: bool, dry_run: bool) -> None:
    """Add the feeds of an OPML file to feeds.yaml.

    Comments and order stay as they are, and the old file is kept beside the new one as
    feeds.yaml.bak. Feeds are grouped into outlets by registrable domain; those that are followed
    already are left out, and said.
    """
    from watcher.config import amend
    from watcher.config.tree import UnreadableError
    from watcher.core.opml import group
    from watcher.domains import registrable
    from watcher.parse import opml

    try:
        with file.open("rb") as opened:
            listed = opml.read(opened.read(opml.MAX_BYTES + 1))
    except ParseError as error:
        raise UsageError(f"{visible(str(file))}: {error}.") from error
    path = _target(setup)
    text = _text(path)
    try:
        grouped = group(listed.subscriptions, amend.known(text), registrable, families=families)
        new = amend.add(text, grouped.joining)
    except UnreadableError as error:
        raise ConfigError([f"{path}:{error.line}:{error.column}: {error}"]) from error
    _tell("not added", listed.refused)
    _tell("followed already", grouped.duplicates)
    for topic in grouped.topics[:_TOLD]:
        click.echo(
            visible(f"folder {topic}: taken as a topic; --families makes it a family"), err=True
        )
    feeds = sum(len(each.feeds) for each in grouped.joining)
    if not feeds:
        raise Nothing("Nothing to add.")
    _checked(setup, path, new)
    if dry_run:
        click.echo(new, nl=False)
        return
    _replace(path, new)
    outlets = sum(not each.known for each in grouped.joining)
    click.echo(
        f"{visible(str(path))}: {counted(feeds, 'feed')} added,"
        f" {counted(outlets, 'outlet')} of them new."
        if outlets
        else f"{visible(str(path))}: {counted(feeds, 'feed')} added to known outlets."
    )


def _target(setup: Setup) -> Path:
    """The feeds.yaml to change; the one of this folder where there is none yet."""
    try:
        return setup.config_path().resolve()
    except ConfigError:
        if setup.named_config() and setup.config is not None and not setup.config.exists():
            return setup.config
        if setup.named_config():
            raise
        return Path("feeds.yaml")


def _text(path: Path) -> str:
    from watcher.config.tree import MOST_BYTES

    if not path.exists():
        return ""
    try:
        with path.open("rb") as opened:
            return opened.read(MOST_BYTES + 1).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([f"{path} cannot be read: {error}"]) from error


def _tell(what: str, lines: tuple[str, ...]) -> None:
    for line in lines[:_TOLD]:
        click.echo(visible(f"{what}: {line}"), err=True)
    if len(lines) > _TOLD:
        click.echo(f"{what}: {len(lines) - _TOLD:,} more", err=True)


def _checked(setup: Setup, path: Path, new: str) -> None:
    """Raises ConfigError where the new text has faults that the old one had not."""
    from watcher.config import check

    beside = path.with_name(f".{path.name}.{os.getpid()}.check")
    try:
        beside.write_text(new, encoding="utf-8", newline="")
        faults = [fault for fault in check(beside, setup.env)[1] if fault.severity == "error"]
        old = {fault.message for fault in check(path, setup.env)[1]} if path.exists() else set()
    except OSError as error:
        raise UsageError(f"{path.parent}: cannot be written to: {error.strerror}.") from error
    finally:
        beside.unlink(missing_ok=True)
    told = [str(fault).replace(str(beside), str(path)) for fault in faults]
    added = [said for fault, said in zip(faults, told, strict=True) if fault.message not in old]
    if added:
        raise ConfigError(["feeds.yaml would not be valid with these feeds:", *added[:_TOLD]])


def _replace(path: Path, new: str) -> None:
    """All or nothing: the new text is on the disk before it takes the name."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with beside.open("w", encoding="utf-8", newline="") as out:
            out.write(new)
            out.flush()
            os.fsync(out.fileno())
        if path.exists():
            shutil.copymode(path, beside)
            shutil.copy2(path, path.with_name(f"{path.name}.bak"))
        os.replace(beside, path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}.") from error
    finally:
        beside.unlink(missing_ok=True)


@command("export")
@click.option(
    "--output", "-o", "file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False)
)
@pass_setup
def feeds_export(setup: Setup, file: Path | None) -> None:
    """The feeds of feeds.yaml as OPML 2.0, families as folders.

    What a feed has beside its address (interval, headers, full_text) stays in feeds.yaml: OPML
    has no place for it, and headers may be secret.
    """
    from watcher.core.opml import Subscription, write

    config = setup.load_config()
    found = []
    for outlet in config.outlets:
        family = outlet.family if outlet.family != outlet.name else ""
        for feed in outlet.feeds:
            title = outlet.name if len(outlet.feeds) == 1 else f"{outlet.name}: {_tail(feed.url)}"
            site = f"https://{outlet.domain}/"
            found.append(
                Subscription(feed.url, title, site, (), outlet.name, outlet.domain, family)
            )
    text = write(found, "Syndication Watch", setup.clock())
    if file is None:
        click.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{visible(str(file))}: cannot be written: {error.strerror}.") from error
    click.echo(f"{visible(str(file))}: {counted(len(found), 'feed')}.")


def _tail(url: str) -> str:
    """What tells one feed of an outlet from another: the path, and the query where there is one."""
    return url.partition("://")[2].partition("/")[2] or url
