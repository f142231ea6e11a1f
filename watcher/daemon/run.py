"""The schedule, the signals and systemd around a `Service`."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from watcher import config as feeds_yaml
from watcher.config import Config
from watcher.core.errors import StorageBusy
from watcher.daemon.service import Service, utc_now
from watcher.systemd import Notifier

log = logging.getLogger("watcher.daemon")

TICK_S = 1
DELIVER_S = 2
HOUSEKEEP_S = 60
STEP = timedelta(seconds=5)  # a wall clock that moves this far against the monotonic one was set


class Daemon:
    """Runs a Service until told to stop. `clock` and `monotonic` are the two clocks compared."""

    def __init__(
        self,
        service: Service,
        load: Callable[[], tuple[Config | None, list[str]]],
        notifier: Notifier,
        *,
        clock: Callable[[], datetime] = utc_now,
        monotonic: Callable[[], float] = time.monotonic,
        watch_s: float = 2.0,
    ) -> None:
        self._service = service
        self._load = load
        self._notifier = notifier
        self._clock = clock
        self._monotonic = monotonic
        self._watch_s = watch_s
        self._stop = asyncio.Event()
        self._base = self._offset()
        self._scheduler = AsyncIOScheduler(
            executors={"default": AsyncIOExecutor()},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def stop(self) -> None:
        """Ask for the end."""
        self._stop.set()

    async def run(self) -> None:
        """Start, work, stop."""
        await self._service.start()
        self._base = self._offset()
        for job, seconds in (
            (self._service.dispatch, TICK_S),
            (self._service.deliver, DELIVER_S),
            (self._service.housekeep, HOUSEKEEP_S),
        ):
            self._scheduler.add_job(
                self._guarded(job), "interval", seconds=seconds, id=job.__name__
            )
        self._scheduler.start()
        # The first round at once, and not an interval later.
        self._rearm()
        self._notifier.ready(f"watching {len(self._service.config.outlets)} outlets")
        watch = asyncio.create_task(self._watch())
        log.info("running")
        await self._stop.wait()
        self._notifier.stopping("finishing polls")
        log.info("stopping")
        watch.cancel()
        self._scheduler.shutdown(wait=False)
        await self._service.close()

    def _guarded(self, job: Callable[[], object]) -> Callable[[], object]:
        """A job whose failure is logged and does not end the daemon: it is due again soon."""

        async def run() -> None:
            try:
                await job()  # type: ignore[misc]  # all jobs are coroutines
            except StorageBusy as error:
                log.warning("%s: %s", job.__name__, error)
            except Exception:
                log.exception("%s failed", job.__name__)

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
        """
        step = timedelta(seconds=self._offset() - self._base)
        if abs(step) < STEP:
            return timedelta()
        self._base += step.total_seconds()
        log.warning("the wall clock was set by %+.0f s: moving the schedule", step.total_seconds())
        await asyncio.to_thread(self._service.shift, step)
        self._rearm()
        return step

    async def _watch(self) -> None:
        """Looks at the clocks, and tells systemd that we live while the jobs get things done."""
        seen = -1
        last_ping = -1e9
        every = (self._notifier.watchdog_s or 30.0) / 3
        while True:
            try:
                await self.check_clock()
            except StorageBusy as error:
                log.warning("could not move the schedule yet: %s", error)
            if self._service.progress != seen and self._monotonic() - last_ping >= every:
                seen, last_ping = self._service.progress, self._monotonic()
                self._notifier.watchdog()
            await asyncio.sleep(self._watch_s)

    # ------------------------------------------------------------ reload

    async def reload(self) -> bool:
        """Take over feeds.yaml anew; a faulty one changes nothing. Whether it was taken over."""
        self._notifier.reloading()
        config, faults = await asyncio.to_thread(self._load)
        if config is None:
            for fault in faults:
                log.error("feeds.yaml was not reloaded: %s", fault)
            self._notifier.ready("running with the old configuration: the new one is faulty")
            return False
        await self._service.reload(config)
        self._notifier.ready(f"watching {len(config.outlets)} outlets")
        log.info("reloaded")
        return True


def run_daemon(path: Path, env: Mapping[str, str], database_url: str) -> int:
    """Run until SIGTERM or SIGINT; SIGHUP reloads. The exit code. Raises ConfigError."""
    first = feeds_yaml.load(path, env)

    def load() -> tuple[Config | None, list[str]]:
        config, faults = feeds_yaml.check(path, env)
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

    asyncio.run(main())
    return 0
