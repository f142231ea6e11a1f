"""What each feed's last document held, so that it is not read again: kept in memory alone.

After a restart the first changed document of each feed is read whole, as it was before there was
anything to remember.
"""

from __future__ import annotations

from typing import Final

ROOM: Final = 64 << 20  # bytes in all; a feed of 30 entries takes a kilobyte


class Remembered:
    """What `watcher.parse.known` wants to be handed, by feed; the longest unused go first."""

    def __init__(self, room: int = ROOM) -> None:
        self._room = room
        self._used = 0
        self._held: dict[int, bytes] = {}

    def of(self, feed: int) -> bytes:
        """What was kept of a feed; nothing where there is none."""
        held = self._held.pop(feed, b"")
        if held:
            self._held[feed] = held  # used last
        return held

    def keep(self, feed: int, held: bytes) -> None:
        """Keep this of a feed, in place of what there was."""
        self._used += len(held) - len(self._held.pop(feed, b""))
        if held:
            self._held[feed] = held
        while self._used > self._room:
            oldest = next(iter(self._held))
            self._used -= len(self._held.pop(oldest))
