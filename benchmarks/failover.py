"""A PostgreSQL server that dies under two daemons, and its standby that takes its place.

    python benchmarks/failover.py

Starts a primary and a synchronous standby (pg_basebackup), two daemons whose URL names both, and
ten outlets polled every five seconds. The standby is asked some questions; the primary is killed,
and the standby promoted ten seconds later. Printed is how long nothing was polled, whether anything
that had been recorded is missing, and whether what went on is consistent.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import machines
from machines import ANY, HERE, Fleet, Press, feeds_yaml

from storage import models
from tests.conftest import _folders, _someone_else
from tests.e2e.test_crash import consistent, rows
from watcher.archive import Database, open_archive

PORTS = (55_431, 55_432)
QUESTIONS = ("stories --reach 1", "feeds list", "status", "search made", "export sightings")
CRASH_S, PROMOTE_S, AFTER_S = 45.0, 10.0, 60.0


class Servers:
    """A primary and its standby."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.programs = next(_folders())
        self.user = _someone_else()
        if self.user:
            os.chown(home, self.user["user"], self.user["group"])

    def run(self, program: str, *arguments: str) -> None:
        subprocess.run(
            [self.programs / program, *arguments], check=True, cwd=self.home, timeout=120,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **self.user,
        )  # fmt: skip

    def start(self, n: int) -> None:
        options = (
            f"-k {self.home} -c listen_addresses=127.0.0.1 -c port={PORTS[n]} -c fsync=off"
            " -c shared_buffers=64MB -c max_connections=100"
        )
        data = str(self.home / f"data{n}")
        self.run("pg_ctl", "start", "-w", "-D", data, "-o", options, "-l", f"{self.home}/log{n}")

    def begin(self) -> None:
        """Both up, the second following the first; nothing is committed before both have it."""
        data = [str(self.home / f"data{n}") for n in range(2)]
        self.run("initdb", "-D", data[0], "-U", "postgres", "--auth=trust", "--encoding=UTF8",
                 "--locale=C")  # fmt: skip
        self.start(0)
        self.sql(0, "CREATE DATABASE news")
        self.run("pg_basebackup", "-R", "-X", "stream", "-c", "fast", "-D", data[1],
                 f"--dbname=host=127.0.0.1 port={PORTS[0]} user=postgres application_name=standby",
                 )  # fmt: skip
        self.start(1)
        self.sql(0, "ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.sql(0, "SELECT pg_reload_conf()")

    def sql(self, n: int, statement: str) -> None:
        self.run("psql", "-q", "-h", "127.0.0.1", "-p", str(PORTS[n]), "-U", "postgres", "-c",
                 statement)  # fmt: skip

    def crash(self) -> None:
        """Kill the primary, all of it."""
        postmaster = int((self.home / "data0" / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            os.kill(pid, signal.SIGKILL)

    def promote(self) -> None:
        self.run("pg_ctl", "promote", "-w", "-D", str(self.home / "data1"))

    def close(self) -> None:
        self.run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.home / "data1"))


def answers(question: str) -> bool:
    """Whether the standby, which takes no writes, answers a question."""
    url = f"postgresql://postgres@127.0.0.1:{PORTS[1]}/news"
    command = [sys.executable, "-m", "watcher", "--db", url, *question.split()]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, check=False)
    return done.returncode == 0


def polls(database: Database) -> dict[int, float]:
    return {p.id: p.at.timestamp() for p in rows(database, models.poll)}


async def played(folder: Path, servers: Servers) -> None:
    host = "&".join(f"host=127.0.0.1:{port}" for port in PORTS)
    url = f"postgresql://postgres@/news?{host}&target_session_attrs=read-write"
    press = Press(time.monotonic(), CRASH_S + PROMOTE_S + AFTER_S, random.Random(1))
    server = await asyncio.start_server(press.serve, ANY, 0)
    config = folder / "feeds.yaml"
    hosts = [f"127.0.9.{n + 1}" for n in range(machines.HOSTS + 1)]
    config.write_text(feeds_yaml(press, hosts, server.sockets[0].getsockname()[1], url))
    fleet = Fleet(lambda n: [], config)
    try:
        open_archive(url, create=True).close()
        for n in range(2):
            fleet.start(n)
        await asyncio.sleep(CRASH_S)
        asked = [await asyncio.to_thread(answers, question) for question in QUESTIONS]
        print(f"{sum(asked)} of {len(asked)} questions answered by the standby")
        with open_archive(url) as database:
            before = polls(database)
            servers.crash()
        crashed = time.time()
        await asyncio.sleep(PROMOTE_S)
        await asyncio.to_thread(servers.promote)
        promoted = time.time()
        await asyncio.sleep(AFTER_S)
        alive = sum(p.poll() is None for p in fleet.running.values())
    finally:
        await asyncio.to_thread(fleet.stop)
    with open_archive(url) as database:
        after = polls(database)
    consistent(url)
    began = min(at for at in after.values() if at > promoted)
    last = max(at for at in after.values() if at < crashed)
    print(f"{len(before)} polls before the crash, {len(before.keys() - after.keys())} of them lost")
    print(f"promoted after {promoted - crashed:.1f} s; first poll {began - promoted:.1f} s later;"
          f" nothing polled for {began - last:.1f} s")  # fmt: skip
    feeds = {p.feed_id for p in _after(url, promoted)}
    print(f"{len(after) - len(before)} polls of {len(feeds)} feeds afterwards;"
          f" {alive} of 2 daemons had gone on; consistent")  # fmt: skip


def _after(url: str, moment: float) -> list[object]:
    with open_archive(url) as database:
        return [p for p in rows(database, models.poll) if p.at.timestamp() > moment]


def main() -> None:
    """Start, kill, look."""
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    machines.OUTLETS, machines.HOSTS = 10, 10
    home = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    servers = Servers(home)
    try:
        servers.begin()
        with tempfile.TemporaryDirectory(prefix="watcher-failover-") as name:
            asyncio.run(played(Path(name), servers))
    finally:
        servers.close()
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
