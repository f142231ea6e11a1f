"""Drawings in characters: aligned, inside the line, readable without colour and without Unicode."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.cells import cell_len

from tests.picture.story import HISTORY, SPREAD, crowd
from watcher.picture import Pen, growth, timeline, tree
from watcher.report.spread_values import StorySpread

ROOMS = [40, 57, 64, 80, 120, 200]


def plain(text: str, style: str) -> str:
    return text


def drawn(spread: StorySpread, room: int, *, rich: bool = True) -> list[str]:
    pen = Pen(room, rich, plain)
    return [*timeline(spread.history, pen), *growth(spread, pen), *tree(spread, pen)]


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("rich", [True, False])
@pytest.mark.parametrize("spread", [SPREAD, crowd(120)], ids=["story", "crowd"])
def test_no_line_is_wider_than_the_terminal(spread: StorySpread, room: int, rich: bool) -> None:
    for line in drawn(spread, room, rich=rich):
        assert cell_len(line) <= room, line
        assert line == line.rstrip()


@pytest.mark.parametrize("room", ROOMS)
def test_a_terminal_without_unicode_gets_none(room: int) -> None:
    assert all(line.isascii() for line in drawn(SPREAD, room, rich=False))


@pytest.mark.parametrize("room", ROOMS)
def test_wide_and_combining_characters_move_nothing(room: int) -> None:
    """The rest stands in the same cells of every lane, whatever the outlet is called."""
    lines = timeline(HISTORY, Pen(room, True, plain))[3:11]
    places = set()
    for line in lines:
        head = line[: line.index("┊")]
        places.add((cell_len(head), line.count("┊")))
    assert len(places) == 1


def test_nothing_reaches_the_terminal_that_it_would_act_on() -> None:
    for line in drawn(SPREAD, 80):
        assert not [c for c in line if ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or c in "\u202e\u200d"]


def test_colour_is_what_the_pen_makes_of_it() -> None:
    pen = Pen(80, True, lambda text, style: f"<{style}>{text}</>")
    lane = timeline(HISTORY, pen)[5]
    assert "<partial>├──■</>" in lane or "<partial>├─■</>" in lane
    assert "<partial>wrapped partial</>" in lane


ODD = "Z\u0337a\u0338l\u0336g\u0335o"  # marks above and below letters take no cells

TIMELINE = f"""\
                                2 Mar 2026           21 Mar
                                09:00    12:00  18 d 09:00
                            ────┬────────┬──────┊┊┊┊┊┬──────
Belmaren Press Agency       ╌╌★                 ┊┊┊┊┊         root
Kestrel Online                ├●                ┊┊┊┊┊         verbatim full
Horizons Partagés                 ├─■           ┊┊┊┊┊         wrapped partial
ميناء اليوم                        ├───▲        ┊┊┊┊┊         edited stripped
港口日报                               ├──◆     ┊┊┊┊┊         excerpt full
<script>document.title='t…               ├─────▲┊┊┊┊┊         edited wrong
{ODD} Daily 👩👩👧                         ├───●┊┊┊┊┊         verbatim stripped
Sentinel Review                                 ┊┊┊┊┊├────●   verbatim stripped

UTC   ★ root   ● verbatim   ■ wrapped   ▲ edited   ◆ excerpt
├── not before it, by the mark   ╌╌╌ there before we looked
┊┊┊ at rest, not to scale
"""


def test_the_timeline_in_80_columns() -> None:
    assert "\n".join(timeline(HISTORY, Pen(80, True, plain))) + "\n" == TIMELINE


TREE = f"""\
★ Belmaren Press Agency  #1 root, by 2 Mar 08:00
├─ 0.93 ● Kestrel Online  #2 verbatim, credit full, by 2 Mar 08:24
│  ├─ 0.71 ■ Horizons Partagés  #3 wrapped, credit partial, by 2 Mar 10:15
│  ├─ 0.66 ◆ 港口日报  #5 excerpt, credit full, by 2 Mar 12:30
│  └─ 0.81 ● Sentinel Review  #8 verbatim, credit stripped, by 21 Mar 09:30
└─ 0.44! ▲ ميناء اليوم  #4 edited, credit stripped, by 2 Mar 11:30
   └─ 0.58! ▲ <script>document.title='…  #6 edited, credit wrong, by 2 Mar 14:18
?╌ 0.52 ● {ODD} Daily 👩👩👧  #7 verbatim, credit stripped, by 2 Mar 14:30

?: taken from a text that was never seen here.
!: the copy's own credit says otherwise.
"""


def test_the_tree_in_80_columns() -> None:
    assert "\n".join(tree(SPREAD, Pen(80, True, plain))) + "\n" == TREE


ASCII_TREE = """\
* Belmaren Press Agency  #1 root
|- 0.93 o Kestrel Online  #2
|  |- 0.71 # Horizons Partages  #3
|  |- 0.66 % ????  #5 excerpt, credit full
|  `- 0.81 o Sentinel Review  #8
`- 0.44! ^ ????? ?????  #4
   `- 0.58! ^ <script>document.title='...  #6
?~ 0.52 o Zalgo Daily ???  #7
"""


def test_the_tree_on_a_narrow_terminal_without_unicode() -> None:
    assert "\n".join(tree(SPREAD, Pen(45, False, plain))[:8]) + "\n" == ASCII_TREE


def test_the_curve_rises_to_what_there_is() -> None:
    lines = growth(SPREAD, Pen(80, True, plain))
    assert lines[0].startswith(" 8│")
    assert lines[0].endswith("░")
    assert lines[1].endswith("█")
    assert lines[7].startswith(" 1│")
    assert lines[-1] == "██ 7 families   ░░ 8 articles"
    high = growth(crowd(300), Pen(80, True, plain))
    assert high[0].startswith(" 308│")
    assert len(high) == len(lines)


def test_a_story_that_did_not_spread_has_no_curve() -> None:
    assert growth(replace(SPREAD, figures=()), Pen(80, True, plain)) == []


def test_of_a_long_list_the_terminal_says_what_it_leaves_out() -> None:
    lines = timeline(crowd(120).history, Pen(80, True, plain))
    assert "and 68 more outlets" in lines
