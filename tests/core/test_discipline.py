"""What a receiver is told next, decided without a database: order of reasons, the breaker."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from watcher.core.discipline import (
    OPEN_AFTER,
    STALE,
    Breaker,
    Cause,
    Policy,
    admit,
    after_message,
    compose,
    inhibited,
    together,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    id: int = 1
    condition: str = "new_copy"
    step: str = ""
    at: datetime = NOON
    attempts: int = 0
    maybe_repeat: bool = False
    withheld: str | None = None
    watch: str = "w"
    story_id: int | None = 7
    article_id: int | None = 5

    @property
    def alert_id(self) -> int:
        return self.id + 100


@dataclass(frozen=True)
class Sleeps:
    def ends(self, at: datetime) -> datetime | None:
        return NOON + timedelta(hours=8)

    def __str__(self) -> str:
        return "always"


def fail(breaker: Breaker, now: datetime, asked: datetime | None = None) -> Breaker:
    return after_message(
        breaker, failed=True, asked_until=asked, why="HTTP 503", receiver="desk", now=now
    )


def test_the_breaker_opens_after_failures_in_a_row_for_ever_longer() -> None:
    breaker, now, waits = Breaker(), NOON, []
    for _ in range(OPEN_AFTER - 1):
        breaker = fail(breaker, now)
        assert breaker.state(now) == "closed"
    for _ in range(9):
        breaker = fail(breaker, now)
        assert breaker.open_until is not None
        waits.append((breaker.open_until - now).total_seconds())
        assert breaker.state(now) == "open"
        now = breaker.open_until
        assert breaker.state(now) == "half-open"
    assert breaker.since == NOON
    for wait, base in zip(waits, (30, 60, 120, 240, 480, 960, 1800, 1800, 1800), strict=True):
        assert base <= wait <= base * 1.2
    well = after_message(breaker, failed=False, asked_until=None, why="", receiver="desk", now=now)
    assert well == Breaker()


def test_a_pause_that_was_asked_for_opens_it_at_once() -> None:
    until = NOON + timedelta(hours=2)
    breaker = fail(Breaker(), NOON, until)
    assert (breaker.open_until, breaker.reason) == (until, "asked for a pause: HTTP 503")


def test_quiet_hours_come_before_a_broken_receiver_and_keep_their_mark() -> None:
    open_ = Breaker(3, 1, NOON + timedelta(minutes=1), NOON, "down")
    (later,) = admit([Row()], "desk", Policy(quiet=Sleeps()), open_, [], [], NOON).later
    assert later.cause is Cause.QUIET
    (later,) = admit([Row(withheld="quiet")], "desk", Policy(), open_, [], [], NOON).later
    assert later.cause is Cause.QUIET  # it is still to come in the digest
    assert later.reason.startswith("3 failures in a row")


def test_only_what_is_fresh_waits_for_its_group() -> None:
    policy = Policy(timedelta(seconds=30))
    for row, waits in (
        (Row(), True),
        (Row(withheld="group"), True),
        (Row(attempts=1), False),
        (Row(withheld="quiet"), False),
    ):
        assert (admit([row], "desk", policy, Breaker(), [], [], NOON).head is None) is waits


def test_what_waited_for_days_is_dead_only_while_its_receiver_is_broken() -> None:
    old = Row(at=NOON - STALE, withheld="breaker")
    open_ = Breaker(9, 6, NOON + timedelta(minutes=9), NOON - STALE, "HTTP 503")
    (end,) = admit([old], "desk", Policy(), open_, [], [], NOON).ended
    assert (end.state, end.reason) == ("dead", "not delivered in 3 days: HTTP 503")
    assert admit([old], "desk", Policy(), Breaker(), [], [], NOON).head == old


def test_a_broken_receiver_is_tried_with_what_was_tried_least() -> None:
    half = Breaker(3, 1, NOON, NOON, "down")
    rows = [Row(1, attempts=4), Row(2), Row(3, attempts=1)]
    assert admit(rows, "desk", Policy(), half, [], [], NOON).head == rows[1]
    assert admit(rows, "desk", Policy(), Breaker(), [], [], NOON).head == rows[0]


@pytest.mark.parametrize(
    ("row", "fits"),
    [
        (Row(2), True),
        (Row(2, withheld="group"), True),
        (Row(2, story_id=8), False),
        (Row(2, watch="other"), False),
        (Row(2, attempts=1), False),
        (Row(2, maybe_repeat=True), False),
        (Row(2, withheld="alone"), False),
        (Row(2, withheld="quiet"), False),
    ],
)
def test_who_may_share_a_message(row: Row, fits: bool) -> None:
    assert together(Row(1), row, NOON) is fits


def test_a_digest_takes_what_was_held_back_of_any_story() -> None:
    head = Row(1, withheld="quiet")
    late = Row(4, withheld="breaker", at=NOON - timedelta(hours=2), story_id=3, attempts=2)
    rows = [Row(2, withheld="cap", watch="other"), Row(3), late, Row(5, withheld="breaker")]
    made = compose(head, rows, "desk", [], NOON)
    assert made.listed == (4, 1, 2)
    assert made.held == "quiet hours, the hourly cap, the receiver did not answer"


@pytest.mark.parametrize(
    ("conditions", "held"),
    [
        (["new_copy", "resurfaced"], [1]),
        (["first_copy", "new_copy"], [2]),
        (["outlet", "new_copy", "first_copy"], [2]),
        (["new_mention", "family"], [1]),
        (["resurfaced", "reach 5"], []),
        (["reach 3", "reach 10", "reach 5"], [1, 3]),
        (["new_copy", "credit_stripped"], []),
    ],
)
def test_what_is_inhibited_within_one_article(conditions: list[str], held: list[int]) -> None:
    rows = []
    for n, text in enumerate(conditions, start=1):
        condition, _, step = text.partition(" ")
        rows.append(Row(n, condition, step))
    assert [end.id for end in inhibited(rows)] == held
    apart = [Row(r.id, r.condition, r.step, article_id=r.id) for r in rows]
    assert inhibited(apart) == []
