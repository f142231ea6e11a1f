"""Alerts are raised once, delivered at least once, and every attempt is on record."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from storage.db import Database
from storage.models import watch
from storage.reads.deliveries import due_receivers
from storage.reads.outbox import (
    list_alerts,
    list_silences,
    next_delivery,
    outbox_counts,
    show_alert,
)
from storage.rows import AlertSpec, SilenceRow, SilenceSpec
from storage.writes.outbox import (
    add_alert,
    add_alerts,
    add_silence,
    expire_silence,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

Again = Callable[..., Database]


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.fixture
def watched(database: Database) -> Database:
    with database.write() as conn:
        for number, name in enumerate(("dam", "river"), start=1):
            conn.execute(
                insert(watch).values(
                    id=number,
                    name=name,
                    target="phrase:x",
                    conditions=[],
                    notify=[],
                    origin="config",
                    created_at=NOON,
                )
            )
    return database


def _alert(key: str = "dam:7:resurfaced:2", *receivers: str, **more: object) -> AlertSpec:
    spec = AlertSpec(
        key=key,
        watch_id=1,
        condition="resurfaced",
        at=NOON,
        reason="first copy after 9 days",
        receivers=receivers or ("desk",),
        payload={"headline": "Dam \N{EM DASH} \U0001f30a", "reach": 3, "credit": None},
        story_id=7,
    )
    return replace(spec, **more)  # type: ignore[arg-type]


def _add(database: Database, *specs: AlertSpec) -> list[int | None]:
    with database.write() as conn:
        return add_alerts(conn, specs)


def _due(database: Database, now: datetime) -> list[str]:
    with database.read() as conn:
        return due_receivers(conn, now)


# ------------------------------------------------------------ alerts


def test_an_alert_is_raised_once_with_a_delivery_for_each_receiver(watched: Database) -> None:
    (alert_id,) = _add(watched, _alert("k", "desk", "mail", "desk"))
    known, other = _add(watched, _alert("k", "other"), _alert("l"))
    assert alert_id is not None
    assert known is None
    assert other not in (None, alert_id)
    with watched.read() as conn:
        detail = show_alert(conn, alert_id)
    assert detail is not None
    assert (detail.alert.key, detail.alert.watch, detail.alert.story_id) == ("k", "dam", 7)
    assert detail.alert.payload == _alert().payload
    assert [(row.receiver, row.state) for row in detail.deliveries] == [
        ("desk", "pending"),
        ("mail", "pending"),
    ]
    assert detail.attempts == ()


def test_workers_at_the_same_time_raise_one_alert_between_them(
    watched: Database, open_again: Again
) -> None:
    workers = [open_again() for _ in range(4)]
    specs = [_alert(f"k{n}", "desk", "mail") for n in range(10)]

    def work(one: Database) -> int:
        raised = 0
        for spec in specs:
            with one.write() as conn:
                raised += add_alert(conn, spec) is not None
        return raised

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(work, workers)) == len(specs)
    with watched.read() as conn:
        assert outbox_counts(conn, NOON).pending == 2 * len(specs)


def test_a_transaction_that_fails_has_raised_nothing(watched: Database) -> None:
    def fail() -> None:
        with watched.write() as conn:
            assert add_alert(conn, _alert()) is not None
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert _due(watched, NOON) == []
    assert _add(watched, _alert()) != [None]


def test_a_held_alert_is_recorded_with_its_reason_and_told_to_nobody(watched: Database) -> None:
    (alert_id,) = _add(watched, _alert(held="silenced by #3"))
    assert _due(watched, NOON + _s(9999)) == []
    assert alert_id is not None
    with watched.read() as conn:
        detail = show_alert(conn, alert_id)
        assert next_delivery(conn) is None
    assert detail is not None
    assert detail.alert.state == "held"
    assert detail.alert.reason == "first copy after 9 days; silenced by #3"
    assert [(row.state, row.reason) for row in detail.deliveries] == [("held", "silenced by #3")]


def test_alerts_are_listed_newest_first_and_page_by_page(watched: Database) -> None:
    _add(watched, *(_alert(f"k{n}", at=NOON + _s(n), story_id=n % 2) for n in range(6)))
    _add(watched, _alert("other", watch_id=2, held="cap"))
    with watched.read() as conn:

        def keys(**chosen: object) -> list[str]:
            return [row.key for row in list_alerts(conn, **chosen)]  # type: ignore[arg-type]

        assert keys(limit=3) == ["other", "k5", "k4"]
        last = list_alerts(conn, limit=3)[-1].id
        assert keys(before=last, limit=3) == ["k3", "k2", "k1"]
        assert keys(since=NOON + _s(4)) == ["k5", "k4"]
        assert keys(watch_name="river") == keys(state="held") == ["other"]
        assert keys(story_id=0) == ["k4", "k2", "k0"]
        assert show_alert(conn, 999_999) is None


# ------------------------------------------------------------ silences


def test_a_silence_holds_from_now_until_its_end(database: Database) -> None:
    spec = SilenceSpec("ana", "known", NOON + _s(100), watch="dam", receiver="desk")
    with database.write() as conn:
        first = add_silence(conn, spec, NOON)
        second = add_silence(conn, SilenceSpec("bo", "night", NOON + _s(50)), NOON)
        assert [row.id for row in list_silences(conn, NOON)] == [second, first]
        assert [row.id for row in list_silences(conn, NOON + _s(50))] == [first]
        assert list_silences(conn, NOON - _s(1)) == []
        assert expire_silence(conn, first, NOON + _s(60))
        assert not expire_silence(conn, first, NOON + _s(60))
        assert list_silences(conn, NOON + _s(60)) == []
        assert len(list_silences(conn, NOON + _s(60), ended=True)) == 2
        with pytest.raises(ValueError, match="must end in the future"):
            add_silence(conn, spec, NOON + _s(100))


def test_a_silence_mutes_what_matches_all_that_it_names() -> None:
    def mutes(**named: object) -> bool:
        row = SilenceRow(1, None, None, None, "ana", "known", NOON, NOON + _s(10))
        return replace(row, **named).mutes("dam", 7, "desk", NOON)  # type: ignore[arg-type]

    assert mutes()
    assert mutes(watch="dam", story_id=7, receiver="desk")
    assert not mutes(watch="river")
    assert not mutes(watch="dam", story_id=8)
    assert not mutes(receiver="mail")
    assert not mutes(until=NOON)
    assert not mutes(created_at=NOON + _s(1))
