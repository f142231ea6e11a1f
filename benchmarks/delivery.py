"""Delivery: what a storm of kills and bad receivers loses, and what broken receivers cost others.

    python benchmarks/delivery.py [--rows 1200] [--kills 60] [--alerts 1000] [--stories 100]

0 rows or 0 alerts leave that part out.

Storm: two workers deliver to three webhooks and a mailbox that refuse, hang, cut the line or drop
their answer in a quarter of the cases, and are killed at random (SIGKILL). Load: that many alerts
at once, of that many stories, to 16 healthy webhooks alone, then again with three dead receivers
(one refuses connections, one answers 503, one never answers) and one that takes a second a
message; the daemon's dispatch is called each quarter of a second all the while. Webhooks (json://),
because Apprise itself waits 1.2 s between two messages to Slack and 5.5 s between two mails.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import socket
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from aiohttp import web
from sqlalchemy import insert

from storage import models
from storage.db import Database, open_database
from storage.rows import AlertSpec
from tests.conftest import _running
from tests.deliver.killing import storm
from watcher.archive.outbox import add_alerts
from watcher.config import Config, Receiver, Secret
from watcher.core.message import Facts
from watcher.daemon.service import Service, utc_now

HEALTHY = 16
TICK_S = 0.25


@dataclass(frozen=True)
class Loaded:
    """A run under load: seconds until the last healthy receiver had its last alert, messages that
    took, CPU seconds of the daemon until then, and by how many milliseconds each tick was late."""

    seconds: float
    messages: int
    cpu: float
    late_ms: list[float]
    idle_ms: list[float]  # the same before
    held_ms: list[float]  # by how many the event loop itself was, looked at each 10 ms


# ---------------------------------------------------------------- the receivers


def serve(pipe: Connection) -> None:
    """Webhooks in a process of their own: `ok*` answer, `slow` after a second, `down` with 503,
    `hang` never. Answers each question on the pipe with what `ok*` have got."""

    async def main() -> None:
        got: Counter[str] = Counter()
        last = [0.0]

        async def take(request: web.Request) -> web.Response:
            name = request.match_info["name"]
            await request.read()
            match name:
                case "down":
                    return web.Response(status=503)
                case "hang":
                    await asyncio.sleep(3_600)
                case "slow":
                    await asyncio.sleep(1)
                case _:
                    got[name] += 1
                    last[0] = time.time()
            return web.Response(text="ok")

        app = web.Application()
        app.router.add_post("/{name}", take)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        loop = asyncio.get_running_loop()
        while await loop.run_in_executor(None, pipe.recv):
            pipe.send((sum(got.values()), last[0]))
        await runner.cleanup()

    asyncio.run(main())


@contextmanager
def webhooks() -> Iterator[tuple[int, Connection]]:
    """The webhooks' port, and the pipe to ask them."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send(False)
        process.join(10)
        process.kill()


def closed_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# ---------------------------------------------------------------- load


async def load(
    database: Database, url: str, *, alerts: int, stories: int, broken: bool, sent: int
) -> Loaded:
    """That many alerts at once; `sent`: messages that a receiver is to get for them."""
    with webhooks() as (port, pipe):
        places = {f"ok{n}": f"127.0.0.1:{port}/ok{n}" for n in range(HEALTHY)}
        if broken:
            places |= {name: f"127.0.0.1:{port}/{name}" for name in ("down", "hang", "slow")}
            places["closed"] = f"127.0.0.1:{closed_port()}/closed"
        config = Config(
            receivers=tuple(
                Receiver(name, Secret(f"json://{place}"), group_wait=0)
                for name, place in places.items()
            )
        )
        service = Service(config, url)
        await service.start()
        late_ms: list[float] = []
        try:
            idle_ms = await idle(service)
            # The poll that raises them writes on a thread of its own.
            await asyncio.to_thread(raise_alerts, database, alerts, stories, tuple(places))
            held_ms: list[float] = []
            holding = asyncio.create_task(hold(held_ms))
            began, cpu = time.time(), time.process_time()
            planned, n = time.monotonic(), 0
            starting: asyncio.Task[int] | None = None
            while True:
                # Each two seconds and beside the ticks, as the daemon's scheduler does.
                if n % 8 == 0 and (starting is None or starting.done()):
                    starting = asyncio.create_task(service.start_deliveries())
                await service.dispatch()
                late_ms.append((time.monotonic() - planned) * 1000)
                n += 1
                planned += TICK_S
                await asyncio.sleep(max(0.0, planned - time.monotonic()))
                pipe.send(True)
                got, last = await asyncio.to_thread(pipe.recv)
                if got >= sent * HEALTHY:
                    break
            took = time.process_time() - cpu
            holding.cancel()
        finally:
            await service.close(grace_s=0.5)
        return Loaded(last - began, got, took, sorted(late_ms), sorted(idle_ms), sorted(held_ms))


