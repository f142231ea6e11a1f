"""An article that is edited: its story stays, and a copy of any of its versions is a copy."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from tests import texts
from tests.record.desk import DAY, HOUR, T0, Desk, Item

SOURCE = Item("wire", "source", texts.HARBOUR, T0, "https://wire.example/1")
COPY = Item("gazette", "copy", texts.HARBOUR, T0 + HOUR, "https://gazette.example/1")
WITHDRAWN = replace(
    SOURCE, text="This report has been withdrawn. The Wire regrets the error and will say more."
)
REWRITTEN = replace(SOURCE, text=texts.ORCHARD)
CORRECTED = replace(SOURCE, text=texts.reworded(texts.HARBOUR, 20))


@pytest.mark.parametrize("edit", [WITHDRAWN, REWRITTEN, CORRECTED])
def test_a_copy_stays_in_the_story_when_its_source_is_edited(desk: Desk, edit: Item) -> None:
    desk.load([SOURCE])
    desk.load([COPY])
    desk.load([edit])
    assert desk.together() == {frozenset({"source", "copy"})}
    assert desk.kinds() == {("source", "copy"): "verbatim"}
    desk.sound()


def test_a_copy_of_the_new_version_is_one_too(desk: Desk) -> None:
    desk.load([SOURCE])
    desk.load([COPY])
    desk.load([REWRITTEN])
    desk.load([Item("herald", "late", texts.ORCHARD, T0 + DAY)])
    assert desk.kinds() == {("source", "copy"): "verbatim", ("source", "late"): "verbatim"}
    desk.sound()


@pytest.mark.parametrize("order", list(permutations(range(3)))[:3])
def test_whenever_the_copy_comes(sqlite_desk: Desk, order: tuple[int, ...]) -> None:
    # The source's versions come in their order; the copy before, between or after them.
    items = [SOURCE, CORRECTED]
    items.insert(order.index(2), COPY)
    for item in items:
        sqlite_desk.load([item])
    assert sqlite_desk.matches() == {("source", "copy"): ("verbatim", 1.0, 1.0, 241, "auto")}


def test_a_copy_that_is_edited_away_has_been_a_copy(desk: Desk) -> None:
    desk.load([SOURCE, COPY])
    desk.load([replace(COPY, text=texts.LIBRARY)])
    assert desk.together() == {frozenset({"source", "copy"})}
    desk.sound()


def test_a_match_made_better_by_an_edit(desk: Desk) -> None:
    draft = replace(COPY, text="\n".join(texts.HARBOUR.split("\n")[:2]))
    desk.load([SOURCE, draft])
    assert desk.kinds() == {("source", "copy"): "excerpt"}
    desk.load([COPY])
    assert desk.kinds() == {("source", "copy"): "verbatim"}
    desk.sound()
