"""The mail in a real Chromium: wide and on a phone, light and dark, with its picture."""

from __future__ import annotations

import base64
import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.browser.chromium import Tab
from tests.browser.test_page import colours
from tests.core.test_message import CASES, HOSTILE, RESURFACED
from tests.picture.story import SPREAD
from watcher.core import message
from watcher.core.message import PICTURE, Facts, Message
from watcher.deliver.mail import Picture
from watcher.picture import png
from watcher.picture.charts import growth
from watcher.picture.palette import contrast

ENDLESS = replace(
    RESURFACED,
    headline="Verantwortungs" * 14 + "frage",
    url="https://a.example/" + "very-long-" * 30,
    outlet="الرافعة المتصدعة",
    changed=("字" * 150,) * 6,
)
DARK, WHITE = (0x15, 0x18, 0x1B), (255, 255, 255)


@pytest.fixture(scope="session")
def picture() -> Picture:
    """The adoption of the story of hostile texts."""
    drawn = growth(SPREAD, 600)
    assert drawn is not None
    return Picture(png(drawn.alone()), drawn.says)


def written(path: Path, case: Facts | Message, picture: Picture | None = None) -> Path:
    """The mail as a file, its picture put in for the content-id, as a mail program does."""
    _, page = message.html(case, picture=picture.says if picture else "")
    if picture is not None:
        data = base64.b64encode(picture.png).decode()
        page = page.replace(f"cid:{PICTURE}", f"data:image/png;base64,{data}")
    path.write_text(page, "utf-8")
    return path


ALL = {**CASES, "endless": ENDLESS}


@pytest.mark.parametrize("width", [320, 360, 600, 1200])
@pytest.mark.parametrize("name", ALL)
def test_a_mail_fits_its_window_and_asks_for_nothing(
    tab: Tab, tmp_path: Path, picture: Picture, name: str, width: int
) -> None:
    tab.look(width)
    tab.open(written(tmp_path / "mail.html", ALL[name], picture))
    assert tab.run("document.documentElement.scrollWidth") <= width
    assert [url for url in tab.requests if not url.startswith(("file:", "data:"))] == []
    assert tab.problems == []


def test_hostile_text_is_text(tab: Tab, tmp_path: Path) -> None:
    tab.open(written(tmp_path / "mail.html", HOSTILE))
    assert tab.run("document.scripts.length + document.images.length") == 0
    assert "<script>alert(1)</script> & Sons" in tab.run("document.body.innerText")
    links = tab.run("[...document.links].map((link) => link.protocol)")
    assert set(links) <= {"http:", "https:"}
    assert tab.run("document.title") == message.title(HOSTILE)


def test_the_link_to_the_copy_and_the_earliest_are_whole(tab: Tab, tmp_path: Path) -> None:
    tab.open(written(tmp_path / "mail.html", RESURFACED))
    assert tab.run("[...document.links].map((link) => link.href)") == [
        RESURFACED.url,
        RESURFACED.url,
        "https://agency.example/2026/02/11/harbour",
    ]


def test_a_headline_that_reads_from_the_right_does(tab: Tab, tmp_path: Path) -> None:
    tab.open(written(tmp_path / "mail.html", CASES["mention"]))
    assert tab.run("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
    assert tab.run("getComputedStyle(document.querySelector('th')).direction") == "ltr"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("name", ["group", "digest"])
def test_every_text_can_be_read_in_the_light_and_in_the_dark(
    tab: Tab, tmp_path: Path, name: str, dark: bool
) -> None:
    tab.look(600, dark=dark)
    tab.open(written(tmp_path / "mail.html", CASES[name]))
    told = tab.run(_CONTRASTS)
    assert len(told) > 15
    low = [one for one in told if contrast(one["on"], one["of"]) < 4.5]
    assert low == []
    tab.screenshot(tmp_path / "mail.png")
    ground = colours(tmp_path / "mail.png").most_common(1)[0][0]
    assert ground == (DARK if dark else WHITE)


# Each element with text of its own: its colour, and the first ground below it that is painted.
_CONTRASTS = """
[...document.querySelectorAll('body *')]
  .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())
                 && e.getClientRects().length)
  .map((e) => {
    let below = e, painted = 'rgba(0, 0, 0, 0)';
    while (below && painted === 'rgba(0, 0, 0, 0)') {
      painted = getComputedStyle(below).backgroundColor;
      below = below.parentElement;
    }
    const hex = (c) => '#' + c.match(/\\d+/g).slice(0, 3)
      .map((n) => (+n).toString(16).padStart(2, '0')).join('');
    return {text: e.textContent.slice(0, 40), of: hex(getComputedStyle(e).color), on: hex(painted)};
  })
"""


def test_a_phone_shows_an_alert_on_little_more_than_a_screen(tab: Tab, tmp_path: Path) -> None:
    tab.look(390, 844)
    tab.open(written(tmp_path / "mail.html", RESURFACED))
    assert tab.run("document.documentElement.scrollHeight") <= 844


@pytest.mark.skipif("SHOTS" not in os.environ, reason="SHOTS=FOLDER keeps pictures to look at")
def test_pictures_to_look_at(tab: Tab, picture: Picture) -> None:
    folder = Path(os.environ["SHOTS"])
    for name, case in ALL.items():
        for width in (600, 360):
            for dark in (False, True):
                tab.look(width, dark=dark)
                shown = picture if name in ("resurfaced", "group") else None
                tab.open(written(folder / f"{name}.html", case, shown))
                tab.screenshot(folder / f"{name}-{width}-{'dark' if dark else 'light'}.png")
