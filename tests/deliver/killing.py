"""A storm: receivers that fail, hang and drop their answers, and workers that are killed.

What arrived is counted at the receivers, which are real: a web server and a mail server. Used by
a test, with few alerts, and by benchmarks/delivery.py, with many.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from aiohttp import web
from aiosmtpd.smtp import SMTP
from sqlalchemy import insert, select

from storage import models
from storage.db import Database
from storage.rows import AlertSpec
from tests.deliver.worker import READ_TIMEOUT_S, fast_now
from watcher.archive.outbox import add_alerts
from watcher.core.message import Facts

SPEED = 100.0
REPO = Path(__file__).parents[2]
_NUMBER = re.compile(r"alert-(\d+)-")
_MARK = re.compile(r"may\s+be\s+a\s+repeat")


@dataclass(frozen=True, slots=True)
class Receipt:
    """An alert as it reached a receiver; `marked`: it said that it may be a repeat."""

    receiver: str
    alert: int
    marked: bool


@dataclass
class Tally:
    """What came of it. `counted`: in a digest's "+N more", and so not seen by name; `lost`: not
    seen and not counted. `twice`: receipts beyond the first of an alert at a receiver; `marked`:
    those of them that said so; `unexplained`: those for which no attempt is on record whose answer
    was lost; `first_marked`: first receipts that said they might be repeats."""

    rows: int = 0
    kills: int = 0
    lost: int = 0
    counted: int = 0
    twice: int = 0
    marked: int = 0
    unexplained: int = 0
    first_marked: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0


class Sinks:
    """`webhooks` web receivers and one for mail, all of bad manners while `bad` is true."""

    def __init__(self, webhooks: int, chance: random.Random) -> None:
        self.names = [*(f"desk{n}" for n in range(webhooks)), "mail"]
        self.receipts: list[Receipt] = []
        self.answers: Counter[str] = Counter()
        self.bad = True
        self._chance = chance
        self._stop = asyncio.Event()

    async def start(self) -> list[str]:
        """Listen; the receivers as `name=URL`."""
        app = web.Application()
        app.router.add_post("/{name}", self._post)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        port = self._runner.addresses[0][1]
        loop = asyncio.get_running_loop()
        self._mail = await loop.create_server(
            lambda: SMTP(_Mailbox(self), hostname="mx"), "127.0.0.1", 0
        )
        mail = self._mail.sockets[0].getsockname()[1]
        return [
            *(f"{name}=json://127.0.0.1:{port}/{name}" for name in self.names[:-1]),
            f"mail=mailto://127.0.0.1:{mail}?from=w@a.example&to=d@b.example",
        ]

    async def stop(self) -> None:
        self._stop.set()
        await self._runner.cleanup()
        self._mail.close()
        await self._mail.wait_closed()

    def fate(self) -> str:
        """What this message meets."""
        fates = ("ok", "refuse", "drop", "hang", "cut")
        fate = self._chance.choices(fates, (76, 8, 6, 4, 6))[0] if self.bad else "ok"
        self.answers[fate] += 1
        return fate

    def took(self, name: str, text: str) -> None:
        marked = _MARK.search(text) is not None
        for number in sorted({int(n) for n in _NUMBER.findall(text)}):
            self.receipts.append(Receipt(name, number, marked))

    async def hang(self) -> None:
        """Longer than anybody waits for an answer."""
        try:
            await asyncio.wait_for(self._stop.wait(), READ_TIMEOUT_S + 0.6)
        except TimeoutError:
            return

    async def _post(self, request: web.Request) -> web.StreamResponse:
        fate = self.fate()
        if fate == "cut":  # before the message is taken
            self._abort(request)
            return web.Response(status=500)
        payload = await request.json()
        if fate == "refuse":
            return web.Response(status=503, text="down")
        text = f"{payload['title']}\n{payload['message']}"
        self.took(request.match_info["name"], text)
        if fate == "hang":
            await self.hang()
        if fate != "ok":
            self._abort(request)
        return web.Response(text="ok")

    @staticmethod
    def _abort(request: web.Request) -> None:
        if request.transport is not None:
            request.transport.abort()


class _Mailbox:
    def __init__(self, sinks: Sinks) -> None:
        self._sinks = sinks

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name for it
        self, server: Any, session: Any, envelope: Any
    ) -> str:
        fate = self._sinks.fate()
        if fate == "refuse":
            return "451 4.3.0 come back later"
        if fate == "cut":
            server.transport.abort()
            return "451 4.3.0 gone"
        mail = message_from_bytes(envelope.content, policy=policy.default)
        parts = [
            part.get_content() for part in mail.walk() if part.get_content_maintype() == "text"
        ]
        self._sinks.took("mail", "\n".join(parts))
        if fate == "hang":
            await self._sinks.hang()
        if fate != "ok":
            server.transport.abort()
        return "250 kept"


async def storm(
    database: Database,
    url: str,
    *,
    alerts: int,
    kills: int,
    webhooks: int = 3,
    seed: int = 0,
    between_s: float = 0.5,
    patience_s: float = 120.0,
) -> Tally:
    """Raise alerts while two workers deliver them, and kill one of them `kills` times, at most
    `between_s` seconds apart."""
    chance = random.Random(seed)
    sinks = Sinks(webhooks, chance)
    receivers = await sinks.start()
    start = time.time()
    zygote = await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("worker.py")),
        url,
        str(start),
        str(SPEED),
        *receivers,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=REPO,
        env={**os.environ, "PYTHONPATH": str(REPO)},
    )
    tally = Tally()
    workers: list[int] = []
    try:
        await _say(zygote, "")
        with database.write() as conn:
            values = {
                "id": 1, "name": "w", "target": "text:x", "conditions": [], "notify": [],
                "origin": "cli", "created_at": fast_now(start, SPEED),
            }  # fmt: skip
            conn.execute(insert(models.watch).values(**values))
        workers = [int(await _say(zygote, "\n")) for _ in range(2)]
        raised = 0
        while raised < alerts or tally.kills < kills:
            batch = min(alerts - raised, max(1, alerts // max(1, kills)))
            await asyncio.to_thread(_raise, database, raised, batch, sinks.names, start)
            raised += batch
            await asyncio.sleep(chance.uniform(0.02, between_s))
            if tally.kills < kills:
                victim = workers.pop(chance.randrange(2))
                os.kill(victim, signal.SIGKILL)
                tally.kills += 1
                workers.append(int(await _say(zygote, "\n")))
        await asyncio.sleep(0.5)
        sinks.bad = False
        end = time.monotonic() + patience_s
        while time.monotonic() < end:
            tally.states = await asyncio.to_thread(_states, database)
            if not {"pending", "retry", "sending"} & set(tally.states):
                break
            await asyncio.sleep(0.2)
    finally:
        for pid in workers:
            os.kill(pid, signal.SIGTERM)
        zygote.stdin.close()  # type: ignore[union-attr]
        await zygote.wait()
        await sinks.stop()
    tally.seconds = time.time() - start
    tally.answers = sinks.answers
    await asyncio.to_thread(_reckon, tally, sinks, database)
    return tally


async def _say(zygote: Any, line: str) -> str:
    zygote.stdin.write(line.encode())
    answer: bytes = await zygote.stdout.readline()
    return answer.decode().strip()


def _raise(
    database: Database, first: int, count: int, receivers: Sequence[str], start: float
) -> None:
    at = fast_now(start, SPEED)
    specs = []
    for n in range(first, first + count):
        story = n // 3  # so that there are groups
        name = f"alert-{n}-"
        facts = Facts("w", "new_copy", name, name, url=f"https://delta.example/{name}", story=story)
        specs.append(
            AlertSpec(
                key=f"w:{n}",
                watch_id=1,
                condition="new_copy",
                at=at,
                reason="a copy",
                receivers=tuple(receivers),
                payload=facts.to_plain(),
                story_id=story,
                article_id=n,
            )
        )
    with database.write() as conn:
        add_alerts(conn, specs)


def _states(database: Database) -> Counter[str]:
    with database.read() as conn:
        return Counter(conn.scalars(select(models.delivery.c.state)))


def _reckon(tally: Tally, sinks: Sinks, database: Database) -> None:
    got: dict[tuple[str, int], list[Receipt]] = {}
    for one in sinks.receipts:
        got.setdefault((one.receiver, one.alert), []).append(one)
    told, tried = models.delivery, models.attempt
    in_doubt = tried.c.outcome.in_(("timeout", "error", "abandoned"))
    with database.read() as conn:
        rows = conn.execute(
            select(told.c.id, told.c.receiver, told.c.reason, models.alert.c.article_id).join(
                models.alert, models.alert.c.id == told.c.alert_id
            )
        ).all()
        doubts = Counter(conn.scalars(select(tried.c.delivery_id).where(in_doubt)))
    tally.rows = len(rows)
    for row in rows:
        copies = got.get((row.receiver, row.article_id), [])
        if not copies:
            counted = "counted there and not listed" in row.reason
            tally.counted += counted
            tally.lost += not counted
            continue
        tally.first_marked += copies[0].marked
        tally.twice += len(copies) - 1
        tally.marked += sum(again.marked for again in copies[1:])
        tally.unexplained += max(0, len(copies) - 1 - doubts[row.id])
