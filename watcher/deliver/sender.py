"""One message to one receiver through Apprise, in a thread of its own and under a deadline."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from watcher.core import message as words
from watcher.core.errors import DeliveryError
from watcher.core.message import Facts, Message
from watcher.deliver import mail, slack
from watcher.deliver.backoff import SendResult
from watcher.deliver.hearing import Heard, listening, seconds_of
from watcher.deliver.own_words import OwnWords
from watcher.deliver.secrets import scrub
from watcher.deliver.threads import Forgiving, InMemory, Threads

log = logging.getLogger("watcher.deliver")

READ_TIMEOUT_S = 20.0  # Apprise's own 4 s count a slow but successful post as failed
DEADLINE_S = 60.0

# Statuses that say the message itself is wrong: it will be no better tomorrow. A wrong token or
# address (401, 403, 404, 410) is a person's to repair, so those are tried until the bound.
_HOPELESS = frozenset({400, 405, 411, 413, 414, 415, 422, 431})

# urllib3 and smtplib, where a connection that stood broke before its answer.
_CUT_SHORT = ("Connection aborted", "Connection broken", "unexpectedly closed")


class _Secret(Protocol):
    def reveal(self) -> str: ...


class _Receiver(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def url(self) -> _Secret: ...
    @property
    def template(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class _Service:
    """A receiver's Apprise plugin, the URL it was made from, and the mail headers of that URL."""

    url: str
    plugin: Any
    headers: dict[str, str]


