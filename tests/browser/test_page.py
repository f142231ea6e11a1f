"""The report in a real Chromium: nothing asked, nothing run; by keyboard, on a phone, on paper."""

from __future__ import annotations

import base64
import json
import re
import struct
import zlib
from collections import Counter
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.browser.chromium import Tab
from tests.picture.story import NOW, SCRIPT, SPREAD, crowd, texts
from watcher.picture import palette, story_page
from watcher.picture.alike import beside
from watcher.picture.page.reading import pages


def colours(png: Path) -> Counter[tuple[int, int, int]]:
    """How often each colour occurs in a screenshot (PNG, 8 bits, RGB or RGBA, not interlaced)."""
    data = png.read_bytes()
    width, height, depth, kind = struct.unpack(">IIBB", data[16:26])
    assert (depth, kind in (2, 6)) == (8, True)
    parts, at = [], 8
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        if name == b"IDAT":
            parts.append(data[at + 8 : at + 8 + length])
        at += 12 + length
    raw, size = zlib.decompress(b"".join(parts)), 3 if kind == 2 else 4
    line = width * size
    above, found = bytearray(line), Counter[tuple[int, int, int]]()
    for row in range(height):
        start = row * (line + 1)
        above = _unfiltered(raw[start], raw[start + 1 : start + 1 + line], above, size)
        found.update(zip(above[0::size], above[1::size], above[2::size], strict=True))
    return found


