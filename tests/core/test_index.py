"""The candidate index against plain dictionaries, and simhashes against brute force."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from watcher.core.index import (
    HOT,
    MAX_DOC,
    RARE,
    Postings,
    Simhashes,
    candidates,
    carriers,
    expand,
    pack,
    simhash_keys,
)
from watcher.core.text import U64, Ints, mix

# Values that differ in their top 36 bits, which is what a posting keeps of them.
VALUES = st.integers(0, 60).map(lambda n: int(mix(np.array([n], dtype=np.uint64))[0]))
DOCUMENTS = st.dictionaries(st.integers(1, 500), st.sets(VALUES, max_size=12), max_size=40)
BATCHES = st.lists(DOCUMENTS, max_size=6)


def array(values: list[int]) -> U64:
    return np.array(values, dtype=np.uint64)


def packed(documents: dict[int, set[int]]) -> U64:
    rows = [(v, d) for d, values in documents.items() for v in values]
    return pack(array([v for v, _ in rows]), np.array([d for _, d in rows], dtype=np.int64))


def asked(texts: list[set[int]]) -> tuple[U64, Ints]:
    values = array([v for text in texts for v in sorted(text)])
    owner = np.repeat(np.arange(len(texts)), [len(t) for t in texts])
    return values, owner


def together(batches: list[dict[int, set[int]]]) -> dict[int, set[int]]:
    """All postings of batches, as sets: a document comes in one batch."""
    seen: dict[int, set[int]] = {}
    for batch in batches:
        for document, values in batch.items():
            seen.setdefault(document, values)
    return seen


def indexed(batches: list[dict[int, set[int]]]) -> Postings:
    postings, known = Postings(), set[int]()
    for batch in batches:
        fresh = {d: v for d, v in batch.items() if d not in known}
        known |= set(fresh)
        postings.add(packed(fresh))
    return postings


# ---------------------------------------------------------------- postings


@given(BATCHES, st.lists(st.sets(VALUES, max_size=12), min_size=1, max_size=4))
@settings(max_examples=150, deadline=None)
def test_candidates_are_those_of_a_dictionary(
    batches: list[dict[int, set[int]]], texts: list[set[int]]
) -> None:
    everything = together(batches)
    expected = {
        (t, d): len(text & values)
        for t, text in enumerate(texts)
        for d, values in everything.items()
        if text & values
    }
    values, owner = asked(texts)
    text, document, shared = candidates(values, owner, indexed(batches).find)
    found = dict(
        zip(
            zip(text.tolist(), document.tolist(), strict=True),
            shared.tolist(),
            strict=True,
        )
    )
    assert found == expected


@given(BATCHES, st.sets(VALUES, min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_carriers_are_those_of_a_dictionary(
    batches: list[dict[int, set[int]]], wanted: set[int]
) -> None:
    expected = defaultdict(set)
    for d, carried in together(batches).items():
        for v in carried & wanted:
            expected[v].add(d)
    values = array(sorted(wanted))
    which, docs = carriers(values, indexed(batches).find(values), most=1000)
    found = defaultdict(set)
    for w, d in zip(which.tolist(), docs.tolist(), strict=True):
        found[int(values[w])].add(d)
    assert found == expected
    assert len(docs) == sum(map(len, expected.values()))


@given(BATCHES)
@settings(deadline=None)
def test_runs_stay_sorted_and_few(batches: list[dict[int, set[int]]]) -> None:
    postings = indexed(batches)
    lengths = [len(run) for run in postings.runs]
    assert all((np.diff(run.astype(object)) >= 0).all() for run in postings.runs)
    assert all(a >= 2 * b for a, b in pairwise(lengths))
    assert len(postings) == sum(map(len, together(batches).values()))


def test_runs_given_at_the_start_are_searched_too() -> None:
    runs = [packed({1: {5 << 40}}), array([]), packed({2: {5 << 40}, 3: {6 << 40}})]
    postings = Postings(runs)
    values, owner = asked([{5 << 40, 6 << 40}])
    _, document, _ = candidates(values, owner, postings.find)
    assert sorted(document.tolist()) == [1, 2, 3]


def test_an_empty_index_and_an_empty_question() -> None:
    for postings in (Postings(), indexed([{1: {7 << 40}}])):
        values, owner = asked([set()])
        assert [len(x) for x in candidates(values, owner, postings.find)] == [0, 0, 0]
    values, owner = asked([{7 << 40}])
    assert [len(x) for x in candidates(values, owner, Postings().find)] == [0, 0, 0]


def test_the_ends_of_the_ranges_of_values_and_documents() -> None:
    top = 2**64 - 1
    postings = Postings()
    postings.add(packed({1: {0}, MAX_DOC: {0, top}, 2: {top}}))
    values, owner = asked([{0}, {top}])
    text, document, _ = candidates(values, owner, postings.find)
    assert sorted(zip(text.tolist(), document.tolist(), strict=True)) == [
        (0, 1),
        (0, MAX_DOC),
        (1, 2),
        (1, MAX_DOC),
    ]


def test_texts_without_values_between_texts_with_some() -> None:
    postings = indexed([{4: {1 << 40}, 5: {2 << 40}}])
    values, owner = asked([set(), {1 << 40}, set(), {2 << 40}, set()])
    text, document, shared = candidates(values, owner, postings.find)
    assert (text.tolist(), document.tolist(), shared.tolist()) == ([1, 3], [4, 5], [1, 1])


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 9)), max_size=20))
def test_expand_spells_ranges_out(ranges: list[tuple[int, int]]) -> None:
    lo = np.array([a for a, _ in ranges], dtype=np.int64)
    hi = np.array([a + n for a, n in ranges], dtype=np.int64)
    which, at = expand(lo, hi)
    expected = [(i, p) for i, (a, n) in enumerate(ranges) for p in range(a, a + n)]
    assert list(zip(which.tolist(), at.tolist(), strict=True)) == expected


# ---------------------------------------------------------------- values that many carry


def _viral(copies: int, batch: int) -> Postings:
    """Documents 1 .. `copies` all carry the values 1 .. 20; the last also 100 .. 119."""
    postings = Postings()
    for start in range(1, copies + 1, batch):
        documents = {
            d: {v << 40 for v in range(1, 21)} for d in range(start, min(start + batch, copies + 1))
        }
        if copies in documents:
            documents[copies] |= {v << 40 for v in range(100, 120)}
        postings.add(packed(documents))
    return postings


def _ask(postings: Postings, wanted: set[int]) -> Counter[int]:
    values, owner = asked([{v << 40 for v in wanted}])
    _, document, shared = candidates(values, owner, postings.find)
    return Counter(dict(zip(document.tolist(), shared.tolist(), strict=True)))


@pytest.mark.parametrize("batch", [7, 1000])
def test_a_value_at_the_bound_is_used(batch: int) -> None:
    found = _ask(_viral(HOT, batch), {1, 2})
    assert set(found) == set(range(1, HOT + 1))


@pytest.mark.parametrize("batch", [7, 1000])
def test_a_value_that_too_many_carry_is_skipped(batch: int) -> None:
    # A text with enough values of its own is not led astray by a page's furniture.
    found = _ask(_viral(HOT + 50, batch), {1, 2, 3, *range(100, 100 + RARE)})
    assert found == {HOT + 50: RARE}


@pytest.mark.parametrize("batch", [7, 1000])
def test_a_text_that_went_viral_is_still_found(batch: int) -> None:
    copies = HOT + 300
    found = _ask(_viral(copies, batch), set(range(1, 21)))
    assert found
    assert all(shared == RARE for shared in found.values())
    # Of the many, the latest serve: a new copy belongs to them.
    assert set(range(copies - HOT + 1, copies + 1)) <= set(found)


def test_the_rarest_of_the_hot_values_serve() -> None:
    postings = Postings()
    everybody = {d: {1 << 40, 2 << 40} for d in range(1, HOT + 200)}
    for d in range(1, HOT + 10):
        everybody[d] |= {v << 40 for v in range(50, 50 + RARE)}
    postings.add(packed(everybody))
    found = _ask(postings, {1, 2, *range(50, 50 + RARE)})
    assert max(found) < HOT + 10
    assert all(shared == RARE for shared in found.values())


def test_only_the_latest_carriers_of_each_run_are_listed() -> None:
    postings = Postings([packed({d: {9 << 40} for d in range(1, 100)})])
    _, docs = carriers(array([9 << 40]), postings.find(array([9 << 40])), most=3)
    assert sorted(docs.tolist()) == [97, 98, 99]


# ---------------------------------------------------------------- simhashes

U64S = st.integers(0, 2**64 - 1)


def within(known: list[int], probes: list[int], bits: int) -> list[tuple[int, int]]:
    """(probe, place in `known`) of all that are near, by an index of `known`."""
    simhashes = array(known)
    postings = Postings()
    for start in range(0, len(known), 7):
        part = simhashes[start : start + 7]
        keys = simhash_keys(part)
        docs = np.repeat(np.arange(start + 1, start + 1 + len(part)), keys.shape[1])
        postings.add(pack(keys.reshape(-1), docs))
    text, doc = Simhashes(postings.find, lambda d: simhashes[d - 1]).within(array(probes), bits)
    return sorted(zip(text.tolist(), (doc - 1).tolist(), strict=True))


def brute(known: list[int], probes: list[int], bits: int) -> list[tuple[int, int]]:
    return [
        (t, i)
        for t, p in enumerate(probes)
        for i, s in enumerate(known)
        if (s ^ p).bit_count() <= bits
    ]


@pytest.mark.parametrize("bits", range(12))
def test_within_finds_what_brute_force_finds(bits: int) -> None:
    rng = np.random.default_rng(bits)
    probes: list[int] = rng.integers(0, 2**64, 3, dtype=np.uint64).tolist()
    near = [
        probes[n % 3] ^ sum(1 << int(b) for b in rng.choice(64, size=n % 16, replace=False))
        for n in range(300)
    ]
    known = [*near, *rng.integers(0, 2**64, 100, dtype=np.uint64).tolist()]
    assert within(known, probes, bits) == brute(known, probes, bits)


@given(st.lists(U64S, max_size=20), st.lists(U64S, min_size=1, max_size=3), st.integers(0, 11))
@settings(max_examples=30, deadline=None)
@example([0, 2**64 - 1, 2**63, 1], [0, 2**64 - 1, 2**63], 1)
def test_within_at_any_values(known: list[int], probes: list[int], bits: int) -> None:
    assert within(known, probes, bits) == brute(known, probes, bits)


@pytest.mark.parametrize("bits", [-1, 12])
def test_within_refuses_other_distances(bits: int) -> None:
    with pytest.raises(ValueError, match=r"0 \.\. 11"):
        within([1], [1], bits)
