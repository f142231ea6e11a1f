"""A process that polls and delivers in a loop until it is killed: `python loop.py URL CONFIG [N]`.

Its clock goes on where the last process was killed, twenty minutes a round, so that leases of a
killed one have always run out.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select

from storage import models
from tests.fakes import T0, FakeClock
from watcher.archive import open_archive
from watcher.archive.feeds import list_feeds, poll_now
from watcher.config import load
from watcher.daemon import Service


async def rounds(url: str, config: Path, most: int | None = None) -> None:
    """Rounds of polling and delivery: all feeds, then all that is due in the outbox."""
    clock = FakeClock(T0)
    with open_archive(url, create=True) as database, database.read() as conn:
        for latest in (models.poll.c.at, models.feed.c.lease_until):
            clock.at = max(clock.at, conn.scalar(select(func.max(latest))) or T0)
    service = Service(load(config, {}), url, clock=clock, gap=0.0, spread_s=0.0, spacing_s=0.0)
    await service.start()
    try:
        done = 0
        while most is None or done < most:
            done += 1
            clock.at += timedelta(minutes=20)
            feeds = [f.id for f in list_feeds(service.database, states=("polled",))]
            poll_now(service.database, feeds, clock(), "the next round")
            await service.tick()
            await service.deliver()
            await service.housekeep()
    finally:
        await service.close()


if __name__ == "__main__":
    most = int(sys.argv[3]) if len(sys.argv) > 3 else None
    asyncio.run(rounds(sys.argv[1], Path(sys.argv[2]), most))
