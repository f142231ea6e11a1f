"""Contrast, computed: text 4.5, lines and marks 3, in the light and in the dark."""

from __future__ import annotations

import re

import pytest

from watcher.picture import palette
from watcher.picture.page import style


def test_the_ratio_is_the_one_of_the_recommendation() -> None:
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert palette.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("front", "ground", "least"), palette.PAIRS)
def test_what_stands_on_what_can_be_read(
    scheme: str, front: str, ground: str, least: float
) -> None:
    colour = palette.light if scheme == "light" else palette.dark
    assert palette.contrast(colour(front), colour(ground)) >= least


def test_the_page_uses_no_colour_of_its_own() -> None:
    """Every colour is a token, so that the test above speaks for the whole page."""
    css = style()
    used = set(re.findall(r"var\(--([a-z]+)\)", css))
    assert used <= palette.COLOURS.keys()
    own = css[css.index("*,*::before") :]
    assert not re.findall(r"#[0-9a-fA-F]{3,8}\b(?![^{}]*\{)|\brgba?\(|\bhsla?\(", own)


def test_each_text_colour_of_the_page_is_among_the_tested() -> None:
    tested = {front for front, _, least in palette.PAIRS if least >= palette.TEXT}
    inks = set(re.findall(r"[{;]color:var\(--([a-z]+)\)", style()))
    assert inks <= tested
