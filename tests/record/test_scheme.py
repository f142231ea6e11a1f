"""Fingerprints of another making are made anew beside the polls; nothing known is news again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import delete, func, select, update

from storage import models
from storage.db import Database
from tests import texts
from tests.record.desk import HOUR, T0, Desk, Item
from tests.record.test_alerts import alerts, watch
from watcher.archive import index, scheme
from watcher.archive.codec import pack_hashes, unpack_hashes
from watcher.core.errors import StorageError
from watcher.core.fingerprint import SCHEME
from watcher.record import rewriting
from watcher.record.explain import match_text
from watcher.record.recorder import Recorder
from watcher.record.renewing import renew

_OTHER = 0x5DEECE66D5DEECE6  # by which the other scheme's hashes differ


def clock() -> datetime:
    return T0 + 100 * HOUR


def kept(database: Database) -> dict[str, list[Any]]:
    """All that follows from the texts, and what was made of it."""
    wanted = {
        "version": select(models.version),
        "sketch": select(models.sketch),
        "boilerplate": select(models.boilerplate.c.outlet_id, models.boilerplate.c.hash),
        "article": select(models.article.c.external_id, models.article.c.words),
    }
    with database.read() as conn:
        return {n: sorted(map(tuple, conn.execute(q))) for n, q in wanted.items()}


def pairs(database: Database) -> set[frozenset[str]]:
    """Which articles are known to match."""
    with database.read() as conn:
        names = dict(conn.execute(select(models.article.c.id, models.article.c.external_id)).all())
        rows = conn.execute(select(models.match.c.a_id, models.match.c.b_id))
        return {frozenset((names[a], names[b])) for a, b in rows}


def homes(database: Database) -> set[frozenset[str]]:
    """The stories, each by its articles."""
    found: dict[int, set[str]] = {}
    with database.read() as conn:
        for story, name in conn.execute(
            select(models.article.c.story_id, models.article.c.external_id)
        ):
            found.setdefault(story, set()).add(name)
    return {frozenset(names) for names in found.values()}


def age(database: Database, marked: str | None = "0") -> None:
    """Make the database one of another scheme: each hash another one, as if made so."""
    version, sketch, boilerplate = models.version, models.sketch, models.boilerplate
    with database.write() as conn:
        for row in conn.execute(select(version)).all():
            values = {
                "content_hash": row.content_hash ^ _OTHER,
                "simhash": row.simhash ^ _OTHER,
            }
            conn.execute(update(version).where(version.c.id == row.id).values(**values))
        for row in conn.execute(select(sketch)).all():
            data = np.sort(unpack_hashes(row.data) ^ np.uint64(_OTHER))
            lines = unpack_hashes(row.paragraphs) ^ np.uint64(_OTHER)
            conn.execute(
                update(sketch)
                .where(sketch.c.version_id == row.version_id)
                .values(data=pack_hashes(data), paragraphs=pack_hashes(lines))
            )
        for row in conn.execute(select(boilerplate)).all():
            conn.execute(
                update(boilerplate)
                .where(boilerplate.c.outlet_id == row.outlet_id, boilerplate.c.hash == row.hash)
                .values(hash=row.hash ^ _OTHER)
            )
        conn.execute(delete(models.block))
        conn.execute(delete(models.segment))
        key = models.meta.c.key == "fingerprint.scheme"
        if marked is None:  # made before the scheme was written down
            conn.execute(delete(models.meta).where(key))
        else:
            conn.execute(update(models.meta).where(key).values(value=marked))


def finish(database: Database) -> None:
    rewriting.rewrite(database, clock, lambda done, total: None)


OLD = [
    Item("wire", "harbour", texts.HARBOUR, T0),
    Item("gazette", "orchard", texts.ORCHARD, T0),
    *(Item("lantern", f"n{i}", f"{texts.made_up(i, 6)}\n{texts.NOTICE}", T0) for i in range(5)),
]
NEW = [
    Item("echo", "harbour copy", texts.reworded(texts.HARBOUR, 30, seed=1), T0 + HOUR),
    Item("post", "orchard copy", texts.ORCHARD, T0 + HOUR),
]


def test_a_new_database_says_which_scheme_it_has(desk: Desk) -> None:
    assert match_text(desk.database, texts.HARBOUR) == []
    desk.load([Item("wire", "one", texts.HARBOUR, T0)])
    with desk.database.read() as conn:
        assert scheme.found(conn) == SCHEME
        assert scheme.changing(conn) is None
    assert len(match_text(desk.database, texts.HARBOUR)) == 1
    assert rewriting.begin(desk.database) is None


@pytest.mark.parametrize("marked", ["0", None])
def test_another_scheme_is_not_asked_before_the_change_has_begun(
    desk: Desk, marked: str | None
) -> None:
    desk.load([Item("wire", "one", texts.HARBOUR, T0)])
    age(desk.database, marked)
    with pytest.raises(StorageError, match=r"of scheme [01], and this program .* db upgrade"):
        match_text(desk.database, texts.HARBOUR)
    change = rewriting.begin(desk.database)
    assert change is not None
    assert (change.done, change.total) == (0, 1)
    finish(desk.database)
    assert len(match_text(desk.database, texts.HARBOUR)) == 1


def test_a_scheme_from_the_future_is_neither_asked_nor_changed(desk: Desk) -> None:
    desk.load([Item("wire", "one", texts.HARBOUR, T0)])
    age(desk.database, "99")
    before = kept(desk.database)
    desk.recorder.forget()
    with pytest.raises(StorageError, match="newer version"):
        match_text(desk.database, texts.HARBOUR)
    with pytest.raises(StorageError, match="newer version"):
        desk.load([Item("gazette", "two", texts.ORCHARD, T0)])
    with pytest.raises(StorageError, match="newer version"):
        rewriting.begin(desk.database)
    assert kept(desk.database) == before


def test_made_anew_all_is_as_if_it_had_always_been_so(desk: Desk) -> None:
    desk.load(OLD)
    before = kept(desk.database)
    assert before["boilerplate"], "the lantern's notice was learned"
    age(desk.database)
    assert kept(desk.database) != before
    rewriting.begin(desk.database)
    finish(desk.database)
    assert kept(desk.database) == before
    with desk.database.read() as conn:
        assert scheme.found(conn) == SCHEME
        assert scheme.changing(conn) is None
    finish(desk.database)  # nothing is left to do


@pytest.mark.parametrize("steps", [0, 1, 3, 99])
def test_what_comes_meanwhile_is_matched_in_the_end_all_the_same(desk: Desk, steps: int) -> None:
    more = [Item("wire", f"m{i}", texts.made_up(100 + i, 4), T0) for i in range(60)]
    desk.load([*OLD, *more])
    age(desk.database)
    desk.recorder.forget()
    rewriting.begin(desk.database)
    recorder = Recorder()
    for _ in range(steps):
        rewriting.step(desk.database, recorder, clock())
    desk.load(NEW)
    index.seal(desk.database, size=8)  # keeps its hands off while both kinds are there
    finish(desk.database)
    index.seal(desk.database, size=8)
    want = {frozenset(("harbour", "harbour copy")), frozenset(("orchard", "orchard copy"))}
    assert pairs(desk.database) == want
    assert want <= homes(desk.database)
    assert {h.article_id for h in match_text(desk.database, texts.HARBOUR)}


class _Killed(BaseException):
    """Ends a step in its middle, as a kill would: nothing of it was committed."""


def half(database: Database, recorder: Recorder) -> None:
    """A step that is cut off when its work is done, and not committed."""
    with recorder.writing(database) as conn:
        renew(conn, recorder.memory(conn), range(1, 200))
        raise _Killed


def test_killed_in_the_middle_it_goes_on_where_it_was(
    desk: Desk, open_again: Callable[..., Database]
) -> None:
    more = [Item("wire", f"m{i}", texts.made_up(100 + i, 4), T0) for i in range(60)]
    desk.load([*OLD, *more])
    before = kept(desk.database)
    age(desk.database)
    rewriting.begin(desk.database)
    done = []
    for _ in range(3):  # each a process of its own
        database, recorder = open_again(), Recorder()
        rewriting.step(database, recorder, clock())
        with pytest.raises(_Killed):
            half(database, recorder)
        with database.read() as conn:
            change = scheme.changing(conn)
        done.append(change.done if change else None)
    assert done == [25, 50, 67]
    finish(desk.database)
    assert kept(desk.database) == before


def test_an_entry_that_is_still_shown_is_no_edited_one(desk: Desk) -> None:
    known = Item("wire", "one", texts.HARBOUR, T0, url="https://wire.example/1", guid="g1")
    desk.load([known])
    age(desk.database)
    desk.recorder.forget()
    desk.load([known, Item("wire", "two", texts.ORCHARD, T0, guid="g2")])
    with desk.database.read() as conn:
        assert conn.scalar(select(func.count()).select_from(models.version)) == 2
        assert conn.scalar(select(func.count()).select_from(models.article)) == 2


def test_texts_that_are_gone_are_counted_and_found_no_more(desk: Desk) -> None:
    desk.load(OLD)
    age(desk.database)
    with desk.database.write() as conn:
        conn.execute(delete(models.body).where(models.body.c.version_id == 1))
    rewriting.begin(desk.database)
    assert rewriting.rewrite(desk.database, clock, lambda done, total: None) == 1
    assert match_text(desk.database, texts.HARBOUR) == []
    assert match_text(desk.database, texts.ORCHARD)


def test_a_copy_of_a_tracked_text_is_told_of_before_its_turn_has_come(desk: Desk) -> None:
    tracked = Item("wire", "source", texts.HARBOUR, T0, "https://wire.example/1")
    desk.load([tracked])
    watch(desk, "first_copy")
    # So many newer ones that the tracked text would come last.
    desk.load([Item("other", f"m{i}", texts.made_up(100 + i, 4), T0) for i in range(60)])
    age(desk.database)
    desk.recorder.forget()
    desk.poll(Item("echo", "before", texts.ORCHARD), now=T0 + HOUR)
    with desk.database.read() as conn:
        change = scheme.changing(conn)
    assert change is not None
    assert change.done == 0
    text = texts.reworded(texts.HARBOUR, 30, seed=1)
    desk.poll(Item("echo", "copy", text, url="https://echo.example/1"), now=T0 + 2 * HOUR)
    assert alerts(desk) == {"first_copy": 1}
    finish(desk.database)
    assert alerts(desk) == {"first_copy": 1}
    assert len(pairs(desk.database)) == 1
