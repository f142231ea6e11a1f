"""What a person decided survives every re-computation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests import texts
from tests.record.archive import under_notice
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from watcher.core.errors import UsageError
from watcher.record.deciding import confirm, merge, reject, split

SOURCE = Item("wire", "source", texts.HARBOUR, T0, "https://wire.example/1")
COPY = Item("gazette", "copy", texts.HARBOUR, T0 + HOUR, "https://gazette.example/1")
EDITED = Item("courier", "edited", texts.reworded(texts.HARBOUR, 9), T0 + 2 * HOUR)
OTHER = Item("valley", "other", texts.ORCHARD, T0 + 3 * HOUR)
QUOTED = Item(
    "critic", "quoted", texts.made_up(1, 12) + "\n" + texts.HARBOUR.split("\n")[4], T0 + 4 * HOUR
)


def by_name(desk: Desk, name: str) -> int:
    return next(i for i, n in desk.names().items() if n == name)


def say(desk: Desk, verb: object, *names: str) -> str:
    ids = [by_name(desk, n) for n in names]
    if verb is merge:
        ids = [desk.story_of(n).id for n in names]
    said: str = verb(  # type: ignore[operator]
        desk.database, desk.recorder, *ids, author="ada", note="", now=T0 + DAY
    )
    desk.sound()
    return said


def stir(desk: Desk) -> None:
    """Has everything about these articles worked out again, in several ways."""
    # A new version of either side, new copies, boilerplate learned, another process.
    for item in (SOURCE, COPY, QUOTED):
        text = item.text.replace("Tuesday", "Monday").replace("crab", "shrimp")
        desk.load([replace(item, text=text)])
    desk.load([Item("evening", "late copy", texts.HARBOUR, T0 + 2 * DAY)])
    desk.load(
        [
            Item("gazette", f"noted {n}", under_notice(texts.made_up(n + 90, 8)), T0 + n * DAY)
            for n in range(3)
        ]
    )
    desk.recorder.forget()
    desk.load([Item("herald", "later copy", texts.HARBOUR, T0 + 3 * DAY)])
    desk.sound()


def homes(desk: Desk) -> dict[str, int]:
    names = desk.names()
    return {names[i]: row.story_id for i, row in desk.articles().items()}


def test_rejected_stay_apart(desk: Desk) -> None:
    desk.load([SOURCE, COPY])
    assert desk.together() == {frozenset({"source", "copy"})}
    said = say(desk, reject, "source", "copy")
    assert "are in stories" in said
    assert desk.together() == set()
    stir(desk)
    where = homes(desk)
    assert where["source"] != where["copy"]
    assert desk.matches()[("source", "copy")][-1] == "rejected"


def test_confirmed_stay_together(desk: Desk) -> None:
    desk.load([SOURCE, QUOTED])
    assert desk.kinds() == {("source", "quoted"): "passage"}
    say(desk, confirm, "source", "quoted")
    assert desk.together() == {frozenset({"source", "quoted"})}
    stir(desk)
    where = homes(desk)
    assert where["source"] == where["quoted"]
    assert desk.matches()[("source", "quoted")][-1] == "confirmed"


def test_confirmed_without_a_match(desk: Desk) -> None:
    desk.load([SOURCE, OTHER])
    say(desk, confirm, "source", "other")
    stir(desk)
    where = homes(desk)
    assert where["source"] == where["other"]


def test_merged_stories_stay_one(desk: Desk) -> None:
    desk.load([SOURCE, COPY, OTHER])
    before = desk.story_of("source").id
    say(desk, merge, "source", "other")
    assert desk.story_of("other").id == desk.story_of("source").id == before
    stir(desk)
    where = homes(desk)
    assert where["source"] == where["copy"] == where["other"]


def test_split_off_stays_off(desk: Desk) -> None:
    desk.load([SOURCE, COPY, EDITED])
    say(desk, split, "copy")
    where = homes(desk)
    assert where["source"] == where["edited"] != where["copy"]
    stir(desk)
    where = homes(desk)
    assert where["source"] == where["edited"] != where["copy"]


def test_the_last_word_counts(desk: Desk) -> None:
    desk.load([SOURCE, COPY])
    say(desk, reject, "source", "copy")
    say(desk, confirm, "copy", "source")
    assert desk.together() == {frozenset({"source", "copy"})}
    say(desk, reject, "source", "copy")
    assert desk.together() == set()


def test_a_decision_of_another_process_is_seen(desk: Desk) -> None:
    desk.load([SOURCE, COPY])
    other = Desk(desk.database)
    say(other, reject, "source", "copy")
    desk.load([EDITED])
    where = homes(desk)
    assert where["source"] != where["copy"]


def test_what_makes_no_sense_is_refused(desk: Desk) -> None:
    desk.load([SOURCE, COPY])
    i = by_name(desk, "source")
    story = desk.story_of("source").id
    for verb, names in (
        (confirm, (i, i)),
        (reject, (i, 999)),
        (split, (999,)),
        (merge, (story,) * 2),
    ):
        with pytest.raises(UsageError):
            verb(desk.database, desk.recorder, *names, author="ada", note="", now=T0)
    assert desk.count("decision") == 0
    assert desk.together() == {frozenset({"source", "copy"})}
