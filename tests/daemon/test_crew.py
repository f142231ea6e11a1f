"""Daemons of one PostgreSQL database: who is given up, who keeps house, whose turn a host is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from storage import models
from storage.db import Database, StorageFault, open_database
from tests.conftest import PostgresServer
from tests.fakes import T0, FakeClock
from tests.storage.test_migrations import _sample
from watcher.archive import crew as archive
from watcher.archive.copying import copy_archive
from watcher.archive.feeds import claim_feeds, sync_feeds
from watcher.config import Feed, Outlet
from watcher.core.errors import StorageError
from watcher.daemon.crew import Crew
from watcher.report import glance, open_reader
from watcher.report.sources import DaemonLine

GONE_S = 1.0  # seconds of the server; a machine that stalls for half of it fails a test


@pytest.fixture
def shared(postgres: PostgresServer) -> Iterator[Database]:
    name = postgres.create("migrated")
    with open_database(postgres.url(name)) as database:
        yield database
    postgres.drop(name)


class Steps:
    """A monotonic clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


@asynccontextmanager
async def crews(database: Database, steps: Steps) -> Any:
    """Makes members of a crew, who say goodbye in the end."""
    async with AsyncExitStack() as stack:

        def join(owner: str, dead: Callable[[str], bool] = lambda owner: False) -> Crew:
            made = Crew(database, owner, FakeClock(), dead, gone_s=GONE_S, monotonic=steps)
            stack.push_async_callback(made.leave)
            return made

        yield join


def hold(database: Database, owner: str) -> None:
    """A feed that `owner` polls, and a delivery that it sends, under leases that last."""
    sync_feeds(
        database, [Outlet("O", "o.example", "O", (Feed("https://o.example/rss"),))], T0, spread_s=0
    )
    assert len(claim_feeds(database, T0, 9, owner, 900.0)) == 1
    with database.write() as conn:
        for table in (models.watch, models.alert):
            conn.execute(insert(table), _sample(table, 1, 1))
        row = _sample(models.delivery, 1, 1) | {"state": "sending", "lease_by": owner}
        row["lease_until"] = T0 + timedelta(hours=1)
        conn.execute(insert(models.delivery), row)


def held(database: Database) -> tuple[str | None, bool]:
    """Who has the feed, and whether the delivery's lease still lasts."""
    with database.read() as conn:
        until = conn.scalar(select(models.delivery.c.lease_until))
        return conn.scalar(select(models.feed.c.lease_by)), until > T0


def test_what_a_silent_daemon_held_is_due_again(
    shared: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async def run() -> None:
        steps = Steps()
        async with crews(shared, steps) as join:
            gone, stays = join("gone"), join("stays")
            gone.look()
            hold(shared, "gone")
            assert stays.look() is False
            assert stays.others == ("gone",)
            time.sleep(GONE_S * 1.5)  # the server's clock says who is silent
            assert stays.look() is True, "so was this one: it judges nobody"
            assert held(shared) == ("gone", True)
            steps.at += 2 * GONE_S
            assert stays.look() is False
            assert held(shared) == (None, False)
            assert stays.others == ()
            assert "gone has died: what it held is due again (1 polls)" in caplog.text
            assert gone.look() is True, "it was given up, and is told so"
            stays.look()
            assert stays.others == ("gone",)

    asyncio.run(run())


def test_one_known_to_be_dead_is_given_up_at_once(shared: Database) -> None:
    async def run() -> None:
        async with crews(shared, Steps()) as join:
            join("gone").look()
            hold(shared, "gone")
            join("other").look()
            assert held(shared) == ("gone", True)
            join("stays", dead=lambda owner: owner == "gone").look()
            assert held(shared) == (None, False)

    asyncio.run(run())


def test_goodbye_leaves_nothing(shared: Database) -> None:
    async def run() -> None:
        async with crews(shared, Steps()) as join:
            join("one").look()
            join("two").look()
            assert set(archive.at_work(shared)) == {"one", "two"}
        assert archive.at_work(shared) == []

    asyncio.run(run())


def test_one_keeps_house_and_the_next_follows(shared: Database) -> None:
    async def run() -> None:
        async with crews(shared, Steps()) as join:
            first, second = join("first"), join("second")
            assert (first.lead(), second.lead(), first.lead()) == (True, False, True)
            await first.leave()
            assert second.lead() is True

    asyncio.run(run())


def test_a_lost_connection_is_a_lost_house(shared: Database) -> None:
    async def run() -> None:
        async with crews(shared, Steps()) as join:
            first, second = join("first"), join("second")
            assert first.lead()
            with shared.write() as conn:
                conn.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                    )
                )
            assert second.lead()
            with pytest.raises(StorageFault):
                first.lead()
            assert first.leading is False
            assert first.lead() is False

    asyncio.run(run())


