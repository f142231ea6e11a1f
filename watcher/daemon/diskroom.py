"""Whether the disk has room to go on: on a full one even a deletion fails."""

from __future__ import annotations

import logging

from watcher.archive import Database

log = logging.getLogger("watcher.daemon")

_AGAIN = 1.1  # of the bound: not to go on and rest by turns


class DiskRoom:
    """Looks at each tick, and says once when polling rests, and when it goes on."""

    def __init__(self) -> None:
        self.waits = ""
        """Why polling rests; "" while it does not."""

    def enough(self, database: Database, least: int) -> bool:
        """Whether the database's disk has at least `least` bytes left; a server's always has."""
        free = database.free_bytes()
        if free is None or free >= least * (_AGAIN if self.waits else 1.0):
            if self.waits:
                log.warning("there is room on the disk again: polling goes on")
            self.waits = ""
            return True
        if not self.waits:
            log.error(
                "polling rests: the disk of %s has %d MB left, less than storage.min_free (%d MB)."
                " Make room, or lower it; what is due stays due",
                database.url,
                free // 10**6,
                least // 10**6,
            )
        self.waits = f"polling rests: {free // 10**6} MB left on the disk of the database"
        return False
