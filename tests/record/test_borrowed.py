"""The index in PostgreSQL: the same stories as from memory, and what becomes of its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import numpy as np
import pytest
from click.testing import CliRunner
from sqlalchemy import text, update

from storage import models
from storage.db import Database, open_database
from storage.faults import StorageFault
from tests import texts
from tests.conftest import PostgresServer
from tests.record.archive import ARTICLES
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from tests.record.test_any_order import state
from watcher.archive import articles as store
from watcher.archive import crew, index, postings
from watcher.cli import app
from watcher.config import Config
from watcher.config.values import Storage
from watcher.core.errors import StorageBusy
from watcher.daemon.housekeeping import House, take_over
from watcher.record.borrowed import Borrowed
from watcher.record.prepare import prepare
from watcher.record.recorder import Recorder

LATER = T0 + 400 * DAY


@pytest.fixture
def server(postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setattr(postings, "SPAN", 8)
    name = postgres.create("migrated")
    with open_database(postgres.url(name)) as database:
        yield database
    postgres.drop(name)


def borrowing(database: Database) -> Desk:
    desk = Desk(database)
    desk.recorder.keep_index(in_database=True)
    return desk


def tables(database: Database) -> set[str]:
    """The ranges that there are of sketches."""
    query = "SELECT relname FROM pg_class WHERE relname ~ '^posting_sketch_r[0-9]+$'"
    with database.read() as conn:
        return set(conn.scalars(text(query)))


@pytest.mark.parametrize("size", [1, 7, 100])
def test_the_stories_are_those_of_an_index_in_memory(
    server: Database, sqlite_desk: Desk, size: int
) -> None:
    sqlite_desk.load(ARTICLES)
    desk = borrowing(server)
    for start in range(0, len(ARTICLES), size):
        desk.load(ARTICLES[start : start + size])
    assert state(desk) == state(sqlite_desk)
    desk.sound()
    assert len(tables(server)) == 4, "29 versions, in ranges of eight"
    with server.write() as conn:
        memory = desk.recorder.memory(conn)
        assert isinstance(memory, Borrowed)
        assert not hasattr(memory, "_article"), "nothing of the archive's size in memory"


def test_daemons_with_and_without_a_copy_share_one_database(
    server: Database, sqlite_desk: Desk
) -> None:
    sqlite_desk.load(ARTICLES)
    one, other = Desk(server), borrowing(server)
    for n in range(0, len(ARTICLES), 3):
        (one, other)[n % 2].load(ARTICLES[n : n + 3])
    assert state(one) == state(sqlite_desk)
    # And one that changes its mind catches up with what the other has posted, or not.
    one.recorder.keep_index(in_database=True)
    late = Item("late", "late", texts.HARBOUR, T0 + 3 * DAY)
    one.load([late])
    assert one.story_of("late").id == one.story_of("harbour").id


def test_what_failed_is_not_posted(server: Database) -> None:
    desk = borrowing(server)
    desk.load(ARTICLES[:8])

    def found() -> int:
        with server.read() as conn:
            return int(conn.scalar(text("SELECT count(*) FROM posting_sketch")) or 0)

    before = found()
    drafts = [prepare(desk.draft(i)) for i in ARTICLES[8:]]

    def broken() -> None:
        with desk.recorder.writing(server) as conn:
            desk.recorder.record(conn, drafts, now=T0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert found() == before
    desk.load(ARTICLES[8:])
    assert desk.story_of("repost").id == desk.story_of("harbour").id


def test_old_ranges_are_dropped_but_what_is_followed(server: Database) -> None:
    desk = borrowing(server)
    desk.load(ARTICLES[:1], now=T0)
    harbour = desk.story_of("harbour").id
    with server.write() as conn:
        conn.execute(update(models.story).where(models.story.c.id == harbour).values(tracked=True))
    others = [Item("wire", f"w{n}", texts.made_up(200 + n, 9), T0) for n in range(20)]
    desk.load(others, now=T0)
    assert len(tables(server)) == 3
    assert postings.expire(server, T0 - DAY) == 0, "nothing is as old"
    assert postings.expire(server, LATER) == 2
    assert tables(server) == {"posting_sketch_r17"}, "what is being filled stays"
    again = [
        Item("late", "followed", texts.HARBOUR, T0 + 2 * DAY),
        Item("late", "forgotten", texts.made_up(203, 9), T0 + 2 * DAY),
        Item("late", "young", texts.made_up(218, 9), T0 + 2 * DAY),
    ]
    desk.load(again, now=T0 + 2 * DAY)
    assert desk.story_of("followed").id == harbour
    assert desk.story_of("young").id == desk.story_of("w18").id
    assert desk.story_of("forgotten").id != desk.story_of("w3").id, "it has left the index"


def test_whoever_reads_the_tables_holds_nobody_up(
    server: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "_WAIT_MS", 50)
    desk = borrowing(server)
    items = [Item("wire", f"w{n}", texts.made_up(400 + n, 9), T0) for n in range(26)]
    desk.load(items[:14], now=T0)
    assert len(tables(server)) == 2
    assert postings.keep_ahead(server), "two places are left of sixteen"
    assert not postings.keep_ahead(server)
    assert len(tables(server)) == 3
    with server.read() as dumping:  # as pg_dump does, for hours
        dumping.execute(text("SELECT count(*) FROM posting_sketch"))
        with pytest.raises(StorageFault, match="locked") as refused:
            postings.expire(server, LATER)
        assert refused.value.busy
        desk.load(items[14:22], now=T0 + HOUR)
        with pytest.raises(StorageFault, match="locked"):
            postings.keep_ahead(server)
    assert postings.keep_ahead(server)
    desk.load(items[22:], now=T0 + 2 * HOUR)
    assert postings.expire(server, LATER) == 3
    desk.sound()


def test_the_daemon_tends_the_tables_as_far_as_it_gets_them(
    server: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def busy(*_: object, **__: object) -> int:
        raise StorageBusy("somebody reads")

    done: list[datetime] = []
    monkeypatch.setattr(postings, "keep_ahead", busy)
    monkeypatch.setattr(postings, "expire", lambda _, before: done.append(before))

    async def on_writer(work: Callable[[], object]) -> object:
        return work()

    house = House(server, Recorder(), lambda: T0, on_writer)
    with caplog.at_level("INFO"):
        house._tend_tables(T0 - DAY)
    assert done == [T0 - DAY]
    assert "wait for the next round: somebody reads" in caplog.text


def test_a_text_that_is_followed_late_comes_back(server: Database) -> None:
    desk = borrowing(server)
    items = [Item("wire", f"w{n}", texts.made_up(300 + n, 9), T0) for n in range(20)]
    desk.load(items, now=T0)
    index.seal(server, size=8)
    assert index.expire(server, LATER)
    assert postings.expire(server, LATER) == 2
    with server.write() as conn:
        assert index.put_back(conn, desk.story_of("w2").id)
    desk.load([Item("late", "copy", texts.made_up(302, 9), T0 + HOUR)], now=T0 + 2 * DAY)
    assert desk.story_of("copy").id == desk.story_of("w2").id


def test_an_archive_is_posted_in_turns(server: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postings, "_PAGE", 5)
    plain = Desk(server)
    plain.load(ARTICLES)
    assert postings.prepare(server) == len(ARTICLES)
    assert postings.prepare(server) == 0
    desk = borrowing(server)
    desk.load([Item("late", "late", texts.HARBOUR, T0 + 3 * DAY)])
    assert desk.story_of("late").id == desk.story_of("harbour").id
    crew.beat(server, "other@hill")
    with pytest.raises(StorageBusy, match=r"daemons at work \(other@hill\)\. Stop them"):
        postings.discard(server)
    crew.leave(server, "other@hill")
    url = server.engine.url.render_as_string(hide_password=False)
    for said in ("Dropped.\n", "There are no such tables.\n"):
        done = CliRunner().invoke(app, ["db", "drop-index", "--db", url])
        assert (done.exit_code, done.output) == (0, said)
    assert tables(server) == set()
    with server.read() as conn:
        assert postings.state(conn) is None


def test_near_simhashes_and_paragraphs_are_those_of_memory(server: Database) -> None:
    desk = borrowing(server)
    desk.load(ARTICLES)
    plain = Recorder()
    with server.write() as conn:
        borrowed, memory = desk.recorder.memory(conn), plain.memory(conn)
        rows = store.sketches(conn, range(1, len(ARTICLES) + 1))
        for family in index.FAMILIES:
            values = index.postings(rows, family)
            assert getattr(borrowed, family).find(values)
            for mine, theirs in zip(
                getattr(borrowed, family).find(values), getattr(memory, family).find(values),
                strict=False,
            ):  # fmt: skip
                assert (mine[2] - mine[1]).tolist() == (theirs[2] - theirs[1]).tolist()
        simhashes = np.array([row.simhash for row in rows], np.uint64)
        pairs = [sorted(zip(*(x.tolist() for x in m.near.within(simhashes, 3)), strict=True))
                 for m in (borrowed, memory)]  # fmt: skip
        assert pairs[0] == pairs[1]


def test_the_configuration_says_where_the_index_is(server: Database) -> None:
    recorder = Recorder()
    Desk(server).load(ARTICLES)
    config = Config(storage=Storage(url="postgresql://x", index="database"))
    take_over(server, recorder, config, LATER, 0.0)
    with server.write() as conn:
        assert isinstance(recorder.memory(conn), Borrowed)
    take_over(server, recorder, Config(), LATER + timedelta(hours=1), 0.0)
    with server.write() as conn:
        assert not isinstance(recorder.memory(conn), Borrowed)


def test_sqlite_keeps_none(sqlite_database: Database) -> None:
    with pytest.raises(ValueError, match="SQLite"):
        postings.prepare(sqlite_database)
