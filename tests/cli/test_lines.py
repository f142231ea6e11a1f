"""Prose folded to the terminal's width."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from watcher.cli.lines import folded

URL = "https://times.example/2016/09/18/leaked-cable-on-the-bridge-strike"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("fits", "fits"),
        ("the cable names three officers", "the cable names\n  three officers"),
        ("  the cable names three officers", "  the cable names\n    three officers"),
        ("Feeds       1 new, 1 failing", "Feeds       1 new,\n  1 failing"),
        (f"see {URL} now", f"see\n  {URL}\n  now"),
        ("泄露的文件显示空袭并非意外", "泄露的文件显示空袭\n  并非意外"),
        (f"a <{URL}|b>", f"a\n  <{URL}|\n  b>"),
    ],
)
def test_a_paragraph_is_broken_at_spaces(text: str, shown: str) -> None:
    assert folded(text, room=19) == shown


def test_colour_takes_no_room() -> None:
    bold = "\x1b[1mthe cable names\x1b[0m three officers"
    assert folded(bold, room=19) == "\x1b[1mthe cable names\x1b[0m\n  three officers"
    assert folded("\x1b[1m泄露的文件显示空袭并\x1b[0m", room=19).count("\n") == 1


def test_further_lines_hang_where_they_are_told_to() -> None:
    assert folded("Why  because it came back", hang=5, room=16) == "Why  because it\n     came back"


@given(
    st.text(alphabet=st.sampled_from("ab 日|é"), max_size=60),
    st.integers(0, 12),
    st.integers(8, 40),
)
def test_nothing_is_lost_and_every_line_fits(text: str, hang: int, room: int) -> None:
    said = text.lstrip(" ")
    shown = folded(said, hang=hang, room=room)
    assert all(cell_len(line) <= room for line in shown.split("\n"))
    assert "".join(shown.split()) == "".join(said.split())
