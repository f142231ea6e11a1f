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
from storage.reads.outbox import (
    list_alerts,
    list_silences,
    next_delivery,
    outbox_counts,
    sent_since,
    show_alert,
)
from storage.rows import AlertSpec, Attempt, DueDelivery, OutboxCounts, SilenceRow, SilenceSpec
from storage.writes.outbox import (
    add_alert,
    add_alerts,
    add_silence,
    claim_deliveries,
    expire_silence,
    finish_attempt,
    finish_attempts,
    hold,
    postpone,
    prune_attempts,
    resend,
)

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = 60.0

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


def _claim(
    database: Database, now: datetime = NOON, owner: str = "w1", limit: int = 10
) -> list[DueDelivery]:
    with database.write() as conn:
        return claim_deliveries(conn, now, limit, owner, LEASE)


SENT = Attempt(NOON, 250, "sent", "200")
REFUSED = Attempt(NOON, 90, "refused", "429 Too Many Requests")


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
    assert _claim(watched) == []
    assert _add(watched, _alert()) != [None]


def test_a_held_alert_is_recorded_with_its_reason_and_told_to_nobody(watched: Database) -> None:
    (alert_id,) = _add(watched, _alert(held="silenced by #3"))
    assert _claim(watched, NOON + _s(9999)) == []
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


# ------------------------------------------------------------ deliveries


def test_a_delivery_is_claimed_sent_and_done(watched: Database) -> None:
    _add(watched, _alert(send_at=NOON + _s(30)))
    assert _claim(watched, NOON + _s(29)) == []
    (due,) = _claim(watched, NOON + _s(30))
    assert (due.delivery.state, due.delivery.attempts, due.delivery.maybe_repeat) == (
        "sending",
        1,
        False,
    )
    assert due.alert.payload["reach"] == 3
    assert _claim(watched, NOON + _s(31), owner="w2") == []
    with watched.write() as conn:
        assert finish_attempt(conn, due.delivery.id, "w1", SENT, "sent", reason="sent")
        detail = show_alert(conn, due.alert.id)
        assert sent_since(conn, "desk", NOON) == 1
        assert sent_since(conn, "desk", NOON + _s(1)) == sent_since(conn, "mail", NOON) == 0
    assert detail is not None
    (row,) = detail.deliveries
    assert (row.state, row.sent_at, row.lease_by, row.lease_until) == ("sent", NOON, None, None)
    assert [(one.outcome, one.took_ms, one.detail) for one in detail.attempts] == [
        ("sent", 250, "200")
    ]
    assert _claim(watched, NOON + timedelta(days=9)) == []


def test_a_retry_comes_when_it_is_time_and_a_dead_one_never(watched: Database) -> None:
    _add(watched, _alert())
    (due,) = _claim(watched)
    with watched.write() as conn:
        finish_attempt(conn, due.delivery.id, "w1", REFUSED, "retry", NOON + _s(300), "429")
        assert next_delivery(conn) == NOON + _s(300)
        assert outbox_counts(conn, NOON) == OutboxCounts(retry=1)
        assert outbox_counts(conn, NOON + _s(300)).oldest_due == NOON + _s(300)
    assert _claim(watched, NOON + _s(299)) == []
    (again,) = _claim(watched, NOON + _s(300))
    assert (again.delivery.attempts, again.delivery.maybe_repeat) == (2, False)
    with watched.write() as conn:
        finish_attempt(conn, again.delivery.id, "w1", REFUSED, "dead", reason="gave up")
        assert outbox_counts(conn, NOON) == OutboxCounts(dead=1)
    assert _claim(watched, NOON + timedelta(days=9)) == []


def test_an_attempt_whose_answer_was_lost_may_be_a_repeat(watched: Database) -> None:
    _add(watched, _alert())
    (due,) = _claim(watched)
    lost = Attempt(NOON, 20_000, "timeout", "no answer within 20 s")
    with watched.write() as conn:
        finish_attempt(conn, due.delivery.id, "w1", lost, "retry", NOON + _s(1), maybe_repeat=True)
    (again,) = _claim(watched, NOON + _s(1))
    assert again.delivery.maybe_repeat


def test_a_sender_that_died_is_replaced_and_its_attempt_recorded(watched: Database) -> None:
    _add(watched, _alert())
    (first,) = _claim(watched, owner="w1")
    assert _claim(watched, NOON + _s(LEASE - 1), owner="w2") == []
    with watched.read() as conn:
        assert next_delivery(conn) == NOON + _s(LEASE)
    (second,) = _claim(watched, NOON + _s(LEASE), owner="w2")
    assert (second.delivery.attempts, second.delivery.maybe_repeat) == (2, True)
    # The first one was only slow: what it did is recorded, the delivery stays the second's.
    with watched.write() as conn:
        assert not finish_attempt(conn, first.delivery.id, "w1", SENT, "sent")
        detail = show_alert(conn, first.alert.id)
        assert detail is not None
        assert (detail.deliveries[0].state, detail.deliveries[0].lease_by) == ("sending", "w2")
        assert [one.outcome for one in detail.attempts] == ["abandoned", "sent"]
        assert "w1" in detail.attempts[0].detail
        assert finish_attempt(conn, second.delivery.id, "w2", SENT, "sent")


