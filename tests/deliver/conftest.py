"""An outbox to deliver from: our fake of it, and the archive's own in a SQLite file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import insert, select

from storage import models
from storage.rows import AlertSpec, SilenceSpec
from tests.fakes import T0, FakeOutbox, FakeSilence
from watcher.archive import open_archive
from watcher.archive.outbox import Outbox as ArchiveOutbox
from watcher.archive.outbox import add_alert, add_silence
from watcher.core.message import Facts
from watcher.deliver import Outbox


class Bench(Protocol):
    """An outbox under test: filled from one side, looked at from the other."""

    outbox: Outbox

    def add(self, receiver: str, facts: Facts) -> int: ...
    def state(self, delivery: int) -> tuple[str, int, bool]: ...
    def outcomes(self, delivery: int) -> list[str]: ...
    def reason(self, delivery: int) -> str: ...
    def silence(self, watch: str, until: datetime) -> None: ...


class MemoryBench:
    def __init__(self) -> None:
        self.fake = FakeOutbox()
        self.outbox: Outbox = self.fake

    def add(self, receiver: str, facts: Facts) -> int:
        return self.fake.add(receiver, facts)

    def state(self, delivery: int) -> tuple[str, int, bool]:
        row = self.fake.rows[delivery]
        return row.state, row.attempts, row.maybe_repeat

    def outcomes(self, delivery: int) -> list[str]:
        return [outcome for number, outcome, _ in self.fake.attempts if number == delivery]

    def reason(self, delivery: int) -> str:
        return self.fake.rows[delivery].reason

    def silence(self, watch: str, until: datetime) -> None:
        self.fake.muted.append(FakeSilence(1, "anna", "enough of it", until, watch))


class ArchiveBench:
    def __init__(self, path: Path) -> None:
        self.database = open_archive(f"sqlite:///{path}", create=True)
        self.outbox: Outbox = ArchiveOutbox(self.database)
        with self.database.write() as conn:
            conn.execute(
                insert(models.watch).values(
                    id=1, name="w", target="text:x", conditions=[], notify=[], origin="cli",
                    created_at=T0,
                )
            )  # fmt: skip

    def add(self, receiver: str, facts: Facts) -> int:
        table = models.delivery
        with self.database.write() as conn:
            found = conn.scalars(select(table.c.id)).all()
            spec = AlertSpec(
                key=f"w:{len(found)}", watch_id=1, condition=facts.condition, at=T0, reason="",
                receivers=(receiver,), payload=facts.to_plain(),
            )  # fmt: skip
            alert = add_alert(conn, spec)
            return int(str(conn.scalar(select(table.c.id).where(table.c.alert_id == alert))))

    def state(self, delivery: int) -> tuple[str, int, bool]:
        table = models.delivery
        query = select(table.c.state, table.c.attempts, table.c.maybe_repeat)
        with self.database.read() as conn:
            row: Any = conn.execute(query.where(table.c.id == delivery)).one()
        return row.state, row.attempts, row.maybe_repeat

    def outcomes(self, delivery: int) -> list[str]:
        table = models.attempt
        query = select(table.c.outcome).where(table.c.delivery_id == delivery)
        with self.database.read() as conn:
            return list(conn.scalars(query.order_by(table.c.id)))

    def reason(self, delivery: int) -> str:
        query = select(models.delivery.c.reason).where(models.delivery.c.id == delivery)
        with self.database.read() as conn:
            return str(conn.scalar(query))

    def silence(self, watch: str, until: datetime) -> None:
        add_silence(self.database, SilenceSpec("anna", "enough of it", until, watch=watch), T0)


@pytest.fixture(params=["memory", "sqlite"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    if request.param == "memory":
        yield MemoryBench()
        return
    made = ArchiveBench(tmp_path / "outbox.db")
    yield made
    made.database.close()
