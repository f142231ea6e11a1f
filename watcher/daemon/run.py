"""The schedule, the signals and systemd around a `Service`."""

from __future__ import annotations

import asyncio
import faulthandler
import logging
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvloop
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from watcher import config as feeds_yaml
from watcher import logs
from watcher.archive.backups import daemon_of
from watcher.config import Config
from watcher.core.errors import StorageBusy, StorageError
from watcher.daemon.crew import BEAT_S
from watcher.daemon.service import Service, utc_now
from watcher.deliver.secrets import secrets_of
from watcher.garbage import seldom_sought
from watcher.systemd import Notifier

log = logging.getLogger("watcher.daemon")

TICK_S = 1
_SHARE = 0.9  # of a tick, in which it may begin more: the next one must find it ended
DELIVER_S = 2
SEEK_S = 60
HOUSEKEEP_S = 60
RENEW_S = 2
_TELLING = 8  # characters: parts of a receiver's URL that long may be a token
STEP = timedelta(seconds=5)  # a wall clock that moves this far against the monotonic one was set


class Daemon:
    """Runs a Service until told to stop. `clock` and `monotonic` are the two clocks compared,
    each `watch_s` seconds; `tick_s`: seconds between two looks at what is due,
    `beat_s` between two signs of life."""

    def __init__(
        self,
        service: Service,
        load: Callable[[], tuple[Config | None, list[str]]],
        notifier: Notifier,
        *,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        watch_s: float = 2.0,
        tick_s: float = TICK_S,
        beat_s: float = BEAT_S,
    ) -> None:
        self._service = service
        self._load = load
        self._notifier = notifier
        self._clock = clock
        self._monotonic = monotonic
        self._watch_s = watch_s
        self._tick_s = tick_s
        self._beat_s = beat_s
        self._stop = asyncio.Event()
        self._base = self._offset()
        self._clock_lock = asyncio.Lock()
        self._reload_lock = asyncio.Lock()
        self._scheduler = AsyncIOScheduler(
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def stop(self) -> None:
        """Ask for the end."""
        self._stop.set()

    async def run(self) -> None:
        """Start, work, stop. Raises StorageError, StorageBusy where it cannot start."""
        with daemon_of(self._service.url, self._service.owner):
            await self._run()

    async def _run(self) -> None:
        async with self._reload_lock:  # a SIGHUP waits for the start
            await self._service.start()
        try:
            with seldom_sought():
                await self._work()
        finally:
            await self._service.close()
            if self._scheduler.running:
                self._scheduler.shutdown(wait=False)

    async def _work(self) -> None:
        self._base = self._offset()
        for job, seconds in (
            (self._dispatch, self._tick_s),
            (self._service.start_deliveries, DELIVER_S),
            (self._service.seek, SEEK_S),
            (self._service.housekeep, HOUSEKEEP_S),
            (self._service.renew, RENEW_S),
            (self._service.beat, self._beat_s),
        ):
            name = job.__name__.removeprefix("_")
            self._scheduler.add_job(self._guarded(name, job), "interval", seconds=seconds, id=name)
        self._scheduler.start()
        # The first round at once, and not an interval later.
        self._rearm()
        self._notifier.ready(f"watching {len(self._service.config.outlets)} outlets")
        watch = asyncio.create_task(self._watch())
        log.info("running")
        try:
            await self._stop.wait()
            self._notifier.stopping("finishing polls")
            log.info("stopping")
        finally:
            watch.cancel()
            # Nothing new begins. `close` waits for what is under way, which a shutdown of the
            # scheduler would cut off: a delivery cut off in mid-send may be sent twice.
            self._scheduler.pause()

    async def _dispatch(self) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + _SHARE * self._tick_s
        while True:
            # Before every claim: in the moment after the clock was set forward, all seem due.
            await self.check_clock()
            if not await self._service.dispatch():
                return
            # Where more is due than there is room for, as after an outage, the next ones begin as
            # soon as half of these have ended, and not with the next tick.
            left = until - loop.time()
            if left <= 0 or self._stop.is_set() or not await self._service.polls.halved(left):
                return

    def _guarded(
        self, name: str, job: Callable[[], Awaitable[object]]
    ) -> Callable[[], Coroutine[Any, Any, None]]:
        """A job whose failure is logged and does not end the daemon: it is due again soon."""

        async def run() -> None:
            try:
                await job()
            except StorageBusy as error:
                log.warning("%s: %s", name, error)
            except StorageError as error:
                log.error("%s: %s", name, error)
            except Exception:
                log.exception("%s failed", name)

        return run

    # ------------------------------------------------------------ clocks, watchdog

    def _offset(self) -> float:
        return self._clock().timestamp() - self._monotonic()

    def _rearm(self) -> None:
        now = datetime.now(UTC)
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=now)

    async def check_clock(self) -> timedelta:
        """Move the schedule where the wall clock was set; by how much it was.

        APScheduler waits for a time of day: a clock set back an hour would stall it that long.
        Raises StorageError, StorageBusy; the next call tries again then.
        """
        async with self._clock_lock:
            step = timedelta(seconds=self._offset() - self._base)
            if abs(step) < STEP:
                return timedelta()
            log.warning(
                "the wall clock was set by %+.0f s: moving the schedule", step.total_seconds()
            )
            try:
                await asyncio.to_thread(self._service.shift, step)
            finally:
                self._rearm()
            self._base += step.total_seconds()
            return step

    async def _watch(self) -> None:
        """Looks at the clocks, and tells systemd that we live while the jobs get things done."""
        last_ping = float("-inf")
        allowed_s = self._notifier.watchdog_s  # None: nobody waits for pings
        look = self._guarded("check_clock", self.check_clock)
        while True:
            await look()
            due = allowed_s is not None and self._monotonic() - last_ping >= allowed_s / 3
            if due and self._service.alive():
                last_ping = self._monotonic()
                self._notifier.watchdog()
            await asyncio.sleep(self._watch_s)

    # ------------------------------------------------------------ reload

    async def reload(self) -> bool:
        """Take over feeds.yaml anew; a faulty one changes nothing. Whether it was taken over."""
        async with self._reload_lock:
            if self._stop.is_set():
                return False
            self._notifier.reloading()
            problem = await self._reload()
            if problem:
                self._notifier.ready(f"running with the old configuration: {problem}")
                return False
            self._notifier.ready(f"watching {len(self._service.config.outlets)} outlets")
            log.info("reloaded")
            return True

    async def _reload(self) -> str:
        """What stands in the way, in short; nothing where the new configuration is in force."""
        config, faults = await asyncio.to_thread(self._load)
        for fault in faults:
            log.log(logging.WARNING if config else logging.ERROR, "feeds.yaml: %s", fault)
        if config is None:
            log.error("feeds.yaml was not reloaded: %d faults", len(faults))
            return "the new one is faulty"
        try:
            await self._service.reload(config)
        except StorageError as error:
            log.error("feeds.yaml was not reloaded: %s", error)
            return "the database did not take the new one"
        except Exception:
            log.exception("feeds.yaml was not reloaded")
            return "a defect, see the log"
        return ""


