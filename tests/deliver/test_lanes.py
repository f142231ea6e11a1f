"""Messages go out in order, are recorded, and none is lost whatever happens; on each engine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from storage.reads.deliveries import receivers
from tests.deliver.conftest import Bench
from tests.fakes import T0, FakeClock, FakeSend, receiver
from watcher.archive.outbox import Answer, Outbox, Turn, resend
from watcher.core.discipline import OPEN_AFTER, Policy
from watcher.core.message import Facts
from watcher.deliver import MAX_ATTEMPTS, Deliverer, SendResult, deliver_due
from watcher.report import open_reader

DESK = receiver("desk", "json://desk.example")
NIGHT = receiver("night", "json://night.example")
BOTH = {"desk": DESK, "night": NIGHT}
FACTS = Facts(watch="w", condition="new_copy", headline="Ferry line cut", outlet="Delta Courier")
DOWN = SendResult("error", "no route")


def facts(n: int, **more: Any) -> Facts:
    return Facts(watch="w", condition="new_copy", headline=f"copy {n}", outlet="o", **more)


def run(bench: Bench, send: FakeSend, clock: FakeClock, **more: Any) -> Any:
    more.setdefault("owner", "one")
    return asyncio.run(deliver_due(bench.outbox, BOTH, now=clock, send=send, **more))


def claim(bench: Bench, clock: FakeClock, owner: str, name: str = "desk") -> Answer:
    """What a worker does before it is killed: takes a message, and nothing else."""
    (answer,) = bench.outbox.turns([Turn(name, Policy())], clock(), owner, 60.0)
    return answer


def test_each_receiver_gets_its_messages_in_order(bench: Bench) -> None:
    numbers = [n for k in range(3) for n in bench.tell(("desk", "night"), facts(k))]
    send = FakeSend()
    done = run(bench, send, FakeClock())
    assert (done.claimed, done.sent, done.messages) == (6, 6, 6)
    for name in BOTH:
        assert [h for to, h, _ in send.calls if to == name] == ["copy 0", "copy 1", "copy 2"]
    assert {bench.state(n) for n in numbers} == {("sent", 1, False)}
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
    send = FakeSend([DOWN] * 99)
    for _ in range(MAX_ATTEMPTS + 3):
        run(bench, send, clock)
        clock.forward(hours=8)
    assert bench.state(number)[:2] == ("dead", MAX_ATTEMPTS)
    assert bench.outcomes(number) == ["error"] * MAX_ATTEMPTS
    assert "given up after 14 attempts: no route" in bench.reason(number)


def test_a_dead_letter_is_sent_again_on_request(bench: Bench) -> None:
    number = bench.add("desk", FACTS)
    clock = FakeClock()
    assert run(bench, FakeSend([SendResult("refused", "HTTP 400", retry=False)]), clock).dead == 1
    assert resend(bench.database, bench.row(number).alert_id, clock()) == 1
    assert run(bench, FakeSend(), clock).sent == 1
    assert bench.outcomes(number) == ["refused", "sent"]


def test_a_pause_that_a_receiver_asks_for_holds_for_all_its_messages(bench: Bench) -> None:
    numbers = [bench.add("desk", facts(n)) for n in range(3)]
    bench.add("night", facts(9))
    clock = FakeClock()

    class Busy(FakeSend):
        async def __call__(self, receiver: Any, facts: Sequence[Facts], **more: Any) -> SendResult:
            done = await super().__call__(receiver, facts, **more)
            asked = SendResult("refused", "HTTP 429", retry_after=600.0)
            return asked if receiver.name == "desk" else done

    done = run(bench, Busy(), clock)
    assert (done.retried, done.put_off, done.sent) == (1, 2, 1)
    assert bench.state(numbers[1]) == ("pending", 0, False)  # a pause costs no attempt
    assert "asked for a pause: HTTP 429" in bench.reason(numbers[1])
    clock.forward(seconds=599)
    assert run(bench, FakeSend(), clock).claimed == 0
    clock.forward(seconds=130)
    assert run(bench, FakeSend(), clock).sent == 3


def test_a_broken_receiver_is_left_alone_and_tried_with_one_message(bench: Bench) -> None:
    numbers = [bench.add("desk", facts(n)) for n in range(20)]
    clock = FakeClock()
    send = FakeSend([DOWN] * (OPEN_AFTER + 1))
    done = run(bench, send, clock)
    assert (len(send.calls), done.retried, done.put_off) == (OPEN_AFTER, OPEN_AFTER, 17)
    # The state is in the database: another worker leaves it alone, too, what is new included.
    late = bench.add("desk", facts(99))
    assert run(bench, send, clock, owner="two").put_off == 1
    assert bench.reason(late) == "3 failures in a row, tried again at " + (
        f"{bench.row(late).next_at:%H:%M:%S} UTC: no route"
    )
    clock.forward(seconds=40)
    assert (run(bench, send, clock).retried, len(send.calls)) == (1, OPEN_AFTER + 1)  # half open
    clock.forward(seconds=40)
    assert run(bench, send, clock).claimed == 0  # and open again, for twice as long
    clock.forward(minutes=2)
    assert run(bench, send, clock).sent == 21
    assert sorted(bench.state(n)[1] for n in [*numbers, late]) == [1] * 17 + [2] * 4
    with bench.database.read() as conn:
        assert receivers(conn) == []


def test_a_broken_receiver_is_shown(bench: Bench, database_url: str) -> None:
    for n in range(4):
        bench.add("desk", facts(n))
    clock = FakeClock()
    run(bench, FakeSend([DOWN] * 3), clock)

    def shown() -> list[tuple[str, str, int, str]]:
        with open_reader(database_url) as reader:
            lines = reader.status(now=clock()).receivers
        return [(one.receiver, one.state, one.failures, one.reason) for one in lines]

    assert shown() == [("desk", "open", 3, "no route")]
    clock.forward(minutes=1)
    assert shown() == [("desk", "half-open", 3, "no route")]
    run(bench, FakeSend(), clock)
    assert shown() == []


def test_one_message_that_is_at_fault_holds_up_nobody(bench: Bench) -> None:
    for n in range(6):
        bench.add("desk", facts(n))
    bad, good = SendResult("refused", "HTTP 500"), SendResult("sent")
    done = run(bench, FakeSend([bad, good, good, bad, good, good]), FakeClock())
    assert (done.sent, done.retried, done.put_off) == (4, 2, 0)


def test_a_faulty_message_is_not_the_one_that_tries_the_receiver_for_ever(bench: Bench) -> None:
    bad = bench.add("desk", facts(0))
    others = [bench.add("desk", facts(n)) for n in range(1, 9)]
    clock = FakeClock()

    class Picky(FakeSend):
        async def __call__(self, receiver: Any, facts: Sequence[Facts], **more: Any) -> SendResult:
            await super().__call__(receiver, facts, **more)
            down = clock() < T0 + timedelta(minutes=10) or facts[0].headline == "copy 0"
            return DOWN if down else SendResult("sent")

    send = Picky()
    for _ in range(40):
        run(bench, send, clock)
        clock.forward(minutes=1)
    assert {bench.state(n)[0] for n in others} == {"sent"}
    assert bench.state(bad)[0] == "retry"


def test_a_crash_after_sending_sends_again_and_says_so(bench: Bench) -> None:
    number = bench.add("desk", FACTS)
    later = bench.add("desk", facts(2))
    clock = FakeClock()
    assert claim(bench, clock, "dead").message is not None
    send = FakeSend()
    assert run(bench, send, clock).sent == 1  # the message that was not begun
    clock.forward(seconds=59)
    assert run(bench, send, clock).claimed == 0
    clock.forward(seconds=1)
    assert run(bench, send, clock).sent == 1
    assert send.calls == [("desk", "copy 2", False), ("desk", "Ferry line cut", True)]
    assert bench.outcomes(number) == ["abandoned", "sent"]
    assert bench.outcomes(later) == ["sent"]


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
        clock.forward(hours=1)
        claim(bench, clock, "two")

    done = run(bench, FakeSend(before=slept), clock)
    assert (done.sent, done.lost) == (0, 1)
    assert (bench.state(number)[0], bench.row(number).lease_by) == ("sending", "two")


def test_stopping_leaves_what_was_not_begun_as_it_was(bench: Bench) -> None:
    numbers = [bench.add("desk", facts(n)) for n in range(5)]
    send = FakeSend()
    done = run(bench, send, FakeClock(), stopping=lambda: len(send.calls) >= 2)
    assert (done.sent, done.claimed) == (2, 2)
    assert bench.state(numbers[4]) == ("pending", 0, False)


def test_a_receiver_that_left_the_config_is_tried_and_told_of(bench: Bench) -> None:
    number = bench.add("gone", FACTS)
    send = FakeSend()
    done = run(bench, send, FakeClock())
    assert done.problems == {"gone": "no receiver is called 'gone' in the config"}
    assert bench.state(number) == ("retry", 1, False)
    assert send.calls == []


def test_an_alert_that_cannot_be_read_holds_up_nobody(bench: Bench) -> None:
    bad = bench.add("desk", FACTS, payload={"nonsense": True})
    bench.add("desk", FACTS)
    done = run(bench, FakeSend(), FakeClock())
    assert (done.dead, done.sent) == (1, 1)
    assert bench.state(bad)[0] == "dead"


def test_one_receiver_that_hangs_holds_up_no_other(bench: Bench) -> None:
    bench.tell(("desk", "night"), facts(0))
    bench.tell(("desk", "night"), facts(1))

    async def play() -> tuple[list[tuple[str, str, bool]], int]:
        hung = asyncio.Event()

        class Hanging(FakeSend):
            async def __call__(
                self, receiver: Any, facts: Sequence[Facts], **more: Any
            ) -> SendResult:
                if receiver.name == "desk":
                    await hung.wait()
                return await super().__call__(receiver, facts, **more)

        send = Hanging()
        async with Deliverer(bench.outbox, send, now=FakeClock(), owner="one") as deliverer:
            first = await deliverer.start(BOTH)
            await next(lane for lane in first if lane is not deliverer._lanes["desk"])
            before = list(send.calls)
            # The next tick opens no second lane for the one that hangs, and one for the other.
            bench.tell(("desk", "night"), facts(2))
            (second,) = await deliverer.start(BOTH)
            assert (await second).sent == 1
            hung.set()
            done = await deliverer.run(BOTH)
        return before, done.sent

    before, sent = asyncio.run(play())
    assert [name for name, _, _ in before] == ["night", "night"]
    assert sent == 3


def test_two_workers_share_the_work_and_send_nothing_twice(bench: Bench) -> None:
    for n in range(20):
        bench.tell(("desk", "night"), facts(n))
    send = FakeSend()

    async def play() -> list[Any]:
        return await asyncio.gather(
            *(
                deliver_due(bench.outbox, BOTH, now=FakeClock(), send=send, owner=f"w{n}")
                for n in range(3)
            )
        )

    done = asyncio.run(play())
    assert sum(one.sent for one in done) == 40 == len(set(send.calls))


class Broken(Outbox):
    """An outbox whose disk is full when one receiver's end is to be recorded."""

    def turns(self, turns: Sequence[Turn], *rest: Any) -> list[Answer]:
        if any(turn.done is not None and turn.receiver == "desk" for turn in turns):
            raise OSError("disk full")
        return super().turns(turns, *rest)


def test_a_fault_of_storage_reaches_the_caller(bench: Bench) -> None:
    number = bench.add("desk", FACTS)
    outbox = Broken(bench.database)
    with pytest.raises(OSError, match="disk full"):
        asyncio.run(deliver_due(outbox, BOTH, now=FakeClock(), send=FakeSend(), owner="one"))
    assert bench.state(number)[0] == "sending"  # until its lease ends
