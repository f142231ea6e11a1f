"""What has to be done to the database now and then, on the writer's thread."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from watcher.archive import Database, index
from watcher.archive import articles as store
from watcher.archive.feeds import sync_feeds, sync_watches
from watcher.config import Config
from watcher.record.recorder import Recorder

log = logging.getLogger("watcher.daemon")

HEARTBEAT = "heartbeat"


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


def keep_house(database: Database, recorder: Recorder, now: datetime, index_age_s: float) -> None:
    """Seal and expire the index, let stories come to rest, leave a sign of life."""
    index.seal(database)
    if index.expire(database, now - timedelta(seconds=index_age_s)):
        recorder.forget()  # its copy of the index still has what has left it
    with database.write() as conn:
        store.rest_stories(conn, now)
        store.put_meta(conn, HEARTBEAT, now.isoformat())
