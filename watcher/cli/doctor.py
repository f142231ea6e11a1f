"""`watcher doctor`: what is wrong, and the fix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.base import EXIT_NO, Setup, command, pass_setup
from watcher.cli.render import Output, listing, paint, visible, width
from watcher.core.errors import ConfigError

if TYPE_CHECKING:
    from watcher.doctor import Finding

_PAINT = {"ok": "green", "warn": "yellow", "bad": "red"}
_CHECK = 12  # cells of a check's name
_INDENT = " " * (4 + 2 + _CHECK + 2)


@command()
@click.option("--send", is_flag=True, help="Send each receiver a test message.")
@listing
@pass_setup
def doctor(setup: Setup, send: bool, out: Output) -> None:
    """Look at all that a watch needs: what is wrong, and the fix.

    Database, feeds, daemon, receivers, names, clock, disk, workers, unit.
    Nothing is changed. Exit code 1 where something is bad.
    """
    try:
        path = setup.config_path()
    except ConfigError:
        if setup.named_config() or setup.db is None:
            raise
        path = None
    url = setup.database_url()
    from watcher.doctor import examine

    findings = examine(path, url, setup.env, setup.clock(), send=send)
    if out.people:
        found = []
        for finding in findings:
            found.append(finding)
            _tell(finding)
    else:
        found = list(findings)
        out.rows(found, ())
    wrong = sum(f.state == "bad" for f in found)
    watchful = sum(f.state == "warn" for f in found)
    if out.people:
        click.echo()
        click.echo(_sum(wrong, watchful))
    if wrong:
        raise click.exceptions.Exit(EXIT_NO)


def _sum(wrong: int, watchful: int) -> str:
    if wrong:
        return f"Bad: {wrong}. Worth a look: {watchful}."
    return f"All works. Worth a look: {watchful}." if watchful else "All is well."


def _tell(finding: Finding) -> None:
    head = f"{finding.state:<4}  {visible(finding.check):<{_CHECK}}  "
    room = width() - len(_INDENT)
    first, *more = _wrapped(visible(finding.what), room)
    click.echo(paint(head[:4], fg=_PAINT[finding.state]) + head[4:] + first)
    for line in more:
        click.echo(_INDENT + line)
    if finding.fix:
        for n, line in enumerate(_wrapped(visible(finding.fix), room - 3)):
            click.echo(_INDENT + ("-> " if n == 0 else "   ") + line)


def _wrapped(text: str, room: int) -> list[str]:
    import textwrap

    return textwrap.wrap(text, room, break_on_hyphens=False) or [""]