def _unfiltered(how: int, line: bytes, above: bytearray, size: int) -> bytearray:
    """One line of a PNG without its filter (PNG specification, section 9)."""
    out = bytearray(line)
    for k in range(len(out)):
        left = out[k - size] if k >= size else 0
        corner = above[k - size] if k >= size else 0
        match how:
            case 1:
                out[k] = (out[k] + left) & 255
            case 2:
                out[k] = (out[k] + above[k]) & 255
            case 3:
                out[k] = (out[k] + (left + above[k]) // 2) & 255
            case 4:
                guess = left + above[k] - corner
                near = min((left, above[k], corner), key=lambda v: abs(guess - v))
                out[k] = (out[k] + near) & 255
    return out


def rgb(colour: str) -> tuple[int, int, int]:
    """`#rrggbb` as three numbers."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


@pytest.mark.parametrize("scripts", [True, False])
def test_it_opens_without_a_complaint_and_asks_for_nothing(
    tab: Tab, report: Path, scripts: bool
) -> None:
    tab.open(report, scripts=scripts)
    assert tab.problems == []
    assert tab.requests == [report.as_uri()]


def test_hostile_texts_do_not_run(tab: Tab, report: Path) -> None:
    tab.open(report)
    assert tab.run("document.title").startswith("Harbour authority knew of cracked crane")
    assert tab.run("document.images.length") == 0
    assert tab.run("document.scripts.length") == 2
    # Also not when the script lays them side by side.
    for n in range(9):
        choose(tab, "right-text", n)
    choose(tab, "left-text", 6)
    assert SCRIPT in tab.run("document.getElementById('beside').textContent")
    assert tab.run("document.title").startswith("Harbour authority")
    assert tab.run("document.images.length") == 0
    assert tab.problems == []


@pytest.mark.parametrize(
    ("attempt", "directive"),
    [
        ("const s = document.createElement('script'); s.textContent = \"document.title='taken'\";"
         " document.body.append(s)", "script-src"),
        ("document.body.insertAdjacentHTML('beforeend', '<img src=x"
         " onerror=\"document.title=1\">')", "img-src"),
        ("document.body.insertAdjacentHTML('beforeend',"
         " '<b onclick=\"document.title=1\" style=\"color:red\">b</b>')", "style-src"),
        ("fetch('https://elsewhere.example/').catch(() => 0)", "connect-src"),
        ("document.body.insertAdjacentHTML('beforeend',"
         " '<iframe src=\"https://elsewhere.example/\"></iframe>')", "frame-src"),
    ],
)  # fmt: skip
def test_what_slipped_in_would_neither_run_nor_load(
    tab: Tab, report: Path, attempt: str, directive: str
) -> None:
    """The content security policy holds, were an escape ever missing."""
    tab.open(report)
    tab.run(
        "window.refused = []; document.addEventListener('securitypolicyviolation',"
        " (e) => window.refused.push(e.effectiveDirective)); 0"
    )
    tab.run(f"{attempt}; new Promise((done) => setTimeout(done, 50))")
    refused = tab.run("window.refused")
    assert any(found.startswith(directive) for found in refused), refused
    assert tab.run("document.title").startswith("Harbour authority")
    assert [url for url in tab.requests if url.startswith("http")] == []


def choose(tab: Tab, menu: str, n: int) -> None:
    """Choose an entry of a menu, as a reader does."""
    tab.run(
        f"(() => {{ const m = document.getElementById('{menu}'); m.value = '{n}';"
        " m.dispatchEvent(new Event('change')); })()"
    )


def test_any_two_versions_can_be_laid_side_by_side(tab: Tab, report: Path) -> None:
    tab.open(report)
    assert tab.run("document.getElementById('pairs').hidden") is True
    choose(tab, "left-text", 0)
    choose(tab, "right-text", 1)
    assert tab.run("[...document.querySelectorAll('#beside del')].map((e) => e.textContent)") == [
        "Seven"
    ]
    assert tab.run("[...document.querySelectorAll('#beside ins')].map((e) => e.textContent)") == [
        "Nine"
    ]
    told = tab.run("document.getElementById('alike').textContent")
    assert told == "150 words in both: 99% of the left text and 99% of the right one."
    tab.run("document.getElementById('swap').click()")
    assert tab.run("document.querySelector('#beside del').textContent") == "Nine"


def test_the_browser_and_python_see_the_same(tab: Tab, report: Path) -> None:
    """For all pairs of the story's texts, and for texts made to be hard."""
    tab.open(report)
    hard = [
        "a b c d e f g h a b c d x y",
        "h a b c d a b c d e f g\n\na b c d x y q\nq",
        "la " * 60,
        "la " * 40 + "end",
        "one\ntwo\nthree",
        "a.b",
        "a\na\nb",
        "",
    ]
    held = [*pages(texts()), *pages([replaced(n, body) for n, body in enumerate(hard)])]
    numbers: dict[tuple[int, int], int] = {}
    texts_ = []
    for kind, page in enumerate(held):
        of = 0 if kind < 9 else 1
        texts_.append(
            [
                [list(p.pieces), [numbers.setdefault((of, w), len(numbers)) for w in p.words]]
                for p in page.reading
            ]
        )
    pairs = [p for p in permutations(range(len(held)), 2) if (p[0] < 9) == (p[1] < 9)]
    tab.run(f"window.given = {json.dumps(texts_)}; 0")
    found = tab.run(f"{json.dumps(pairs)}.map(([a, b]) => watcherBeside(given[a], given[b]))")
    assert len(found) == len(pairs)
    for (a, b), (rows, shared) in zip(pairs, found, strict=True):
        ours = beside(held[a].reading, held[b].reading)
        assert shared == ours.shared
        assert rows == [[listed(row.left), listed(row.right)] for row in ours.rows], (a, b)


def replaced(n: int, body: str) -> Any:
    """A version with that text."""
    from watcher.report.spread_values import VersionText

    return VersionText(n, 1, n, "o", "t", None, body)


def listed(lines: Any) -> list[list[list[Any]]]:
    """Lines as JSON has them."""
    return [[list(segment) for segment in line] for line in lines]


def test_the_keyboard_reaches_the_chooser_and_works_it(tab: Tab, report: Path) -> None:
    tab.open(report)
    tab.press("Tab", 9)
    assert tab.run("document.activeElement.className") == "skip"
    seen = []
    for _ in range(80):
        tab.press("Tab", 9)
        seen.append(tab.run("document.activeElement.id || document.activeElement.tagName"))
        if seen[-1] == "right-text":
            break
    assert {"left-text", "right-text", "SUMMARY", "BUTTON"} <= set(seen)
    outline = tab.run("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    before = tab.run("document.getElementById('beside').textContent")
    tab.press("ArrowDown", 40)
    assert tab.run("document.getElementById('beside').textContent") != before


@pytest.mark.parametrize("width", [320, 360, 414, 700, 768, 1200])
@pytest.mark.parametrize("scripts", [True, False])
def test_nothing_makes_the_page_scroll_sideways(
    tab: Tab, report: Path, width: int, scripts: bool
) -> None:
    tab.look(width)
    tab.open(report, scripts=scripts)
    assert tab.run("document.documentElement.scrollWidth") <= width
    # With everything opened, too.
    tab.run("document.querySelectorAll('details').forEach((d) => { d.open = true; }); 0")
    assert tab.run("document.documentElement.scrollWidth") <= width
    wide = "[...document.querySelectorAll('svg')].filter((s) => s.getClientRects().length)"
    assert tab.run(f"{wide}.every((s) => s.classList.contains('{kind(width)}'))")


def kind(width: int) -> str:
    """Which of the two drawings a window of that width shows."""
    return "narrow" if width <= 720 else "wide"


def test_letters_on_a_phone_are_no_smaller_than_ten_pixels(tab: Tab, report: Path) -> None:
    tab.look(360)
    tab.open(report)
    sizes = tab.run(
        "[...document.querySelectorAll('svg.narrow text, svg.narrow tspan')].map((t) =>"
        " parseFloat(getComputedStyle(t).fontSize) * t.ownerSVGElement.getScreenCTM().a)"
    )
    assert sizes
    assert min(sizes) >= 10


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [375, 1200])
def test_it_is_light_by_day_and_dark_by_night(
    tab: Tab, report: Path, tmp_path: Path, dark: bool, width: int
) -> None:
    tab.look(width, dark=dark)
    tab.open(report)
    shot = tmp_path / "page.png"
    tab.screenshot(shot, height=450)
    colour = palette.dark if dark else palette.light
    found = colours(shot)
    [(ground, _)] = found.most_common(1)
    assert ground == rgb(colour("paper"))
    assert found[rgb(colour("ink"))] > 200


def test_every_text_has_contrast_enough_where_it_stands(tab: Tab, report: Path) -> None:
    """As the browser worked the colours out, not as the palette meant them."""
    for dark in (False, True):
        tab.look(1200, dark=dark)
        tab.open(report)
        tab.run("document.querySelectorAll('details').forEach((d) => { d.open = true; }); 0")
        pairs = tab.run(
            """(() => {
            const ground = (e) => {
              for (; e; e = e.parentElement) {
                const c = getComputedStyle(e).backgroundColor;
                if (!/rgba\\(.*, 0\\)/.test(c)) return c;
              }
            };
            const found = new Set();
            const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
            while (walk.nextNode()) {
              const e = walk.currentNode.parentElement;
              if (!walk.currentNode.data.trim() || !e.getClientRects().length) continue;
              const svg = e.closest('svg');
              const colour = svg ? getComputedStyle(e).fill : getComputedStyle(e).color;
              found.add(colour + '|' + ground(svg ? svg.parentElement : e));
            }
            return [...found];
            })()"""
        )
        assert len(pairs) > 6
        for pair in pairs:
            ink, ground = (
                "#" + "".join(f"{int(v):02x}" for v in re.findall(r"\d+", c)[:3])
                for c in pair.split("|")
            )
            assert palette.contrast(ink, ground) >= 4.5, (pair, dark)


def test_who_wants_no_motion_gets_none(tab: Tab, report: Path) -> None:
    behaviour = "getComputedStyle(document.documentElement).scrollBehavior"
    tab.open(report)
    assert tab.run(behaviour) == "smooth"
    tab.look(1200, calm=True)
    assert tab.run(behaviour) == "auto"


def test_the_tree_of_accessibility_names_what_can_be_used(tab: Tab, report: Path) -> None:
    tab.open(report)
    nodes = tab.send("Accessibility.getFullAXTree")["nodes"]
    named: dict[str, list[str]] = {}
    for node in nodes:
        role = node.get("role", {}).get("value", "")
        named.setdefault(role, []).append(node.get("name", {}).get("value", ""))
    for role in ("link", "button", "combobox", "image", "table", "region", "navigation"):
        assert named.get(role), role
        assert all(name.strip() for name in named[role]), role
    assert named["combobox"] == ["Left, the source", "Right, the copy"]
    assert len(named["main"]) == 1


def test_times_can_be_shown_in_the_readers_zone(tab: Tab, report: Path) -> None:
    tab.open(report)
    first = "document.querySelector('header time')"
    assert tab.run(f"{first}.textContent") == "2 Mar 2026, 08:00 UTC"
    assert "13:30" in tab.run(f"{first}.title")
    tab.run("document.querySelector('.tools button').click()")
    assert tab.run(f"{first}.textContent").startswith("2 Mar 2026, 13:30")
    assert tab.run("document.querySelector('.tools button').ariaPressed") == "true"
    tab.run("document.querySelector('.tools button').click()")
    assert tab.run(f"{first}.textContent") == "2 Mar 2026, 08:00 UTC"


def test_the_data_downloads(tab: Tab, report: Path) -> None:
    tab.open(report)
    data = tab.run("document.querySelector('a[download]').href").partition(",")[2]
    assert json.loads(base64.b64decode(data))["story"]["history"]["line"]["story"] == 28


def test_it_prints_on_a_few_pages_in_the_colours_of_paper(tab: Tab, report: Path) -> None:
    tab.look(1200, dark=True)
    tab.open(report)
    tab.send("Emulation.setEmulatedMedia", media="print")
    paper = "getComputedStyle(document.documentElement).getPropertyValue('--paper')"
    assert tab.run(paper) == palette.light("paper")
    for hidden in ("nav", "form", ".tools", "details.behind"):
        assert tab.run(f"getComputedStyle(document.querySelector('{hidden}')).display") == "none"
    printed = tab.pdf()
    assert 4 <= len(re.findall(rb"/Type\s*/Page\b", printed)) <= 9


def test_a_story_of_hundreds_opens_quietly_too(tab: Tab, tmp_path: Path) -> None:
    path = tmp_path / "crowd.html"
    path.write_text(story_page(crowd(400), texts(), now=NOW), "utf-8")
    tab.look(360)
    tab.open(path)
    assert tab.problems == []
    assert tab.run("document.documentElement.scrollWidth") <= 360
    assert len(SPREAD.history.articles) == 8
