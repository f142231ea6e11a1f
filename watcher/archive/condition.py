"""How the database is: reachable, of this program's schema, whole, and ready to be written."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from storage.condition import engine_version, quick_check, try_writing
from watcher.archive import open_archive
from watcher.core.errors import StorageError


@dataclass(frozen=True, slots=True)
class Condition:
    """`engine`: its name and version. `file`: SQLite's, None for a server. `faults`: what the
    engine's quick check found; None where it was not done in time, or the engine has none."""

    engine: str
    file: Path | None
    faults: tuple[str, ...] | None


def condition(url: str, *, limit_s: float = 20.0) -> Condition:
    """Look at the database at `url`, for `limit_s` seconds at the most, without changing it.

    Raises StorageError, StorageBusy where it cannot be read, or holds another schema.
    """
    with open_archive(url, readonly=True) as database:
        faults = quick_check(database, limit_s)
        return Condition(
            engine_version(database), database.file, None if faults is None else tuple(faults)
        )


def refusal(url: str, *, busy_ms: int = 5_000) -> str:
    """Why the database takes no writes, "" where it does; what is tried is given up.

    `busy_ms`: how long to wait for another writer.
    """
    try:
        with open_archive(url, busy_ms=busy_ms) as database:
            try_writing(database)
    except StorageError as error:
        return str(error)
    return ""
