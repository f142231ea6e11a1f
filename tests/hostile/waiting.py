"""A call that waits to be killed, in a file of its own: a worker imports it in no time."""

from __future__ import annotations

import os
import signal
from pathlib import Path


def read_or_wait(marker: str) -> int:
    """Say which process this is, and wait."""
    Path(marker).write_text(str(os.getpid()))
    signal.pause()
    return 0
