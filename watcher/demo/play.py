"""The play: the real daemon, driven step by step through the script under a compressed clock."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from watcher.demo import script
from watcher.demo.newsroom import FEED_PATH, HOST, Newsroom
from watcher.demo.script import Step

if TYPE_CHECKING:
    from watcher.config import Config
    from watcher.demo.sinks import SlackSink, SmtpSink

_PAUSE_S: Final = 0.7  # after each line that people are to read
_SLACK: Final = "slack"
_MAIL: Final = "mail"


class Service(Protocol):
    """The daemon without its timers: what is due at the clock's time is done when asked."""

    async def start(self) -> object: ...
    async def tick(self) -> object: ...
    async def deliver(self) -> object: ...
    async def close(self) -> object: ...


class Serve(Protocol):
    """Makes the daemon. It stands above this room, so it is handed in: `watcher.daemon.Service`."""

    def __call__(
        self,
        config: Config,
        database_url: str,
        *,
        clock: Callable[[], datetime],
        endpoints: Mapping[str, str],
    ) -> Service: ...


class SimulatedClock:
    """A clock that stands still until it is set. Calling it gives its aware UTC time."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@dataclass(frozen=True, slots=True)
class Counts:
    """What the outlets were asked for over the whole play."""

    published: int
    looks: int  # times the daemon was asked to do what is due
    feed_requests: int
    unchanged: int  # of these, answered with 304
    page_requests: int


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What came of the play. `story` is the tracked story's id; `now` the clock at the end."""

    story: int | None
    config: Path
    database_url: str
    now: datetime
    addresses: Mapping[tuple[str, str], str]  # (outlet, slug) -> address of its page
    slack: tuple[Mapping[str, Any], ...]  # payloads as Slack would have got them, oldest first
    mails: tuple[EmailMessage, ...]
    counts: Counts


async def play(
    *, workdir: Path, say: Callable[[str], None], fast: bool, serve: Serve
) -> DemoResult:
    """Plays the script once and returns what the receivers got and the database knows.

    `workdir` must exist; feeds.yaml and demo.db are left there for a look around afterwards.
    `say` gets one line of narration at a time; unless `fast`, each is given time to be read.
    """
    from watcher.demo.sinks import SlackSink, SmtpSink

    async with AsyncExitStack() as stack:
        room = await stack.enter_async_context(Newsroom())
        slack, mail = SlackSink(), SmtpSink()
        for sink in (slack, mail):
            await sink.start()
            stack.push_async_callback(sink.stop)
        stage = _Stage(workdir, say, fast, serve, room, slack, mail)
        stack.push_async_callback(stage.close)
        for outlet, slug, at in script.backlog():
            stage.publish(outlet, slug, at)
        await stage.open()
        for step in script.steps():
            await stage.perform(step)
        await stage.close()  # before the answer is read: everything is written down
        return stage.result()


