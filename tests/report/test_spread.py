"""A story's spread, read from a database that real recordings filled, on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.db import Database
from tests import texts
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from watcher.record.deciding import confirm, merge, reject, split
from watcher.report import open_reader
from watcher.report.reader import Reader
from watcher.report.spread_values import Change, StorySpread

NOW = T0 + 2 * DAY


def changed(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text


SOURCE = Item("wire", "source", texts.HARBOUR, T0, "https://wire.example/1")
CORRECTED = replace(SOURCE, text=changed(texts.HARBOUR, ("forty centimetres", "four centimetres")))
EDITED = Item(
    "gazette",
    "edited",
    changed(
        texts.HARBOUR,
        ("nine votes to seven", "a narrow majority"),
        ("two of the mooring blocks", "several mooring blocks"),
        ("Marta Quill", "Berta Quill"),
    )
    + "Source: wire\n",
    T0 + HOUR,
    "https://gazette.example/1",
)
SECOND = Item(
    "herald",
    "second",
    changed(EDITED.text, ("for twenty years", "for two decades"), ("wire", "gazette")),
    T0 + 2 * HOUR,
    "https://herald.example/1",
)


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def reader(desk: Desk) -> Iterator[Reader]:
    with open_reader(desk.database.url) as reader:
        yield reader


def publish(desk: Desk) -> None:
    """The source, an edited copy of it, a copy of that copy; then the source is corrected."""
    desk.poll(SOURCE, now=T0 + timedelta(minutes=10))
    desk.poll(EDITED, now=T0 + HOUR + timedelta(minutes=10))
    desk.poll(SECOND, now=T0 + 2 * HOUR + timedelta(minutes=10))
    desk.poll(CORRECTED, now=T0 + 5 * HOUR)


def spread(desk: Desk, reader: Reader, name: str = "source") -> StorySpread:
    found = reader.spread(desk.story_of(name).id, now=NOW)
    assert found is not None
    return found


def by_name(desk: Desk) -> dict[str, int]:
    return {name: article for article, name in desk.names().items()}


def test_an_unknown_story_has_no_spread(desk: Desk, reader: Reader) -> None:
    assert reader.spread(99, now=NOW) is None
    assert reader.version_texts(99) == []


def test_figures_of_a_story(desk: Desk, reader: Reader) -> None:
    publish(desk)
    [whole, first] = spread(desk, reader).figures
    assert (whole.copies, whole.outlets, whole.families) == (2, 3, 3)
    assert whole.reached[0].took is not None
    # Polled every quarter of an hour: the lag is known up to half an hour.
    assert (whole.reached[0].took.low, whole.reached[0].took.high) == (45 * 60, 75 * 60)
    assert whole.reached[1].took is None
    assert [step.families for step in whole.adoption] == [1, 2, 3]
    assert whole.silent_edits == 1
    assert (first.episode, first.copies) == (1, 2)
    assert "unknown start" in whole.note


def test_the_tree_follows_shared_edits_and_the_version_taken(desk: Desk, reader: Reader) -> None:
    publish(desk)
    ids = by_name(desk)
    tree = {e.child: e for e in spread(desk, reader).tree}
    assert {child: e.parent for child, e in tree.items()} == {
        ids["edited"]: ids["source"],
        ids["second"]: ids["edited"],
    }
    assert tree[ids["edited"]].parent_version == 1
    assert f"carries 4 edits that #{ids['edited']} made" in tree[ids["second"]].why
    assert 0 < tree[ids["second"]].confidence < 1


def test_the_five_answers_stand_side_by_side(desk: Desk, reader: Reader) -> None:
    publish(desk)
    found = spread(desk, reader).origin
    assert (found.answer, found.rests_on) == ("wire, as credited", "credited")
    assert [a.kind for a in found.answers] == [
        "seen", "claimed", "credited", "canonical", "inferred",
    ]  # fmt: skip
    assert [a.names for a in found.answers] == [("wire",), ("wire",), ("wire",), (), ("wire",)]
    assert found.contradictions == ()


def test_a_credit_against_the_inference_is_shown_on_the_edge(desk: Desk, reader: Reader) -> None:
    publish(desk)
    # It has all that the gazette changed, and says that it took it from somebody else.
    desk.poll(
        Item(
            "mirror",
            "liar",
            changed(SECOND.text, ("Source: gazette", "Source: Tarn Press Agency")),
            None,
        ),
        now=T0 + 4 * HOUR,
    )
    ids = by_name(desk)
    edge = next(e for e in spread(desk, reader).tree if e.child == ids["liar"])
    if edge.parent is not None:
        assert "credits Tarn Press Agency, never seen here" in edge.contradiction


def test_a_silent_edit_is_kept_and_shown_as_a_word_diff(desk: Desk, reader: Reader) -> None:
    publish(desk)
    source = next(v for v in spread(desk, reader).versions if v.outlet == "wire")
    first, second = source.lines
    assert (first.n, first.silent, first.diff) == (1, False, ())
    assert (second.n, second.silent) == (2, True)
    assert [(w.op, w.text.strip()) for w in second.diff if w.op != "same"] == [
        ("dropped", "forty"), ("added", "four"),
    ]  # fmt: skip
    held = {(t.outlet, t.n): t.text for t in reader.version_texts(desk.story_of("source").id)}
    assert "forty centimetres" in (held["wire", 1] or "")
    assert "four centimetres" in (held["wire", 2] or "")


def test_copies_that_still_carry_the_old_words_are_listed_with_their_age(
    desk: Desk, reader: Reader
) -> None:
    publish(desk)
    ids = by_name(desk)
    stale = spread(desk, reader).stale
    assert {s.article for s in stale} == {ids["edited"], ids["second"]}
    assert all(s.source == ids["source"] for s in stale)
    assert {(s.took, s.newest) for s in stale} == {(1, 2)}
    assert stale[0].age_s == (NOW - (T0 + 5 * HOUR)).total_seconds()
    assert stale[0].words == ("much as forty centimetres within",)
    # One of them corrects itself.
    desk.poll(replace(EDITED, text=changed(EDITED.text, ("forty", "four"))), now=T0 + 6 * HOUR)
    assert {s.article for s in spread(desk, reader).stale} == {ids["second"]}


def test_a_ledger_says_what_each_copy_changed(desk: Desk, reader: Reader) -> None:
    publish(desk)
    ids = by_name(desk)
    ledgers = {one.article: one for one in spread(desk, reader).ledgers}
    first = ledgers[ids["edited"]]
    assert (first.against, first.against_version) == (ids["source"], 1)
    assert Change("name", "Marta Quill", "Berta Quill") in first.changes
    assert Change("credit", "", "wire") in first.changes
    second = ledgers[ids["second"]]
    assert second.against == ids["edited"]
    assert Change("credit", "wire", "gazette") in second.changes


def test_parts_that_are_not_asked_for_are_empty(desk: Desk, reader: Reader) -> None:
    publish(desk)
    found = reader.spread(desk.story_of("source").id, now=NOW, parts=("figures",))
    assert found is not None
    assert found.figures
    assert (found.tree, found.ledgers, found.versions, found.stale) == ((), (), (), ())
    assert found.origin.answers


# ---------------------------------------------------------------- people


def say(desk: Desk, verb: object, *names: str, note: str = "") -> None:
    ids = [by_name(desk)[n] for n in names]
    if verb is merge:
        ids = [desk.story_of(n).id for n in names]
    verb(desk.database, desk.recorder, *ids, author="ada", note=note, now=T0 + DAY)  # type: ignore[operator]


OTHER = Item("valley", "other", texts.ORCHARD, T0 + 3 * HOUR)


def test_a_decision_is_shown_with_who_when_and_why(desk: Desk, reader: Reader) -> None:
    publish(desk)
    say(desk, reject, "source", "second", note="a rival's own work")
    ids = by_name(desk)
    for name in ("source", "second"):
        [line] = spread(desk, reader, name).history.decisions
        assert (line.verb, line.a, line.b) == ("reject", ids["source"], ids["second"])
        assert (line.author, line.note, line.at) == ("ada", "a rival's own work", T0 + DAY)


@pytest.mark.parametrize("verb", [reject, split])
def test_the_tree_leaves_out_whom_a_person_parted(desk: Desk, reader: Reader, verb: object) -> None:
    publish(desk)
    say(desk, verb, *(["second"] if verb is split else ["source", "second"]))
    again = replace(SECOND, text=changed(SECOND.text, ("lighthouse", "old lighthouse")))
    desk.poll(again, now=T0 + 7 * HOUR)  # worked out again
    ids = by_name(desk)
    named = {e.child for e in spread(desk, reader).tree} | {
        e.parent for e in spread(desk, reader).tree
    }
    assert ids["second"] not in named or verb is reject
    pairs = {frozenset((e.child, e.parent)) for e in spread(desk, reader).tree}
    assert frozenset((ids["source"], ids["second"])) not in pairs


@pytest.mark.parametrize("verb", [confirm, merge])
def test_the_tree_has_whom_a_person_put_together(desk: Desk, reader: Reader, verb: object) -> None:
    publish(desk)
    desk.poll(OTHER, now=T0 + 3 * HOUR)
    say(desk, verb, "source", "other")
    desk.poll(replace(CORRECTED, text=CORRECTED.text.replace("crab", "shrimp")), now=T0 + 8 * HOUR)
    ids = by_name(desk)
    edge = next(e for e in spread(desk, reader).tree if e.child == ids["other"])
    assert edge.parent == ids["source"]
    assert edge.why.startswith("put together by a person")
