"""Whether the daemon gets anything done, for systemd's watchdog."""

from __future__ import annotations

from concurrent.futures import Executor, Future


class Pulse:
    """Dispatch counts its ticks here; what we ask of the writer queues behind whatever it does."""

    def __init__(self) -> None:
        self.ticks = 0
        self._seen = 0
        self._beat: Future[None] | None = None

    def alive(self, writer: Executor) -> bool:
        """Whether dispatch and the writer both got something done since this was last asked."""
        if self._beat is not None and (not self._beat.done() or self.ticks == self._seen):
            return False
        first = self._beat is None
        self._seen = self.ticks
        self._beat = writer.submit(lambda: None)
        return not first
