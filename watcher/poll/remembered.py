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
        self._held: dict[int, tuple[int | None, bytes]] = {}

    def of(self, feed: int, document: int | None = None) -> bytes:
        """What was kept of a feed; nothing where there is none, or where its last `document` (a
        hash) is another one: then another daemon has read it since."""
        kept = self._held.pop(feed, None)
        if kept is None:
            return b""
        self._held[feed] = kept  # used last
        return kept[1] if kept[0] == document else b""

    def keep(self, feed: int, held: bytes, document: int | None = None) -> None:
        """Keep this of a feed, in place of what there was."""
        self._used += len(held) - len(self._held.pop(feed, (None, b""))[1])
        if held:
            self._held[feed] = document, held
        while self._used > self._room:
            oldest = next(iter(self._held))
            self._used -= len(self._held.pop(oldest)[1])
