"""Prose on a terminal: folded at words to its width, further lines indented."""

from __future__ import annotations

import re

import click

from watcher.cli.render import width

_SGR = "\x1b\\[[0-9;]*m"  # our own colours; whatever comes from outside has been made visible
_WORD = re.compile("( *)([^ |]*[|]|[^ |]+)")  # a bar parts address and text in Slack's markup
_CELL = re.compile(f"{_SGR}|.")
_ADDRESS = re.compile(f"(?:{_SGR})*[<(]?[a-z][a-z0-9+]*://")


def say(text: str = "", *, hang: int = 2) -> None:
    """Print a paragraph; its further lines stand `hang` cells right of where it begins."""
    click.echo(folded(text, hang=hang))


def folded(text: str, *, hang: int = 2, room: int | None = None) -> str:
    """`text` in lines of at most `room` cells (the terminal's), broken at spaces.

    A word wider than a line, as a headline in Chinese is, is broken where the line ends; an
    address never is: people copy it.
    """
    # Late: only people need it, and it takes as long to load as the rest of the program.
    from rich.cells import cell_len

    most = room or width()
    indent = len(text) - len(text.lstrip(" "))
    margin = " " * min(indent + hang, most // 2)
    lines: list[str] = []
    line, size, begun = " " * indent, indent, False
    for gap, word in _WORD.findall(text.lstrip(" ")):
        cells = cell_len(re.sub(_SGR, "", word))
        if begun and size + len(gap) + cells > most:
            lines.append(line.rstrip())
            line, size, begun = margin, len(margin), False
        if begun:
            line += gap
            size += len(gap)
        if size + cells <= most or _ADDRESS.match(word):
            line += word
            size += cells
        else:
            for cell in _CELL.findall(word):
                wide = 0 if cell.startswith("\x1b") else cell_len(cell)
                if size + wide > most:
                    lines.append(line)
                    line, size = margin, len(margin)
                line += cell
                size += wide
        begun = True
    return "\n".join([*lines, line.rstrip()])
