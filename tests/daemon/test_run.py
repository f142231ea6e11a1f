"""The daemon as a whole: its clocks, its watchdog, its reload; and as a process of its own."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from tests.daemon.conftest import Manager
from tests.poll.newsroom import NEVER, Item, Play, Reply, Room, feed
from tests.texts import made_up
from watcher.config import Config, check
from watcher.daemon import polls
from watcher.daemon.run import Daemon
from watcher.daemon.service import Service
from watcher.systemd import Notifier

ENOUGH_S = 60.0  # far more than anything here takes
ROOT = Path(__file__).parents[2]


def some(n: int) -> Reply:
    """A feed with one entry, its own."""
    return feed(Item(f"Report {n}", made_up(100 + n, 14), guid=f"{n}"))


async def until(so: Callable[[], bool]) -> None:
    """Lets the others run until it is so."""
    async with asyncio.timeout(ENOUGH_S):
        while not so():
            await asyncio.sleep(0.002)


@dataclass
class Clocks:
    """The wall clock of a room, and a monotonic one beside it."""

    room: Room
    seconds: float = 1000.0
    looks: int = 0

    def wall(self) -> object:
        self.looks += 1
        return self.room.clock()

    def monotonic(self) -> float:
        return self.seconds

    def pass_(self, seconds: float) -> None:
        """Time goes by, for both."""
        self.room.clock.forward(seconds=seconds)
        self.seconds += seconds


def nobody() -> Notifier:
    return Notifier(None, monotonic_us=lambda: 0)


@asynccontextmanager
async def running(daemon: Daemon) -> AsyncIterator[None]:
    """The daemon while it runs; it is told to stop in the end."""
    task = asyncio.create_task(daemon.run())
    try:
        yield
    finally:
        daemon.stop()
        await asyncio.wait_for(task, ENOUGH_S)


def made(room: Room, load: Callable[[], tuple[Config | None, list[str]]] | None = None,
         **options: object) -> tuple[Daemon, Service]:  # fmt: skip
    service = Service(room.config(), room.url, clock=room.clock, gap=0.0, spread_s=0.0, busy_ms=20)
    settings: dict[str, object] = {"watch_s": 0.005, "tick_s": 0.01}
    notifier = options.pop("notifier", None) or nobody()
    daemon = Daemon(
        service,
        load or (lambda: (None, ["unused"])),
        notifier,  # type: ignore[arg-type]
        **(settings | options),  # type: ignore[arg-type]
    )
    return daemon, service


# ---------------------------------------------------------------- due


def test_after_an_outage_polls_follow_each_other_and_not_the_tick(
    room: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polls, "CONCURRENT", 2)

    async def scenario(room: Room) -> None:
        sites = [await room.outlet(f"Outlet{n}", f"/{n}", interval=900) for n in range(7)]
        for n, site in enumerate(sites):
            site.pages[f"/{n}"] = some(n)
        daemon, service = made(room, tick_s=10 * ENOUGH_S)
        async with running(daemon):
            await until(lambda: all(len(site.asked) == 1 for site in sites))
        assert not service.polls.tasks

    room(scenario)


def test_a_tick_that_begins_nothing_ends(room: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with a full disk: room for polls is no reason to look again at once."""

    async def scenario(room: Room) -> None:
        daemon, service = made(room, tick_s=10 * ENOUGH_S)
        looks = 0

        async def nothing() -> int:
            nonlocal looks
            looks += 1
            return 0

        async def free(_: float) -> bool:
            return True

        monkeypatch.setattr(service, "dispatch", nothing)
        async with running(daemon):
            await until(lambda: looks == 1)
            monkeypatch.setattr(service.polls, "halved", free)
            await daemon._dispatch()
        assert looks == 2

    room(scenario)


