"""A database on a small disk of its own, in a mount namespace: filled up, emptied, made read-only.

`unshare --mount python -m tests.e2e.disk FOLDER`; says what was lost, and fails where anything was.
"""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from storage import models
from tests.record.desk import T0, Desk, Item
from tests.texts import made_up
from watcher.archive import Database, backups, open_archive
from watcher.core.errors import StorageError
from watcher.record.verify import verify


def mount(*options: str) -> None:
    subprocess.run(["mount", *options], check=True)


def names(database: Database) -> set[str]:
    with database.read() as conn:
        return set(conn.scalars(select(models.article.c.external_id)))


def seed(name: str) -> int:
    return int.from_bytes(name.encode()) % 100_003


def refused(desk: Desk, name: str) -> StorageError | None:
    try:
        desk.load([Item("wire", name, made_up(seed(name), 40), T0)])
    except StorageError as error:
        desk.recorder.forget()
        return error
    return None


def main(folder: Path) -> None:
    disk = folder / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=5m", "tmpfs", str(disk))
    url = f"sqlite:///{disk / 'watcher.db'}"
    with open_archive(url, create=True) as database:
        desk = Desk(database)
        told: set[str] = set()
        filler = disk / "filler"
        for n in range(1000, 2000):  # until the disk is full
            error = refused(desk, f"n{n}")
            if error is not None:
                break
            told.add(f"n{n}")
            if n == 1020:
                filler.write_bytes(b"x" * 2_000_000)
        assert error is not None
        assert "full disk" in str(error), error
        assert error.retry, "worth another try"
        assert names(database) == told
        try:
            backups.make_backup(url, None, T0)
        except StorageError:
            left = [f.name for f in (disk / "backups").iterdir()]
            assert left == [], f"half a backup is left: {left}"
        else:
            raise AssertionError("a backup on a full disk")
        filler.unlink()  # room again: it goes on, without a restart
        error = refused(desk, "after")
        assert error is None, error
        told.add("after")
        # The kernel makes it read-only where the disk fails; a person can where no file is open.
        database.close()
        mount("-o", "remount,ro", str(disk))
        error = refused(desk, "readonly")
        assert error is not None
        mount("-o", "remount,rw", str(disk))
        error = refused(desk, "at last")
        assert error is None, error
        told.add("at last")
        assert names(database) == told
    mount("-o", "remount,size=16m", str(disk))
    assert verify(url).faults == ()
    made = backups.make_backup(url, None, T0 + timedelta(days=1))
    assert backups.faults_of_backup(made.file) == []
    sys.stdout.write(f"{len(told)} acknowledged, none lost\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
