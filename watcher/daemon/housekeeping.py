"""What has to be done now and then: to the database, and for the pages of tracked stories."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from watcher.archive import Database, index
from watcher.archive import articles as store
from watcher.archive.feeds import sync_feeds, sync_watches
from watcher.config import Config
from watcher.fetch import Fetcher
from watcher.poll import proxies, recheck
from watcher.record.recorder import Recorder

log = logging.getLogger("watcher.daemon")

RECHECK_AGAIN = timedelta(minutes=10)  # small rounds over the pages of tracked stories
HEARTBEAT, DAEMON = "heartbeat", "daemon"


def take_over(database: Database, config: Config, now: datetime, spread_s: float) -> None:
    """Bring the feeds and watches of the database in line with the configuration; first polls of
    new feeds are spread over `spread_s` seconds."""
    feeds = sync_feeds(database, config.outlets, now, spread_s=spread_s)
    watches = sync_watches(database, config.watches, now)
    log.info(
        "configured: %d feeds new, %d kept, %d removed; %d watches new, %d removed",
        len(feeds.added) + len(feeds.returned),
        len(feeds.kept),
        len(feeds.removed),
        len(watches.added) + len(watches.returned),
        len(watches.removed),
    )


class House:
    """One daemon's housekeeping. `on_writer` runs a function on the writer's thread."""

    def __init__(
        self,
        database: Database,
        recorder: Recorder,
        clock: Callable[[], datetime],
        on_writer: Callable[[Callable[[], Any]], Awaitable[Any]],
    ) -> None:
        self._database = database
        self._recorder = recorder
        self._clock = clock
        self._on_writer = on_writer
        self._since = clock()
        self._rechecked_at: datetime | None = None

    async def keep(self, config: Config, fetcher: Fetcher, kills: Mapping[str, int]) -> None:
        """One round. `kills`: what workers were killed for, for those who ask."""
        now, told = self._clock(), dict(kills)
        await self._on_writer(lambda: self._keep(now, config.storage.index_age, told))
        if self._rechecked_at is None or abs(now - self._rechecked_at) >= RECHECK_AGAIN:
            self._rechecked_at = now
            await recheck(self._database, fetcher, self._on_writer, now, proxy_of=proxies(config))

    def _keep(self, now: datetime, index_age_s: float, kills: Mapping[str, int]) -> None:
        """Seal and expire the index, let stories come to rest, leave a sign of life."""
        index.seal(self._database)
        if index.expire(self._database, now - timedelta(seconds=index_age_s)):
            self._recorder.forget()  # its copy of the index still has what has left it
        with self._database.write() as conn:
            store.rest_stories(conn, now)
            store.put_meta(conn, HEARTBEAT, now.isoformat())
            told = {"started": self._since.isoformat(), "kills": dict(kills)}
            store.put_meta(conn, DAEMON, json.dumps(told))
