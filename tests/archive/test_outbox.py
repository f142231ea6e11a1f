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
from watcher.core.discipline import Policy

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


LEASE = 60.0


@dataclass(frozen=True)
class Result:
    outcome: str
    detail: str = ""
    retry: bool = True
    retry_after: float | None = None
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


def turn(outbox: archive.Outbox, now: datetime, owner: str, turn: archive.Turn) -> archive.Answer:
    (answer,) = outbox.turns([turn], now, owner, LEASE)
    return answer


def test_a_delivery_from_claim_to_sent(raised: Database) -> None:
    outbox = archive.Outbox(raised)
    assert outbox.due(NOON - timedelta(seconds=1)) == []
    assert outbox.next_at() == NOON
    assert outbox.due(NOON) == ["desk", "mail"]
    asks = [archive.Turn(name, Policy()) for name in ("mail", "desk")]
    mail, desk = (answer.message for answer in outbox.turns(asks, NOON, "w1", LEASE))
    assert desk is not None
    assert mail is not None
    assert (desk.receiver, desk.attempts, desk.maybe_repeat) == ("desk", 0, False)
    assert desk.payloads == ({"reach": 5},)
    later = NOON + timedelta(minutes=1)
    done = archive.Done(desk, NOON, Result("sent"), Finish("sent", later))
    assert turn(outbox, NOON, "w1", archive.Turn("desk", Policy(), done)) == archive.Answer()
    # The same once more: it is nobody's any longer.
    assert turn(outbox, NOON, "w1", archive.Turn("desk", Policy(), done)).lost == 1
    lost = Result("timeout", maybe=True)
    done = archive.Done(mail, NOON, lost, Finish("retry", later, "timeout"))
    assert turn(outbox, NOON, "w1", archive.Turn("mail", Policy(), done)).message is None
    again = turn(outbox, later, "w1", archive.Turn("mail", Policy())).message
    assert again is not None
    assert (again.attempts, again.maybe_repeat) == (1, True)
    refused = Result("refused", retry=False)
    done = archive.Done(again, later, refused, Finish("dead", later, "410"))
    turn(outbox, later, "w1", archive.Turn("mail", Policy(), done, ask=False))
    counts = archive.outbox_counts(raised, later)
    assert (counts.sent, counts.dead, counts.oldest_due) == (1, 1, None)
    (alert,) = archive.list_alerts(raised)
    assert archive.resend(raised, alert.id, later) == 1
    assert outbox.next_at() == later


def test_a_long_queue_is_put_off_in_several_transactions(raised: Database) -> None:
    with raised.write() as conn:
        specs = [
            archive.AlertSpec(f"q{n}", 1, "reach", NOON, "", ("night",), {}) for n in range(1_100)
        ]
        archive.add_alerts(conn, specs)
    outbox = archive.Outbox(raised)
    sleeps = Policy(quiet=Sleeps(NOON + timedelta(hours=8)))
    first = turn(outbox, NOON, "w1", archive.Turn("night", sleeps))
    assert (first.message, first.again, first.put_off) == (None, True, 968)
    rest = turn(outbox, NOON, "w1", archive.Turn("night", sleeps))
    assert (rest.again, rest.put_off) == (False, 132)
    digest = turn(outbox, NOON + timedelta(hours=8), "w1", archive.Turn("night", Policy())).message
    assert digest is not None
    assert (len(digest.listed), len(digest.counted), digest.held) == (8, 492, "quiet hours")


@dataclass(frozen=True)
class Sleeps:
    until: datetime

    def ends(self, at: datetime) -> datetime | None:
        return self.until


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
    merged = ((3, None), (5, 3), (8, 5), (9, None))
    with raised.write() as conn:
        for number, into in merged:
            row = {"id": number, "merged_into": into, "last_copy_at": NOON, **first, **more}
            conn.execute(insert(models.story).values(**row))
    end = NOON + timedelta(hours=1)
    archive.add_silence(raised, archive.SilenceSpec("anna", "", end, story_id=8), NOON)
    with raised.write() as conn:
        for number in (3, 5, 8):
            spec = archive.AlertSpec(
                f"s{number}", 1, "reach", NOON, "", ("night",), {}, story_id=number
            )
            archive.add_alert(conn, spec)
    ask = archive.Turn("night", Policy())
    answer = turn(outbox, NOON, "w1", ask)
    assert answer.message is not None
    (heard,) = (alert.id for alert in archive.list_alerts(raised) if alert.key == "s5")
    detail = archive.show_alert(raised, heard)
    assert detail is not None
    assert [row.id for row in detail.deliveries] == [answer.message.id]
    assert turn(outbox, NOON, "w1", ask).message is None
    assert archive.outbox_counts(raised, NOON).held == 2
