"""Who copied from whom, on small stories whose truth is known."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import texts
from watcher.core.lineage import Edge, Member, Version, infer
from watcher.core.lineage.branching import best_tree
from watcher.core.lineage.features import tabulate
from watcher.core.match import Order
from watcher.core.spread import Seen, order
from watcher.core.text import words

T0 = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(hours: float) -> datetime:
    return T0 + timedelta(hours=hours)


def member(
    n: int, text: str, after: float, by: float, *later: tuple[str, float], **more: object
) -> Member:
    """An article seen between two hours; `later`: its further versions and when they were seen."""
    versions = [Version(1, words(text).hashes, at(after), at(by))]
    for i, (edited, hour) in enumerate(later, 2):
        versions.append(Version(i, words(edited).hashes, at(hour - 0.25), at(hour)))
    seen = Seen(at(after), at(by), None, "seen")
    return replace(Member(n, f"o{n}", seen, tuple(versions)), **more)  # type: ignore[arg-type]


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


SOURCE = texts.HARBOUR
# An editor's work: two figures, a phrase, a name.
EDITED = changed(
    SOURCE,
    ("forty centimetres", "half a metre"),
    ("nine votes to seven", "a narrow majority"),
    ("two of the mooring blocks", "several mooring blocks"),
)
AGAIN = changed(EDITED, ("in January", "this winter"), ("for twenty years", "for two decades"))


def parents(members: list[Member]) -> dict[int, int | None]:
    return {e.child: e.parent for e in infer(members)}


def edge(members: list[Member], child: int) -> Edge:
    return next(e for e in infer(members) if e.child == child)


def test_shared_edits_say_whose_copy_it_is() -> None:
    story = [
        member(1, SOURCE, 0, 1),
        member(2, EDITED, 2, 3),
        member(3, AGAIN, 4, 5),
        member(4, SOURCE, 4, 5),
    ]
    assert parents(story) == {1: None, 2: 1, 3: 2, 4: 1}
    found = edge(story, 3)
    assert found.evidence.carried >= 3
    assert found.order is Order.SEEN
    assert found.confidence > 0.8
    assert edge(story, 1).origin


def test_edits_order_what_the_intervals_do_not() -> None:
    # All within one coarse poll: the chain source, edited, again is told by its edits alone, and
    # only where it begins is a guess.
    story = [member(1, SOURCE, 0, 6), member(2, EDITED, 0, 6), member(3, AGAIN, 0, 6)]
    found = parents(story)
    assert {frozenset(p) for p in found.items() if p[1] is not None} == {
        frozenset({1, 2}), frozenset({2, 3}),
    }  # fmt: skip


@pytest.mark.parametrize("places", list(permutations(range(3))))
def test_the_order_in_which_articles_are_given_does_not_matter(places: tuple[int, ...]) -> None:
    story = [member(1, SOURCE, 0, 1), member(2, EDITED, 2, 3), member(3, AGAIN, 4, 5)]
    assert parents([story[i] for i in places]) == parents(story)


def test_an_interval_that_forbids_an_edge_forbids_it() -> None:
    # The very same words, but seen earlier than the text they might be from.
    story = [member(1, SOURCE, 0, 1), member(2, AGAIN, 2, 3), member(3, EDITED, 4, 5)]
    assert parents(story)[2] != 3
    for e in infer(story):
        assert e.parent is None or e.parent < e.child


def test_a_parent_never_seen_is_said_to_be_unknown() -> None:
    # Nobody saw the text that was edited so. Its copies share its edits, and each has its own,
    # which the others do not have: none is the source of another.
    unseen = changed(
        EDITED,
        ("three officials", "several officials"),
        ("the cheaper variant", "the cheaper plan"),
        ("Fishing crews", "Crews"),
        ("by summer", "by June"),
    )
    own = (
        ("in January", "this winter"),
        ("for twenty years", "for two decades"),
        ("at once", "that very day"),
        ("as routine", "as normal"),
    )
    story = [
        member(1, SOURCE, 0, 1),
        *(member(n, changed(unseen, edit), 4, 5) for n, edit in enumerate(own, 2)),
    ]
    found = parents(story)
    assert [found[n] for n in (2, 3, 4, 5)] == [None] * 4
    assert edge(story, 2).evidence.unexplained >= 1
    assert not edge(story, 2).origin
    assert edge(story, 1).origin


def test_a_copy_is_matched_to_the_version_it_was_taken_from() -> None:
    corrected = changed(
        SOURCE, ("forty centimetres", "four centimetres"), ("nine votes", "ten votes")
    )
    source = member(1, SOURCE, 0, 1, (corrected, 6.0))
    story = [
        source,
        member(2, changed(SOURCE, ("at once", "that day")), 2, 3),
        member(3, changed(corrected, ("at once", "quickly")), 8, 9),
        member(4, changed(SOURCE, ("at once", "soon")), 8, 9),  # late, from the old version
    ]
    assert {e.child: e.parent_version for e in infer(story)} == {1: None, 2: 1, 3: 2, 4: 1}


def test_a_version_that_came_later_cannot_be_the_source() -> None:
    corrected = changed(SOURCE, ("nine votes", "ten votes"))
    story = [member(1, SOURCE, 0, 1, (corrected, 20.0)), member(2, corrected, 2, 3)]
    assert edge(story, 2).parent_version in (1, None)


def test_a_second_source_is_named() -> None:
    other = texts.ORCHARD.split("\n")[2]
    rich = SOURCE.rstrip("\n") + "\n" + other
    trimmed = "\n".join(changed(SOURCE, ("at once", "that day")).split("\n")[:5])
    story = [
        member(1, SOURCE, 0, 1),
        member(2, changed(rich, ("nine votes", "ten votes"), ("forty", "four")), 2, 3),
        member(3, trimmed + "\n" + other, 4, 5),
    ]
    found = edge(story, 3)
    assert {found.parent, *(a for a, _ in found.merged)} == {1, 2}


def test_a_credit_decides_between_equals() -> None:
    story = [
        member(1, SOURCE, 0, 1),
        member(2, SOURCE, 2, 3),
        member(3, SOURCE, 4, 5, credits=frozenset({2})),
    ]
    assert parents(story)[3] == 2
    assert parents([*story[:2], replace(story[2], credits=frozenset({1}))])[3] == 1


def test_equals_without_a_credit_are_told_with_little_confidence() -> None:
    story = [member(n, SOURCE, 2 * n, 2 * n + 1) for n in range(1, 7)]
    found = edge(story, 6)
    assert found.confidence < 0.9
    assert found.also


def test_a_credit_for_a_source_never_seen_begins_the_story_elsewhere() -> None:
    story = [member(1, SOURCE, 0, 1, outside=True), member(2, EDITED, 2, 3, credits=frozenset({1}))]
    found = edge(story, 1)
    assert found.parent is None
    assert not found.origin


def test_no_text_no_edge_unless_a_person_says_so() -> None:
    story = [
        member(1, SOURCE, 0, 1),
        member(2, EDITED, 2, 3),
        replace(member(3, "", 4, 5), versions=()),
    ]
    assert edge(story, 3).parent is None
    assert edge(story, 3).confidence == 0.0
    said = edge([*story[:2], replace(story[2], confirmed=frozenset({1}))], 3)
    assert (said.parent, said.by_person) == (1, True)


def test_text_without_spaces_is_compared_by_characters() -> None:
    text = texts.CHINESE
    edited = text[:40] + "另外" + text[44:90] + text[98:]
    story = [member(1, text, 0, 1), member(2, edited, 2, 3), member(3, edited[:-30], 4, 5)]
    assert parents(story) == {1: None, 2: 1, 3: 2}


def test_no_article_is_its_own_ancestor() -> None:
    rng = random.Random(7)
    pool = [texts.reworded(SOURCE, n) for n in range(2, 9)]
    story = [member(n, rng.choice(pool), 0, rng.choice([6, 7, 8])) for n in range(1, 15)]
    found = parents(story)
    for start in found:
        seen, up = {start}, found[start]
        while up is not None:
            assert up not in seen
            seen.add(up)
            up = found[up]


_HOURS = st.floats(0, 6).map(lambda hours: at(round(hours, 2)))


@st.composite
def _sighted(draw: st.DrawFn) -> Seen:
    by = draw(_HOURS)
    after = draw(st.none() | _HOURS.filter(lambda moment: moment < by))
    return Seen(after, by, draw(st.none() | _HOURS), draw(st.sampled_from(["seen", "claimed"])))


@given(st.lists(_sighted(), min_size=2, max_size=5))
def test_the_table_orders_articles_as_everything_else_does(sighted: list[Seen]) -> None:
    story = [replace(member(n, SOURCE, 0, 1), seen=seen) for n, seen in enumerate(sighted)]
    table = tabulate(story)
    for (p, a), (c, b) in permutations(enumerate(sighted), 2):
        known, swapped = order(a, b)
        assert table.seen[p, c] == (known is Order.SEEN and not swapped)
        assert table.claimed[p, c] == (known is Order.CLAIMED and not swapped)
        assert table.allowed[p, c] == (not (known is Order.SEEN and swapped))


# ---------------------------------------------------------------- the best tree


def test_the_best_tree_is_the_best_of_all_trees() -> None:
    rng = np.random.default_rng(3)
    for n in (2, 3, 4, 5):
        for _ in range(20):
            scores = rng.normal(size=(n, n))
            scores[1:, 1:][rng.random((n - 1, n - 1)) < 0.3] = -np.inf
            found = best_tree(scores)
            assert _sum(scores, found) == pytest.approx(_best(scores))


def _sum(scores: np.ndarray, tree: list[int]) -> float:
    return float(sum(scores[p, c] for c, p in enumerate(tree) if c))


def _best(scores: np.ndarray) -> float:
    n = len(scores)
    best = -np.inf
    for choice in product(range(n), repeat=n - 1):
        tree = [-1, *choice]
        if any(p == c for c, p in enumerate(tree)) or not all(_rooted(tree, c) for c in range(n)):
            continue
        best = max(best, _sum(scores, tree))
    return float(best)


def _rooted(tree: list[int], node: int) -> bool:
    for _ in tree:
        if node == 0:
            return True
        node = tree[node]
    return node == 0
