"""Stories: the same partition however articles and matches come, and no chains."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Set as AbstractSet

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core.match import CORE, Kind
from watcher.core.stories import Edge, Node, Story, partition

Pairs = AbstractSet[tuple[int, int]]
LINKING = [Kind.CONTAINER, Kind.PASSAGE, Kind.NONE]


def node(i: int, words: int = 300, at: int | None = None) -> Node:
    return Node(i, words, (i if at is None else at, i * 7919 % 1009))


def edge(a: int, b: int, kind: Kind, words: int = 100, confirmed: bool = False) -> Edge:
    return Edge(a, b, kind, words, confirmed)


def told(
    nodes: list[Node], edges: list[Edge], apart: Pairs = frozenset()
) -> dict[int, dict[int, str]]:
    """Root -> roles of each story."""
    found = partition(nodes, edges, apart)
    assert len({s.root for s in found}) == len(found)
    return {s.root: dict(s.roles) for s in found}


# ---------------------------------------------------------------- small graphs


def test_articles_without_matches_are_stories_of_one() -> None:
    assert told([node(1), node(2)], []) == {1: {1: "root"}, 2: {2: "root"}}
    assert told([], []) == {}


@pytest.mark.parametrize("kind", sorted(CORE))
def test_a_core_match_joins(kind: Kind) -> None:
    assert told([node(1), node(2)], [edge(1, 2, kind)]) == {1: {1: "root", 2: "copy"}}


@pytest.mark.parametrize("kind", LINKING)
def test_a_linking_match_joins_nothing(kind: Kind) -> None:
    assert told([node(1), node(2)], [edge(1, 2, kind)]) == {1: {1: "root"}, 2: {2: "root"}}


@pytest.mark.parametrize("kind", LINKING)
def test_a_person_may_join_what_is_only_linked(kind: Kind) -> None:
    joined = told([node(1), node(2)], [edge(1, 2, kind, confirmed=True)])
    assert joined == {1: {1: "root", 2: "copy"}}


def test_the_earliest_text_of_the_core_is_the_root() -> None:
    nodes = [node(1, at=30), node(2, at=10), node(3, at=20)]
    edges = [edge(1, 2, Kind.VERBATIM), edge(1, 3, Kind.EDITED)]
    assert told(nodes, edges) == {2: {1: "copy", 2: "root", 3: "copy"}}


def test_an_excerpt_belongs_to_its_source_and_is_never_the_root() -> None:
    nodes = [node(1, 400), node(2, 90)]
    assert told(nodes, [edge(1, 2, Kind.EXCERPT)]) == {1: {1: "root", 2: "excerpt"}}


def test_a_round_up_takes_no_story_in_that_is_older() -> None:
    # 9 has the whole of both; each story's next copy comes after it, and so is found in it.
    nodes = [node(1, 200), node(2, 220), node(9, 600), node(11, 200), node(12, 220)]
    edges = [
        edge(1, 9, Kind.CONTAINER),
        edge(2, 9, Kind.CONTAINER),
        edge(1, 11, Kind.VERBATIM),
        edge(2, 12, Kind.VERBATIM),
        edge(9, 11, Kind.EXCERPT),
        edge(9, 12, Kind.EXCERPT),
    ]
    assert told(nodes, edges) == {
        1: {1: "root", 11: "copy"},
        2: {2: "root", 12: "copy"},
        9: {9: "root"},
    }


def test_copies_of_an_excerpt_come_along() -> None:
    nodes = [node(1, 400), node(2, 90), node(3, 92)]
    edges = [edge(1, 2, Kind.EXCERPT), edge(2, 3, Kind.VERBATIM)]
    assert told(nodes, edges) == {1: {1: "root", 2: "excerpt", 3: "excerpt"}}


def test_a_text_that_quotes_two_does_not_make_them_one_story() -> None:
    nodes = [node(1, 500), node(2, 450), node(3, 100)]
    edges = [edge(1, 3, Kind.EXCERPT, 60), edge(2, 3, Kind.EXCERPT, 40)]
    assert told(nodes, edges) == {1: {1: "root", 3: "excerpt"}, 2: {2: "root"}}


def test_an_excerpt_goes_where_most_of_its_words_are_from() -> None:
    nodes = [node(1, 500), node(2, 450), node(3, 100)]
    edges = [edge(1, 3, Kind.EXCERPT, 40), edge(2, 3, Kind.EXCERPT, 60)]
    assert told(nodes, edges) == {1: {1: "root"}, 2: {2: "root", 3: "excerpt"}}


def test_an_excerpt_of_an_excerpt_does_not_chain() -> None:
    nodes = [node(1, 800), node(2, 200), node(3, 60)]
    edges = [edge(1, 2, Kind.EXCERPT, 190), edge(2, 3, Kind.EXCERPT, 50)]
    assert told(nodes, edges) == {1: {1: "root", 2: "excerpt"}, 3: {3: "root"}}


def test_an_excerpt_of_both_follows_the_whole_text() -> None:
    nodes = [node(1, 800), node(2, 200), node(3, 60)]
    edges = [
        edge(1, 2, Kind.EXCERPT, 190),
        edge(2, 3, Kind.EXCERPT, 55),
        edge(1, 3, Kind.EXCERPT, 50),
    ]
    assert told(nodes, edges) == {1: {1: "root", 2: "excerpt", 3: "excerpt"}}


def test_two_texts_that_are_excerpts_of_each_other_stay_two() -> None:
    # Cannot both be the source; the date decides, and nothing is lost.
    nodes = [node(1, 200), node(2, 200)]
    edges = [edge(1, 2, Kind.EXCERPT), edge(2, 1, Kind.EXCERPT)]
    assert told(nodes, edges) == {1: {1: "root", 2: "excerpt"}}


def test_matches_with_articles_not_looked_at_are_left_out() -> None:
    edges = [edge(1, 9, Kind.VERBATIM), edge(9, 2, Kind.VERBATIM), edge(9, 1, Kind.EXCERPT)]
    assert told([node(1), node(2)], edges) == {1: {1: "root"}, 2: {2: "root"}}


def test_a_weather_box_glues_nothing_together() -> None:
    # 33 articles around one box, as a corpus had it: passages and containers, no story.
    nodes = [node(i, 100 + i) for i in range(1, 34)]
    edges = [edge(1, i, random.Random(i).choice(LINKING)) for i in range(2, 34)]
    assert len(told(nodes, edges)) == 33


# ---------------------------------------------------------------- what a person parted


def test_two_articles_parted_are_two_stories() -> None:
    edges = [edge(1, 2, Kind.VERBATIM)]
    assert told([node(1), node(2)], edges, {(1, 2)}) == {1: {1: "root"}, 2: {2: "root"}}
    assert told([node(1), node(2)], edges, {(2, 1)}) == {1: {1: "root"}, 2: {2: "root"}}


def test_a_third_does_not_bring_together_whom_a_person_parted() -> None:
    nodes = [node(1), node(2), node(3)]
    edges = [edge(1, 2, Kind.VERBATIM, 200), edge(2, 3, Kind.VERBATIM, 150)]
    # The longer match keeps the one between them.
    assert told(nodes, edges, {(1, 3)}) == {1: {1: "root", 2: "copy"}, 3: {3: "root"}}


def test_two_excerpts_that_a_person_parted_are_not_in_one_story() -> None:
    nodes = [node(1, 400), node(2, 95), node(3, 90)]
    edges = [edge(1, 2, Kind.EXCERPT), edge(1, 3, Kind.EXCERPT)]
    assert told(nodes, edges, {(2, 3)}) == {1: {1: "root", 2: "excerpt"}, 3: {3: "root"}}


def test_a_word_of_a_person_outweighs_longer_matches() -> None:
    nodes = [node(1), node(2), node(3)]
    edges = [edge(1, 2, Kind.VERBATIM, 200), edge(2, 3, Kind.NONE, 0, confirmed=True)]
    assert told(nodes, edges, {(1, 3)}) == {1: {1: "root"}, 2: {2: "root", 3: "copy"}}


# ---------------------------------------------------------------- any graph

NODES = 14
KINDS = st.sampled_from([*Kind, Kind.EXCERPT, Kind.EXCERPT, Kind.EXCERPT])
GRAPH = st.tuples(
    st.lists(st.integers(30, 90), min_size=NODES, max_size=NODES).map(
        lambda sizes: [node(i, w, at=(i * 5) % NODES) for i, w in enumerate(sizes, 1)]
    ),
    st.lists(
        st.builds(
            edge,
            st.integers(1, NODES),
            st.integers(1, NODES),
            KINDS,
            st.integers(30, 40),
            st.sampled_from([False, False, False, True]),
        ).filter(lambda e: e.a != e.b),
        max_size=24,
    ),
    st.one_of(
        st.just(set[tuple[int, int]]()),
        st.sets(
            st.tuples(st.integers(1, NODES), st.integers(1, NODES)).filter(lambda p: p[0] < p[1]),
            max_size=6,
        ),
    ),
)
Graph = tuple[list[Node], list[Edge], set[tuple[int, int]]]


def plain(stories: list[Story]) -> list[tuple[int, list[tuple[int, str]]]]:
    return sorted((s.root, sorted(s.roles.items())) for s in stories)


@given(GRAPH, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_the_partition_does_not_depend_on_any_order(graph: Graph, rng: random.Random) -> None:
    nodes, edges, apart = graph
    told = plain(partition(nodes, edges, apart))
    rng.shuffle(nodes)
    rng.shuffle(edges)
    assert plain(partition(nodes, edges, apart)) == told


@given(GRAPH, st.permutations(range(1, NODES + 1)))
@settings(max_examples=200, deadline=None)
def test_the_partition_does_not_depend_on_ids(graph: Graph, ids: list[int]) -> None:
    nodes, edges, apart = graph
    new = dict(enumerate(ids, 1))
    renamed = partition(
        [Node(new[n.id], n.words, n.key) for n in nodes],
        [Edge(new[e.a], new[e.b], e.kind, e.words, e.confirmed) for e in edges],
        {(new[a], new[b]) for a, b in apart},
    )
    expected = [
        (new[root], sorted((new[i], role) for i, role in roles))
        for root, roles in plain(partition(nodes, edges, apart))
    ]
    assert plain(renamed) == sorted(expected)


@given(GRAPH)
@settings(max_examples=300, deadline=None)
def test_what_every_partition_keeps(graph: Graph) -> None:
    nodes, edges, apart = graph
    stories = partition(nodes, edges, apart)
    # Every article in exactly one story, every story with exactly one root.
    assert sorted(i for s in stories for i in s.roles) == sorted(n.id for n in nodes)
    assert all([i for i, role in s.roles.items() if role == "root"] == [s.root] for s in stories)

    where = {i: s.root for s in stories for i in s.roles}
    assert all(where[a] != where[b] for a, b in apart)
    if apart:
        return  # which matches then count is another test's matter
    core = _cores(nodes, edges)
    taken = {(e.a, e.b) for e in edges if e.kind is Kind.EXCERPT and not e.confirmed}
    for story in stories:
        home = core[story.root]
        by_core = defaultdict(set)
        for i, role in story.roles.items():
            by_core[core[i]].add(role == "excerpt")
        # One core is the story; all others came as excerpts, each by a match of its own with it.
        assert by_core.pop(home) == {False}
        for other, excerpt in by_core.items():
            assert excerpt == {True}
            assert any(core[a] == home and core[b] == other for a, b in taken)
    # A core is never torn apart.
    assert all(where[a] == where[b] for a in where for b in where if core[a] == core[b])


@given(GRAPH)
@settings(max_examples=150, deadline=None)
def test_linking_matches_change_nothing(graph: Graph) -> None:
    nodes, edges, apart = graph
    without = [e for e in edges if e.kind not in LINKING or e.confirmed]
    assert plain(partition(nodes, edges, apart)) == plain(partition(nodes, without, apart))


def _cores(nodes: list[Node], edges: list[Edge]) -> dict[int, int]:
    """Each article's core by repeated relabelling: slow, and plainly right."""
    label = {n.id: n.id for n in nodes}
    changed = True
    while changed:
        changed = False
        for e in edges:
            if (e.kind in CORE or e.confirmed) and label[e.a] != label[e.b]:
                label[e.a] = label[e.b] = min(label[e.a], label[e.b])
                changed = True
    return label
