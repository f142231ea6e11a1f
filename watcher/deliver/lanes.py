"""A lane for each receiver: its messages one after another, whatever the other receivers do."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Protocol, Self

from watcher.archive.outbox import Answer, Done, Message, Outbox, Turn
from watcher.core.discipline import Policy, Quiet
from watcher.core.message import Facts
from watcher.deliver.backoff import SendResult, after_attempt
from watcher.deliver.books import Books

log = logging.getLogger("watcher.deliver")

# Beyond the deadline of a send: for the transaction that records how it ended.
LEASE_MARGIN_S = 60.0
# So many sends begin side by side. Twenty threads that render and connect at once would keep the
# event loop, and with it the polls, from the interpreter for hundreds of milliseconds.
_ABREAST = 3
# A send that takes longer waits for its receiver, or for Apprise's spacing: others may begin.
_BEGUN_S = 0.25


class Secret(Protocol):
    """A text that shows itself only when asked."""

    def reveal(self) -> str: ...


class Receiver(Protocol):
    """A named destination; `url` is an Apprise URL, `group_wait` in seconds, `hourly_cap` in
    messages (None: no cap)."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> Secret: ...
    @property
    def quiet_hours(self) -> Quiet | None: ...
    @property
    def hourly_cap(self) -> int | None: ...
    @property
    def group_wait(self) -> float: ...
    @property
    def template(self) -> str | None: ...


class Send(Protocol):
    """The seam to the receivers: `AppriseSender`, or a fake of it. `facts`: the alerts that one
    message lists, oldest first; `more`: how many others it counts; `held`: why they come late."""

    @property
    def deadline_s(self) -> float: ...

    async def __call__(
        self,
        receiver: Receiver,
        facts: Sequence[Facts],
        *,
        maybe_repeat: bool,
        more: int,
        held: str,
    ) -> SendResult: ...


@dataclass(slots=True)
class DeliveryRound:
    """What was done, counted in deliveries but for `messages`."""

    messages: int = 0
    claimed: int = 0
    sent: int = 0
    retried: int = 0
    dead: int = 0
    held: int = 0  # muted by a silence, or inhibited
    put_off: int = 0  # quiet hours, the cap, a group's wait, a broken receiver
    lost: int = 0  # the lease ran out under us; somebody else may send it again
    problems: dict[str, str] = field(default_factory=dict)  # receiver -> its last failure

    def add(self, other: DeliveryRound) -> None:
        """Take in what another lane did."""
        self.problems |= other.problems
        for one in fields(self):
            if one.name != "problems":
                setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


