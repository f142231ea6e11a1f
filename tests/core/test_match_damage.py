"""Texts damaged word by word, as scanners read old print, and what is chance."""

from __future__ import annotations

import random

import numpy as np
import pytest

from tests import texts
from tests.core.test_match import match
from watcher.core.match import Kind, Sequence, shared


def scanned(text: str, share: float, seed: int) -> str:
    """A text as a scanner reads bad print: words with wrong letters, lost, or cut in two."""
    rng = random.Random(seed)
    read = []
    for word in text.split(" "):
        if rng.random() >= share:
            read.append(word)
            continue
        fate = rng.random()
        at = rng.randrange(len(word))
        if fate < 0.1:
            continue
        read.append(f"{word[:at]} {word[at:]}" if fate < 0.2 else f"{word[:at]}'{word[at + 1 :]}x")
    return " ".join(read)


@pytest.mark.parametrize("seed", range(6))
def test_two_scans_of_one_report_are_the_same_report(seed: int) -> None:
    report = texts.made_up(seed, 30)
    found = match(scanned(report, 0.15, seed), scanned(report, 0.15, seed + 100))
    assert found.kind in (Kind.VERBATIM, Kind.WRAPPED, Kind.EDITED), found.reason
    other = match(scanned(report, 0.15, seed), scanned(texts.made_up(seed + 50, 30), 0.15, seed))
    assert other.kind is Kind.NONE


def test_words_left_between_damaged_ones_count_where_they_stand() -> None:
    numbers = np.arange(2, 202, 2, dtype=np.uint64)
    damaged = numbers.copy()
    damaged[10:100:5] += 1000  # four words of five are left, two and two or more in a row
    damaged[12:100:10] += 1000
    found = shared(Sequence.of(numbers), Sequence.of(damaged))
    assert found.words_a == found.words_b == int((numbers == damaged).sum())
    assert len(found.runs) == 1


def test_two_short_runs_far_apart_are_chance() -> None:
    rng = np.random.default_rng(1)
    a, b = (rng.integers(0, 1 << 40, 60, dtype=np.uint64) * 2 for _ in range(2))
    b[10:14], b[24:28] = a[10:14], a[24:28]
    assert shared(Sequence.of(a), Sequence.of(b)).words_a == 0
    b[24:32] = a[24:32]  # the second is a run by itself now, and the first is still chance
    assert shared(Sequence.of(a), Sequence.of(b)).words_a == 8
    b[24:36] = a[24:36]  # together they are twice what a run needs
    assert shared(Sequence.of(a), Sequence.of(b)).longest == 16


def test_what_is_left_of_every_line_is_one_report_though_most_words_differ() -> None:
    words = [f"word{n}" for n in range(210)]
    left = [w if n % 7 < 3 else f"{w}x" for n, w in enumerate(words)]
    found = match(" ".join(words), " ".join(left))
    assert found.kind is Kind.EDITED
    assert found.paste < 0.5
    half = [w if n < 100 else f"other{n}" for n, w in enumerate(left)]
    assert match(" ".join(words), " ".join(half)).kind is Kind.PASSAGE


def test_a_span_counts_each_word_once() -> None:
    numbers = np.arange(2, 402, 2, dtype=np.uint64)
    found = shared(Sequence.of(numbers), Sequence.of(np.concatenate((numbers, numbers[50:150]))))
    assert found.span_a == 200
    assert found.span_b == 300
    edited = numbers.copy()
    edited[20:180:10] += 1001
    found = shared(Sequence.of(numbers), Sequence.of(edited))
    assert found.words_a == 184
    assert found.span_a == found.span_b == 200