def test_who_finds_less_than_there_is_room_for_waits_for_the_tick(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Outlet", "/0", interval=900)
        site.pages["/0"] = some(0)
        daemon, service = made(room, tick_s=10 * ENOUGH_S)
        async with running(daemon):
            await until(lambda: len(site.asked) == 1)
            assert not await service.polls.halved(ENOUGH_S)

    room(scenario)


# ---------------------------------------------------------------- clocks


def test_a_clock_set_back_and_forward_neither_stalls_nor_bursts(room: Play) -> None:
    async def scenario(room: Room) -> None:
        sites = [await room.outlet(f"Outlet{n}", f"/{n}", interval=900) for n in range(3)]
        for n, site in enumerate(sites):
            site.pages[f"/{n}"] = some(n)
        clocks = Clocks(room)
        daemon, service = made(room, clock=clocks.wall, monotonic=clocks.monotonic)

        def asked() -> list[int]:
            return [len(site.asked) for site in sites]

        def due() -> dict[str, timedelta]:
            """How long each feed waits still."""
            room._service = service  # to look through
            return {path: f.next_at - room.clock() for path, f in room.feeds().items()}

        def settled(n: int) -> Callable[[], bool]:
            return lambda: (
                asked() == [n] * 3 and all(wait > timedelta(minutes=5) for wait in due().values())
            )

        async with running(daemon):
            try:
                await until(lambda: asked() == [1, 1, 1])
                await until(settled(1))
                waits = due()
                room.clock.forward(hours=-1)
                await until(lambda: due() == waits)
                clocks.pass_(1000)
                await until(settled(2))  # on time, and not an hour late
                waits = due()
                room.clock.forward(hours=1)
                await until(lambda: due() == waits)
                assert await service.dispatch() == 0, "due only by the clock that was set"
                assert asked() == [2, 2, 2]
                clocks.pass_(1000)
                await until(settled(3))
            finally:
                room._service = None

    room(scenario)


def test_a_drift_of_seconds_is_no_step(room: Play) -> None:
    async def scenario(room: Room) -> None:
        clocks = Clocks(room)
        daemon, service = made(room, clock=clocks.wall, monotonic=clocks.monotonic)
        await service.start()
        try:
            room.clock.forward(seconds=4)
            assert await daemon.check_clock() == timedelta()
            room.clock.forward(seconds=2)
            assert await daemon.check_clock() == timedelta(seconds=6)
            assert await daemon.check_clock() == timedelta()
        finally:
            await service.close()

    room(scenario)


def test_a_schedule_that_could_not_be_moved_is_moved_later(room: Play) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley", interval=900)
        site.pages["/rss"] = some(1)
        clocks = Clocks(room)
        daemon, service = made(room, clock=clocks.wall, monotonic=clocks.monotonic)
        await service.start()
        room._service = service
        await service.tick()
        before = room.feeds()["/rss"].next_at
        room.clock.forward(hours=1)
        path = room.url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Exception, match="locked"):
                await daemon.check_clock()
            other.execute("ROLLBACK")
        assert await daemon.check_clock() == timedelta(hours=1)
        assert room.feeds()["/rss"].next_at == before + timedelta(hours=1)

    room(scenario)


# ---------------------------------------------------------------- systemd


def test_systemd_hears_of_the_start_of_life_and_of_the_end(room: Play, manager: Manager) -> None:
    async def scenario(room: Room) -> None:
        await room.outlet("Valley")
        looks = 0

        def clock() -> object:
            nonlocal looks
            looks += 1
            return room.clock()

        notifier = Notifier(manager.path, watchdog_s=0.03, monotonic_us=lambda: 5)
        daemon, service = made(room, notifier=notifier, clock=clock, monotonic=_moving(0.02))
        stuck = threading.Event()
        async with running(daemon):
            try:
                first = await asyncio.to_thread(manager.next)
                assert first == {"READY": "1", "STATUS": "watching 1 outlets"}
                for _ in range(3):
                    await manager.until("WATCHDOG")
                service.writer.submit(stuck.wait, ENOUGH_S)
                seen = looks
                await until(lambda: looks > seen + 30)
                manager.waiting()  # what was sent before the writer hung
                seen = looks
                await until(lambda: looks > seen + 30)
                assert manager.waiting() == [], "pings while the writer hangs"
            finally:
                stuck.set()
            await manager.until("WATCHDOG")
        assert {"STOPPING": "1", "STATUS": "finishing polls"} in manager.waiting()

    room(scenario)


def _moving(step_s: float) -> Callable[[], float]:
    """A monotonic clock that moves with every look: no ping waits for real seconds."""
    now = 0.0

    def look() -> float:
        nonlocal now
        now += step_s
        return now

    return look


