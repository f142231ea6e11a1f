"""The demo: a small newsroom on loopback, the story it makes, and what its desk was told."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.base import Failed, Nothing, command
from watcher.cli.history import tell_story, tell_story_in_short
from watcher.cli.lines import say
from watcher.cli.picturing import story_report, write_file
from watcher.cli.render import Output, paint, visible
from watcher.core.errors import UsageError
from watcher.report import open_reader

if TYPE_CHECKING:
    from email.message import EmailMessage

    from watcher.demo.play import DemoResult
    from watcher.report import StoryHistory

# Where the words of a line of the play begin: after its day and time.
_HANG = 18


@command()
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the demo's database and messages there.",
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="Write the story as a page.",
)
@click.option("--fast", is_flag=True, help="Do not pause between the steps.")
@click.option("--brief", is_flag=True, help="Only the end: the story in short, one message.")
def demo(keep: Path | None, report: Path | None, fast: bool, brief: bool) -> None:
    """A small newsroom on this machine, and what is seen of it.

    A story spreads, rests and resurfaces; the alerts go to a local Slack-like and mail receiver.
    """
    import asyncio
    import tempfile

    if keep is not None and (keep / "demo.db").exists():
        raise UsageError(f"{keep} has a demo in it already: name another folder.")
    if report is not None and not report.parent.is_dir():
        raise UsageError(f"--report: there is no folder {report.parent}.")
    from watcher.daemon import Service
    from watcher.demo.play import play

    # Outlets and receivers are this machine: nobody has to be spared.
    serve = functools.partial(Service, gap=0.0, spacing_s=0.0)
    with tempfile.TemporaryDirectory(prefix="watcher-demo-") as scratch:
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
        result = asyncio.run(
            play(
                workdir=keep or Path(scratch),
                say=_quiet if brief else narrate,
                fast=fast or brief,
                serve=serve,
            )
        )
        history = show(result, brief=brief)
        _compare(history)
        if report is not None:
            page = story_report(result.database_url, history.line.story, now=result.now)
            write_file(report, page)
    if report is not None:
        click.echo(f"\nThe story as a page: {visible(str(report))}")
    if keep is not None:
        click.echo(f"\nAsk more of it with --db {visible(result.database_url)}")
    elif report is None and not brief:
        click.echo("\nThe same as a page, for any browser: `watcher demo --report story.html`")


def _quiet(line: str) -> None:
    """The play without its words."""


def narrate(line: str) -> None:
    """Print a line of the play, alerts in colour."""
    when, alert, what = line.partition("    alert: ")
    if alert:
        say(f"{when}{paint(alert + what, fg='magenta', bold=True)}", hang=_HANG + 2)
    else:
        say(line, hang=_HANG)


def show(result: DemoResult, *, brief: bool) -> StoryHistory:
    """Print the story and what its receivers got last; in short, one of them."""
    if result.story is None:
        raise Nothing("The story was not found.")
    with open_reader(result.database_url) as reader:
        spread = reader.spread(result.story, now=result.now, parts=() if brief else ("figures",))
    if spread is None:
        raise Nothing("The story was not found.")
    history = spread.history
    if brief:
        tell_story_in_short(history, Output())
    else:
        click.echo()
        tell_story(history, Output(), spread)
    if result.slack:
        click.echo()
        _tell_slack(result.slack[-1])
    if result.mails and not brief:
        click.echo()
        _tell_mail(result.mails[-1])
    return history


def _compare(history: StoryHistory) -> None:
    """Fail where the story that was found is not the one that was played."""
    from watcher.demo.script import EXPECTED
    from watcher.demo.texts import outlets

    names = {key: outlet.name for key, outlet in outlets().items()}
    played = {names[truth.outlet] for truth in EXPECTED if truth.joins}
    found = {article.outlet for article in history.articles}
    if played != found:
        raise Failed(
            f"The story should have been at {', '.join(sorted(played))}; it was found at "
            f"{', '.join(sorted(found))}. Run it again with -vv to see why."
        )


def _tell_slack(payload: Mapping[str, Any]) -> None:
    """A post as Slack would have got it, in its own markup."""
    from watcher.demo.sinks import slack_text

    say(paint(f"Slack, {visible(str(payload.get('channel', '')))}, the last of it:", bold=True))
    click.echo()
    _quote(slack_text(payload))


def _tell_mail(mail: EmailMessage) -> None:
    """A mail: to whom, its subject, its plain part."""
    say(paint(f"Mail to {visible(str(mail['To']))}, the last of it:", bold=True))
    click.echo()
    say(f"  Subject: {visible(str(mail['Subject']))}", hang=9)
    click.echo()
    body = mail.get_body(("plain",))
    _quote("" if body is None else body.get_content().strip())


def _quote(text: str) -> None:
    for line in text.splitlines():
        say(f"  {visible(line)}".rstrip(), hang=4)
