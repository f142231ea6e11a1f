"""Deliveries: claimed by one worker each, finished, put off or ended; attempts on record."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from storage.db import Database
from storage.models import watch
from storage.reads.deliveries import (
    due_for,
    due_receivers,
    mates,
    receivers,
    sent_messages,
    with_payload,
)
from storage.reads.outbox import next_delivery, outbox_counts, show_alert
from storage.rows import (
    AlertDetail,
    AlertSpec,
    Attempt,
    OutboxCounts,
    ReceiverRow,
    WaitingRow,
)
from storage.writes.deliveries import (
    claim_deliveries,
    end_unsent,
    finish_attempts,
    lock_receivers,
    put_off,
    save_receiver,
    take_back,
)
from storage.writes.outbox import add_alerts, prune_attempts, resend

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LEASE = 60.0
SENT = Attempt(NOON, 250, "sent", "200")
REFUSED = Attempt(NOON, 90, "refused", "429 Too Many Requests")

Again = Callable[..., Database]


def _s(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


@pytest.fixture
def watched(database: Database) -> Database:
    with database.write() as conn:
        for number, name in enumerate(("dam", "river"), start=1):
            values = {"id": number, "name": name, "target": "phrase:x", "conditions": []}
            more = {"notify": [], "origin": "config", "created_at": NOON}
            conn.execute(insert(watch).values(**values, **more))
    return database


def _add(database: Database, *keys: str, **more: object) -> list[int]:
    spec = AlertSpec("", 1, "resurfaced", NOON, "why", ("desk",), {"step": "5"}, story_id=7)
    specs = [replace(spec, key=key, **more) for key in keys]  # type: ignore[arg-type]
    with database.write() as conn:
        return [made for made in add_alerts(conn, specs) if made is not None]


def _claim(
    database: Database, now: datetime = NOON, owner: str = "w1", limit: int = 10
) -> list[WaitingRow]:
    """All that is due, up to `limit` for each receiver, as one message each."""
    with database.write() as conn:
        taken = []
        for name in due_receivers(conn, now):
            lock_receivers(conn, [name])
            take_back(conn, [name], now)
            if rows := due_for(conn, name, now, limit):
                claim_deliveries(conn, [row.id for row in rows], now, owner, LEASE)
                taken += rows
        return taken


def _detail(database: Database, alert_id: int) -> AlertDetail:
    with database.read() as conn:
        found = show_alert(conn, alert_id)
    assert found is not None
    return found


def test_a_delivery_is_claimed_sent_and_done(watched: Database) -> None:
    (alert_id,) = _add(watched, "k", send_at=NOON + _s(30))
    assert _claim(watched, NOON + _s(29)) == []
    (due,) = _claim(watched, NOON + _s(30))
    assert (due.state, due.attempts, due.maybe_repeat, due.payload) == ("pending", 0, False, None)
    (row,) = _detail(watched, alert_id).deliveries
    assert (row.state, row.attempts, row.lease_by, row.message) == ("sending", 1, "w1", row.id)
    assert _claim(watched, NOON + _s(31), owner="w2") == []
    with watched.write() as conn:
        assert with_payload(conn, due.id).step == "5"
        assert finish_attempts(conn, [due.id], "w1", SENT, "sent", reason="sent") == 1
    detail = _detail(watched, alert_id)
    (row,) = detail.deliveries
    assert (row.state, row.sent_at, row.lease_by, row.lease_until) == ("sent", NOON, None, None)
    assert [(one.outcome, one.took_ms, one.detail) for one in detail.attempts] == [
        ("sent", 250, "200")
    ]
    assert _claim(watched, NOON + timedelta(days=9)) == []


def test_a_retry_comes_when_it_is_time_and_a_dead_one_never(watched: Database) -> None:
    _add(watched, "k")
    (due,) = _claim(watched)
    with watched.write() as conn:
        finish_attempts(conn, [due.id], "w1", REFUSED, "retry", NOON + _s(300), "429")
        assert next_delivery(conn) == NOON + _s(300)
        assert outbox_counts(conn, NOON) == OutboxCounts(retry=1)
        assert outbox_counts(conn, NOON + _s(300)).oldest_due == NOON + _s(300)
    assert _claim(watched, NOON + _s(299)) == []
    (again,) = _claim(watched, NOON + _s(300))
    assert (again.attempts, again.maybe_repeat) == (1, False)
    with watched.write() as conn:
        finish_attempts(conn, [again.id], "w1", REFUSED, "dead", reason="gave up")
        assert outbox_counts(conn, NOON) == OutboxCounts(dead=1)
    assert _claim(watched, NOON + timedelta(days=9)) == []


def test_an_attempt_whose_answer_was_lost_may_be_a_repeat(watched: Database) -> None:
    _add(watched, "k")
    (due,) = _claim(watched)
    lost = Attempt(NOON, 20_000, "timeout", "no answer within 20 s")
    with watched.write() as conn:
        finish_attempts(
            conn, [due.id], "w1", lost, "retry", NOON + _s(1), maybe_repeat=True, withheld="alone"
        )
    (again,) = _claim(watched, NOON + _s(1))
    assert (again.maybe_repeat, again.withheld) == (True, "alone")


def test_a_sender_that_died_is_replaced_and_its_attempt_recorded(watched: Database) -> None:
    (alert_id,) = _add(watched, "k")
    (first,) = _claim(watched, owner="w1")
    assert _claim(watched, NOON + _s(LEASE - 1), owner="w2") == []
    with watched.read() as conn:
        assert next_delivery(conn) == NOON + _s(LEASE)
    (second,) = _claim(watched, NOON + _s(LEASE), owner="w2")
    assert (second.attempts, second.maybe_repeat) == (1, True)
    # The first one was only slow: what it did is recorded, the delivery stays the second's.
    with watched.write() as conn:
        assert finish_attempts(conn, [first.id], "w1", SENT, "sent") == 0
    detail = _detail(watched, alert_id)
    assert (detail.deliveries[0].state, detail.deliveries[0].lease_by) == ("sending", "w2")
    assert [one.outcome for one in detail.attempts] == ["abandoned", "sent"]
    assert "w1" in detail.attempts[0].detail
    with watched.write() as conn:
        assert finish_attempts(conn, [second.id], "w2", SENT, "sent") == 1


def test_several_deliveries_share_a_message_and_count_as_one(watched: Database) -> None:
    alerts = _add(watched, "a", "b", "c")
    ids = [row.id for row in _claim(watched)]
    with watched.write() as conn:
        assert finish_attempts(conn, ids, "w1", SENT, "sent") == 3
        assert sent_messages(conn, "desk", NOON - _s(1), 9) == [NOON]
        assert sent_messages(conn, "desk", NOON, 9) == []
        assert sent_messages(conn, "mail", NOON - _s(1), 9) == []
    for alert_id in alerts:
        detail = _detail(watched, alert_id)
        assert len(detail.attempts) == 1
        assert detail.deliveries[0].message == min(ids)


def test_what_is_put_off_or_ended_costs_no_attempt(watched: Database) -> None:
    (alert_id,) = _add(watched, "k", receivers=("desk", "mail"))
    desk, mail = _detail(watched, alert_id).deliveries
    with watched.write() as conn:
        put_off(conn, [(desk.id, NOON + _s(500), "quiet", "quiet hours")])
        end_unsent(conn, [(mail.id, "held", "silenced by #1")])
    detail = _detail(watched, alert_id)
    assert [(row.state, row.attempts, row.reason) for row in detail.deliveries] == [
        ("pending", 0, "quiet hours"),
        ("held", 0, "silenced by #1"),
    ]
    assert detail.attempts == ()
    assert _claim(watched, NOON + _s(499)) == []
    assert [row.withheld for row in _claim(watched, NOON + _s(500))] == ["quiet"]


def test_what_was_tried_least_comes_first_of_what_is_due_since_the_same_moment(
    watched: Database,
) -> None:
    _add(watched, "a", "b", "c")
    first, second, third = _claim(watched)
    with watched.write() as conn:
        for row, at in ((first, 9), (second, 9), (third, 5)):
            finish_attempts(conn, [row.id], "w1", REFUSED, "retry", NOON + _s(at))
    _add(watched, "fresh", send_at=NOON + _s(9))
    with watched.read() as conn:
        due = due_for(conn, "desk", NOON + _s(9), 3)
    assert [row.attempts for row in due] == [1, 0, 1]
    assert due[0].id == third.id


def test_a_group_brings_what_waits_for_it_and_a_digest_what_was_held_back(
    watched: Database,
) -> None:
    _add(watched, "due", "waits", "night")
    _add(watched, "elsewhere", story_id=8)
    _add(watched, "nowhere", story_id=None)
    with watched.write() as conn:
        rows = {row.alert_id: row.id for row in due_for(conn, "desk", NOON, 9)}
        due, waits, night, _, nowhere = (rows[key] for key in sorted(rows))
        put_off(conn, [(waits, NOON + _s(30), "group", ""), (night, NOON + _s(900), "quiet", "")])

        def ids(now: datetime, **chosen: object) -> list[int]:
            found = mates(conn, "desk", now, limit=9, **chosen)  # type: ignore[arg-type]
            return [row.id for row in found]

        assert ids(NOON, group=(1, 7)) == [due, waits]
        assert ids(NOON, group=(1, None)) == [nowhere]
        assert ids(NOON, group=(2, 7)) == []
        assert ids(NOON, withheld=("quiet", "cap")) == []
        assert ids(NOON + _s(900), withheld=("quiet", "cap")) == [night]


def test_a_dead_delivery_is_sent_again_on_request_as_if_new(watched: Database) -> None:
    (alert_id,) = _add(watched, "k", receivers=("desk", "mail"))
    desk, mail = sorted(_claim(watched), key=lambda row: row.id)
    with watched.write() as conn:
        finish_attempts(conn, [desk.id], "w1", REFUSED, "dead")
        finish_attempts(conn, [mail.id], "w1", SENT, "sent")
        assert resend(conn, alert_id, NOON, receiver="mail") == 0
        assert resend(conn, alert_id, NOON) == 1
        assert resend(conn, alert_id, NOON) == 0
    (again,) = _claim(watched)
    assert (again.id, again.attempts) == (desk.id, 0)
    with watched.write() as conn:
        assert resend(conn, alert_id, NOON, states=("sent", "dead")) == 1
    assert len(_detail(watched, alert_id).attempts) == 2  # what was done stays on record


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
        finish_attempts(conn, [1], "w1", SENT, state, next_at)


def test_workers_at_the_same_time_never_share_a_delivery(
    watched: Database, open_again: Again
) -> None:
    _add(watched, *(f"k{n}" for n in range(30)), receivers=("desk", "mail"))
    workers = [open_again() for _ in range(4)]

    def work(number: int) -> list[int]:
        taken: list[int] = []
        while due := _claim(workers[number], owner=f"w{number}", limit=4):
            taken += [row.id for row in due]
        return taken

    with ThreadPoolExecutor(4) as pool:
        taken = [one for part in pool.map(work, range(4)) for one in part]
    assert len(taken) == len(set(taken)) == 60


def test_a_receiver_is_remembered_and_only_a_failing_one_is_told_of(database: Database) -> None:
    with database.write() as conn:
        known = lock_receivers(conn, ["mail", "desk"])
        assert known == {"desk": ReceiverRow("desk"), "mail": ReceiverRow("mail")}
        broken = ReceiverRow("mail", 3, 1, NOON + _s(30), NOON, "HTTP 503")
        save_receiver(conn, broken)
    with database.write() as conn:
        assert lock_receivers(conn, ["mail"]) == {"mail": broken}
        assert receivers(conn) == [broken]
        assert receivers(conn, ["desk"]) == [ReceiverRow("desk")]


def test_old_attempts_are_forgotten_and_alerts_are_not(watched: Database) -> None:
    (alert_id,) = _add(watched, "k")
    (due,) = _claim(watched)
    with watched.write() as conn:
        finish_attempts(conn, [due.id], "w1", SENT, "sent")
        assert prune_attempts(conn, NOON) == 0
        assert prune_attempts(conn, NOON + _s(1)) == 1
    assert _detail(watched, alert_id).attempts == ()
    assert _add(watched, "k") == []