class AppriseSender:
    """Sends with Apprise, which blocks, sleeps between two sends, and may hang.

    Each send runs in a daemon thread, so a receiver that hangs can hold up neither the event
    loop nor the end of the program; until that thread ends, its receiver gets no second one.
    A plugin instance is kept per receiver: Apprise spaces its sends (Slack 1.2 s, mail 5.5 s).

    `endpoints` maps a receiver's name to the address that a Slack webhook or bot posts to instead
    of Slack's: for the demo and the tests. `spacing_s` overrides Apprise's, for the same two.
    `threads`: where a story's thread at a receiver is kept; in memory unless given. `pictures`
    draws a story for a mail, or gives None; it is called in the sending thread and may raise.
    """

    def __init__(
        self,
        *,
        deadline_s: float = DEADLINE_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        endpoints: Mapping[str, str] | None = None,
        spacing_s: float | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        threads: Threads | None = None,
        pictures: Callable[[int], mail.Picture | None] = lambda story: None,
    ) -> None:
        self.deadline_s = deadline_s
        self._read_timeout_s = read_timeout_s
        self._endpoints = dict(endpoints or {})
        self._spacing_s = spacing_s
        self._clock = clock
        self._threads = Forgiving(InMemory() if threads is None else threads)
        self._pictures = pictures
        self._own_words = OwnWords()
        self._services: dict[str, _Service] = {}
        self._hung: dict[str, threading.Thread] = {}

    async def __call__(
        self,
        receiver: _Receiver,
        facts: Facts | Sequence[Facts],
        *,
        maybe_repeat: bool,
        more: int = 0,
        held: str = "",
    ) -> SendResult:
        """Deliver one message. Never raises for what a receiver does; cancelling abandons it.

        `facts`: an alert, or the alerts that one message lists, oldest first. `more`: how many
        others it stands for without listing them. `held`: why they come late and together (quiet
        hours, the hourly cap); empty for an ordinary group of one watch and story.
        """
        listed = (facts,) if isinstance(facts, Facts) else tuple(facts)
        message = Message(listed, more, held, maybe_repeat)
        name, url = receiver.name, receiver.url.reveal()
        hung = self._hung.get(name)
        if hung is not None and hung.is_alive():
            return SendResult("timeout", "an earlier attempt still hangs; none was made")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[SendResult] = loop.create_future()

        def settle(result: SendResult) -> None:
            if not answer.done():
                answer.set_result(result)

        def work() -> None:
            result = self._send(name, url, receiver.template, message)
            try:
                loop.call_soon_threadsafe(settle, result)
            except RuntimeError:
                return  # the loop closed while we hung: nobody is left to tell

        thread = threading.Thread(target=work, name=f"deliver-{name}", daemon=True)
        began = time.monotonic()
        thread.start()
        try:
            return await asyncio.wait_for(answer, self.deadline_s)
        except TimeoutError:
            took = round((time.monotonic() - began) * 1000)
            detail = f"no end after {self.deadline_s:g} s"
            return SendResult("timeout", detail, maybe=True, took_ms=took)
        finally:
            if answer.cancelled():  # timed out, or we were: the thread goes on with its instance
                self._hung[name] = thread
                self._services.pop(name, None)

    # ------------------------------------------------------------ in the thread

    def _send(self, name: str, url: str, template: str | None, message: Message) -> SendResult:
        began = time.monotonic()
        with listening() as heard:
            try:
                ok = self._notify(name, self._service(name, url), template, message, heard)
            except DeliveryError as error:
                ok, heard.lines = False, [*heard.lines, str(error)]
            except Exception as error:  # noqa: BLE001 - a plugin may raise anything; it fails one attempt, which is recorded
                ok, heard.lines = False, [*heard.lines, f"{type(error).__name__}: {error}"]
        took = round((time.monotonic() - began) * 1000)
        return _result(ok, heard, url, took, self._clock())

    def _service(self, name: str, url: str) -> _Service:
        """The receiver's Apprise instance. Raises DeliveryError where Apprise takes no such URL."""
        known = self._services.get(name)
        if known is not None and known.url == url:
            return known
        from apprise import Apprise, AppriseAsset

        asset = AppriseAsset(
            app_id="Syndication Watch",
            app_desc="Syndication Watch alerts",
            app_url="",
            image_url_mask="",  # no picture that a third party serves, and counts
            image_url_logo="",
        )
        service: Any = Apprise.instantiate(url, asset=asset)
        if service is None:
            raise DeliveryError("Apprise does not understand this receiver's URL")
        if "rto" not in dict(parse_qsl(urlsplit(url).query)):
            service.socket_read_timeout = self._read_timeout_s
        if self._spacing_s is not None:
            service.request_rate_per_sec = self._spacing_s
        if name in self._endpoints:
            service.webhook_url = self._endpoints[name].rstrip("/")
            service.api_url = service.webhook_url + "/{}"
        known = _Service(url, service, dict(getattr(service, "headers", None) or {}))
        self._services[name] = known
        return known

    def _notify(
        self, name: str, known: _Service, template: str | None, message: Message, heard: Heard
    ) -> bool:
        from apprise import NotifyFormat, NotifyType
        from apprise.plugins.email import NotifyEmail
        from apprise.plugins.slack import NotifySlack

        service = known.plugin
        own = self._own_words.of(template)
        if isinstance(service, NotifySlack):
            return slack.post(
                service,
                message,
                None if own is None else own.render(message, "slack")[1],
                receiver=name,
                threads=self._threads,
                heard=heard,
            )
        if isinstance(service, NotifyEmail):
            if not mail.signs(service):
                service_is_html: Any = service.resolve_format(NotifyFormat.HTML)
                letter = self._letter(name, message, own, service_is_html == NotifyFormat.HTML)
                now = self._clock()
                return mail.post(service, message, letter, headers=known.headers, now=now)
            service.headers = {**known.headers, **words.thread_headers(message)}
        title, body = words.plain(message, width=None)
        if own is not None:
            title, body = own.render(message, "text")
        info, form = NotifyType.INFO, NotifyFormat.TEXT
        return bool(service.notify(title=title, body=body, notify_type=info, body_format=form))

    def _letter(
        self, name: str, message: Message, own: words.Template | None, as_html: bool
    ) -> mail.Letter:
        if own is None:
            picture = self._picture(message) if as_html else None
            said = mail.letter(message, picture=picture, as_html=as_html)
        elif own.is_html and as_html:
            title, html = own.render(message, "html")
            said = mail.Letter(title, words.plain(message)[1], html)
        else:
            said = mail.Letter(*own.render(message, "text"))
        subject = mail.constant_subject(self._threads, name, message, said.subject)
        return replace(said, subject=subject)

    def _picture(self, message: Message) -> mail.Picture | None:
        if message.story is None:
            return None
        try:
            return self._pictures(message.story)
        except Exception:
            log.exception("no picture of story %d: its mail goes out without", message.story)
            return None


def _result(ok: bool, heard: Heard, url: str, took_ms: int, now: datetime) -> SendResult:
    status = "" if heard.status is None else f"HTTP {heard.status}"
    if ok:
        return SendResult("sent", status, took_ms=took_ms)
    fault = heard.fault or ""
    detail = scrub("; ".join(part for part in (status, fault, heard.why()) if part), url)
    # A connection that never stood cannot have carried the message; a lost answer may have.
    cut_short = any(mark in heard.why() for mark in _CUT_SHORT)
    if "Timeout" in fault or "timed out" in heard.why():
        maybe = fault != "ConnectTimeout"
        return SendResult("timeout", detail, maybe=maybe, took_ms=took_ms)
    if heard.status is not None and heard.status >= 300:
        return SendResult(
            "refused",
            detail,
            retry=heard.status not in _HOPELESS,
            retry_after=seconds_of(heard.retry_after, now),
            took_ms=took_ms,
        )
    detail = detail or "Apprise said no and gave no reason"
    return SendResult("error", detail, maybe=cut_short, took_ms=took_ms)