async def hold(late_ms: list[float]) -> None:
    """By how many milliseconds the event loop comes late to what is due, until cancelled."""
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        late_ms.append((time.monotonic() - due) * 1000)


async def idle(service: Service) -> list[float]:
    """By how many milliseconds ticks are late when nothing is to be delivered."""
    late_ms = []
    planned = time.monotonic()
    for _ in range(40):
        await service.dispatch()
        late_ms.append((time.monotonic() - planned) * 1000)
        planned += TICK_S
        await asyncio.sleep(max(0.0, planned - time.monotonic()))
    return late_ms


def raise_alerts(database: Database, count: int, stories: int, receivers: tuple[str, ...]) -> None:
    """Alerts in one transaction, as one large poll would raise them."""
    now = utc_now()
    with database.write() as conn:
        values = {"target": "text:x", "conditions": [], "notify": [], "origin": "cli"}
        conn.execute(insert(models.watch).values(id=1, name="w", created_at=now, **values))
        specs = []
        for n in range(count):
            story = n % stories
            facts = Facts(
                "w", "new_copy", f"copy {n}", "Delta Courier", "https://delta.example/copy",
                story=story,
            )  # fmt: skip
            specs.append(
                AlertSpec(
                    f"w:{n}", 1, "new_copy", now, "a copy", receivers, facts.to_plain(), story, n
                )
            )
        add_alerts(conn, specs)


# ---------------------------------------------------------------- engines


@contextmanager
def databases() -> Iterator[Iterator[tuple[str, str]]]:
    """Two engines: (name, URL of a new database) for each, as often as asked."""
    with tempfile.TemporaryDirectory(prefix="watcher-bench-") as folder, _running() as server:

        def urls() -> Iterator[tuple[str, str]]:
            yield "sqlite", f"sqlite:///{folder}/{time.monotonic_ns()}.db"
            yield "postgresql", server.url(server.create())

        yield _Forever(urls)  # type: ignore[misc]


class _Forever:
    def __init__(self, make: Any) -> None:
        self._make = make

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._make())


def late(values: list[float]) -> str:
    """Of sorted values the median, the 95th percentile and the largest."""
    return "".join(f"{values[round(q * (len(values) - 1))]:>6.0f}" for q in (0.5, 0.95, 1))


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_200)
    parser.add_argument("--kills", type=int, default=60)
    parser.add_argument("--alerts", type=int, default=1_000)
    parser.add_argument("--stories", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    with databases() as engines:
        print("storm: two workers, receivers fail in 24 % of the cases")
        print(
            "engine      rows kills   sent   lost  in +N  twice marked  unexplained  first marked"
            "   s"
        )
        for name, url in engines if asked.rows else ():
            with open_database(url) as database:
                database.upgrade()
                tally = asyncio.run(
                    storm(
                        database,
                        url,
                        alerts=asked.rows // 4,
                        kills=asked.kills,
                        seed=asked.seed,
                        between_s=1.5,
                    )
                )
            print(
                f"{name:<11}{tally.rows:>5}{tally.kills:>6}{tally.states['sent']:>7}"
                f"{tally.lost:>7}{tally.counted:>7}{tally.twice:>7}{tally.marked:>7}{tally.unexplained:>13}{tally.first_marked:>17}"
                f"{tally.seconds:>6.0f}",
                flush=True,
            )
            print(f"            receivers: {json.dumps(dict(tally.answers))}")
        print(
            f"load: {asked.alerts} alerts of {asked.stories} stories to {HEALTHY} healthy webhooks"
        )
        print(f"{'ms late: idle | delivering | the loop':>95}")
        print("engine      others         messages wall s ratio CPU s" + "   p50   p95   max" * 3)
        for name, _ in engines if asked.alerts else ():
            alone: Loaded | None = None
            for broken in (False, True):
                url = next(u for n, u in engines if n == name)
                with open_database(url) as database:
                    database.upgrade()
                    run = asyncio.run(
                        load(
                            database,
                            url,
                            alerts=asked.alerts,
                            stories=asked.stories,
                            broken=broken,
                            sent=min(asked.stories, asked.alerts),
                        )
                    )
                alone = alone or run
                print(
                    f"{name:<12}{'3 dead, 1 slow' if broken else 'none':<14}{run.messages:>9}"
                    f"{run.seconds:>7.1f}{run.seconds / alone.seconds:>6.2f}{run.cpu:>6.1f}"
                    f"{late(run.idle_ms)}{late(run.late_ms)}{late(run.held_ms)}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
