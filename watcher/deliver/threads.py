"""Where the anchors of threads are kept: in the archive, or for as long as the program runs."""

from __future__ import annotations

import logging
from typing import Protocol

from watcher.core.errors import StorageBusy, StorageError

log = logging.getLogger("watcher.deliver")


class Threads(Protocol):
    """What a story's messages hang on, by receiver and place in it (a channel, `subject`)."""

    def find(self, receiver: str, place: str, story: int) -> str | None: ...

    def keep(self, receiver: str, place: str, story: int, anchor: str) -> None: ...

    def forget(self, receiver: str, place: str, story: int) -> None: ...


class InMemory:
    """Threads that end with the program: for a test message, and where there is no archive."""

    def __init__(self) -> None:
        self._anchors: dict[tuple[str, str, int], str] = {}

    def find(self, receiver: str, place: str, story: int) -> str | None:
        """The anchor of a story's thread there; None: it has none yet."""
        return self._anchors.get((receiver, place, story))

    def keep(self, receiver: str, place: str, story: int, anchor: str) -> None:
        """Hang the story's further messages on `anchor`."""
        self._anchors[receiver, place, story] = anchor

    def forget(self, receiver: str, place: str, story: int) -> None:
        """The next message begins a thread."""
        self._anchors.pop((receiver, place, story), None)


class Forgiving:
    """Threads whose storage may fail without failing a message: a story then has two threads,
    which is better than a message that was taken and counts as refused."""

    def __init__(self, kept: Threads) -> None:
        self._kept = kept

    def find(self, receiver: str, place: str, story: int) -> str | None:
        """The anchor of a story's thread there; None: it has none, or it cannot be read."""
        try:
            return self._kept.find(receiver, place, story)
        except (StorageBusy, StorageError) as error:
            log.warning("the thread of story %d at %s: %s", story, receiver, error)
            return None

    def keep(self, receiver: str, place: str, story: int, anchor: str) -> None:
        """Hang the story's further messages on `anchor`, if that can be kept."""
        try:
            self._kept.keep(receiver, place, story, anchor)
        except (StorageBusy, StorageError) as error:
            log.warning("the thread of story %d at %s: %s", story, receiver, error)

    def forget(self, receiver: str, place: str, story: int) -> None:
        """The next message begins a thread, if that can be kept."""
        try:
            self._kept.forget(receiver, place, story)
        except (StorageBusy, StorageError) as error:
            log.warning("the thread of story %d at %s: %s", story, receiver, error)
