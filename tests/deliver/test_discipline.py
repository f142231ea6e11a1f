"""Grouping, inhibition, quiet hours, the cap, silences: held back with a reason, never lost."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import time, timedelta
from typing import Any

import pytest

from tests.deliver.conftest import Bench
from tests.fakes import T0, FakeClock, FakeReceiver, FakeSend, receiver
from watcher.archive.outbox import list_alerts, resend, show_alert
from watcher.config import QuietHours
from watcher.core.discipline import LISTED
from watcher.core.message import Facts
from watcher.deliver import Deliverer, SendResult, deliver_due

DESK = receiver("desk", "json://desk.example", group_wait=30.0)
NIGHTLY = replace(DESK, quiet_hours=QuietHours(time(22), time(7), "Europe/Paris"))
FACTS = Facts(watch="w", condition="new_copy", headline="Ferry line cut", outlet="Delta Courier")
REFUSED = SendResult("refused", "HTTP 400", retry=False)


def facts(headline: str, condition: str = "new_copy", story: int | None = 7, **more: Any) -> Facts:
    return Facts("w", condition, headline, "Delta Courier", story=story, **more)


def run(
    bench: Bench, send: FakeSend, clock: FakeClock, desk: FakeReceiver = DESK, *, owner: str = "one"
) -> Any:
    return asyncio.run(deliver_due(bench.outbox, {"desk": desk}, now=clock, send=send, owner=owner))


def said(send: FakeSend) -> list[str]:
    return [text for _, text, _ in send.calls]


# ---------------------------------------------------------------- groups


def test_alerts_of_a_watch_and_story_come_in_one_message(bench: Bench) -> None:
    clock, send = FakeClock(), FakeSend()
    first = bench.add("desk", facts("one"))
    assert run(bench, send, clock).put_off == 1
    assert bench.reason(first) == "waits until 09:00:30 UTC for more of its story"
    clock.forward(seconds=20)
    bench.add("desk", facts("two"), at=clock())
    other = bench.add("desk", facts("elsewhere", story=8), at=clock())
    assert run(bench, send, clock).put_off == 2
    # Nothing of this is in the worker: another one goes on after a restart.
    clock.forward(seconds=10)
    done = run(bench, send, clock, owner="after a restart")
    assert (done.messages, done.sent, said(send)) == (1, 2, ["one | two"])
    assert bench.reason(first) == "sent at attempt 1, in one message with 1 more"
    assert bench.state(other)[0] == "pending"
    clock.forward(seconds=20)
    run(bench, send, clock)
    assert said(send) == ["one | two", "elsewhere"]


def test_a_flush_waits_for_nothing(bench: Bench) -> None:
    bench.add("desk", facts("one"))
    send = FakeSend()

    async def play() -> int:
        async with Deliverer(bench.outbox, send, now=FakeClock(), owner="one") as deliverer:
            return (await deliverer.run({"desk": DESK}, flush=True)).sent

    assert asyncio.run(play()) == 1


def test_a_group_that_failed_is_tried_again_as_it_was(bench: Bench) -> None:
    clock = FakeClock(T0 + timedelta(minutes=1))
    bench.add("desk", facts("one"))
    bench.add("desk", facts("two"))
    send = FakeSend([SendResult("timeout", "no answer", maybe=True)])
    run(bench, send, clock)
    clock.forward(minutes=1)
    bench.add("desk", facts("new"), at=clock() - timedelta(minutes=1))
    run(bench, send, clock)
    # What is new is no repeat, and is not said to be one.
    assert sorted(send.calls) == [
        ("desk", "new", False),
        ("desk", "one | two", False),
        ("desk", "one | two", True),
    ]


def test_one_alert_that_is_refused_does_not_take_its_group_with_it(bench: Bench) -> None:
    clock = FakeClock(T0 + timedelta(minutes=1))
    numbers = [bench.add("desk", facts(name)) for name in ("one", "bad", "three")]
    send = FakeSend([REFUSED, SendResult("sent"), REFUSED])
    done = run(bench, send, clock)
    assert said(send) == ["one | bad | three", "one", "bad", "three"]
    assert (done.retried, done.dead, done.sent) == (3, 1, 2)
    assert [bench.state(n)[0] for n in numbers] == ["sent", "dead", "sent"]


def test_a_long_group_lists_the_most_telling_and_counts_the_others(bench: Bench) -> None:
    clock = FakeClock(T0 + timedelta(minutes=1))
    numbers = [bench.add("desk", facts(f"copy {n}")) for n in range(LISTED + 4)]
    back = bench.add("desk", facts("back", "resurfaced"))
    send = FakeSend()
    assert run(bench, send, clock).sent == LISTED + 5
    assert said(send) == [" | ".join([*(f"copy {n}" for n in range(LISTED - 1)), "back"]) + " +5"]
    assert bench.reason(back) == "sent at attempt 1, in one message with 12 more"
    assert bench.reason(numbers[-1]) == (
        "sent at attempt 1, counted there and not listed, in one message with 12 more"
    )


# ---------------------------------------------------------------- inhibition


def test_what_another_alert_of_the_article_says_is_held(bench: Bench) -> None:
    clock = FakeClock(T0 + timedelta(minutes=1))
    back = bench.add("desk", facts("back", "resurfaced"), article_id=5)
    copy = bench.add("desk", facts("copy", "new_copy"), article_id=5)
    reach = [
        bench.add("desk", facts(f"reach {k}", "reach", step=str(k)), article_id=5) for k in (3, 5)
    ]
    other = bench.add("desk", facts("another article"), article_id=6)
    send = FakeSend()
    done = run(bench, send, clock)
    assert said(send) == ["back | reach 5 | another article"]
    assert (done.sent, done.held) == (3, 2)
    alert = bench.row(back).alert_id
    assert bench.reason(copy) == (
        f"inhibited: alert {alert} (resurfaced) of the same article says more"
    )
    assert bench.reason(reach[0]).endswith("(reach 5) of the same article says more")
    assert bench.state(other)[0] == "sent"
    # Held is not gone: it is listed with its reason, and can be sent on request.
    detail = show_alert(bench.database, bench.row(copy).alert_id)
    assert detail is not None
    assert [row.state for row in detail.deliveries] == ["held"]
    assert resend(bench.database, detail.alert.id, clock(), states=("held",)) == 1
    assert run(bench, send, clock).sent == 1


# ---------------------------------------------------------------- quiet hours


def test_the_night_comes_in_one_digest_in_the_morning(bench: Bench) -> None:
    clock = FakeClock(T0.replace(hour=23))
    night = [
        bench.add("desk", Facts(f"w{n}", "new_copy", f"night {n}", "o", story=n), at=clock())
        for n in range(3)
    ]
    send = FakeSend()
    assert run(bench, send, clock, NIGHTLY).put_off == 3
    assert bench.reason(night[0]) == (
        "quiet hours 22:00-07:00 Europe/Paris until 2026-03-03 06:00 UTC"
    )
    clock.forward(hours=6, minutes=59)
    night.append(bench.add("desk", facts("just before"), at=clock()))
    assert run(bench, send, clock, NIGHTLY).claimed == 0
    clock.forward(minutes=1)
    done = run(bench, send, clock, NIGHTLY)
    assert (done.messages, done.sent) == (1, 4)
    assert said(send) == ["night 0 | night 1 | night 2 | just before"]
    assert send.held == ["quiet hours"]
    assert bench.reason(night[0]) == (
        "sent at attempt 1, in one message with 3 more, after quiet hours"
    )


def test_a_silence_in_the_night_counts_though_it_ends_before_the_morning(bench: Bench) -> None:
    clock = FakeClock(T0.replace(hour=23))
    bench.silence("w", clock() + timedelta(hours=1))
    muted = bench.add("desk", facts("muted"), at=clock())
    send = FakeSend()
    assert run(bench, send, clock, NIGHTLY).held == 1
    clock.forward(hours=9)
    assert run(bench, send, clock, NIGHTLY).claimed == 0
    assert bench.state(muted)[0] == "held"


# ---------------------------------------------------------------- the cap


def test_beyond_the_cap_everything_comes_in_the_next_message(bench: Bench) -> None:
    desk = replace(DESK, hourly_cap=2, group_wait=0.0)
    clock, send = FakeClock(), FakeSend()
    numbers = []
    for n in range(LISTED + 6):
        numbers.append(bench.add("desk", facts(f"alert {n}", story=n), at=clock()))
        run(bench, send, clock, desk)
        clock.forward(minutes=1)
    assert said(send) == ["alert 0", "alert 1"]
    assert bench.reason(numbers[2]) == "hourly cap of 2 until 2026-03-02 10:00 UTC"
    clock.at = T0 + timedelta(minutes=59)
    assert run(bench, send, clock, desk).claimed == 0
    clock.forward(minutes=1)
    assert run(bench, send, clock, desk).messages == 1
    listed = " | ".join(f"alert {n}" for n in range(2, 2 + LISTED))
    assert (said(send)[2], send.held[2]) == (f"{listed} +4", "the hourly cap")
    assert {bench.state(n)[0] for n in numbers} == {"sent"}


def test_a_group_counts_as_one_message_and_a_failure_as_none(bench: Bench) -> None:
    desk = replace(DESK, hourly_cap=2, group_wait=0.0)
    clock = FakeClock()
    send = FakeSend([SendResult("refused", "HTTP 503")])
    for name in ("one", "two", "three"):
        bench.add("desk", facts(name))
    run(bench, send, clock, desk)
    clock.forward(minutes=1)
    run(bench, send, clock, desk)
    bench.add("desk", facts("four"), at=clock())
    assert run(bench, send, clock, desk).sent == 1
    assert said(send) == ["one | two | three", "one | two | three", "four"]


# ---------------------------------------------------------------- broken for long


def test_after_a_long_failure_what_waited_comes_in_one_message(bench: Bench) -> None:
    desk = replace(DESK, group_wait=0.0)
    clock = FakeClock()
    numbers = [bench.add("desk", facts(f"alert {n}", story=n)) for n in range(8)]
    send = FakeSend([SendResult("error", "no route")] * 9)
    run(bench, send, clock, desk)
    assert said(send) == ["alert 0", "alert 1", "alert 2"]
    clock.forward(minutes=30)
    run(bench, send, clock, desk)  # one more tries it, still on its own
    assert [text.count("|") for text in said(send)] == [0] * 4
    clock.forward(minutes=45)
    run(bench, send, clock, desk)
    assert send.held[4:] == ["the receiver did not answer"]
    send = FakeSend()
    clock.forward(hours=1)
    run(bench, send, clock, desk)
    assert sum(text.count("|") + 1 for text in said(send)) == 8
    assert len(send.calls) <= 3
    assert {bench.state(n)[0] for n in numbers} == {"sent"}


def test_what_cannot_be_given_for_days_is_dead_and_shown(bench: Bench) -> None:
    desk = replace(DESK, group_wait=0.0)
    clock = FakeClock()
    numbers = [bench.add("desk", facts(f"alert {n}", story=n)) for n in range(6)]
    send = FakeSend([SendResult("error", "no route")] * 999)
    for _ in range(80):
        run(bench, send, clock, desk)
        clock.forward(hours=1)
    assert {bench.state(n)[0] for n in numbers} == {"dead"}
    alerts = list_alerts(bench.database)
    assert len(alerts) == 6


# ---------------------------------------------------------------- silences


def test_a_silence_holds_what_it_mutes_and_says_so(bench: Bench) -> None:
    muted = bench.add("desk", FACTS)
    heard = bench.add("desk", Facts("other", "new_copy", "Ferry line mended", "Delta Courier"))
    bench.silence("w", T0 + timedelta(hours=1))
    send = FakeSend()
    desk = replace(DESK, group_wait=0.0)
    done = run(bench, send, FakeClock(), desk)
    assert (done.sent, done.held, done.put_off) == (1, 1, 0)
    assert said(send) == ["Ferry line mended"]
    assert bench.state(muted) == ("held", 0, False)
    assert bench.reason(muted) == "silence 1 by anna until 2026-03-02 10:00 UTC: enough of it"
    assert bench.state(heard)[0] == "sent"
    later = FakeClock(T0 + timedelta(hours=2))
    assert run(bench, send, later).claimed == 0, "held for good, not until the silence ends"


def test_a_silence_ends(bench: Bench) -> None:
    bench.silence("w", T0 + timedelta(hours=1))
    bench.add("desk", FACTS)
    done = run(bench, FakeSend(), FakeClock(T0 + timedelta(hours=1)))
    assert (done.sent, done.held) == (1, 0)


@pytest.mark.parametrize("wait", [0.0, 30.0])
def test_a_silence_made_while_messages_go_out_is_heeded(bench: Bench, wait: float) -> None:
    for n in range(4):
        bench.add("desk", facts(str(n), story=n))
    clock = FakeClock(T0 + timedelta(minutes=1))
    send = FakeSend(before=lambda: bench.silence("w", T0 + timedelta(hours=1)))
    done = run(bench, send, clock, replace(DESK, group_wait=wait))
    assert (done.sent, done.held) == (1, 3)
