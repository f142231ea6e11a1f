"""Pictures of a story: drawn in the terminal, as a picture file, and as one page."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from watcher.cli.base import Failed, Nothing, Setup, command, pass_setup
from watcher.cli.params import NUMBER
from watcher.cli.render import byte_size, coloured, visible, width
from watcher.report import open_reader

if TYPE_CHECKING:
    from datetime import datetime

    from watcher.picture import Pen
    from watcher.report import StoryHistory
    from watcher.report.spread_values import StorySpread

# A credit in a terminal's own colours; what they mean is said in words beside them.
_INKS = {
    "bold": {"bold": True},
    "dim": {"dim": True},
    "full": {"fg": "green"},
    "partial": {"fg": "yellow"},
    "stripped": {"fg": "red"},
    "wrong": {"fg": "magenta"},
}
# What drawings need of a terminal's character set.
_SAMPLE = "├─┊╌│└┬█░★●■▲◆◎▼○…"
_PLOTS = (".svg", ".png")


@command()
@click.argument("story_id", type=NUMBER, metavar="STORY")
@click.option(
    "--output",
    "-o",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    metavar="FILE.html",
    help="Where to write the page; - for standard output. Default: story-ID.html.",
)
@pass_setup
def report(setup: Setup, story_id: int, output: Path | None) -> None:
    """One story as a page to read, print and send.

    A single file without network: timeline, adoption, who took it from whom, the five origin
    answers, any two versions side by side, the ledger, the data. Paper, phones and dark screens
    are fine with it.
    """
    page = story_report(setup.database_url(), story_id, now=setup.clock())
    if output is not None and str(output) == "-":
        sys.stdout.buffer.write(page)
        return
    path = output or Path(f"story-{story_id}.html")
    write_file(path, page)
    click.echo(f"Wrote {visible(str(path))}, {byte_size(len(page))}: open it in any browser.")


def story_report(database_url: str, story_id: int, *, now: datetime) -> bytes:
    """The page of a story. Raises Nothing where there is no such story."""
    from watcher.picture import story_page

    with open_reader(database_url) as reader:
        spread = reader.spread(story_id, now=now)
        if spread is None:
            raise Nothing(f"There is no story {story_id}.")
        texts = reader.version_texts(story_id)
    return story_page(spread, texts, now=now).encode("utf-8", "replace")


class Plot(click.Path):
    """A picture file to write, of a kind that we write."""

    name = "picture"

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        path = Path(os.fsdecode(super().convert(value, param, ctx)))
        if path.suffix.lower() not in _PLOTS:
            self.fail(f"{visible(path.name)} must end in {' or '.join(_PLOTS)}.", param, ctx)
        return path


PLOT = Plot()


def plot_story(database_url: str, story_id: int, path: Path, *, now: datetime) -> None:
    """Write a story's drawings as a picture file, SVG or PNG by its name.

    Raises Nothing where there is no such story, UsageError where PNG is not installed.
    """
    from watcher.picture import plot, png

    with open_reader(database_url) as reader:
        spread = reader.spread(story_id, now=now, parts=("figures", "tree"))
    if spread is None:
        raise Nothing(f"There is no story {story_id}.")
    drawn = plot(spread)
    data = png(drawn) if path.suffix.lower() == ".png" else drawn.encode("utf-8", "replace")
    write_file(path, data)
    click.echo(f"Wrote {visible(str(path))}, {byte_size(len(data))}.")


def write_file(path: Path, data: bytes) -> None:
    """Write a file whole or not at all; what was there before is replaced."""
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            try:
                file.write(data)
                file.close()
                # A temporary file is its owner's alone; this one is like any other.
                mask = os.umask(0)
                os.umask(mask)
                os.chmod(file.name, 0o666 & ~mask)
                os.replace(file.name, path)
            except OSError:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise Failed(f"{path} could not be written: {error.strerror or error}") from error


# ---------------------------------------------------------------- in the terminal


def draw_story(spread: StorySpread) -> None:
    """When each outlet had it, and how many had; nothing of a story that did not spread."""
    from watcher.picture import growth, timeline

    if len(spread.history.articles) < 2:
        return
    for lines in (timeline(spread.history, _pen()), growth(spread, _pen())):
        if lines:
            click.echo()
            _print(lines)


def draw_timeline(history: StoryHistory | None) -> None:
    """A lane an outlet, above the list of what is drawn; nothing of a story of one article."""
    from watcher.picture import timeline

    if history is not None and len(history.articles) > 1:
        _print(timeline(history, _pen()))
        click.echo()


def draw_tree(spread: StorySpread) -> None:
    """Who took it from whom."""
    from watcher.picture import tree

    _print(tree(spread, _pen()))


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)


def _pen() -> Pen:
    from watcher.picture import Pen

    def paint(text: str, style: str) -> str:
        ink = _INKS.get(style)
        return click.style(text, **ink) if ink and colour else text  # type: ignore[arg-type]

    colour = coloured()
    return Pen(width(), _draws(getattr(sys.stdout, "encoding", None)), paint)


def _draws(encoding: str | None) -> bool:
    """Whether a terminal of that character set has the characters that drawings use."""
    try:
        _SAMPLE.encode(encoding or "ascii")
    except (LookupError, UnicodeEncodeError):
        return False
    return True
