"""The outbox through the archive's door, as delivery uses it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from storage import models
from storage.db import Database
from storage.rows import WatchSpec
from storage.writes.watches import add_watch
from watcher.archive import outbox as archive

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Result:
    outcome: str
    detail: str = ""
    maybe: bool = False
    took_ms: int = 5


@dataclass(frozen=True)
class Finish:
    state: str
    next_at: datetime
    reason: str = ""


@pytest.fixture
def raised(database: Database) -> Database:
    with database.write() as conn:
        watch_id = add_watch(conn, WatchSpec("dam", "phrase:x", (), ("desk",)), NOON)
        assert watch_id is not None
        spec = archive.AlertSpec(
            "k", watch_id, "reach", NOON, "5 families", ("desk", "mail"), {"reach": 5}
        )
        assert archive.add_alert(conn, spec) is not None
    return database


def test_a_delivery_from_claim_to_sent(raised: Database) -> None:
    outbox = archive.Outbox(raised)
    assert outbox.claim(NOON - timedelta(seconds=1), 9, "w1", 60) == []
    assert outbox.next_at() == NOON
    desk, mail = sorted(outbox.claim(NOON, 9, "w1", 60), key=lambda row: row.receiver)
    assert (desk.attempts, desk.maybe_repeat, desk.payload) == (0, False, {"reach": 5})
    later = NOON + timedelta(minutes=1)
    assert outbox.finish(desk, "w1", NOON, Result("sent"), Finish("sent", later))
    assert outbox.finish(
        mail, "w1", NOON, Result("timeout", maybe=True), Finish("retry", later, "timeout")
    )
    assert not outbox.finish(desk, "w1", NOON, Result("sent"), Finish("sent", later))
    (again,) = outbox.claim(later, 9, "w1", 60)
    assert (again.receiver, again.attempts, again.maybe_repeat) == ("mail", 1, True)
    assert outbox.finish(again, "w1", later, Result("refused"), Finish("dead", later, "410"))
    counts = archive.outbox_counts(raised, later)
    assert (counts.sent, counts.dead, counts.oldest_due) == (1, 1, None)
    assert archive.sent_since(raised, "desk", NOON) == 1
    assert archive.resend(raised, again.alert.id, later) == 1
    assert outbox.next_at() == later


def test_a_delivery_given_back_or_held(raised: Database) -> None:
    outbox = archive.Outbox(raised)
    desk, mail = sorted(outbox.claim(NOON, 9, "w1", 60), key=lambda row: row.receiver)
    later = NOON + timedelta(hours=8)
    assert not outbox.release(desk, "w2", later, "not its owner")
    assert outbox.release(desk, "w1", later, "quiet hours")
    assert outbox.hold(mail, "w1", "silenced by #1")
    assert [row.receiver for row in outbox.claim(later, 9, "w1", 60)] == ["desk"]
    (alert,) = archive.list_alerts(raised)
    detail = archive.show_alert(raised, alert.id)
    assert detail is not None
    assert [row.state for row in detail.deliveries] == ["sending", "held"]
    assert archive.forget_attempts(raised, later) == 0


def test_a_silence_comes_and_goes(database: Database) -> None:
    spec = archive.SilenceSpec("ana", "known", NOON + timedelta(hours=1), watch="dam")
    made = archive.add_silence(database, spec, NOON)
    assert [row.id for row in archive.list_silences(database, NOON)] == [made]
    assert archive.expire_silence(database, made, NOON)
    assert archive.list_silences(database, NOON) == []
    assert len(archive.list_silences(database, NOON, ended=True)) == 1


def test_a_silence_of_a_merged_story_mutes_it_under_both_numbers(raised: Database) -> None:
    outbox = archive.Outbox(raised)
    first = {"root_id": 1, "title": "t", "state": "single", "articles": 1, "outlets": 1}
    more = {"families": 1, "languages": 1, "episodes": 1, "first_seen_by": NOON}
    merged = ((3, None), (5, 3), (8, 5))
    with raised.write() as conn:
        for number, into in merged:
            row = {"id": number, "merged_into": into, "last_copy_at": NOON, **first, **more}
            conn.execute(insert(models.story).values(**row))
    end = NOON + timedelta(hours=1)
    for number in (8, 3):
        archive.add_silence(raised, archive.SilenceSpec("anna", "", end, story_id=number), NOON)
    assert [(s.id, s.story_id) for s in outbox.silences(NOON)] == [(1, 8), (2, 3), (1, 3)]
    assert outbox.silences(end) == []
