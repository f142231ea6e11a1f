"""A delivery worker to be killed.

    python worker.py DATABASE START SPEED RECEIVER=URL ...

Each line on its input makes a new worker, whose process id it prints: a fork, because the imports
take longer than such a worker lives. Time runs SPEED times as fast, so that a retry is soon.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

from apprise import Apprise

from tests.fakes import FakeReceiver, receiver
from watcher.archive import open_archive
from watcher.archive.outbox import Outbox
from watcher.deliver import AppriseSender, Deliverer

EPOCH = datetime(2026, 3, 2, 9, tzinfo=UTC)
READ_TIMEOUT_S, DEADLINE_S, LEASE_S = 1.0, 2.0, 3.0


def fast_now(start: float, speed: float) -> datetime:
    """The time of the play that began at `start` (of time.time())."""
    return EPOCH + timedelta(seconds=(time.time() - start) * speed)


async def work(url: str, start: float, speed: float, known: dict[str, FakeReceiver]) -> None:
    """Deliver until killed, or until SIGTERM."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    send = AppriseSender(deadline_s=DEADLINE_S, read_timeout_s=READ_TIMEOUT_S, spacing_s=0.0)
    with open_archive(url) as database:
        async with Deliverer(
            Outbox(database),
            send,
            now=lambda: fast_now(start, speed),
            owner=f"worker {os.getpid()}",
            lease_s=LEASE_S * speed,
            stopping=stopping.is_set,
        ) as deliverer:
            lanes: set[asyncio.Task[object]] = set()
            while not stopping.is_set():
                lanes.update(await deliverer.start(known))
                await asyncio.sleep(0.03)
                for lane in [lane for lane in lanes if lane.done()]:
                    lanes.discard(lane)
                    lane.result()
            await asyncio.gather(*lanes)


def main() -> None:
    """Fork a worker for each line of input."""
    url, start, speed, *named = sys.argv[1:]
    pairs = [one.partition("=") for one in named]
    known = {name: receiver(name, to, group_wait=30.0) for name, _, to in pairs}
    Apprise.instantiate("json://localhost")  # half a second of imports, once
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asyncio.run(work(url, float(start), float(speed), known))
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
