"""A daemon as on a machine of its own, in real time: `python daemon.py URL CONFIG MACHINE`.

Its signs of life come fast, and it is given up after two seconds; the name of its machine is made
up, so that the others cannot look whether its process lives.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from watcher import systemd
from watcher.config import load
from watcher.daemon.run import Daemon
from watcher.daemon.service import Service

BEAT_S, GONE_S = 0.3, 2.0


async def run(url: str, config: Path, machine: str) -> None:
    """Until it is told to stop, or killed."""
    service = Service(load(config, {}), url, spread_s=0.0, spacing_s=0.0, gone_s=GONE_S)
    service.owner = f"{machine}:1 [- - -]"
    notifier = systemd.Notifier.from_environment({}, pid=0, monotonic_us=lambda: 0)
    daemon = Daemon(service, lambda: (None, []), notifier, tick_s=0.2, beat_s=BEAT_S)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, daemon.stop)
    await daemon.run()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], Path(sys.argv[2]), sys.argv[3]))