def _secrets(config: Config) -> list[str]:
    """What the configuration holds that no log line may show."""
    feeds = [f for o in config.outlets for f in o.feeds]
    found = [v.reveal() for f in feeds for v in f.headers.values()]
    for login in filter(None, (f.login() for f in feeds)):
        found += [":".join(login), login[1]]
    for proxy in filter(None, (config.polling.proxy, *(f.proxy for f in feeds))):
        found += [part for part in secrets_of(proxy.reveal()) if len(part) >= _TELLING]
    for receiver in config.receivers:
        url = receiver.url.reveal()
        # The shorter parts are words like a channel's name, without which a log says little.
        found += [url, *(part for part in secrets_of(url) if len(part) >= _TELLING)]
    return found


def run_daemon(path: Path, env: Mapping[str, str], database_url: str) -> int:
    """Run until SIGTERM or SIGINT; SIGHUP reloads. The exit code. Raises ConfigError."""
    # The watchdog ends a stalled daemon with SIGABRT: where each thread stood goes to the journal.
    faulthandler.enable()
    first = feeds_yaml.load(path, env)
    logs.hide(_secrets(first))

    def load() -> tuple[Config | None, list[str]]:
        config, faults = feeds_yaml.check(path, env)
        if config is not None:
            logs.hide(_secrets(config))
        return config, [str(f) for f in faults]

    async def main() -> None:
        service = Service(first, database_url)
        notifier = Notifier.from_environment(
            env, pid=os.getpid(), monotonic_us=lambda: time.monotonic_ns() // 1000
        )
        daemon = Daemon(service, load, notifier)
        loop = asyncio.get_running_loop()
        pending: set[asyncio.Task[bool]] = set()

        def hup() -> None:
            task = asyncio.create_task(daemon.reload())
            pending.add(task)
            task.add_done_callback(pending.discard)

        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, daemon.stop)
        loop.add_signal_handler(signal.SIGHUP, hup)
        await daemon.run()

    uvloop.run(main())
    return 0
