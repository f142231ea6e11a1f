"""The endpoint of a running service: its figures, whether it is alive, whether it is ready."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import aiohttp
import pytest
import yaml
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from storage import models
from tests.daemon.test_run import made, running, until
from tests.poll.newsroom import Item, Play, Reply, Room, feed, play
from tests.texts import made_up
from watcher.archive import articles as store
from watcher.cli import app
from watcher.config import Config, Metrics, Receiver, Secret, Watch

RULES = Path(__file__).parents[2] / "systemd/prometheus-rules.yml"
STORY = made_up(7, 14)
SECRET = "hG7tR2qLw9"


def free() -> str:
    """An address on loopback that nobody listens at."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{one.getsockname()[1]}"


async def asked(address: str | None, path: str, method: str = "GET") -> tuple[int, str]:
    async with (
        aiohttp.ClientSession() as http,
        http.request(method, f"http://{address}{path}") as answer,
    ):
        return answer.status, await answer.text()


def values(text: str) -> dict[str, float]:
    """Samples by name and labels, as a scraper reads them."""
    return {
        sample.name + "".join(f" {k}={v}" for k, v in sorted(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def with_metrics(room: Room, metrics: Metrics) -> Config:
    return Config(
        outlets=tuple(room.outlets), receivers=tuple(room.receivers),
        watches=tuple(room.watches), polling=room.polling, metrics=metrics,
    )  # fmt: skip


def test_what_a_scrape_sees(database_url: str) -> None:
    async def scenario(room: Room) -> None:
        first = await room.outlet("First", "/1")
        second = await room.outlet("Second", "/2")
        await room.outlet("Broken", "/3")
        first.pages["/1"] = feed(Item("A", made_up(8, 14), guid="a"))
        old = Item("Old", made_up(9, 14), guid="o")
        second.pages["/2"] = feed(old)
        room.receivers.append(Receiver("desk", Secret(f"json://127.0.0.1:9/{SECRET}")))
        room.watches.append(Watch("lantern", "text", STORY, notify=("desk",)))
        service = await room.open()
        await service.observed.endpoint.listen(free())
        address = service.observed.endpoint.address
        await room.poll()
        second.pages["/2"] = feed(old, Item("Copy", STORY, guid="copy"))
        await room.poll()
        await service.start_deliveries()
        await until(lambda: not service._jobs)
        status, text = await asked(address, "/metrics")
        assert status == 200
        seen = values(text)
        assert seen["watcher_polls_total outcome=ok"] >= 3
        assert seen["watcher_polls_total outcome=failed"] == 2
        assert seen["watcher_poll_lateness_seconds_count"] == 6
        assert seen["watcher_articles_total"] == len(room.articles()) - 1  # but the watch's text
        assert seen["watcher_matches_total kind=verbatim"] == len(room.rows(models.match))
        assert seen["watcher_alerts_total"] == len(room.fired()) > 0
        assert seen["watcher_delivery_results_total result=put_off"] > 0
        assert seen["watcher_deliveries state=pending"] > 0
        assert seen["watcher_feeds health=failing"] == 1
        assert seen["watcher_feeds_overdue"] == 0
        assert seen["watcher_worker_kills_total reason=timeout"] == 0
        assert seen["watcher_database_bytes"] > 50_000
        assert seen["process_open_fds"] > 5
        room.clock.forward(days=3)
        service.observed._read = None  # figures of this moment
        seen = values((await asked(address, "/metrics"))[1])
        assert seen["watcher_feeds_overdue"] == 3
        assert seen["watcher_schedule_lag_seconds"] > 86_400
        assert seen["watcher_delivery_oldest_seconds"] >= 3 * 86_400
        # Nothing that would leak, or grow with what is watched.
        for word in (SECRET, "desk", "lantern", "example", "127.0.0", "Broken"):
            assert word not in text
        assert len(seen) < 200
        # What the rules ask for is there.
        names = {key.partition(" ")[0] for key in seen}
        asked_for = set(re.findall(r"\bwatcher_\w+", RULES.read_text()))
        if database_url.startswith("postgresql"):  # whose disk is not ours to see
            asked_for -= {"watcher_disk_free_bytes", "watcher_database_wal_bytes"}
        assert asked_for <= names
        if shutil.which("promtool"):
            told = subprocess.run(["promtool", "check", "metrics"], input=text, text=True,
                                  capture_output=True)  # fmt: skip
            assert (told.returncode, told.stdout + told.stderr) == (0, "")

    play(database_url, scenario)


def test_alive_and_ready(sqlite_url: str, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(room: Room) -> None:
        (await room.outlet("First")).pages["/rss"] = Reply()
        service = await room.open()
        await service.observed.endpoint.listen(free())
        address = service.observed.endpoint.address
        assert await asked(address, "/healthz") == (503, "starting\n")
        await service.tick()
        assert await asked(address, "/healthz") == (200, "alive\n")
        assert await asked(address, "/readyz") == (200, "ready\n")
        assert (await asked(address, "/metrics", "POST"))[0] == 405
        assert (await asked(address, "/other"))[0] == 404
        # The writer is busy, and says nothing.
        gate = threading.Event()
        service.writer.submit(gate.wait)
        service.observed.answer_s = 0.01
        assert await asked(address, "/healthz") == (503, "the writer has been busy for 0 s\n")
        gate.set()
        service.observed.answer_s = 60.0
        assert (await asked(address, "/healthz"))[0] == 200
        # The database is gone: a restart mends nothing.
        with service.database.write() as conn:
            store.put_meta(conn, "daemon", "{}")
            conn.exec_driver_sql("ALTER TABLE alembic_version RENAME TO hidden")
        service.observed._read = None
        assert (await asked(address, "/healthz"))[0] == 200
        status, why = await asked(address, "/readyz")
        assert status == 503
        assert "watcher db upgrade" in why
        assert (await asked(address, "/metrics"))[0] == 503
        # No tick any more.
        service.observed._monotonic = lambda: 1e9
        assert "no feed was looked for" in (await asked(address, "/healthz"))[1]

    play(sqlite_url, scenario)


def test_off_unless_asked_for_and_moved_by_a_reload(
    room: Play, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(newsroom: Room) -> None:
        (await newsroom.outlet("First")).pages["/rss"] = Reply()
        where = [Metrics(), Metrics(free()), Metrics(free())]
        configs = iter([with_metrics(newsroom, each) for each in where])
        next(configs)
        daemon, service = made(newsroom, lambda: (next(configs), []))
        async with running(daemon):
            await until(lambda: hasattr(service, "fetcher"))
            assert service.observed.endpoint.address is None
            for each in where[1:]:
                assert await daemon.reload()
                assert service.observed.endpoint.address == each.listen
                assert (await asked(each.listen, "/metrics"))[0] == 200
            with pytest.raises(aiohttp.ClientConnectionError):
                await asked(where[1].listen, "/metrics")
            # One that is taken: said, and feeds are polled all the same.
            with socket.socket() as taken:
                taken.bind(("127.0.0.1", 0))
                taken.listen()
                port = taken.getsockname()[1]
                configs = iter([with_metrics(newsroom, Metrics(f"127.0.0.1:{port}"))])
                assert await daemon.reload()
            assert service.observed.endpoint.address is None
            assert "metrics.listen" in caplog.text

    room(scenario)


def test_killed_workers_are_counted(sqlite_url: str) -> None:
    async def scenario(room: Room) -> None:
        service = await room.open()
        for _ in range(2):
            with pytest.raises(Exception, match="killed"):
                await service.workers.run(_forever, timeout=0.05)
        await service.tick()
        await service.housekeep()
        await service.observed.endpoint.listen(free())
        seen = values((await asked(service.observed.endpoint.address, "/metrics"))[1])
        assert seen["watcher_worker_kills_total reason=timeout"] == 2
        with service.database.read() as conn:
            left = json.loads(dict(iter(conn.execute(models.meta.select())))["daemon"])
        assert left["kills"] == {"timeout": 2}
        # The command says the same, for people.
        (await room.outlet("Late")).pages["/rss"] = Reply()
        await room.open()
        room.clock.forward(hours=2)
        told = CliRunner().invoke(app, ["status", "--db", room.url], env={"COLUMNS": "80"})
        assert "timeout" in told.stdout
        assert re.search(r"^Workers +killed since .*: 2 timeout$", told.stdout, re.MULTILINE)
        assert re.search(r"^Schedule +1 feed due, the oldest for ", told.stdout, re.MULTILINE)

    play(sqlite_url, scenario)


def _forever() -> None:
    threading.Event().wait()


@pytest.mark.skipif(
    shutil.which("promtool") is None and not os.environ.get("CI"),
    reason="THE ALERTING RULES WERE NOT TESTED: apt install prometheus",
)
def test_the_alerting_rules_fire_as_they_say(tmp_path: Path) -> None:
    script = Path(__file__).with_name("rules_test.yml")
    shutil.copy(RULES, tmp_path / RULES.name)
    shutil.copy(script, tmp_path)
    done = subprocess.run(["promtool", "test", "rules", script.name], cwd=tmp_path,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    rules = {rule["alert"] for rule in yaml.safe_load(RULES.read_text())["groups"][0]["rules"]}
    tried = {
        case["alertname"]
        for test in yaml.safe_load(script.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }
    assert tried == rules
