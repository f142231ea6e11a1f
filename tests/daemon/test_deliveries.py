"""A lane that fails is told of in the log, and ends nothing else."""

from __future__ import annotations

import asyncio
import logging

import pytest

from watcher.core.errors import StorageBusy, StorageError
from watcher.daemon.deliveries import log_fault
from watcher.deliver import DeliveryRound


@pytest.mark.parametrize(
    ("error", "level", "said"),
    [
        (None, None, None),
        (StorageBusy("locked"), logging.WARNING, "deliveries: locked"),
        (StorageError("disk full"), logging.ERROR, "deliveries: disk full"),
        (ZeroDivisionError(), logging.ERROR, "deliveries failed"),
    ],
)
def test_a_fault_is_logged(
    error: Exception | None,
    level: int | None,
    said: str | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def lane() -> DeliveryRound:
        if error is not None:
            raise error
        return DeliveryRound()

    async def play() -> None:
        task = asyncio.create_task(lane())
        await asyncio.wait([task])
        log_fault(task)

    asyncio.run(play())
    told = [(one.levelno, one.getMessage()) for one in caplog.records if one.name != "asyncio"]
    assert told == ([] if said is None else [(level, said)])