def test_a_host_is_one_machines_at_a_time(shared: Database) -> None:
    async def run() -> None:
        async with crews(shared, Steps()) as join:
            here, there = join("here").hosts, join("there").hosts
            assert here is not None
            assert there is not None
            await here.take("h:80")
            await here.take("other:80")
            waiting = asyncio.create_task(there.take("h:80"))
            given_up = asyncio.create_task(there.take("h:80"))
            await asyncio.sleep(0.05)
            assert not waiting.done()
            given_up.cancel()
            here.give("h:80", 0.1)
            async with asyncio.timeout(20):
                await waiting
                there.give("h:80", 0.0)
                await here.take("h:80")

    asyncio.run(run())


def test_on_sqlite_there_is_one(sqlite_database: Database) -> None:
    async def run() -> None:
        async with crews(sqlite_database, Steps()) as join:
            alone = join("alone")
            assert (alone.look(), alone.lead(), alone.others, alone.hosts) == (
                False,
                True,
                (),
                None,
            )
        with sqlite_database.read() as conn:
            assert conn.execute(select(models.meta)).all() == []

    asyncio.run(run())


def test_nothing_is_copied_from_under_a_daemon(shared: Database, tmp_path: Any) -> None:
    async def run() -> None:
        async with crews(shared, Steps()) as join:
            join("here:1 []").look()
            url = shared.engine.url.render_as_string(hide_password=False)
            with pytest.raises(StorageError, match=r"daemons at work \(here:1 \[\]\)\. Stop them"):
                copy_archive(url, f"sqlite:///{tmp_path}/copy.db")

    asyncio.run(run())


def test_the_status_lists_those_at_work_and_what_they_hold(shared: Database) -> None:
    outlet = Outlet("Gazette", "g.example", "Gazette", (Feed("https://g.example/rss"),))
    sync_feeds(shared, [outlet], T0, spread_s=0.0)
    archive.beat(shared, "one@hill")
    archive.beat(shared, "two@valley")
    assert len(claim_feeds(shared, T0, 5, "two@valley", 60)) == 1
    with open_reader(shared.engine.url.render_as_string(hide_password=False)) as reader:
        lines = {one.owner: one for one in reader.status(now=T0).daemons}
    assert {owner: one.polls for owner, one in lines.items()} == {"one@hill": 0, "two@valley": 1}
    assert all(0 <= one.silent_s < 60 for one in lines.values())
    begun = lines["one@hill"].since
    assert begun is not None
    archive.beat(shared, "one@hill")
    archive.beat(shared, "two@valley", first=True)  # another one of that name
    with open_reader(shared.engine.url.render_as_string(hide_password=False)) as reader:
        again = {one.owner: one for one in reader.status(now=T0).daemons}
    assert again["one@hill"].since == begun
    assert again["two@valley"].since != lines["two@valley"].since
    told = glance.daemons({"beat.x": '{"owner": "old@mill", "at": 5}'}, 9.0, {})
    assert told == (DaemonLine("old@mill", 4.0, 0, None),), "of an older version"


def test_a_clock_that_differs_from_the_servers_is_told(shared: Database) -> None:
    right = archive.ahead_s(shared)
    assert right is not None
    assert abs(right) < 1, "the server is this machine"
    slow = archive.ahead_s(shared, lambda: time.time() - 30)
    assert slow is not None
    assert 29 < slow < 31


def test_sqlite_has_no_clock_of_its_own(sqlite_database: Database) -> None:
    assert archive.ahead_s(sqlite_database) is None
    with open_reader(f"sqlite:///{sqlite_database.file}") as reader:
        assert reader.status(now=T0).daemons == ()
