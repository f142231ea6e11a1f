"""A rule played again on the past: it says what was really raised, and changes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from storage import models
from tests import texts
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from tests.record.test_alerts import SOURCE, copy, watch
from tests.record.test_mentions import item
from tests.record.test_mentions import watch as watch_phrase
from watcher.archive import articles as store
from watcher.record.replay import Replayed, replay

ALL: tuple[Any, ...] = (
    "resurfaced",
    "first_copy",
    "new_copy",
    ("reach", 3),
    ("reach", 5),
    ("velocity", 0.5),
    ("outlet", "outlet4.example"),
    ("family", "outlet5"),
    ("burst", 3),
    "credit_stripped",
    "missing_origin",
    "redated",
)
END = T0 + 400 * DAY


def replayed(
    desk: Desk, since: datetime = T0, until: datetime = END, **changed: Any
) -> list[Replayed]:
    with desk.database.read() as conn:
        (row,) = store.list_watches(conn)
        return replay(conn, replace(row, **changed), since, until)


def really(desk: Desk) -> tuple[set[str], Counter[tuple[str, int]]]:
    """The keys that fired, and what was held, by condition and article."""
    a = models.alert
    with desk.database.read() as conn:
        rows = list(conn.execute(select(a)))
    fired = {r.key for r in rows if r.state == "fired"}
    held = Counter((r.condition, r.article_id) for r in rows if r.state == "held")
    return fired, held


def agrees(desk: Desk) -> list[Replayed]:
    found = replayed(desk)
    fired, held = really(desk)
    assert {line.key for line in found if line.verdict == "fires"} == fired
    told = Counter((line.condition, line.article) for line in found if line.verdict == "held")
    # What was raised before is held again by its key alone: the archive keeps no row for that.
    again = Counter(
        (line.condition, line.article)
        for line in found
        if line.verdict == "held" and line.why.endswith("already raised")
    )
    assert told - again == held
    assert all(line.really == "fired" for line in found if line.verdict == "fires")
    return found


def rows(desk: Desk) -> dict[str, int]:
    with desk.database.read() as conn:
        return {
            t.name: conn.scalar(select(func.count()).select_from(t)) or 0
            for t in models.metadata.sorted_tables
        }


@pytest.fixture
def lived(desk: Desk) -> Desk:
    """A story with two rests, a first poll, an import, a re-dating, a container and an edit."""
    desk.poll(SOURCE, now=T0)
    watch(desk, *ALL)
    desk.poll(copy(1, HOUR), now=T0 + HOUR)
    desk.poll(copy(2, 2 * HOUR), copy(3, 2 * HOUR), now=T0 + 2 * HOUR)
    desk.poll(copy(6, 3 * HOUR), now=T0 + 3 * HOUR, first=True)
    desk.load([copy(7, 4 * HOUR)], now=T0 + 5 * HOUR)
    at = 20 * DAY
    desk.poll(copy(4, at), copy(5, at), now=T0 + at)
    desk.poll(copy(8, at + HOUR), now=T0 + at + HOUR)
    old = copy(9, 5 * HOUR)
    desk.poll(old, now=T0 + at + 2 * DAY, since=DAY)
    later = replace(SOURCE, at=T0 + 60 * DAY)
    desk.poll(later, now=T0 + 60 * DAY)
    again = replace(copy(1, 90 * DAY), url="https://outlet1.example/again", guid="again")
    desk.poll(again, now=T0 + 90 * DAY)
    desk.sound()
    return desk


def test_it_agrees_with_what_was_raised(lived: Desk) -> None:
    found = agrees(lived)
    fires = Counter(line.condition for line in found if line.verdict == "fires")
    assert fires["resurfaced"] == 3
    assert fires["redated"] >= 1
    assert fires["outlet"] == fires["family"] == 1
    assert any(line.verdict == "held" for line in found)


def test_it_changes_nothing(lived: Desk) -> None:
    before = rows(lived)
    replayed(lived)
    assert rows(lived) == before


def test_a_part_of_the_past(lived: Desk) -> None:
    whole = replayed(lived)
    middle = T0 + 30 * DAY
    parts = [*replayed(lived, until=middle), *replayed(lived, middle + HOUR)]
    assert {(x.key, x.at) for x in parts if x.verdict == "fires"} == {
        (x.key, x.at) for x in whole if x.verdict == "fires"
    }


def test_another_rule_on_the_same_past(lived: Desk) -> None:
    two = replayed(lived, conditions=({"name": "reach", "value": 2},))
    assert [x.at for x in two if x.verdict == "fires"] == [T0 + HOUR]
    assert two[0].really == ""
    patient = replayed(lived, conditions=({"name": "resurfaced"},), dormant_after_s=50 * 86_400)
    assert [x.at for x in patient if x.verdict == "fires"] == []
    brisk = replayed(lived, conditions=({"name": "resurfaced"},), dormant_after_s=86_400)
    assert T0 + 20 * DAY in [x.at for x in brisk if x.verdict == "fires"]


def test_what_was_not_met_is_told_when_asked(lived: Desk) -> None:
    with lived.database.read() as conn:
        (row,) = store.list_watches(conn)
        every = replay(conn, row, T0, END, every=True)
    assert {x.verdict for x in every} == {"fires", "held", "not met"}


def test_an_edit_of_the_origin_is_replayed(desk: Desk) -> None:
    source = replace(SOURCE, guid="1")
    desk.poll(source, now=T0)
    watch(desk, "origin_edited")
    desk.poll(replace(source, text=texts.HARBOUR + " Nobody was hurt, it says."), now=T0 + HOUR)
    (line,) = agrees(desk)
    assert (line.condition, line.step, line.verdict) == ("origin_edited", f"{line.article}@2",
                                                         "fires")  # fmt: skip


def test_a_phrase_that_was_watched_and_one_that_was_not(desk: Desk) -> None:
    made = watch_phrase(desk, "new_mention", "resurfaced", "first_copy", ("reach", 2))
    desk.poll(item(1, "wire"), now=T0)
    desk.poll(item(2, "coast"), now=T0 + HOUR)
    desk.poll(item(3, "hill"), now=T0 + 2 * HOUR, first=True)
    desk.load([item(4, "lake", at=T0)], now=T0 + 3 * HOUR)
    desk.poll(item(5, "hill"), item(6, "hill"), now=T0 + 20 * DAY)
    stored = agrees(desk)
    with desk.database.read() as conn:
        (row,) = store.list_watches(conn)
        # The same words, looked for in the stored texts, as for a watch made today.
        fresh = replay(conn, replace(row, id=0, created_at=END), T0, END)
    assert row.id == made
    assert [(x.at, x.condition, x.verdict, x.article) for x in fresh] == [
        (x.at, x.condition, x.verdict, x.article) for x in stored
    ]
    other = replayed(desk, id=0, target="phrase:nothing of it")
    assert other == []


def test_a_merge_is_told_from_the_watched_texts_side(desk: Desk) -> None:
    """Two stories that a third text joins: the watch's own was at rest, and it comes back once."""
    desk.poll(SOURCE, now=T0)
    watch(desk, "resurfaced", "new_copy", ("reach", 2))
    desk.poll(copy(1, HOUR), now=T0 + HOUR)
    at = 30 * DAY
    desk.poll(copy(2, at), now=T0 + at)
    desk.poll(copy(3, at + timedelta(hours=2)), now=T0 + at + 2 * HOUR)
    found = agrees(desk)
    assert Counter(x.condition for x in found if x.verdict == "fires")["resurfaced"] == 1


def test_a_watch_without_a_text_has_no_past(desk: Desk) -> None:
    desk.poll(Item("wire", "x", texts.HARBOUR), now=T0)
    watch_phrase(desk, "new_mention", phrase="harbour")
    assert replayed(desk, target="story:https://nowhere.example/") == []