class Deliverer:
    """Empties an outbox. A receiver that hangs or is slow holds up its own lane and no other.

    A message is leased when its turn has come, and not before: a crash leaves one message a
    receiver in doubt, and each of those comes again marked as a possible repeat.
    """

    def __init__(
        self,
        outbox: Outbox,
        send: Send,
        *,
        now: Callable[[], datetime],
        owner: str,
        lease_s: float | None = None,
        stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._send = send
        self._now = now
        self._stopping = stopping
        lease = send.deadline_s + LEASE_MARGIN_S if lease_s is None else lease_s
        self._books = Books(outbox, now=now, owner=owner, lease_s=lease)
        self._abreast = asyncio.Semaphore(_ABREAST)
        self._receivers: Mapping[str, Receiver] = {}
        self._lanes: dict[str, asyncio.Task[DeliveryRound]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ends when what the lanes have asked for is written; the lanes must have ended."""
        await self._books.close()

    async def start(
        self, receivers: Mapping[str, Receiver], *, flush: bool = False
    ) -> list[asyncio.Task[DeliveryRound]]:
        """Open a lane for each receiver with something due and none open; the new ones.

        `receivers` are in force for the lanes that are open, too, from their next message on.
        `flush`: groups do not wait for more. Raises StorageError, StorageBusy.
        """
        self._receivers = receivers
        if self._stopping():
            return []
        opened = []
        for name in await self._books.due():
            if name not in self._lanes:
                task = asyncio.create_task(self._lane(name, flush=flush))
                self._lanes[name] = task
                task.add_done_callback(partial(self._ended, name))
                opened.append(task)
        return opened

    async def run(self, receivers: Mapping[str, Receiver], *, flush: bool = False) -> DeliveryRound:
        """`start`, and wait for every lane. A fault of storage reaches the caller once all lanes
        have ended; a receiver's failure never does."""
        await self.start(receivers, flush=flush)
        ends = await asyncio.gather(*self._lanes.values(), return_exceptions=True)
        done = DeliveryRound()
        for end in ends:
            if isinstance(end, BaseException):
                raise end
            done.add(end)
        return done

    def _ended(self, name: str, _: asyncio.Task[DeliveryRound]) -> None:
        del self._lanes[name]

    async def _lane(self, name: str, *, flush: bool) -> DeliveryRound:
        done = DeliveryRound()
        ended: Done | None = None
        while True:
            ask = not self._stopping()
            if ended is None and not ask:
                return done
            policy = _policy(self._receivers.get(name), flush=flush)
            answer = await self._books.turn(Turn(name, policy, ended, ask))
            _count(done, answer, ended)
            ended = None
            if answer.message is not None:
                ended = await self._attempt(name, answer.message, done)
            elif not answer.again:
                return done

    async def _attempt(self, name: str, message: Message, done: DeliveryRound) -> Done:
        began = self._now()
        result = await self._result(name, message)
        finish = after_attempt(result, message.attempts + 1, f"{name}/{message.id}", self._now())
        if result.outcome != "sent":
            done.problems[name] = result.detail
            log.warning("delivery %d to %s: %s", message.id, name, finish.reason)
        return Done(message, began, result, finish)

    async def _result(self, name: str, message: Message) -> SendResult:
        receiver = self._receivers.get(name)
        if receiver is None:
            # A reload may bring it back: worth the bounded tries.
            return SendResult("error", f"no receiver is called {name!r} in the config")
        try:
            facts = [Facts.from_plain(payload) for payload in message.payloads]
        except (TypeError, ValueError) as error:
            return SendResult("error", f"a stored alert cannot be read: {error}", retry=False)
        async with self._beginning():
            return await self._send(
                receiver,
                facts,
                maybe_repeat=message.maybe_repeat,
                more=len(message.counted),
                held=message.held,
            )

    @asynccontextmanager
    async def _beginning(self) -> AsyncIterator[None]:
        """Waits for room to begin a send, and makes it again at its end or soon after."""
        await self._abreast.acquire()
        room = [self._abreast.release]

        def make_room() -> None:
            if room:
                room.pop()()

        soon = asyncio.get_running_loop().call_later(_BEGUN_S, make_room)
        try:
            yield
        finally:
            soon.cancel()
            make_room()


async def deliver_due(
    outbox: Outbox,
    receivers: Mapping[str, Receiver],
    *,
    now: Callable[[], datetime],
    send: Send,
    owner: str,
    lease_s: float | None = None,
    stopping: Callable[[], bool] = lambda: False,
) -> DeliveryRound:
    """Send what is due, once and for all receivers, and wait for it (`Deliverer.run`)."""
    async with Deliverer(
        outbox, send, now=now, owner=owner, lease_s=lease_s, stopping=stopping
    ) as deliverer:
        return await deliverer.run(receivers)


def _policy(receiver: Receiver | None, *, flush: bool) -> Policy:
    if receiver is None:
        return Policy()
    wait = timedelta() if flush else timedelta(seconds=receiver.group_wait)
    return Policy(wait, receiver.quiet_hours, receiver.hourly_cap)


def _count(done: DeliveryRound, answer: Answer, ended: Done | None) -> None:
    if ended is not None:
        size = len(ended.message.listed) + len(ended.message.counted)
        ours = size - answer.lost
        state = ended.finish.state
        done.sent += ours if state == "sent" else 0
        # A message of several that was refused for good is tried again one by one.
        goes_on = state == "retry" or (state == "dead" and size > 1)
        done.retried += ours if goes_on else 0
        done.dead += ours if state == "dead" and not goes_on else 0
        done.lost += answer.lost
    if answer.message is not None:
        done.messages += 1
        done.claimed += len(answer.message.listed) + len(answer.message.counted)
    done.held += answer.held
    done.dead += answer.dead
    done.put_off += answer.put_off
