"""Several daemons on one PostgreSQL database: nothing twice, nothing lost, however they are killed.

    python benchmarks/machines.py [--index database] [--minutes 4] [--kills 10] [--seed 1]
    python benchmarks/machines.py --speed [--feeds 1000]

Four times `watcher run`, each in namespaces of its own (network, process ids, host name), as on
four machines, where we are root and `ip netns` works; else side by side on loopback. Forty outlets
at twenty hosts, polled every five seconds, publish their own reports and copies of stories that
watches follow. At random moments a daemon is killed (kill -9, workers and all) and started anew
some time later. Printed is what outlets, desk and database have seen; exit code 1 where something
is not as it has to be. `--speed`: polls per second with one, two and four daemons
(machines_speed.py).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import machines_seen as seen  # noqa: E402
from sqlalchemy import select  # noqa: E402

from storage import models  # noqa: E402
from tests.conftest import _running  # noqa: E402
from tests.poll.newsroom import Asked, Item, rss  # noqa: E402
from tests.texts import made_up, reworded  # noqa: E402
from watcher.archive import open_archive  # noqa: E402

DAEMONS, OUTLETS, HOSTS, STORIES, COPIES = 4, 40, 20, 15, 6
INTERVAL_S, OWN = 5, 3
ANY = "0.0.0.0"  # noqa: S104 - addresses of namespaces and of loopback alike
LATENCY_S = (0.2, 0.8)  # an answer takes so long: whoever is killed is in the middle of some


# ------------------------------------------------------------ machines


def _do(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def network() -> Any:
    """Four network namespaces on a bridge: how to run a command in the n-th, and hosts' addresses;
    loopback where that cannot be."""
    made: list[list[str]] = []
    try:
        if os.geteuid():
            raise PermissionError
        _do("ip", "link", "add", "wbench", "type", "bridge")
        made.append(["ip", "link", "del", "wbench"])
        hosts = [f"10.77.1.{n + 1}" for n in range(HOSTS + 1)]
        for host in hosts:
            _do("ip", "addr", "add", f"{host}/16", "dev", "wbench")
        _do("ip", "link", "set", "wbench", "up")
        for n in range(DAEMONS):
            _do("ip", "netns", "add", f"wb{n}")
            made.append(["ip", "netns", "del", f"wb{n}"])
            _do(
                "ip", "link", "add", f"wbench{n}", "type", "veth", "peer", "eth0", "netns", f"wb{n}"
            )
            _do("ip", "link", "set", f"wbench{n}", "master", "wbench", "up")
            for what in (["addr", "add", f"10.77.0.{n + 1}/16", "dev", "eth0"],
                         ["link", "set", "eth0", "up"], ["link", "set", "lo", "up"]):  # fmt: skip
                _do("ip", "-n", f"wb{n}", *what)
    except (OSError, subprocess.CalledProcessError):
        print("no network namespaces here: side by side on loopback")
        yield (lambda n: []), [f"127.0.9.{n + 1}" for n in range(HOSTS + 1)]
    else:
        yield (
            lambda n: ["ip", "netns", "exec", f"wb{n}", "unshare", "--uts", "--pid", "--fork",
                       "--kill-child", "--mount-proc", "sh", "-c",
                       f'hostname machine{n} && exec "$@"', "sh"]
        ), hosts  # fmt: skip
    finally:
        for command in reversed(made):
            subprocess.run(command, check=False)


# ------------------------------------------------------------ outlets and desk


@dataclass
class Press:
    """What is published when (seconds after it began), and who asked (from, to: times of day)."""

    begun: float
    seconds: float
    rng: random.Random
    plan: dict[int, list[tuple[float, Item]]] = field(default_factory=lambda: defaultdict(list))
    asked: list[tuple[int, float, float]] = field(default_factory=list)  # outlet, from, to
    told: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.texts = [made_up(5000 + s, 12) for s in range(STORIES)]
        for n in range(OUTLETS):
            for i in range(OWN):
                self._plan(n, i * self.seconds / OWN, f"Own {n}-{i}", made_up(100 * n + i, 12))
        for s, text in enumerate(self.texts):
            begin = self.seconds * (0.3 + 0.5 * s / STORIES)
            for n in self.rng.sample(range(OUTLETS), COPIES):
                # Some within the same second, which several daemons see at once.
                at = begin + self.rng.choice((0.0, 0.0, self.rng.uniform(0, 0.2 * self.seconds)))
                self._plan(n, at, f"Copy {s} at {n}", reworded(text, 25, seed=n + 1))

    def _plan(self, outlet: int, at: float, title: str, text: str) -> None:
        self.plan[outlet].append((at, Item(title, text, guid=title)))

    def titles(self) -> list[str]:
        return [item.title for items in self.plan.values() for _, item in items]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                named = dict(x.split(": ", 1) for x in head[1:] if x)
                headers = {name.lower(): value for name, value in named.items()}
                method, path, _ = head[0].split(" ")
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                writer.write(await self._answer(Asked(method, path, headers, body)))
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, asked: Asked) -> bytes:
        if asked.path == "/desk":
            said = json.loads(asked.body)
            self.told.append(f"{said['title']}\n{said['message']}")
            return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        outlet, started = int(asked.path.rpartition("/")[2]), time.time()
        await asyncio.sleep(self.rng.uniform(*LATENCY_S))
        self.asked.append((outlet, started, time.time()))
        now = time.monotonic() - self.begun
        shown = [item for at, item in self.plan[outlet] if at <= now]
        etag, body, status = f'"{outlet}-{len(shown)}"', rss(shown), "200 OK"
        if asked.headers.get("if-none-match") == etag:
            status, body = "304 Not Modified", b""
        head = f"HTTP/1.1 {status}\r\nETag: {etag}\r\nContent-Length: {len(body)}\r\n\r\n"
        return head.encode() + body


def feeds_yaml(press: Press, hosts: list[str], port: int, url: str, index: str) -> str:
    """The configuration that all daemons have."""
    outlets = "".join(
        f"  - {{name: Outlet {n}, domain: outlet{n}.example, feeds: [{{interval: {INTERVAL_S}s,"
        f" url: 'http://{hosts[n % HOSTS]}:{port}/{n}', full_text: never}}]}}\n"
        for n in range(OUTLETS)
    )
    watches = "".join(
        f"  - {{name: w{s}, text: {json.dumps(text)}, alert_on: [first_copy, new_copy],"
        " notify: [desk]}\n"
        for s, text in enumerate(press.texts)
    )
    return (
        f"outlets:\n{outlets}watches:\n{watches}receivers:\n"
        f"  - {{name: desk, url: 'json://{hosts[-1]}:{port}/desk', group_wait: 0s}}\n"
        "polling: {allow_hosts: [127.0.0.0/8, 10.77.0.0/16], workers: 1, min_interval: 1s}\n"
        f"storage: {{url: '{url}', index: {index}}}\n"
    )


# ------------------------------------------------------------ the run


@dataclass
class Fleet:
    """The daemons. `deaths`: when, and which feeds each of them held; `lives`: from when to when
    the killed and the living ran."""

    within: Any
    config: Path
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    deaths: list[tuple[float, list[int]]] = field(default_factory=list)
    begun: dict[int, float] = field(default_factory=dict)
    lives: list[tuple[float, float]] = field(default_factory=list)

    def start(self, n: int) -> None:
        self.begun[n] = time.time()
        command = [*self.within(n), sys.executable, "-m", "watcher", "run"]
        with (self.config.parent / f"machine{n}.log").open("ab") as log:
            self.running[n] = subprocess.Popen(
                [*command, "--config", str(self.config)], cwd=HERE.parent, stderr=log,
                start_new_session=True,
            )  # fmt: skip

    def kill(self, n: int, url: str) -> None:
        """Without a word, it and its workers."""
        process = self.running.pop(n)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        died, feed = time.time(), models.feed
        self.lives.append((self.begun[n], died))
        with open_archive(url) as database, database.read() as conn:
            host = f"machine{n}:%" if self.within(n) else f"%:{process.pid} [%"
            held = conn.scalars(select(feed.c.id).where(feed.c.lease_by.like(host)))
            self.deaths.append((died, list(held)))

    def stop(self) -> None:
        self.lives += [(self.begun[n], time.time()) for n in self.running]
        left, self.running = list(self.running.values()), {}
        for process in left:
            os.killpg(process.pid, signal.SIGTERM)
        for process in left:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)


async def played(given: argparse.Namespace, folder: Path, url: str) -> int:
    """Play, and judge."""
    rng = random.Random(given.seed)
    with ExitStack() as stack:
        within, hosts = stack.enter_context(network())
        press = Press(time.monotonic(), 60 * given.minutes, rng)
        server = await asyncio.start_server(press.serve, ANY, 0)
        port = server.sockets[0].getsockname()[1]
        config = folder / "feeds.yaml"
        config.write_text(feeds_yaml(press, hosts, port, url, given.index))
        fleet = Fleet(within, config)
        stack.callback(fleet.stop)
        for n in range(DAEMONS):
            fleet.start(n)
        end = press.begun + press.seconds
        moments = sorted(rng.uniform(0.3, 1.0) * press.seconds for _ in range(given.kills))
        back: list[tuple[float, int]] = []
        while (now := time.monotonic()) < end or back:
            while back and back[0][0] <= now:
                fleet.start(back.pop(0)[1])
            if moments and now - press.begun >= moments[0] and len(fleet.running) > 1:
                moments.pop(0)
                n = rng.choice(sorted(fleet.running))
                await asyncio.to_thread(fleet.kill, n, url)
                back = sorted([*back, (now + rng.uniform(5, 30), n)])
            await asyncio.sleep(0.05)
        wanted, waited = STORIES * (COPIES + 1), time.monotonic() + 120
        while time.monotonic() < waited and await asyncio.to_thread(settled, url) < wanted:
            await asyncio.sleep(1)
        await asyncio.sleep(5)
        await asyncio.to_thread(fleet.stop)
        asked = seen.Asked(OUTLETS, HOSTS, STORIES, COPIES, INTERVAL_S)
        return seen.judge(press, fleet, url, asked)


def settled(url: str) -> int:
    """Deliveries that came to an end."""
    with open_archive(url) as database, database.read() as conn:
        ended = models.delivery.c.state.in_(("sent", "held"))
        return len(conn.execute(select(models.delivery.c.id).where(ended)).all())


def main() -> int:
    """Parse, play."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--index", choices=("memory", "database"), default="memory")
    parser.add_argument("--feeds", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="watcher-machines-") as name, _running() as server:
        if given.speed:
            from machines_speed import measure

            measure(server, given.feeds, Path(name))
            return 0
        return 1 if asyncio.run(played(given, Path(name), server.url(server.create()))) else 0


if __name__ == "__main__":
    sys.exit(main())