def test_a_reload_takes_a_good_file_and_leaves_a_faulty_one(
    room: Play, manager: Manager, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(room: Room) -> None:
        site, other = await room.outlet("Valley"), await room.outlet("Coast", "/coast")
        site.pages["/rss"], other.pages["/coast"] = some(1), some(2)
        written = tmp_path / "feeds.yaml"

        def load() -> tuple[Config | None, list[str]]:
            config, faults = check(written, {})
            return config, [str(fault) for fault in faults]

        written.write_text(_feeds_yaml(room))
        room.outlets.pop()
        notifier = Notifier(manager.path, monotonic_us=lambda: 5)
        daemon, service = made(room, load, notifier=notifier)
        async with running(daemon):
            await manager.until("READY")
            assert await daemon.reload()
            assert manager.waiting() == [
                {"RELOADING": "1", "MONOTONIC_USEC": "5"},
                {"READY": "1", "STATUS": "watching 2 outlets"},
            ]
            await until(lambda: bool(other.asked))
            good = service.config
            written.write_text("outlets: [{name: Nowhere, feeds: [not an address]}]\nmore: 1\n")
            assert not await daemon.reload()
            reloading, ready = manager.waiting()
            assert reloading["RELOADING"] == "1"
            assert ready["READY"] == "1"
            assert "the new one is faulty" in ready["STATUS"]
            assert service.config is good
            said = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
            assert any("not an address" in line and "feeds.yaml:1" in line for line in said)
            assert said[-1] == "feeds.yaml was not reloaded: 2 faults"
        assert not await daemon.reload(), "after the end"

    room(scenario)


def test_a_reload_that_the_database_does_not_take_changes_nothing(
    room: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(room: Room) -> None:
        await room.outlet("Valley")
        fresh = room.config()
        room.outlets.pop()
        daemon, service = made(room, lambda: (fresh, []))
        await service.start()
        room._service = service
        path = room.url.removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            assert not await daemon.reload()
            other.execute("ROLLBACK")
        assert (service.config.outlets, room.feeds()) == ((), {})
        assert "feeds.yaml was not reloaded: sqlite:///" in caplog.text
        assert await daemon.reload()
        assert len(room.feeds()) == 1

    room(scenario)


def test_a_start_that_fails_is_told(room: Play) -> None:
    async def scenario(room: Room) -> None:
        room.url = "sqlite:////dev/null/watcher.db"
        daemon, _ = made(room)
        with pytest.raises(Exception, match="/dev/null"):
            await daemon.run()

    room(scenario)


# ---------------------------------------------------------------- a process


def _feeds_yaml(room: Room, **polling: str) -> str:
    outlets = "".join(
        f"  - {{name: {o.name}, domain: {o.domain}, feeds: [{{url: '{o.feeds[0].url}',"
        " interval: 1s, headers: {X-Key: 'open-sesame-7'}}]}\n"
        for o in room.outlets
    )
    more = "".join(f", {name}: {value}" for name, value in polling.items())
    return (
        f"outlets:\n{outlets}polling: {{allow_hosts: [127.0.0.0/8], workers: 1{more}}}\n"
        f"storage: {{url: '{room.url}'}}\n"
    )


@asynccontextmanager
async def process(tmp_path: Path, manager: Manager) -> AsyncIterator[asyncio.subprocess.Process]:
    """`watcher run` in a folder with a feeds.yaml, once it is ready."""
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith("WATCHER_")},
        "PYTHONPATH": str(ROOT),
        "NOTIFY_SOCKET": manager.path,
    }
    found = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "watcher", "run", "-v",
        cwd=tmp_path, env=env, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        await manager.until("READY")
        yield found
    finally:
        if found.returncode is None:
            found.kill()
        await found.communicate()


async def ended(found: asyncio.subprocess.Process) -> str:
    """What it said; it has to end by itself."""
    _, said = await asyncio.wait_for(found.communicate(), ENOUGH_S)
    assert found.returncode == 0, said.decode()
    return said.decode()


def test_sigterm_ends_it_though_a_server_never_answers(
    room: Play, manager: Manager, tmp_path: Path
) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = NEVER
        # Not even a tenth of the server's time will have passed when the test is given up.
        (tmp_path / "feeds.yaml").write_text(_feeds_yaml(room, timeout="10m"))
        async with process(tmp_path, manager) as daemon:
            await asyncio.wait_for(_reached(site.reached, room, tmp_path), 6 * ENOUGH_S)
            daemon.send_signal(signal.SIGTERM)
            await manager.until("STOPPING")
            said = await ended(daemon)
        assert "stopping" in said
        await room.open()
        known = room.feeds()["/rss"]
        assert (known.lease_by, known.last_polled_at) == (None, None), "due again at once"

    room(scenario)


async def _reached(event: asyncio.Event, room: Room, tmp_path: Path) -> None:
    # First polls are spread over minutes; make this one due.
    with closing(sqlite3.connect(tmp_path / "watcher.db", timeout=ENOUGH_S)) as other, other:
        other.execute("UPDATE feed SET next_at = 0")
    await event.wait()


def test_a_process_reloads_on_sighup_and_logs_clean_lines(
    room: Play, manager: Manager, tmp_path: Path
) -> None:
    async def scenario(room: Room) -> None:
        site = await room.outlet("Valley")
        site.pages["/rss"] = Reply(b"<html>\x1b[31m open-sesame-7</html>")
        written = tmp_path / "feeds.yaml"
        written.write_text(_feeds_yaml(room))
        async with process(tmp_path, manager) as daemon:
            written.write_text("outlets: 7\n")
            daemon.send_signal(signal.SIGHUP)
            await manager.until("RELOADING")
            assert "faulty" in (await manager.until("READY"))["STATUS"]
            await room.outlet("Coast", "/coast")
            written.write_text(_feeds_yaml(room))
            daemon.send_signal(signal.SIGHUP)
            assert (await manager.until("READY"))["STATUS"] == "watching 2 outlets"
            with closing(sqlite3.connect(tmp_path / "watcher.db", timeout=ENOUGH_S)) as db, db:
                db.execute("UPDATE feed SET next_at = 0")
            await until(lambda: bool(site.asked))
            assert site.asked[0].headers["x-key"] == "open-sesame-7"
            daemon.send_signal(signal.SIGTERM)
            said = await ended(daemon)
        for line in said.splitlines():
            assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ [A-Z]+ [\w.]+: ", line), line
        assert "feeds.yaml was not reloaded" in said
        assert "open-sesame" not in said

    room(scenario)
