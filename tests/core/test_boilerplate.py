"""Boilerplate: what one outlet repeats around distinct articles, and nobody else has."""

from __future__ import annotations

from itertools import permutations

import pytest

from tests import texts
from watcher.core.boilerplate import (
    DISTINCT,
    DISTINCT_ANYWHERE,
    Carrier,
    distinct,
    is_boilerplate,
)
from watcher.core.fingerprint import of_text


def carrier(text: str) -> Carrier:
    found = of_text(text)
    return Carrier(found.sketch, found.words)


def under_notice(n: int, sentences: int = 8) -> list[Carrier]:
    """`n` distinct articles under one notice."""
    return [carrier(f"{texts.made_up(seed, sentences)}\n{texts.NOTICE}") for seed in range(n)]


UPDATES = [
    # An agency report as it grew, each version an update of the last.
    "\n".join(texts.HARBOUR.split("\n")[:n]) + "\n" + texts.NOTICE
    for n in (3, 4, 5, 6)
]


@pytest.mark.parametrize(
    ("own", "elsewhere", "expected"),
    [
        (0, 0, False),
        (DISTINCT - 1, 0, False),
        (DISTINCT, 0, True),
        (DISTINCT, 1, False),
        (DISTINCT_ANYWHERE - 1, 1, False),
        (DISTINCT_ANYWHERE, 1, True),
        (DISTINCT_ANYWHERE, 1000, True),
    ],
)
def test_how_many_distinct_articles_it_takes(own: int, elsewhere: int, expected: bool) -> None:
    decided, why = is_boilerplate(under_notice(own), elsewhere)
    assert decided is expected
    assert str(min(own, DISTINCT_ANYWHERE)) in why
    assert why.endswith("elsewhere") == (not expected and elsewhere > 0)


def test_articles_far_shorter_than_the_notice_are_distinct() -> None:
    assert is_boilerplate(under_notice(3, sentences=4), 0)[0]


def test_a_long_gallery_leaves_no_text_a_good_share_of_its_own() -> None:
    gallery = texts.made_up(99, 120)
    own = [carrier(f"{texts.made_up(seed, 40)}\n{gallery}") for seed in range(DISTINCT_ANYWHERE)]
    share = len(set(own[0].sketch.tolist()) - set(own[1].sketch.tolist())) / len(own[0].sketch)
    assert share < 0.25
    assert is_boilerplate(own, 1)[0]
    # A short piece of its own is what an update of a report has, too.
    short = [carrier(f"{texts.made_up(seed, 5)}\n{gallery}") for seed in range(DISTINCT_ANYWHERE)]
    assert not is_boilerplate(short, 0)[0]


def test_versions_of_one_text_are_not_distinct() -> None:
    versions = [carrier(text) for text in UPDATES]
    assert not any(distinct(a, b) for a in versions for b in versions)
    assert is_boilerplate(versions * 5, 0) == (False, "in 1 distinct articles of the outlet")


def test_an_edited_text_is_not_distinct_of_the_first() -> None:
    edited = carrier(texts.reworded(texts.HARBOUR, 40) + texts.NOTICE)
    assert not distinct(carrier(texts.HARBOUR + texts.NOTICE), edited)


def test_two_reports_are_distinct_either_way_round() -> None:
    long, short = carrier(texts.HARBOUR + texts.NOTICE), carrier(texts.SHORT + "\n" + texts.NOTICE)
    assert distinct(long, short)
    assert distinct(short, long)


def test_nothing_is_distinct_of_itself_or_of_an_empty_text() -> None:
    one, empty = carrier(texts.HARBOUR), carrier("")
    assert not distinct(one, one)
    assert not distinct(one, empty)
    assert not distinct(empty, empty)


def test_a_notice_by_itself_is_no_distinct_article() -> None:
    assert not distinct(carrier(texts.NOTICE), carrier(f"{texts.HARBOUR}{texts.NOTICE}"))


def test_the_order_in_which_articles_came_does_not_matter() -> None:
    # The second update of a text is like the first and like the third, which are not alike.
    parts = [texts.made_up(seed, 12) for seed in range(3)]
    chain = [
        carrier(f"{parts[0]}\n{texts.NOTICE}"),
        carrier(f"{parts[0]}\n{parts[1]}\n{texts.NOTICE}"),
        carrier(f"{parts[1]}\n{texts.NOTICE}"),
        carrier(f"{parts[2]}\n{texts.NOTICE}"),
    ]
    assert distinct(chain[0], chain[2])
    assert not distinct(chain[0], chain[1])
    assert not distinct(chain[1], chain[2])
    assert {is_boilerplate(order, 0)[0] for order in permutations(chain)} == {True}
