"""What becomes of a lane of deliveries that nobody waits for: its fault is logged."""

from __future__ import annotations

import asyncio
import logging

from watcher.core.errors import StorageBusy, StorageError
from watcher.deliver import DeliveryRound

log = logging.getLogger("watcher.daemon")


def log_fault(lane: asyncio.Task[DeliveryRound]) -> None:
    """For a lane that has ended. What it had not recorded is due again when its lease ends."""
    if lane.cancelled() or (error := lane.exception()) is None:
        return
    if isinstance(error, StorageBusy):
        log.warning("deliveries: %s", error)
    elif isinstance(error, StorageError):
        log.error("deliveries: %s", error)
    else:
        log.error("deliveries failed", exc_info=error)