def test_several_deliveries_may_share_a_message(watched: Database) -> None:
    _add(watched, *(_alert(f"k{n}") for n in range(3)))
    due = _claim(watched)
    with watched.write() as conn:
        ids = [one.delivery.id for one in due]
        assert finish_attempts(conn, ids, "w1", SENT, "sent") == 3
        for one in due:
            detail = show_alert(conn, one.alert.id)
            assert detail is not None
            assert len(detail.attempts) == 1


def test_what_is_postponed_or_held_costs_no_attempt(watched: Database) -> None:
    _add(watched, _alert("k", "desk", "mail"))
    desk, mail = sorted(_claim(watched), key=lambda due: due.delivery.receiver)
    with watched.write() as conn:
        night = "quiet hours until 07:00"
        assert postpone(conn, [desk.delivery.id], "w2", NOON, night) == 0  # not its owner
        assert postpone(conn, [desk.delivery.id], "w1", NOON + _s(500), night) == 1
        assert hold(conn, [mail.delivery.id], "w1", "silenced by #1") == 1
        detail = show_alert(conn, desk.alert.id)
    assert detail is not None
    assert [(row.state, row.attempts, row.reason) for row in detail.deliveries] == [
        ("pending", 0, night),
        ("held", 0, "silenced by #1"),
    ]
    assert detail.attempts == ()
    assert [one.delivery.receiver for one in _claim(watched, NOON + _s(500))] == ["desk"]


def test_a_dead_delivery_is_sent_again_on_request_as_if_new(watched: Database) -> None:
    (alert_id,) = _add(watched, _alert("k", "desk", "mail"))
    assert alert_id is not None
    desk, mail = sorted(_claim(watched), key=lambda due: due.delivery.receiver)
    with watched.write() as conn:
        finish_attempt(conn, desk.delivery.id, "w1", REFUSED, "dead")
        finish_attempt(conn, mail.delivery.id, "w1", SENT, "sent")
        assert resend(conn, alert_id, NOON, receiver="mail") == 0
        assert resend(conn, alert_id, NOON) == 1
        assert resend(conn, alert_id, NOON) == 0
    (again,) = _claim(watched)
    assert (again.delivery.receiver, again.delivery.attempts) == ("desk", 1)
    with watched.write() as conn:
        assert resend(conn, alert_id, NOON, states=("sent", "dead")) == 1
        detail = show_alert(conn, alert_id)
    assert detail is not None
    assert len(detail.attempts) == 2  # what was done stays on record


@pytest.mark.parametrize(
    ("state", "next_at", "said"),
    [
        ("pending", None, "cannot end in 'pending'"),
        ("retry", None, "only a retry, has a next time"),
        ("sent", NOON, "only a retry, has a next time"),
    ],
)
def test_an_impossible_end_is_refused(
    sqlite_database: Database, state: str, next_at: datetime | None, said: str
) -> None:
    with sqlite_database.write() as conn, pytest.raises(ValueError, match=said):
        finish_attempt(conn, 1, "w1", SENT, state, next_at)


def test_workers_at_the_same_time_never_share_a_delivery(
    watched: Database, open_again: Again
) -> None:
    _add(watched, *(_alert(f"k{n}", "desk", "mail") for n in range(30)))
    workers = [open_again() for _ in range(4)]

    def work(number: int) -> list[int]:
        taken: list[int] = []
        while due := _claim(workers[number], owner=f"w{number}", limit=4):
            taken += [one.delivery.id for one in due]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [one for part in pool.map(work, range(4)) for one in part]
    taken += work(0)  # PostgreSQL passes over what others held locked a moment ago
    assert len(taken) == len(set(taken)) == 60


def test_old_attempts_are_forgotten_and_alerts_are_not(watched: Database) -> None:
    (alert_id,) = _add(watched, _alert())
    (due,) = _claim(watched)
    assert alert_id is not None
    with watched.write() as conn:
        finish_attempt(conn, due.delivery.id, "w1", SENT, "sent")
        assert prune_attempts(conn, NOON) == 0
        assert prune_attempts(conn, NOON + _s(1)) == 1
        detail = show_alert(conn, alert_id)
    assert detail is not None
    assert detail.attempts == ()
    assert _add(watched, _alert()) == [None]


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
