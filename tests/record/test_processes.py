"""Failures, and several processes on one database."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert, select, update

from storage import models
from tests import texts
from tests.record.archive import ARTICLES, under_notice
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from tests.record.test_any_order import state
from watcher.archive import Database, index
from watcher.archive import articles as store
from watcher.archive.index import Blocks
from watcher.core.index import candidates
from watcher.record.prepare import prepare
from watcher.record.recorder import Recorder

SOURCE = Item("wire", "source", texts.HARBOUR, T0)
COPY = Item("gazette", "copy", texts.HARBOUR, T0 + HOUR)
TABLES = ("article", "version", "body", "sketch", "identity", "sighting", "match", "story",
          "episode", "credit", "boilerplate", "alert")  # fmt: skip


class Broken(Exception):
    """What a test breaks a transaction with."""


# ---------------------------------------------------------------- failures


def test_a_recording_that_fails_leaves_nothing_behind(desk: Desk) -> None:
    desk.load(ARTICLES[:8])
    before = {t: desk.count(t) for t in TABLES}
    drafts = [prepare(desk.draft(i)) for i in ARTICLES[8:]]

    def break_off() -> None:
        with desk.database.write() as conn:
            desk.recorder.record(conn, drafts, now=T0)
            raise Broken

    with pytest.raises(Broken):
        break_off()
    desk.recorder.forget()
    assert {t: desk.count(t) for t in TABLES} == before
    desk.sound()
    # The next one works, and everything is as if nothing had happened.
    desk.load(ARTICLES[8:])
    desk.sound()
    assert desk.story_of("repost").id == desk.story_of("harbour").id
    assert desk.kinds()[("harbour", "lantern 1")] == "verbatim"


def test_a_recording_that_breaks_in_the_middle(desk: Desk) -> None:
    desk.load([SOURCE])
    before = {t: desk.count(t) for t in TABLES}
    unknown = replace(desk.draft(COPY), outlet_id=12345)  # no such outlet
    with pytest.raises(KeyError):
        desk.record([unknown], T0)
    assert {t: desk.count(t) for t in TABLES} == before
    desk.load([COPY])
    assert desk.together() == {frozenset({"source", "copy"})}


# ---------------------------------------------------------------- two processes


@pytest.fixture
def other(desk: Desk, open_again: Callable[..., Database]) -> Desk:
    """A second desk on the same database, as another process has it."""
    return Desk(open_again())


def test_two_recorders_see_each_others_articles(desk: Desk, other: Desk) -> None:
    desk.load([Item("valley", "orchard", texts.ORCHARD, T0)])
    other.load([SOURCE])
    desk.load([COPY])
    assert desk.together() == {frozenset({"source", "copy"})}
    other.load([Item("herald", "orchard copy", texts.ORCHARD, T0 + DAY)])
    assert other.together() == {
        frozenset({"source", "copy"}),
        frozenset({"orchard", "orchard copy"}),
    }
    other.sound()


def test_two_recorders_taking_turns(desk: Desk, other: Desk) -> None:
    for n, item in enumerate(ARTICLES):
        (desk, other)[n % 2].load([item])
    alone = {frozenset(s) for s in desk.together()}
    assert frozenset({"library", "lantern 2"}) in alone
    assert desk.kinds()[("harbour", "lantern 1")] == "verbatim"
    assert len(desk.boilerplate()) == 1
    desk.sound()


def test_boilerplate_that_another_process_learned_is_used(desk: Desk, other: Desk) -> None:
    desk.load([Item("valley", "orchard", texts.ORCHARD, T0)])
    noted = [
        Item("lantern", f"l{n}", under_notice(texts.made_up(n, 9)), T0 + n * HOUR) for n in range(2)
    ]
    other.load([*noted, Item("lantern", "copy", under_notice(texts.SHORT), T0 + DAY)])
    desk.load([Item("wire", "source", texts.SHORT, T0)])
    assert desk.kinds() == {("source", "copy"): "verbatim"}


def test_two_recordings_at_once_see_each_other(desk: Desk, other: Desk) -> None:
    first, second = ([prepare(desk.draft(i))] for i in (SOURCE, COPY))
    other.load([Item("valley", "orchard", texts.ORCHARD, T0)])
    desk.load([Item("herald", "alone", texts.LIBRARY, T0)])  # both are warm
    failed: list[BaseException] = []

    def record() -> None:
        try:
            with other.database.write() as conn:
                other.recorder.record(conn, second, now=T0)
        except BaseException as error:  # noqa: BLE001  told to the test below
            failed.append(error)

    thread = threading.Thread(target=record)
    with desk.database.write() as conn:
        desk.recorder.record(conn, first, now=T0)
        thread.start()
        # Time to be done, were nobody to hold the second back.
        thread.join(0.4)
    thread.join(20)
    assert not thread.is_alive()
    assert failed == []
    assert desk.together() == {frozenset({"source", "copy"})}
    # And whoever comes later finds both.
    desk.load([Item("late", "third", texts.HARBOUR, T0 + DAY)])
    assert desk.together() == {frozenset({"source", "copy", "third"})}
    desk.sound()


# ---------------------------------------------------------------- the index in the database


def numbers(desk: Desk) -> dict[str, int]:
    """Postings, live segments and blocks."""
    with desk.database.read() as conn:
        live = list(
            conn.scalars(select(models.segment.c.id).where(models.segment.c.state == "live"))
        )
        rows = conn.execute(select(models.block.c.segment_id)).scalars().all()
        return {
            "live": len(live),
            "segments": desk.count("segment"),
            "orphans": sum(r not in set(live) for r in rows),
        }


def found_by(desk: Desk, text: str, how: str) -> list[tuple[int, int]]:
    """(version, shared values) of a text's candidates, from memory or from blocks."""
    values = prepare(replace(desk.draft(SOURCE), text=text)).fingerprint.sketch
    owner = np.zeros(len(values), np.int64)
    with desk.database.read() as conn:
        find: Callable[..., Any] = {
            "memory": lambda v: desk.recorder.memory(conn).sketch.find(v),
            "loaded": lambda v: Recorder().memory(conn).sketch.find(v),
            "blocks": lambda v: Blocks(conn).find("sketch", v),
        }[how]
        _, docs, shared = candidates(values, owner, find)
    return list(zip(docs.tolist(), shared.tolist(), strict=True))


