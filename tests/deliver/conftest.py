"""An outbox to deliver from, on each engine: filled from one side, looked at from the other."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from storage import models
from storage.db import Database
from storage.rows import AlertSpec, SilenceSpec
from tests.fakes import T0
from watcher.archive.outbox import Outbox, add_alert, add_silence
from watcher.core.message import Facts


class Bench:
    """An outbox under test. Alerts are of watch `w` unless their facts name another one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.outbox = Outbox(database)
        self._alerts = 0
        self._watches: dict[str, int] = {}

    def add(self, receiver: str, facts: Facts, **more: Any) -> int:
        """An alert for one receiver; the id of the delivery."""
        return self.tell((receiver,), facts, **more)[0]

    def tell(self, receivers: tuple[str, ...], facts: Facts, **more: Any) -> list[int]:
        """An alert for several; the ids of the deliveries. Each is a story of its own, unless
        its facts name one."""
        self._alerts += 1
        spec = AlertSpec(
            key=f"{facts.watch}:{self._alerts}",
            watch_id=self._watch(facts.watch),
            condition=facts.condition,
            at=T0,
            reason="",
            receivers=receivers,
            payload=facts.to_plain(),
            story_id=1_000 + self._alerts if facts.story is None else facts.story,
        )
        table = models.delivery
        with self.database.write() as conn:
            alert = add_alert(conn, replace(spec, **more))
            rows = conn.scalars(select(table.c.id).where(table.c.alert_id == alert))
            return [int(row) for row in rows]

    def _watch(self, name: str) -> int:
        if name not in self._watches:
            self._watches[name] = len(self._watches) + 1
            values = {
                "id": self._watches[name], "name": name, "target": "text:x", "conditions": [],
                "notify": [], "origin": "cli", "created_at": T0,
            }  # fmt: skip
            with self.database.write() as conn:
                conn.execute(insert(models.watch).values(**values))
        return self._watches[name]

    def row(self, delivery: int) -> Any:
        with self.database.read() as conn:
            return conn.execute(
                select(models.delivery).where(models.delivery.c.id == delivery)
            ).one()

    def state(self, delivery: int) -> tuple[str, int, bool]:
        row = self.row(delivery)
        return row.state, row.attempts, row.maybe_repeat

    def reason(self, delivery: int) -> str:
        return str(self.row(delivery).reason)

    def outcomes(self, delivery: int) -> list[str]:
        table = models.attempt
        query = select(table.c.outcome).where(table.c.delivery_id == delivery)
        with self.database.read() as conn:
            return list(conn.scalars(query.order_by(table.c.id)))

    def silence(self, watch: str, until: datetime) -> None:
        add_silence(self.database, SilenceSpec("anna", "enough of it", until, watch=watch), T0)


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)
