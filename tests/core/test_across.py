# ruff: noqa: E501  texts of many scripts
"""Sentences, anchors, alignment, codes and the verdict: across languages, without a model."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.across import (
    Codes,
    align,
    alike,
    anchors,
    by_anchors,
    by_meaning,
    code,
    gist,
    sentences,
    shortlist,
)
from watcher.core.across.anchors import skeleton
from watcher.core.across.sentences import LONGEST, MOST


def cut(text: str) -> list[str]:
    return [text[a:b] for a, b in sentences(text)]


def vectors(n: int, seed: int) -> np.ndarray:
    made = np.random.default_rng(seed).normal(size=(n, 512)).astype(np.float32)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def told_again(v: np.ndarray, noise: float = 0.6, seed: int = 99) -> np.ndarray:
    """The same sentences as another language has them: near, never equal."""
    made = v + noise * vectors(len(v), seed)
    return np.asarray(made / np.linalg.norm(made, axis=1, keepdims=True), np.float32)


def places(n: int) -> list[tuple[int, int]]:
    return [(100 * i, 100 * i + 90) for i in range(n)]


# ---------------------------------------------------------------- sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'The ferry sank on Monday. "Nobody was hurt," the mayor said.\nDivers went down!',
            [
                "The ferry sank on Monday.",
                '"Nobody was hurt," the mayor said.',
                "Divers went down!",
            ],
        ),
        ("Mr. Alder paid 3.50 for it.", ["Mr. Alder paid 3.50 for it."]),
        ("渡轮在星期一沉没了。没有人受伤。", ["渡轮在星期一沉没了。", "没有人受伤。"]),
        ("هل غرقت العبارة؟ لم يصب أحد بأذى.", ["هل غرقت العبارة؟", "لم يصب أحد بأذى."]),
        ("नौका सोमवार को डूब गई। किसी को चोट नहीं लगी।", ["नौका सोमवार को डूब गई।", "किसी को चोट नहीं लगी।"]),
        ("...\n--\n", []),
    ],
)  # fmt: skip
def test_sentences_of_many_scripts(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text(max_size=900))
def test_sentences_are_in_order_bounded_and_apart(text: str) -> None:
    found = sentences(text)
    assert len(found) <= MOST
    assert all(0 < b - a <= LONGEST for a, b in found)
    assert all(b <= c for (_, b), (c, _) in pairwise(found))


# ---------------------------------------------------------------- anchors


def test_names_agree_across_scripts() -> None:
    assert skeleton("Angela") == skeleton("Ангела")
    assert skeleton("Peskov") == skeleton("Песков") == skeleton("بيسكوف")
    english = anchors(
        "In May the envoy Dmitry Peskov met 1,250 men near Grozny, 48 km from Vladivostok, with 17"
        " guards."
    )
    russian = anchors(
        "В мае посол Дмитрий Песков встретил 1 250 человек: Грозный рядом, 48 км от города"
        " Владивосток, 17 охранников."
    )
    arabic = anchors(
        "التقى ديمتري بيسكوف ١٢٥٠ رجلا قرب غروزني على بعد ٤٨ كم من فلاديفوستوك مع ١٧ حارسا"
    )
    # The same event with figures of its own, though the names are the same.
    report = anchors(
        "The envoy Dmitry Peskov said in Grozny that 300 of the 1,250 men had come 90 km from"
        " Vladivostok in 12 hours."
    )
    assert by_anchors(english, russian).suggested
    assert by_anchors(english, arabic).suggested
    assert not by_anchors(russian, report).suggested
    assert "no sentence vectors" in by_anchors(english, russian).reason


# ---------------------------------------------------------------- alignment and verdict


def test_a_whole_translation_with_a_sentence_split_in_two() -> None:
    a = vectors(10, 1)
    halves = told_again(np.repeat(a[4:5], 2, axis=0), 0.5, 5)
    b = np.concatenate((told_again(a[:4]), halves, told_again(a[5:], seed=7)))
    pairs = align(a, b)
    assert [p.a[0] for p in pairs] == sorted(p.a[0] for p in pairs)
    assert [p.b[0] for p in pairs] == sorted(p.b[0] for p in pairs)
    assert {i for p in pairs for i in range(*p.a)} == set(range(10))
    verdict = by_meaning(a, b, places(10), places(11))
    assert verdict.found == "translation"
    assert verdict.paste == 1.0


def test_an_excerpt_is_a_part_and_a_report_of_the_same_matter_is_none() -> None:
    a = vectors(15, 2)
    part = by_meaning(a, told_again(a[5:10]), places(15), places(5))
    assert (part.found, part.cut) == ("excerpt", 1.0)
    assert part.paste == pytest.approx(1 / 3, abs=0.01)
    # Half of its sentences have a counterpart: the same facts, told by somebody else.
    mixed = np.concatenate((told_again(a[:6]), vectors(8, 3)))
    report = by_meaning(a, mixed, places(15), places(14))
    assert report.found == "independent"
    assert not report.suggested


def test_what_is_alike_everywhere_is_no_counterpart() -> None:
    topic = vectors(1, 4)[0]
    a, b = (
        np.asarray((v := topic + 0.5 * vectors(9, seed)) / np.linalg.norm(v, axis=1)[:, None])
        for seed in (5, 6)
    )
    assert float((a @ b.T).min()) > 0.5
    assert not by_meaning(a, b, places(9), places(9)).suggested


def test_order_counts() -> None:
    a = vectors(12, 8)
    assert by_meaning(a, told_again(a)[::-1], places(12), places(12)).found == "independent"


def test_nothing_against_something() -> None:
    none = np.zeros((0, 512), np.float32)
    verdict = by_meaning(none, vectors(3, 1), [], places(3))
    assert (verdict.found, verdict.paste, verdict.cut) == ("independent", 0.0, 0.0)


# ---------------------------------------------------------------- codes


def test_an_excerpt_finds_its_source_among_strangers_and_only_in_its_time() -> None:
    known = Codes()
    texts = {n: vectors(12, 100 + n) for n in range(300)}
    for n, v in texts.items():
        known.add(np.array([n]), gist(v), np.array([n]))
    asked = told_again(texts[42][4:8])
    stored = {n: code(v) for n, v in texts.items()}
    found = shortlist(gist(asked), code(asked), [known], lambda ids: {i: stored[i] for i in ids})
    assert [doc for _, doc in found] == [42]
    late = shortlist(
        gist(asked), code(asked), [known], lambda ids: {i: stored[i] for i in ids}, (43, 300)
    )
    assert late == []
    assert alike(code(asked), stored[42]) == 1.0


def test_an_index_holds_no_more_than_it_says() -> None:
    known = Codes()
    known.add(np.arange(10_000), np.zeros((50_000, 8), np.uint64))
    assert len(known) == 10_000
    assert known.nbytes <= 1.25 * 336 * 10_000