def same_from_everywhere(desk: Desk) -> None:
    for text in (texts.HARBOUR, texts.ORCHARD, texts.CHINESE, texts.NOTICE, texts.made_up(999, 4)):
        told = found_by(desk, text, "memory")
        assert found_by(desk, text, "loaded") == told
        assert found_by(desk, text, "blocks") == told


@pytest.mark.parametrize("size", [2, 5, 1000])
def test_sealed_or_not_the_index_says_the_same(desk: Desk, size: int) -> None:
    for start in range(0, len(ARTICLES), 5):
        desk.load(ARTICLES[start : start + 5])
        index.seal(desk.database, size=size)
        same_from_everywhere(desk)
    told = numbers(desk)
    assert told["live"] == told["segments"]
    assert (told["live"] > 0) is (size < len(ARTICLES))
    assert told["orphans"] == 0
    assert index.seal(desk.database, size=size) == 0


def test_recording_goes_on_from_a_sealed_index(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    for start in range(0, len(ARTICLES), 4):
        desk.load(ARTICLES[start : start + 4])
        index.seal(desk.database, size=2)
        desk.recorder.forget()
    stories = state(desk)["stories"]
    assert stories["harbour"].keys() >= {"harbour", "verbatim", "french", "edited", "repost"}
    desk.sound()


def test_what_a_crash_while_sealing_left_is_cleaned(desk: Desk) -> None:
    desk.load(ARTICLES[:10])
    index.seal(desk.database, size=4)
    told = numbers(desk)
    with desk.database.write() as conn:
        # As if the process had died between two transactions of sealing.
        last = store.last_version(conn)
        segment = store.allocate(conn, models.segment, 1)
        conn.execute(
            insert(models.segment).values(
                id=segment, family="sketch", first_version=last, last_version=last,
                postings=1, bits=0, state="building",
            )
        )  # fmt: skip
        conn.execute(insert(models.block).values(segment_id=segment, number=0, data=b"half"))
    same_from_everywhere(desk)
    index.seal(desk.database, size=4)
    assert numbers(desk) == told
    same_from_everywhere(desk)


def test_a_sealer_that_was_overtaken_takes_nothing_with_it(desk: Desk, other: Desk) -> None:
    desk.load(ARTICLES[:12])
    index.seal(desk.database, size=3)
    told = numbers(desk)
    with desk.database.write() as conn:
        # Ours, of the same versions as those that the other has sealed meanwhile.
        live = conn.execute(select(models.segment).where(models.segment.c.family == "sketch")).all()
        segment = store.allocate(conn, models.segment, 1)
        conn.execute(
            insert(models.segment).values(
                id=segment, family="sketch", first_version=live[0].first_version,
                last_version=live[-1].last_version, postings=1, bits=0, state="building",
            )
        )  # fmt: skip
    from storage.writes.segments import publish_segment

    with desk.database.write() as conn:
        assert not publish_segment(conn, segment, [live[0].id])
    index.sweep(desk.database)
    assert numbers(desk) == told
    with desk.database.write() as conn:
        # And one that the other's cleaning has dropped in the middle.
        assert not publish_segment(conn, segment, [s.id for s in live])
    index.sweep(desk.database)
    assert numbers(desk) == told
    same_from_everywhere(desk)


def test_sealing_twice_at_once(desk: Desk, other: Desk) -> None:
    desk.load(ARTICLES)
    failed: list[BaseException] = []

    def seal(database: Database) -> None:
        try:
            index.seal(database, size=2)
        except BaseException as error:  # noqa: BLE001  told to the test below
            failed.append(error)

    threads = [threading.Thread(target=seal, args=(d.database,)) for d in (desk, other)]
    for t in threads:
        t.start()
    for t in threads:
        t.join(30)
    assert failed == []
    same_from_everywhere(desk)
    index.seal(desk.database, size=2)
    same_from_everywhere(desk)
    assert numbers(desk)["orphans"] == 0


def test_a_body_that_is_gone_is_no_match_and_no_failure(desk: Desk) -> None:
    desk.load([SOURCE])
    with desk.database.write() as conn:
        conn.execute(models.body.delete())
        conn.execute(update(models.story).values(title=models.story.c.title))
    desk.recorder.forget()
    desk.load([COPY])
    assert desk.kinds() == {}
    desk.sound()
