"""What a copy changed, entry by entry, in several languages and scripts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import texts
from watcher.core.diff import word_diff
from watcher.core.ledger import HEDGES, ledger
from watcher.core.values import Change


def of(what: str, before: str, after: str) -> set[tuple[str, str]]:
    return {(c.before, c.after) for c in ledger(before, after) if c.what == what}


def around(sentence: str) -> str:
    """A sentence inside a paragraph that stays."""
    return f"The committee met for the third time that week. {sentence} Nobody left the room early."


def test_the_same_text_has_an_empty_ledger() -> None:
    for text in (texts.HARBOUR, texts.CHINESE, texts.ARABIC, texts.FRENCH_TAIL):
        assert ledger(text, text) == []


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("It killed 17 people.", "It killed 19 people.", ("17", "19")),
        (
            "It cost 1,250 crowns.",
            "It cost 1.250 crowns.",
            None,
        ),  # the same number written otherwise
        ("It cost ١٧ crowns.", "It cost 17 crowns.", None),
        ("It cost ١٧ crowns.", "It cost ١٩ crowns.", ("١٧", "١٩")),
        ("It lasted 3.5 hours there.", "It lasted hours there.", ("3.5", "")),
    ],
)
def test_numbers(before: str, after: str, expected: tuple[str, str] | None) -> None:
    assert of("number", around(before), around(after)) == ({expected} if expected else set())


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (
            "He thanked Ivan Petrov for it.",
            "He thanked Pavel Ivanov for it.",
            ("Ivan Petrov", "Pavel Ivanov"),
        ),
        (
            "He thanked the Northern Command for it.",
            "He thanked the Southern Command for it.",
            ("Northern Command", "Southern Command"),
        ),
        (
            "Он поблагодарил Ивана Петрова за это.",
            "Он поблагодарил Павла Иванова за это.",
            ("Ивана Петрова", "Павла Иванова"),
        ),
    ],
)
def test_names(before: str, after: str, expected: tuple[str, str]) -> None:
    assert of("name", around(before), around(after)) == {expected}


def test_one_capital_is_no_name_where_all_nouns_have_one() -> None:
    around_it = (
        "Der Ausschuss sah die Akten, die Briefe, die Karten und die Listen der Behörde. "
        "Am Abend kam der Bote mit einem Umschlag aus dem Hafen durch die Tür der Kanzlei. "
        "Er dankte dem {} für das Geld, und Anna {} schwieg."
    )
    before, after = around_it.format("Minister", "Weber"), around_it.format("Kanzler", "Maurer")
    assert of("name", before, after) == {("Anna Weber", "Anna Maurer")}


@pytest.mark.parametrize(
    ("left", "right"), [("“", "”"), ("„", "“"), ("«", "»"), ("»", "«"), ("「", "」"), ('"', '"')]
)
def test_quotations_in_the_marks_of_all_scripts(left: str, right: str) -> None:
    before = around(f"She said {left}we did not know about it{right} on the stairs.")
    after = around(f"She said {left}we knew nothing about it{right} on the stairs.")
    assert of("quotation", before, after) == {
        ("we did not know about it", "we knew nothing about it")
    }
    gone = around("She said nothing on the stairs.")
    assert of("quotation", before, gone) == {("we did not know about it", "")}
    # Without its marks it is still what she said.
    plain = around("She said we did not know about it on the stairs.")
    assert of("quotation", before, plain) == set()


@pytest.mark.parametrize(
    ("hedge", "before", "after"),
    [
        ("allegedly", "The clerk allegedly burned the files.", "The clerk burned the files."),
        ("mutmaßlich", "Er hat mutmaßlich die Akten verbrannt.", "Er hat die Akten verbrannt."),
        ("présumé", "Le voleur présumé a fui la ville.", "Le voleur a fui la ville."),
        ("presuntamente", "Quemó presuntamente los papeles.", "Quemó los papeles."),
        ("якобы", "Он якобы сжёг бумаги.", "Он сжёг бумаги."),
        ("naar verluidt", "Hij heeft naar verluidt alles verbrand.", "Hij heeft alles verbrand."),
    ],
)
def test_a_hedge_that_went_or_came(hedge: str, before: str, after: str) -> None:
    assert of("hedge", around(before), around(after)) == {(hedge, "")}
    assert of("hedge", around(after), around(before)) == {("", hedge)}


def test_hedges_of_ones_own() -> None:
    before, after = around("It was rumoured to be true."), around("It was true.")
    assert ledger(before, after, hedges={"en": ("rumoured",)}) == [Change("hedge", "rumoured", "")]
    assert all(word == word.strip() and word for one in HEDGES.values() for word in one)


def test_paragraphs_dropped_and_added_are_told_once() -> None:
    lines = texts.HARBOUR.strip().split("\n")
    extra = texts.ORCHARD.split("\n")[2]  # names, a number and a price in it
    found = ledger("\n".join(lines), "\n".join([*lines[:2], *lines[3:], extra]))
    assert found == [Change("dropped", lines[2], ""), Change("added", "", extra)]


def test_headline_and_credit() -> None:
    text = texts.LIBRARY
    found = ledger(
        text,
        text,
        headlines=("A voice at night", "A voice in the dark"),
        credits_=(["Wire"], ["Post"]),
    )
    assert found == [
        Change("headline", "A voice at night", "A voice in the dark"),
        Change("credit", "Wire", "Post"),
    ]
    assert ledger(text, text, headlines=("A Voice", "a voice")) == []


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_have_a_ledger(before: str, after: str) -> None:
    for change in ledger(before, after):
        assert change.before or change.after


@given(st.integers(2, 30), st.integers(0, 5))
def test_a_word_diff_holds_both_texts(every: int, seed: int) -> None:
    before, after = texts.HARBOUR, texts.reworded(texts.HARBOUR, every, seed)
    parts = word_diff(before, after)
    assert "".join(text for op, text in parts if op != "del").split() == after.split()
    if all(op != "move" for op, _ in parts):
        kept = "".join(text for op, text in parts if op in ("same", "del"))
        assert len(kept.split()) == len(before.split())
