"""Fingerprints: the package's simhash bit for bit, and sketches that find a shared passage."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from simhash import Simhash

from tests import texts
from watcher.core.fingerprint import (
    SKETCH_WIDTH,
    SKETCH_WIDTH_SPACELESS,
    WINDOW,
    distance,
    grams,
    of_text,
    of_words,
    simhash,
    sketch,
    window,
)
from watcher.core.text import U64, shingles, words

U64S = st.integers(0, 2**64 - 1)
# Words as hashes: even ones, as of scripts with spaces.
WORDS = st.integers(1, 2**63 - 1).map(lambda n: 2 * n)
CHARACTERS = st.integers(1, 2**63 - 1).map(lambda n: 2 * n + 1)


def array(values: list[int]) -> U64:
    return np.array(values, dtype=np.uint64)


def package(features: list[int]) -> int:
    """What the package makes of these distinct features, through its own front door."""
    value: int = Simhash([str(f) for f in features], hashfunc=_as_hashed).value
    return value


def _as_hashed(feature: bytes) -> int:
    return int(feature) if feature != b"test" else 0  # the package tries its hash on "test"


# ---------------------------------------------------------------- simhash


@given(st.lists(U64S, min_size=1, max_size=450, unique=True))
@settings(max_examples=60, deadline=None)
@example([0])
@example([2**64 - 1])
@example([1, 2])  # a tie in two bits
@example([2**63, 2**64 - 1, 1])
def test_simhash_is_the_packages(features: list[int]) -> None:
    assert simhash(array(features)) == package(features)


@pytest.mark.parametrize("name", ["HARBOUR", "CHINESE", "ARABIC", "SHORT"])
def test_simhash_of_a_text_is_the_packages(name: str) -> None:
    text = getattr(texts, name)
    features = np.unique(shingles(words(text).hashes, 3)).tolist()
    assert of_text(text).simhash == package(features)


def test_simhash_of_nothing() -> None:
    assert simhash(array([])) == 0
    found = of_text("")
    assert (found.words, found.simhash, len(found.sketch), len(found.paragraphs)) == (0, 0, 0, 0)


def test_simhash_of_one_feature_is_its_hash() -> None:
    assert simhash(array([0xDEADBEEF])) == 0xDEADBEEF
    assert of_text("word").simhash == int(shingles(words("word").hashes, 1)[0])


def test_a_word_repeated_a_thousand_times() -> None:
    # The package overflows on a feature that counts 256 or more; features here are distinct.
    found = of_text("la " * 1000)
    assert found.words == 1000
    assert found.simhash == of_text("la la la").simhash
    assert len(found.sketch) == 1


@given(U64S, U64S, U64S)
def test_distance_is_a_metric(a: int, b: int, c: int) -> None:
    assert (
        distance(a, b) == distance(b, a) == (a ^ b).bit_count() == Simhash(a).distance(Simhash(b))
    )
    assert distance(a, a) == 0
    assert distance(a, c) <= distance(a, b) + distance(b, c)


def test_an_edited_text_is_nearer_than_another() -> None:
    original = of_text(texts.HARBOUR).simhash
    edited = of_text(texts.HARBOUR.replace("Tuesday", "Wednesday")).simhash
    assert distance(original, edited) <= 10
    assert distance(original, of_text(texts.ORCHARD).simhash) >= 20


# ---------------------------------------------------------------- the sketch


@given(
    st.lists(WORDS, min_size=43, max_size=80, unique=True),
    *[st.lists(WORDS, max_size=250) for _ in range(4)],
)
@settings(max_examples=150, deadline=None)
def test_43_shared_words_are_two_shared_values_whatever_surrounds_them(
    passage: list[int], head: list[int], tail: list[int], before: list[int], after: list[int]
) -> None:
    a, b = sketch(array(head + passage + tail)), sketch(array(before + passage + after))
    assert len(np.intersect1d(a, b)) >= 2


@given(
    st.lists(CHARACTERS, min_size=47, max_size=80, unique=True),
    *[st.lists(st.one_of(WORDS, CHARACTERS), max_size=250) for _ in range(4)],
)
@settings(max_examples=150, deadline=None)
def test_47_shared_characters_are_two_shared_values(
    passage: list[int], head: list[int], tail: list[int], before: list[int], after: list[int]
) -> None:
    a, b = sketch(array(head + passage + tail)), sketch(array(before + passage + after))
    assert len(np.intersect1d(a, b)) >= 2


@given(st.integers(5, 400), st.integers(1, 20))
def test_a_narrow_window_keeps_what_a_wide_one_keeps(count: int, seed: int) -> None:
    # So the sketch of a short text is comparable with that of a long one.
    hashes = np.random.default_rng(seed).integers(2, 2**63, count).astype(np.uint64) * np.uint64(2)
    long = np.concatenate((hashes, hashes[::-1], hashes[:1].repeat(2000)))
    alone, inside = set(sketch(hashes).tolist()), set(sketch(long).tolist())
    whole_windows = count - SKETCH_WIDTH + 1 - WINDOW + 1
    if whole_windows > 0:
        assert window(count - SKETCH_WIDTH + 1) <= WINDOW
        assert alone & inside


@pytest.mark.parametrize("name", ["HARBOUR", "ORCHARD", "THAI", "RUSSIAN"])
def test_the_sketch_is_a_sorted_sample_without_doubles(name: str) -> None:
    found = of_text(getattr(texts, name))
    assert found.sketch.tolist() == sorted(set(found.sketch.tolist()))
    assert found.words / WINDOW <= len(found.sketch) <= found.words / 2


@pytest.mark.parametrize("name", ["HARBOUR", *texts.SCRIPTS])
def test_a_frame_does_not_change_what_a_text_shares(name: str) -> None:
    text = texts.SCRIPTS.get(name) or texts.HARBOUR
    framed = texts.FRENCH_HEAD + text + texts.FRENCH_TAIL
    alone, inside = of_text(text).sketch, of_text(framed).sketch
    assert len(np.intersect1d(alone, inside)) >= 2


def test_texts_in_one_script_share_nothing_by_chance() -> None:
    # Four characters of Chinese are two words: pairs of common words are no evidence.
    other = (
        "\u6c14\u8c61\u53f0\u661f\u671f\u4e8c\u8bf4\uff0c\u5317\u90e8\u5c71\u533a\u5c06\u4e0b"
        "\u5927\u96ea\uff0c\u90e8\u5206\u9053\u8def\u5df2\u7ecf\u5c01\u95ed\u3002"
    ) * 3
    assert len(np.intersect1d(of_text(texts.CHINESE).sketch, of_text(other).sketch)) == 0


def test_grams_are_as_long_as_the_script_needs() -> None:
    spaced, spaceless = words("a b c d e f g h i j").hashes, words(texts.CHINESE[:10]).hashes
    assert len(grams(spaced)) == 10 - SKETCH_WIDTH + 1
    assert len(grams(spaceless)) == len(spaceless) - SKETCH_WIDTH_SPACELESS + 1
    assert len(grams(spaced[:3])) == len(grams(spaceless[:7])) == 0


def test_a_passage_gives_the_same_grams_whatever_the_page_is_written_in() -> None:
    passage = words(texts.CHINESE).hashes
    for around in (texts.HARBOUR, texts.THAI):
        mixed = words(around + texts.CHINESE + around).hashes
        assert set(grams(passage).tolist()) <= set(grams(mixed).tolist())


def test_dropped_words_leave_no_trace() -> None:
    text = texts.HARBOUR + texts.NOTICE
    found = words(text)
    drop = np.arange(len(found)) >= len(words(texts.HARBOUR))
    kept, alone = of_words(found, drop), of_text(texts.HARBOUR)
    assert kept.simhash == alone.simhash
    assert kept.sketch.tolist() == alone.sketch.tolist()
    # The text keeps them: its length and its paragraphs are those of the page.
    assert kept.words == len(found)
    assert kept.paragraphs.tolist() == of_text(text).paragraphs.tolist()


def test_every_word_dropped_is_an_empty_text() -> None:
    found = words(texts.SHORT)
    kept = of_words(found, np.ones(len(found), dtype=bool))
    assert (kept.simhash, len(kept.sketch)) == (0, 0)
