"""What breaks, and what was lost: nothing that had been acknowledged.

A table of all faults, with the test of each, stands in benchmarks/README.md; `benchmarks/faults.py`
tries every system call of a poll.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest
from sqlalchemy import text

from storage import models
from storage.db import Database, open_database
from tests.conftest import own_postgres
from tests.e2e.faulty import ROOT, STRACE, scene
from tests.e2e.test_crash import Newsroom, consistent, feeds_yaml, rows, told
from tests.fakes import T0, FakeClock
from tests.poll.newsroom import Reply, Site
from watcher.archive import open_archive
from watcher.archive.feeds import list_feeds, poll_now
from watcher.config import load
from watcher.core.errors import StorageError
from watcher.daemon import Service

needs_strace = pytest.mark.skipif(
    STRACE is None, reason="strace is not installed: failing system calls were NOT tested"
)
MOUNTS = (
    subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True
    ).returncode
    == 0
)


@needs_strace
@pytest.mark.parametrize(
    ("outlets", "inject"),
    [(1, "inject=pwrite64:error=EIO:when=20"), (3, "inject=pwrite64:signal=KILL:when=25")],
    ids=["alone, EIO", "together, killed"],
)
def test_a_poll_whose_system_call_fails(tmp_path: Path, outlets: int, inject: str) -> None:
    async def whole() -> None:
        async with scene(tmp_path, outlets) as made:
            await made.survives("-e", inject)

    asyncio.run(whole())


@pytest.mark.skipif(not MOUNTS, reason="no mounts here: a full, read-only disk was NOT tested")
def test_a_disk_that_is_full_then_not_then_read_only_then_not(tmp_path: Path) -> None:
    done = subprocess.run(
        ["unshare", "--mount", sys.executable, "-m", "tests.e2e.disk", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("acknowledged, none lost\n")


async def _room(stack: AsyncExitStack, outlets: int) -> tuple[Newsroom, Site]:
    room = Newsroom()
    for n in range(outlets):
        room.sites.append(await stack.enter_async_context(Site(f"127.0.1.{n + 1}")))
        room.show(n, 1)
    desk = await stack.enter_async_context(Site("127.0.1.9"))
    desk.pages["/desk"] = Reply()
    return room, desk


async def _round(service: Service, clock: FakeClock, **later: float) -> None:
    clock.forward(**later)
    feeds = [f.id for f in list_feeds(service.database, states=("polled",))]
    poll_now(service.database, feeds, clock(), "the next round")
    await service.tick()
    await service.deliver()


def test_a_receiver_that_is_dead_for_a_day_gets_everything_once(
    tmp_path: Path, sqlite_database: Database
) -> None:
    async def whole() -> None:
        async with AsyncExitStack() as stack:
            room, desk = await _room(stack, 2)
            url = f"sqlite:///{tmp_path / 'watcher.db'}"
            config = tmp_path / "feeds.yaml"
            config.write_text(feeds_yaml(room, desk, url))
            clock = FakeClock(T0)
            service = Service(
                load(config, {}), url, clock=clock, gap=0.0, spread_s=0.0, spacing_s=0.0
            )
            await service.start()
            try:
                await service.resolve_watches()
                await _round(service, clock, minutes=20)
                for n in range(2):
                    room.show(n, len(room.entries(n)))
                desk.pages["/desk"] = Reply(status=503)
                for _ in range(12):
                    await _round(service, clock, hours=2)
                assert set(told(desk)), "it was tried"
                desk.asked.clear()
                desk.pages["/desk"] = Reply()
                for _ in range(4):
                    await _round(service, clock, hours=6)
                ends = {d.state for d in rows(service.database, models.delivery)}
                assert ends <= {"sent", "held"}
                sent = "\n".join(post.body.decode() for post in desk.asked)
                fired = [a for a in rows(service.database, models.alert) if a.state == "fired"]
                assert len(fired) >= 4
                for watch in range(4):
                    assert f"w{watch}" in sent
            finally:
                await service.close()
            consistent(url)

    asyncio.run(whole())


@pytest.mark.parametrize("dialect", ["postgresql"], indirect=True)
def test_clients_cut_off_under_load_cost_no_poll(tmp_path: Path, database_url: str) -> None:
    with open_database(database_url) as admin:

        def cut() -> int:
            # What a server says to each of its clients when it is restarted (57P01).
            with admin.write() as conn:
                return len(
                    conn.execute(
                        text(
                            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                            " AND state <> 'idle'"
                        )
                    ).all()
                )

        asyncio.run(_interrupted(tmp_path, database_url, cut, enough=12))


def test_a_server_restarted_under_load_costs_no_poll(tmp_path: Path) -> None:
    with own_postgres() as server:
        url = server.url(server.create())
        with open_database(url) as database:
            database.upgrade()

        def restart() -> int:
            time.sleep(0.15)
            server.restart()
            return 1

        asyncio.run(_interrupted(tmp_path, url, restart, enough=3))


async def _interrupted(tmp_path: Path, url: str, cut: Callable[[], int], enough: int) -> None:
    """Rounds of polls while `cut` is called; how often it cut something off it says itself."""
    async with AsyncExitStack() as stack:
        room, desk = await _room(stack, 3)
        config = tmp_path / "feeds.yaml"
        config.write_text(feeds_yaml(room, desk, url))
        clock = FakeClock(T0)
        service = Service(load(config, {}), url, clock=clock, gap=0.0, spread_s=0.0, spacing_s=0.0)
        await service.start()
        stopping = asyncio.Event()
        cuts = 0

        async def cutting() -> None:
            nonlocal cuts
            while not stopping.is_set() and cuts < enough:
                cuts += await asyncio.to_thread(cut)

        try:
            await service.resolve_watches()
            await _round(service, clock, minutes=20)
            task = asyncio.create_task(cutting())
            for n in range(1, 7):
                for site in range(3):
                    room.show(site, min(1 + n, len(room.entries(site))))
                with suppress(StorageError):
                    await _round(service, clock, minutes=20)
            stopping.set()
            await task
            for _ in range(3):
                await _round(service, clock, minutes=20)
        finally:
            await service.close()
        assert cuts > 0, "it was interrupted in the middle of something"
        consistent(url)
        with open_archive(url) as database:
            titles = {a.title for a in rows(database, models.article)}
            keys = [a.key for a in rows(database, models.alert)]
        assert {i.title for n in range(3) for i in room.entries(n)} <= titles
        assert len(keys) == len(set(keys))
        assert set(told(desk).values()) <= {1}


def test_the_second_daemon_of_an_sqlite_database_is_refused(tmp_path: Path) -> None:
    config = tmp_path / "feeds.yaml"
    config.write_text(
        "outlets: [{name: One, domain: one.example, feeds: ['http://127.0.0.1:1/rss']}]\n"
        f"polling: {{workers: 1}}\nstorage: {{url: 'sqlite:///{tmp_path}/watcher.db'}}\n"
    )
    command = [sys.executable, "-m", "watcher", "run", "--config", str(config)]
    env = {k: v for k, v in os.environ.items() if not k.startswith("WATCHER_")}
    first = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
    try:
        assert first.stderr is not None
        assert any("running" in line for line in iter(first.stderr.readline, ""))
        # Stopped, as a suspended machine's are, it still is the one.
        first.send_signal(signal.SIGSTOP)
        second = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
        assert second.returncode == 3
        assert "has a daemon already" in second.stderr
        first.send_signal(signal.SIGKILL)
        first.wait()
        # The kernel let go of the lock: nothing has to be tidied up by hand.
        third = subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)
        assert third.stderr is not None
        assert any("running" in line for line in iter(third.stderr.readline, ""))
        third.terminate()
        third.communicate()  # read to its end: who writes to a closed pipe does not end well
        assert third.returncode == 0
    finally:
        first.kill()
        first.wait()
        assert first.stderr is not None
        first.stderr.close()
