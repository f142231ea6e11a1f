"""The page as a document: whole in itself, hostile texts as text, in order, bounded."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
from lxml import html

from tests.picture.story import ARTICLES, HISTORY, HOSTILE, NOW, SCRIPT, SPREAD, crowd, texts
from watcher.picture import story_page
from watcher.picture.page import policy, script, style
from watcher.picture.page.reading import WORDS, likely_pairs, pages
from watcher.report.spread_values import StorySpread, VersionText


@cache
def written() -> str:
    return story_page(SPREAD, texts(), now=NOW)


@cache
def page() -> Any:
    return html.document_fromstring(written())


def test_the_policy_allows_its_own_style_and_script_and_nothing_else() -> None:
    [meta] = page().xpath("//meta[@http-equiv='Content-Security-Policy']")
    rules = dict(rule.strip().split(" ", 1) for rule in meta.get("content").split(";"))
    assert rules == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest(style())}'",
        "script-src": f"'sha256-{digest(script())}'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    assert policy(style(), script()) == meta.get("content")
    [sheet] = page().xpath("//style")
    assert sheet.text == style()
    assert [s.text for s in page().xpath("//script[not(@type)]")] == [script()]


def digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def test_it_asks_nothing_of_the_network() -> None:
    for element in page().iter():
        for attribute in ("src", "srcset", "poster", "background", "action", "ping", "style"):
            assert element.get(attribute) is None, element.tag
    assert page().xpath("//link | //img | //iframe | //object | //embed | //base") == []
    assert re.findall(r"url\(|@import", style()) == []
    for a in page().xpath("//a"):
        address = a.get("href")
        assert re.match(r"#\w+$|https://|data:application/json;base64,", address)
        if address.startswith("https:"):
            assert a.get("rel") == "noreferrer noopener nofollow"


def test_hostile_texts_stay_text() -> None:
    assert page().xpath("//img") == []
    assert len(page().xpath("//script")) == 2
    for element in page().iter():
        assert not [name for name in element.attrib if name.startswith("on")]
        assert "javascript:" not in (element.get("href") or "")
    told = page().text_content()
    assert SCRIPT in told
    assert "onerror=" in told
    assert not set(written()) & set("\x1b\x9b\u202e\x00")
    assert HOSTILE not in written()


def test_headings_are_in_order_and_landmarks_are_there() -> None:
    levels = [int(h.tag[1]) for h in page().xpath("//h1 | //h2 | //h3")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in pairwise(levels))
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page().xpath(f"//body/{landmark}")) == 1
    assert page().get("lang") == "en"
    for section in page().xpath("//section"):
        [head] = page().xpath(f"//*[@id='{section.get('aria-labelledby')}']")
        assert head.tag == "h2"
    ids = [element.get("id") for element in page().xpath("//*[@id]")]
    assert len(ids) == len(set(ids))
    for a in page().xpath("//a[starts-with(@href, '#')]"):
        assert a.get("href")[1:] in ids


def test_a_suggested_translation_is_told_with_its_sentences() -> None:
    [section] = page().xpath("//section[@id='translations']")
    told = " ".join(section.text_content().split())
    assert "2 translations suggested by a language model" in told
    assert "A suggestion is no part of the story" in told
    assert "Suggested: translation of the whole of #1" in told
    assert "watcher confirm 1 30 or watcher reject 1 30" in told
    assert "Confirmed: translation of a part of #2" in told
    assert "confirm 2 31" not in told
    assert "The texts are not kept any more." in told
    first, second = section.xpath(".//details")
    assert first.get("open") is not None
    assert second.get("open") is None
    assert [c.get("lang") for c in first.xpath(".//td/p")] == ["en", "zh"] * 2
    assert all(c.get("dir") == "auto" for c in section.xpath(".//td/p"))
    assert [th.get("scope") for th in first.xpath(".//th")] == ["col", "col"]
    [data] = page().xpath("//a[@download]")
    _, _, content = data.get("href").partition("base64,")
    saved = json.loads(base64.b64decode(content))["story"]["translations"]
    assert saved[0]["pairs"][0][0] in texts()[0].text
    assert not html.document_fromstring(
        story_page(replace(SPREAD, translations=()), texts(), now=NOW)
    ).xpath("//*[@id='translations']")


def test_everything_to_operate_and_to_look_at_has_a_name() -> None:
    for select in page().xpath("//select"):
        assert page().xpath(f"//label[@for='{select.get('id')}']")
    for drawing in page().xpath("//*[local-name()='svg']"):
        assert drawing.get("role") == "img"
        assert drawing.get("aria-label")
    for table in page().xpath("//div[contains(@class, 'scroll')]/table"):
        assert table.xpath("./caption")[0].text
        assert all(th.get("scope") == "col" for th in table.xpath(".//th"))
    assert len(page().xpath("//figure")) >= 4
    # Behind each chart is its data: articles, adoption, edges.
    assert len(page().xpath("//details[@class='behind']//table")) == 3


def test_the_short_answer_stands_on_top() -> None:
    [header] = page().xpath("//body/header")
    told = header.text_content()
    assert ARTICLES[0].title in told
    assert SPREAD.origin.answer in told
    assert "8 articles at 8 outlets of 7 families, in 4 languages" in told
    assert "it came back once, after a rest of 18 d 19 h" in told
    assert "2 copies of 7 credit the origin, 1 only the one between, 3 nobody" in told


def test_the_data_is_a_download_without_a_script() -> None:
    [link] = page().xpath("//a[@download]")
    assert link.get("download") == "story-28.json"
    data = json.loads(base64.b64decode(link.get("href").partition(",")[2]))
    assert data["story"]["history"]["line"]["title"] == HISTORY.line.title
    assert data["story"]["tree"][0]["confidence"] == 0.93
    assert data["story"]["history"]["articles"][1]["seen"]["by"] == "2026-03-02T08:24:00Z"
    assert len(data["texts"]) == 9
    # What was hostile in the archive is so in the data: it is data, and nobody runs it.
    assert data["story"]["history"]["articles"][5]["title"] == HOSTILE


def test_the_block_for_the_script_cannot_end_itself() -> None:
    [block] = page().xpath("//script[@type='application/json']")
    assert "<" not in block.text
    assert len(json.loads(block.text)) == 9


def test_without_a_script_the_likely_pairs_are_there() -> None:
    pairs = page().xpath("//div[@id='pairs']/details")
    assert len(pairs) == 8
    assert [pair.get("open") is not None for pair in pairs].count(True) == 1
    [opened] = [pair for pair in pairs if pair.get("open") is not None]
    assert "Seven" in [d.text for d in opened.xpath(".//del")]
    assert "Nine" in [d.text for d in opened.xpath(".//ins")]
    assert page().xpath("//div[@id='chooser']")[0].get("hidden") is not None


def test_a_copy_is_laid_beside_the_version_it_was_taken_from() -> None:
    held = pages(texts())
    pairs = [(a.key, b.key) for a, b in likely_pairs(SPREAD, held)]
    assert pairs[0] == ((1, 1), (2, 1))
    assert ((1, 2), (4, 1)) in pairs
    assert ((1, 2), (7, 1)) in pairs  # its source was never seen: the root, as it is now
    assert pairs[-1] == ((1, 1), (1, 2))


def test_ledger_versions_and_links_are_told() -> None:
    told = page().text_content()
    for words in (
        "forty centimetres",
        "Changed nothing that a ledger lists: Kestrel Online #2.",
        "The text changed, its date did not.",
        "Seven more people",
        "Evening edition",
        "Seen in 8 feeds of 9 polled, with 2 failed polls",
    ):
        assert words in told, words


def test_a_story_of_hundreds_stays_bounded_and_says_what_is_left_out() -> None:
    long = "word " * (WORDS + 500)
    more = [VersionText(100 + n, 1, 9000 + n, f"Outlet {n}", "t", None, long) for n in range(60)]
    drawn = story_page(crowd(400), [*texts(), *more], now=NOW)
    assert len(drawn) < 6_000_000
    document: Any = html.document_fromstring(drawn)
    told = document.text_content()
    assert "Not drawn: 368 outlets with 368 articles that came later." in told
    assert "Not drawn: 348 articles." in told
    assert "more rows, which the data below has." in told
    assert re.search(r"Left out: \d+ versions for the page’s size; the end of \d+ very long", told)
    [link] = document.xpath("//a[@download]")
    data = json.loads(base64.b64decode(link.get("href").partition(",")[2]))
    assert len(data["story"]["history"]["articles"]) == 408


@pytest.mark.parametrize(
    "spread",
    [
        replace(SPREAD, figures=(), tree=(), ledgers=(), versions=(), stale=()),
        replace(
            SPREAD,
            history=replace(HISTORY, articles=ARTICLES[:1], linked=(), chains=(), episodes=()),
            figures=(),
            tree=(),
            ledgers=(),
            versions=(),
            stale=(),
        ),
    ],
    ids=["nothing worked out", "one article"],
)
def test_what_is_not_known_is_not_shown(spread: StorySpread) -> None:
    document: Any = html.document_fromstring(story_page(spread, texts()[:1], now=NOW))
    assert "Nothing says who took it from whom." in document.text_content()
    assert document.xpath("//section[@id='texts'] | //section[@id='versions']") == []
    for a in document.xpath("//nav//a"):
        assert document.xpath(f"//section[@id='{a.get('href')[1:]}']")
