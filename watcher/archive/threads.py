"""What a story's messages hang on at each receiver, kept across restarts."""

from __future__ import annotations

from storage.db import Database
from storage.reads.threads import thread_anchor
from storage.writes.threads import forget_thread, keep_thread


class Threads:
    """Anchors of threads: a Slack message's `ts` in a channel, the subject of a story's mails.

    Each call is a transaction of its own and blocks. Raises StorageError, StorageBusy.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, receiver: str, place: str, story: int) -> str | None:
        """The anchor of a story's thread there; None: it has none yet."""
        with self._database.read() as conn:
            return thread_anchor(conn, receiver, place, story)

    def keep(self, receiver: str, place: str, story: int, anchor: str) -> None:
        """Hang the story's further messages on `anchor`."""
        with self._database.write() as conn:
            keep_thread(conn, receiver, place, story, anchor)

    def forget(self, receiver: str, place: str, story: int) -> None:
        """The next message begins a thread."""
        with self._database.write() as conn:
            forget_thread(conn, receiver, place, story)
