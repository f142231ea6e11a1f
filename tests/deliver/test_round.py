"""One round of delivery: claimed, sent in order, recorded; nothing lost whatever happens."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import pytest

from tests.deliver.conftest import Bench, MemoryBench
from tests.fakes import T0, FakeClock, FakeOutbox, FakeSend, receiver
from watcher.core.message import Facts
from watcher.deliver import MAX_ATTEMPTS, SendResult, deliver_due
from watcher.deliver.round import LEASE_S

DESK = receiver("desk", "json://desk.example")
NIGHT = receiver("night", "json://night.example")
BOTH = {"desk": DESK, "night": NIGHT}
FACTS = Facts(watch="w", condition="new_copy", headline="Ferry line cut", outlet="Delta Courier")


def facts(n: int) -> Facts:
    return Facts(watch="w", condition="new_copy", headline=f"copy {n}", outlet="o")


def run(bench: Bench, send: FakeSend, clock: FakeClock, **more: Any) -> Any:
    more.setdefault("owner", "one")
    return asyncio.run(deliver_due(bench.outbox, BOTH, now=clock, send=send, **more))


def test_each_receiver_gets_its_messages_in_order(bench: Bench) -> None:
    for n in range(3):
        bench.add("desk", facts(n))
        bench.add("night", facts(n))
    send = FakeSend()
    done = run(bench, send, FakeClock())
    assert (done.claimed, done.sent, done.more) == (6, 6, False)
    for name in BOTH:
        assert [h for to, h, _ in send.calls if to == name] == ["copy 0", "copy 1", "copy 2"]
    assert bench.state(1) == ("sent", 1, False)
    assert run(bench, send, FakeClock()).claimed == 0


def test_a_failure_is_retried_when_its_time_has_come(bench: Bench) -> None:
    number = bench.add("desk", FACTS)
    clock = FakeClock()
    send = FakeSend([SendResult("refused", "HTTP 503")])
    done = run(bench, send, clock)
    assert (done.sent, done.retried, done.problems) == (0, 1, {"desk": "HTTP 503"})
    assert bench.state(number) == ("retry", 1, False)
    clock.forward(seconds=29)
    assert run(bench, send, clock).claimed == 0
    clock.forward(seconds=8)
    assert run(bench, send, clock).sent == 1
    assert bench.outcomes(number) == ["refused", "sent"]


def test_a_message_dies_after_the_bound_and_every_attempt_is_on_record(bench: Bench) -> None:
    number = bench.add("desk", FACTS)
    clock = FakeClock()
    send = FakeSend([SendResult("error", "no route")] * 99)
    for _ in range(40):
        run(bench, send, clock)
        clock.forward(hours=8)
    assert bench.state(number)[:2] == ("dead", MAX_ATTEMPTS)
    assert bench.outcomes(number) == ["error"] * MAX_ATTEMPTS


def test_a_pause_that_one_message_earned_holds_for_the_others(bench: Bench) -> None:
    for n in range(3):
        bench.add("desk", facts(n))
    bench.add("night", facts(9))
    clock = FakeClock()

    class Busy(FakeSend):
        async def __call__(self, receiver: Any, facts: Facts, *, maybe_repeat: bool) -> SendResult:
            done = await super().__call__(receiver, facts, maybe_repeat=maybe_repeat)
            asked = SendResult("refused", "HTTP 429", retry_after=600.0)
            return asked if receiver.name == "desk" else done

    done = run(bench, Busy(), clock)
    assert (done.retried, done.released, done.sent) == (1, 2, 1)
    assert bench.state(2) == ("pending", 0, False)  # a pause costs no attempt
    clock.forward(seconds=599)
    assert run(bench, FakeSend(), clock).claimed == 0
    clock.forward(seconds=130)
    assert run(bench, FakeSend(), clock).sent == 3


def test_a_receiver_that_is_down_does_not_cost_every_message_an_attempt(bench: Bench) -> None:
    numbers = [bench.add("desk", facts(n)) for n in range(20)]
    clock = FakeClock()
    down = FakeSend([SendResult("error", "no route")] * 2)
    done = run(bench, down, clock)
    assert (len(down.calls), done.retried, done.released) == (2, 2, 18)
    clock.forward(minutes=2)
    assert run(bench, down, clock).sent == 20
    assert [bench.state(n)[1] for n in numbers] == [2, 2] + [1] * 18


def test_one_message_that_is_at_fault_holds_up_nobody(bench: Bench) -> None:
    for n in range(6):
        bench.add("desk", facts(n))
    bad, good = SendResult("refused", "HTTP 500"), SendResult("sent")
    done = run(bench, FakeSend([bad, good, good, bad, good, good]), FakeClock())
    assert (done.sent, done.retried, done.released) == (4, 2, 0)


def test_a_crash_after_sending_sends_again_and_says_so(bench: Bench) -> None:
    number = bench.add("desk", FACTS)
    clock = FakeClock()
    # A first worker claims and is killed: nothing after the claim happens.
    assert len(bench.outbox.claim(clock(), 10, "dead", LEASE_S)) == 1
    send = FakeSend()
    clock.forward(seconds=LEASE_S - 1)
    assert run(bench, send, clock).claimed == 0
    clock.forward(seconds=1)
    assert run(bench, send, clock).sent == 1
    assert send.calls == [("desk", "Ferry line cut", True)]
    assert bench.outcomes(number) == ["abandoned", "sent"]


def test_a_lost_answer_marks_the_next_attempt_as_a_repeat(bench: Bench) -> None:
    bench.add("desk", FACTS)
    clock = FakeClock()
    send = FakeSend([SendResult("timeout", "no answer", maybe=True)])
    run(bench, send, clock)
    clock.forward(minutes=1)
    run(bench, send, clock)
    assert [repeat for _, _, repeat in send.calls] == [False, True]


def test_a_lease_lost_while_sending_is_not_overwritten(bench: Bench) -> None:
    number = bench.add("desk", FACTS)
    clock = FakeClock()

    def slept() -> None:  # the machine was suspended in the middle of a send
        clock.forward(seconds=LEASE_S + 1)
        bench.outbox.claim(clock(), 10, "two", LEASE_S)

    done = run(bench, FakeSend(before=slept), clock)
    assert (done.sent, done.lost) == (0, 1)
    assert bench.state(number)[0] == "sending"  # the other worker's now


def test_a_round_stops_before_its_lease_does(bench: Bench) -> None:
    for n in range(20):
        bench.add("desk", facts(n))
    clock = FakeClock()
    done = run(bench, FakeSend(before=lambda: clock.forward(seconds=59)), clock)
    assert (done.sent, done.released, done.lost) == (10, 10, 0)
    assert clock.at <= T0 + timedelta(seconds=LEASE_S)
    assert run(bench, FakeSend(), clock).sent == 10


def test_stopping_gives_back_what_was_not_begun(bench: Bench) -> None:
    for n in range(5):
        bench.add("desk", facts(n))
    send = FakeSend()
    done = run(bench, send, FakeClock(), stopping=lambda: len(send.calls) >= 2)
    assert (done.sent, done.released) == (2, 3)
    assert bench.state(5) == ("pending", 0, False)


def test_a_receiver_that_left_the_config_is_tried_and_told_of(bench: Bench) -> None:
    number = bench.add("gone", FACTS)
    send = FakeSend()
    done = run(bench, send, FakeClock())
    assert done.problems == {"gone": "no receiver is called 'gone' in the config"}
    assert bench.state(number) == ("retry", 1, False)
    assert send.calls == []


def test_a_silence_holds_what_it_mutes_and_says_so(bench: Bench) -> None:
    muted = bench.add("desk", FACTS)
    heard = bench.add("desk", Facts("other", "new_copy", "Ferry line mended", "Delta Courier"))
    bench.silence("w", T0 + timedelta(hours=1))
    send = FakeSend()
    done = run(bench, send, FakeClock())
    assert (done.sent, done.held, done.released) == (1, 1, 0)
    assert [headline for _, headline, _ in send.calls] == ["Ferry line mended"]
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


def test_a_silence_made_in_the_middle_of_a_round_is_heeded(bench: Bench) -> None:
    for n in range(4):
        bench.add("desk", facts(n))
    send = FakeSend(before=lambda: bench.silence("w", T0 + timedelta(hours=1)))
    done = run(bench, send, FakeClock())
    assert (done.sent, done.held) == (1, 3)


def test_an_alert_that_cannot_be_read_holds_up_nobody() -> None:
    bench = MemoryBench()
    bench.fake.add("desk", {"nonsense": True})
    bench.add("desk", FACTS)
    done = run(bench, FakeSend(), FakeClock())
    assert (done.dead, done.sent) == (1, 1)


def test_a_full_claim_says_that_there_may_be_more(bench: Bench) -> None:
    for n in range(4):
        bench.add("desk", facts(n))
    assert run(bench, FakeSend(), FakeClock(), limit=3).more
    assert not run(bench, FakeSend(), FakeClock(), limit=3).more


def test_a_fault_of_storage_reaches_the_caller() -> None:
    class Broken(FakeOutbox):
        def finish(self, *_: Any) -> bool:
            raise OSError("disk full")

    outbox = Broken()
    outbox.add("desk", FACTS)
    with pytest.raises(OSError, match="disk full"):
        asyncio.run(deliver_due(outbox, BOTH, now=FakeClock(), send=FakeSend(), owner="one"))


def test_a_fault_with_one_row_does_not_cut_the_others_off() -> None:
    class Broken(FakeOutbox):
        def finish(self, row: Any, *rest: Any) -> bool:
            if row.receiver == "desk":
                raise OSError("disk full")
            return super().finish(row, *rest)

    outbox = Broken()
    for name in ("desk", "night", "night"):
        outbox.add(name, FACTS)
    with pytest.raises(OSError, match="disk full"):
        asyncio.run(deliver_due(outbox, BOTH, now=FakeClock(), send=FakeSend(), owner="one"))
    assert [row.state for row in outbox.rows.values()] == ["sending", "sent", "sent"]


@pytest.mark.parametrize("seed", range(5))
def test_killing_workers_at_random_loses_nothing(seed: int) -> None:
    """Each worker may die at any await; whatever it held comes again. FIELD-NOTES section 4."""
    chance = random.Random(seed)
    bench, clock = MemoryBench(), FakeClock()
    numbers = [bench.add(chance.choice(["desk", "night"]), facts(n)) for n in range(30)]
    got: list[str] = []

    class KilledError(Exception):
        pass

    class Deadly(FakeSend):
        async def __call__(self, receiver: Any, facts: Facts, *, maybe_repeat: bool) -> SendResult:
            if chance.random() < 0.1:
                raise KilledError  # before it left
            got.append(facts.headline)
            if chance.random() < 0.1:
                raise KilledError  # after it left
            return SendResult("sent")

    lives = 0
    for life in range(200):
        try:
            run(bench, Deadly(), clock, owner=f"life {life}")
        except KilledError:
            lives += 1
        clock.forward(seconds=LEASE_S)
        if all(bench.state(n)[0] == "sent" for n in numbers):
            break
    assert {bench.state(n)[0] for n in numbers} == {"sent"}
    assert lives > 0
    assert set(got) == {f"copy {n}" for n in range(30)}
