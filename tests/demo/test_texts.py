"""The texts obey the truth that the script claims for them, by an independent count of shingles."""

from __future__ import annotations

import re
from itertools import combinations

import pytest

from watcher.demo.script import BACKLOG, EXPECTED, REPORT, steps
from watcher.demo.texts import Item, outlets

W = 8


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def shingles(text: str) -> set[tuple[str, ...]]:
    found = words(text)
    return {tuple(found[i : i + W]) for i in range(len(found) - W + 1)}


def paste_and_cut(source: str, copy: str) -> tuple[float, float]:
    a, b = shingles(source), shingles(copy)
    return len(a & b) / len(a), len(a & b) / len(b)


def item(outlet: str, slug: str) -> Item:
    return outlets()[outlet].item(slug)


REPORT_TEXT = item(*REPORT).text
BY_OUTLET = {truth.outlet: item(truth.outlet, truth.slug) for truth in EXPECTED}


def test_the_report_is_as_long_as_an_agency_report() -> None:
    assert 350 <= len(REPORT_TEXT.split()) <= 480


@pytest.mark.parametrize("outlet", ["kestrel", "horizons", "sentinel"])
def test_carried_copies_have_the_whole_body(outlet: str) -> None:
    paste, cut = paste_and_cut(REPORT_TEXT, BY_OUTLET[outlet].text)
    assert paste == 1.0
    assert cut > 0.98


def test_half_of_the_wrapped_copy_is_its_french_frame() -> None:
    copy, frame = BY_OUTLET["horizons"], outlets()["horizons"].tail
    _, cut = paste_and_cut(REPORT_TEXT, "\n".join([*copy.labels, copy.text, *frame]))
    assert 0.5 < cut < 0.62


def test_the_wrapped_copy_names_the_intermediary_and_not_the_agency() -> None:
    copy = BY_OUTLET["horizons"]
    assert copy.source == "Kestrel Online"
    everything = " ".join([copy.title, copy.author, copy.summary, copy.text, *copy.labels])
    assert "TARPA" not in everything
    assert "Tarsovan Press" not in everything


def test_the_carrier_names_the_agency_before_and_after_the_body() -> None:
    copy = BY_OUTLET["kestrel"]
    assert copy.text.startswith("BELMAREN (TARPA) – Inspectors warned")
    assert copy.credit == "Source: Tarsovan Press Agency"


def test_the_edited_copy_is_sub_edited_and_credits_nobody() -> None:
    copy = BY_OUTLET["ledger"]
    paste, cut = paste_and_cut(REPORT_TEXT, copy.text)
    assert 0.5 <= paste <= 0.9
    assert 0.5 <= cut <= 0.9
    assert not shingles(copy.body[0]) & shingles(REPORT_TEXT), "its lead is its own"
    assert "310 million" in REPORT_TEXT
    assert "340 million" in copy.text, "figures differ"
    assert "Orlune Hydro, in which the state" in REPORT_TEXT
    assert "Orlune Hydro, in which the state" not in copy.text, "a paragraph was dropped"
    assert "diocese" not in REPORT_TEXT
    assert "diocese" in copy.text, "a paragraph was added"
    assert "TARPA" not in copy.text
    assert "Press Agency" not in copy.text
    assert not copy.credit


def test_the_excerpt_is_short_and_mostly_quoted() -> None:
    paste, cut = paste_and_cut(REPORT_TEXT, BY_OUTLET["lantern"].text)
    assert 0.2 < paste < 0.5
    assert cut > 0.65


def test_the_round_up_contains_the_story_but_is_mostly_other_prose() -> None:
    paste, cut = paste_and_cut(REPORT_TEXT, BY_OUTLET["gazette"].text)
    assert paste >= 0.65
    assert cut < 0.47


@pytest.mark.parametrize("outlet", ["harbour", "today"])
def test_independent_reports_share_the_event_and_no_words(outlet: str) -> None:
    text = BY_OUTLET[outlet].text
    assert not shingles(text) & shingles(REPORT_TEXT)
    assert "Steinhavn" in text


def test_background_shares_no_words_with_anything_else() -> None:
    about = {(truth.outlet, truth.slug) for truth in EXPECTED}
    texts = [("kordal", "report", shingles(REPORT_TEXT))] + [
        (outlet.key, item.slug, shingles(item.text))
        for outlet in outlets().values()
        for item in outlet.items
        if (outlet.key, item.slug) not in about
    ]
    shared = [(a[:2], b[:2]) for a, b in combinations(texts, 2) if a[2] & b[2]]
    assert shared == []


def test_every_outlet_has_three_texts_of_backlog_and_every_text_is_used_once() -> None:
    used = [(outlet, slug) for outlet, slugs in BACKLOG for slug in slugs]
    used += [release for step in steps() for release in step.publish]
    assert len(used) == len(set(used))
    assert set(used) == {(o.key, item.slug) for o in outlets().values() for item in o.items}
    assert {len(slugs) for _, slugs in BACKLOG} == {3}


def test_an_unknown_text_is_an_error_that_names_it() -> None:
    with pytest.raises(KeyError, match="kestrel has no text 'nothing'"):
        item("kestrel", "nothing")
