"""The drawings: well-formed, inside their frame, no label over another; and as files."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations

import pytest
from lxml import etree

from tests.picture.story import HISTORY, SCRIPT, SPREAD, crowd
from watcher.picture.charts import (
    NARROW,
    WIDE,
    episodes,
    growth,
    legend,
    lineage,
    timeline,
)
from watcher.picture.charts.whom import thickness
from watcher.picture.drawing import Drawing, cut, measure
from watcher.picture.palette import COLOURS
from watcher.picture.plot import plot, png
from watcher.report.spread_values import StorySpread

SVG = "{http://www.w3.org/2000/svg}"

Draw = Callable[[StorySpread, float], Drawing | None]
DRAWINGS: dict[str, Draw] = {
    "timeline": lambda spread, width: timeline(spread.history, width),
    "legend": lambda spread, width: legend(spread.history, width),
    "growth": growth,
    "episodes": episodes,
    "lineage": lineage,
}
STORIES = {"story": SPREAD, "crowd": crowd(300)}


def parsed(drawing: Drawing) -> etree._Element:
    return etree.fromstring(str(drawing.svg()).encode())


def boxes(drawing: Drawing) -> list[tuple[float, float, float, float, str]]:
    """Where each label stands at most: left, top, right, bottom, text."""
    found = []
    for text in parsed(drawing).iter(f"{SVG}text"):
        moved = [0.0, 0.0]
        for above in text.iterancestors(f"{SVG}g"):
            place = re.match(r"translate\(([-\d.]+),([-\d.]+)\)", above.get("transform", ""))
            if place:
                moved = [moved[0] + float(place[1]), moved[1] + float(place[2])]
        size = float(text.get("font-size", "0"))
        parts = [(text.text or "", size)] + [
            (part.text or "", float(part.get("font-size", size))) for part in text
        ]
        said = "".join(part for part, _ in parts)
        width = sum(measure(part, each) for part, each in parts) + 9 * (len(parts) > 2)
        x, y = float(text.get("x", "0")) + moved[0], float(text.get("y", "0")) + moved[1]
        left = x - {"middle": width / 2, "end": width}.get(text.get("text-anchor", "start"), 0.0)
        found.append((left, y - 0.75 * size, left + width, y + 0.2 * size, said))
    return found


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("name", DRAWINGS)
def test_no_label_stands_on_another_or_leaves_the_frame(
    name: str, story: str, width: float
) -> None:
    drawing = DRAWINGS[name](STORIES[story], width)
    assert drawing is not None
    labels = boxes(drawing)
    assert labels
    for left, top, right, bottom, text in labels:
        assert left >= -2, text
        assert right <= drawing.width + 3, text
        assert top >= -2, text
        assert bottom <= drawing.height + 3, text
    for a, b in combinations(labels, 2):
        apart = a[2] <= b[0] + 1 or b[2] <= a[0] + 1 or a[3] <= b[1] + 1 or b[3] <= a[1] + 1
        assert apart, (a, b)


@pytest.mark.parametrize("name", DRAWINGS)
def test_drawings_name_themselves_and_use_no_style_of_their_own(name: str) -> None:
    drawing = DRAWINGS[name](SPREAD, WIDE)
    assert drawing is not None
    root = parsed(drawing)
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert root.find(f"{SVG}title") is not None
    for element in root.iter():
        assert element.get("style") is None
        assert not [name for name in element.attrib if str(name).startswith("on")]
        assert element.tag != f"{SVG}script"
        for token in re.findall(r"\b[fs]-([a-z]+)", element.get("class", "")):
            assert token in COLOURS


def marks(drawing: Drawing) -> list[etree._Element]:
    return [
        group
        for group in parsed(drawing).iter(f"{SVG}g")
        if group.get("transform") and group.find(f"{SVG}title") is not None
    ]


def test_a_kind_is_a_shape_and_a_credit_is_more_than_a_colour() -> None:
    """In grey every kind and every credit still looks different."""
    found: dict[str, list[str]] = {}
    for kind, verdict in [(k, "full") for k in ("root", "verbatim", "wrapped", "edited",
                          "excerpt", "repost", "translation", "copy")] + [
        ("verbatim", v) for v in ("partial", "stripped", "wrong")
    ]:  # fmt: skip
        article = replace(HISTORY.articles[1], kind=kind, verdict=verdict)
        [mark] = marks(timeline(replace(HISTORY, root=0, articles=(article,))))
        grey = re.sub(r"\b([fs])-(full|partial|stripped|wrong|none)\b", r"\1-any",
                      etree.tostring(mark).decode())  # fmt: skip
        shape = re.sub(r"<title>.*?</title>|transform=\"[^\"]*\"", "", grey, flags=re.DOTALL)
        found.setdefault(shape, []).append(f"{kind} {verdict}")
    assert [names for names in found.values() if len(names) > 1] == []
    assert len(found) == 11


def test_an_unknown_start_is_dotted_and_an_imported_article_ringed() -> None:
    drawn = str(timeline(HISTORY).body)
    assert drawn.count('stroke-dasharray="2 4"') == 1
    imported = replace(HISTORY.articles[1], clock="claimed")
    ringed = str(timeline(replace(HISTORY, articles=(HISTORY.articles[0], imported))).body)
    assert 'stroke-dasharray="2 2.5"' in ringed


def test_an_unknown_parent_is_dashed_and_the_surer_edge_is_thicker() -> None:
    drawn = str(lineage(SPREAD).body)
    assert drawn.count('stroke-dasharray="5 4"') == 1
    assert thickness(0.9) > thickness(0.2) >= 1
    assert thickness(7.0) == thickness(1.0)
    assert drawn.count("0.44 !") == 1


def test_a_story_that_did_not_spread_has_no_curve() -> None:
    alone = replace(SPREAD, figures=())
    assert growth(alone) is None
    assert episodes(alone) is None
    assert episodes(replace(SPREAD, figures=SPREAD.figures[:2])) is None


def test_a_label_is_cut_to_its_room() -> None:
    assert cut("short", 12, 200) == "short"
    long = cut("a very long name " * 9, 12, 120)
    assert long.endswith("…")
    assert measure(long, 12) <= 132
    assert measure("漢字", 10) == 20
    assert measure("e\u0301", 10) == measure("e", 10)


def test_a_plot_is_one_file_that_needs_nothing_else() -> None:
    svg = plot(SPREAD)
    root = etree.fromstring(svg.encode())
    assert SCRIPT in "".join(str(text) for text in root.itertext())
    assert not list(root.iter(f"{SVG}script"))
    assert "href" not in svg
    assert "var(--" not in svg
    assert re.findall(r"url\(|@import|https?://(?!www\.w3\.org/2000/svg)", svg) == []


def test_a_large_story_makes_a_bounded_plot_that_says_so() -> None:
    svg = plot(crowd(300))
    assert len(svg) < 150_000
    assert "Not drawn: 268 outlets" in svg


def _size(image: bytes) -> tuple[int, int]:
    assert image.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", image[16:24])
    return int(width), int(height)


def test_the_same_as_png_also_where_there_is_no_font() -> None:
    svg = plot(SPREAD)
    root = etree.fromstring(svg.encode())
    drawn = png(svg, own_fonts=True)
    width, height = _size(drawn)
    assert (width, height) == (
        2 * int(float(root.get("width", "0"))),
        2 * int(float(root.get("height", "0"))),
    )
    silent = re.sub(r"<text.*?</text>", "", svg, flags=re.DOTALL)
    # Letters are most of what there is to draw.
    assert len(drawn) > 1.5 * len(png(silent, own_fonts=True))
