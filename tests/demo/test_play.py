"""The play's own part, before a recorder that stands in for the daemon: who is told what, when."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Callable, Mapping
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from storage.db import open_database
from watcher.config import Config, load
from watcher.demo.play import DemoResult, play
from watcher.demo.script import OPENING, REPORT, WATCH, steps


class Recorder:
    """Keeps what the play asks of a daemon; asks each feed each time; alerts at its last look."""

    def __init__(
        self,
        config: Config,
        database_url: str,
        *,
        clock: Callable[[], datetime],
        endpoints: Mapping[str, str],
    ) -> None:
        self.config = config
        self.url = database_url
        self.clock = clock
        self.endpoints = endpoints
        self.calls: list[tuple[str, datetime]] = []
        self.entries: list[int] = []
        self.etags: dict[str, str] = {}

    async def start(self) -> None:
        self.calls.append(("start", self.clock()))
        database = open_database(self.url)
        database.upgrade()
        database.close()

    async def tick(self) -> None:
        self.calls.append(("tick", self.clock()))
        entries = 0
        async with aiohttp.ClientSession() as http:
            for url in (feed.url for outlet in self.config.outlets for feed in outlet.feeds):
                known = {"If-None-Match": self.etags[url]} if url in self.etags else {}
                async with http.get(url, headers=known) as answer:
                    body = await answer.text()
                    self.etags[url] = answer.headers["ETag"]
                entries += sum(body.count(tag) for tag in ("</item>", "</entry>"))
        self.entries.append(entries)

    async def deliver(self) -> None:
        if self.clock() != steps()[-1].at:
            return
        async with aiohttp.ClientSession() as http:
            await http.post(self.endpoints["slack"], json={"text": "It is back"})
        [receiver] = [one for one in self.config.receivers if one.name == "mail"]
        at = urlsplit(receiver.url.reveal())
        letter = EmailMessage()
        letter["From"], letter["To"], letter["Subject"] = "a@b.example", "c@d.example", "Zurück"
        letter.set_content("It is back")

        def send() -> None:
            with smtplib.SMTP(at.hostname or "", at.port or 0) as smtp:
                smtp.send_message(letter)

        await asyncio.to_thread(send)

    async def close(self) -> None:
        self.calls.append(("close", self.clock()))


Played = tuple[DemoResult, list[Recorder], list[str], Path]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    workdir = tmp_path_factory.mktemp("play")
    runs: list[Recorder] = []
    lines: list[str] = []

    def serve(*args: Any, **named: Any) -> Recorder:
        runs.append(Recorder(*args, **named))
        return runs[-1]

    result = asyncio.run(play(workdir=workdir, say=lines.append, fast=True, serve=serve))
    return result, runs, lines, workdir


def test_the_daemon_runs_twice_and_is_closed_twice(played: Played) -> None:
    first, second = played[1]
    [added] = [step.at for step in steps() if step.watch]
    assert first.calls[0] == ("start", OPENING)
    assert first.calls[-1] == ("close", added)
    assert second.calls[0] == ("start", added)
    assert second.calls[-1] == ("close", steps()[-1].at)
    assert [name for run in (first, second) for name, _ in run.calls].count("close") == 2
    looks = [at for run in (first, second) for name, at in run.calls if name == "tick"]
    assert looks == [step.at for step in steps() if step.poll]


def test_only_the_second_knows_the_watch_and_it_follows_the_agency_report(played: Played) -> None:
    result, (first, second), _, _ = played
    assert first.config.watches == ()
    [watch] = second.config.watches
    assert (watch.name, watch.target_kind) == (WATCH, "story")
    assert watch.target == result.addresses[REPORT]
    assert [(c.name, c.value) for c in watch.alert_on] == [
        ("first_copy", None),
        ("resurfaced", None),
        ("reach", 3),
    ]
    assert watch.dormant_after == 7 * 86_400
    assert watch.notify == ("slack", "mail")


def test_feeds_yaml_stays_behind_and_names_every_outlet_by_its_domain(played: Played) -> None:
    result, _, _, workdir = played
    config = load(result.config, {})
    assert result.config.parent == workdir
    assert len({outlet.domain for outlet in config.outlets}) == 9
    assert all(outlet.domain.endswith("-demo.example") for outlet in config.outlets)
    assert [feed.interval for outlet in config.outlets for feed in outlet.feeds] == [900] * 9
    assert config.polling.allow_hosts == ("127.0.0.1",)
    assert result.database_url == config.storage.url


def test_texts_appear_when_the_script_says_so(played: Played) -> None:
    entries = [n for run in played[1] for n in run.entries if n]
    # The backlog at the first look, each publication at one, and all again after the restart.
    assert entries[0] == 27
    assert len(entries) == 1 + sum(bool(step.publish) for step in steps()) + 1


def test_what_the_receivers_got_is_in_the_result(played: Played) -> None:
    result = played[0]
    assert [payload["text"] for payload in result.slack] == ["It is back"]
    [letter] = result.mails
    assert letter["Subject"] == "Zurück"
    assert letter.get_content().strip() == "It is back"


def test_counts_tell_conditional_requests_apart(played: Played) -> None:
    counts = played[0].counts
    looks = sum(step.poll for step in steps())
    assert counts.looks == looks
    assert counts.feed_requests == 9 * looks
    assert counts.published == 45
    assert 0 < counts.unchanged < counts.feed_requests
    assert counts.page_requests == 0, "the recorder reads no pages"


def test_narration_carries_the_simulated_time_and_the_alerts(played: Played) -> None:
    lines = played[2]
    assert lines[0].startswith("Mon  2 Mar 06:00  Nine outlets open.")
    assert lines[-1] == "Sat 21 Mar 10:30    alert: Zurück"
    assert len(lines) == 1 + sum(bool(step.line) for step in steps())


def test_a_daemon_that_fails_leaves_no_server_behind(tmp_path: Path) -> None:
    runs: list[Recorder] = []

    class Broken(Recorder):
        async def tick(self) -> None:
            raise RuntimeError("no disk")

    def serve(*args: Any, **named: Any) -> Recorder:
        runs.append(Broken(*args, **named))
        return runs[-1]

    async def main() -> int:
        with pytest.raises(RuntimeError, match="no disk"):
            await play(workdir=tmp_path, say=lambda line: None, fast=True, serve=serve)
        refused = 0
        async with aiohttp.ClientSession() as http:
            for url in [runs[0].endpoints["slack"], runs[0].config.outlets[0].feeds[0].url]:
                with pytest.raises(aiohttp.ClientConnectorError):
                    await http.get(url)
                refused += 1
        return refused

    assert asyncio.run(main()) == 2
    assert runs[0].calls[-1][0] == "close"