class _Stage:
    """Holds what a step needs: the newsroom, the receivers, and the daemon of the moment."""

    def __init__(
        self,
        workdir: Path,
        say: Callable[[str], None],
        fast: bool,
        serve: Serve,
        room: Newsroom,
        slack: SlackSink,
        mail: SmtpSink,
    ) -> None:
        self._config: Final = workdir / "feeds.yaml"
        self._database_url: Final = f"sqlite:///{workdir / 'demo.db'}"
        self._say = say
        self._pause_s = 0.0 if fast else _PAUSE_S
        self._serve = serve
        self._room = room
        self._slack = slack
        self._mail = mail
        self._clock = SimulatedClock(script.OPENING)
        self._addresses: dict[tuple[str, str], str] = {}
        self._service: Service | None = None
        self._watching = False
        self._looks = 0
        self._told = 0  # mails that the audience has heard of

    def publish(self, outlet: str, slug: str, at: datetime) -> None:
        self._addresses[outlet, slug] = self._room.publish(outlet, slug, at)

    async def open(self) -> None:
        """Start the daemon with the feeds.yaml of this moment; one that runs is closed before."""
        from watcher.config import load

        await self.close()
        self._config.write_text(self._feeds_yaml(), encoding="utf-8")
        # An empty environment: nothing that a visitor has exported can change the play.
        self._service = self._serve(
            load(self._config, {}),
            self._database_url,
            clock=self._clock,
            endpoints={_SLACK: self._slack.url},
        )
        await self._service.start()

    async def close(self) -> None:
        service, self._service = self._service, None
        if service is not None:
            await service.close()

    async def perform(self, step: Step) -> None:
        self._clock.now = step.at
        for outlet, slug in step.publish:
            self.publish(outlet, slug, step.at)
        if step.line:
            await self._tell(f"{_moment(step.at)}  {step.line}")
        if step.watch:
            self._watching = True
            await self.open()
        if step.poll and self._service is not None:
            self._looks += 1
            await self._service.tick()
            await self._service.deliver()
            await self._tell_mails()

    def result(self) -> DemoResult:
        """What came of it all, read from the database that the daemon has left."""
        from watcher.report import open_reader

        with open_reader(self._database_url) as reader:
            stories = {watch.watch: watch.story for watch in reader.tracked(now=self._clock())}
        asked = self._room.requests
        feeds = [request for request in asked if request.path == FEED_PATH]
        return DemoResult(
            story=stories.get(script.WATCH),
            config=self._config,
            database_url=self._database_url,
            now=self._clock(),
            addresses=dict(self._addresses),
            slack=tuple(post.payload for post in self._slack.posts),
            mails=tuple(_letter(mail.data) for mail in self._mail.mails),
            counts=Counts(
                published=len(self._addresses),
                looks=self._looks,
                feed_requests=len(feeds),
                unchanged=sum(request.status == 304 for request in feeds),
                page_requests=sum(request.path.endswith(".html") for request in asked),
            ),
        )

    async def _tell(self, line: str) -> None:
        self._say(line)
        if self._pause_s:
            await asyncio.sleep(self._pause_s)

    async def _tell_mails(self) -> None:
        fresh = self._mail.mails[self._told :]
        self._told += len(fresh)
        for mail in fresh:
            await self._tell(f"{_moment(self._clock())}    alert: {_letter(mail.data)['Subject']}")

    def _feeds_yaml(self) -> str:
        """What a desk would write for this newsroom. A JSON string is a YAML string as well."""
        outlets = "".join(
            f"  - name: {json.dumps(outlet.name, ensure_ascii=False)}\n"
            f"    domain: {outlet.domain}\n"
            f"    feeds: [{{url: {json.dumps(self._room.feed_url(key))}, interval: 15m}}]\n"
            for key, outlet in self._room.outlets.items()
        )
        mail = f"mailto://{HOST}:{self._mail.port}?from=watcher@demo.example&to=desk@demo.example"
        text = f"""# The demo's newsroom. Its ports are free ones: they differ each time.
outlets:
{outlets}receivers:
  - {{name: {_SLACK}, url: "slack://TDEMODEMO/BDEMODEMO/demodemodemodemodemodemo/#desk"}}
  - {{name: {_MAIL}, url: {json.dumps(mail)}}}
polling: {{allow_hosts: [{HOST}]}}  # else a private address is refused
storage: {{url: {json.dumps(self._database_url)}}}
"""
        if self._watching:
            text += f"""watches:
  - name: {script.WATCH}
    story: {json.dumps(self._addresses[script.REPORT])}
    alert_on: [first_copy, resurfaced, {{reach: {script.REACH}}}]
    dormant_after: {script.DORMANT_AFTER}
    notify: [{_SLACK}, {_MAIL}]
"""
        return text


def _letter(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


def _moment(at: datetime) -> str:
    return f"{at:%a} {at.day:2} {at:%b %H:%M}"
