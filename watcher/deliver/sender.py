"""One message to one receiver through Apprise, in a thread of its own and under a deadline."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from watcher.core import message
from watcher.core.errors import DeliveryError
from watcher.core.message import Facts
from watcher.deliver.backoff import SendResult
from watcher.deliver.hearing import Heard, listening, seconds_of
from watcher.deliver.secrets import scrub

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


@dataclass(frozen=True, slots=True)
class _Service:
    """A receiver's Apprise plugin, the URL it was made from, and the mail headers of that URL."""

    url: str
    plugin: Any
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class _Said:
    """What one message says."""

    facts: tuple[Facts, ...]
    repeat: bool
    more: int
    held: str

    def head(self) -> list[str]:
        """Why several alerts come together, and how many are only counted."""
        lines = [message.clean(f"Held back until now: {self.held}.")] if self.held else []
        if self.more:
            lines.append(f"+{self.more} more: `watcher alerts list` names them.")
        return lines


class AppriseSender:
    """Sends with Apprise, which blocks, sleeps between two sends, and may hang.

    Each send runs in a daemon thread, so a receiver that hangs can hold up neither the event
    loop nor the end of the program; until that thread ends, its receiver gets no second one.
    A plugin instance is kept per receiver: Apprise spaces its sends (Slack 1.2 s, mail 5.5 s).

    `endpoints` maps a receiver's name to the address that a Slack webhook is posted to instead
    of Slack's: for the demo and the tests. `spacing_s` overrides Apprise's, for the same two.
    """

    def __init__(
        self,
        *,
        deadline_s: float = DEADLINE_S,
        read_timeout_s: float = READ_TIMEOUT_S,
        endpoints: Mapping[str, str] | None = None,
        spacing_s: float | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.deadline_s = deadline_s
        self._read_timeout_s = read_timeout_s
        self._endpoints = dict(endpoints or {})
        self._spacing_s = spacing_s
        self._clock = clock
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
            result = self._send(name, url, _Said(listed, maybe_repeat, more, held))
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

    def _send(self, name: str, url: str, said: _Said) -> SendResult:
        began = time.monotonic()
        with listening() as heard:
            try:
                ok = self._notify(self._service(name, url), said)
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
        known = _Service(url, service, dict(getattr(service, "headers", None) or {}))
        self._services[name] = known
        return known

    def _notify(self, known: _Service, said: _Said) -> bool:
        from apprise import NotifyFormat, NotifyType
        from apprise.plugins.email import NotifyEmail
        from apprise.plugins.slack import NotifySlack

        kind, service, first = NotifyType.INFO, known.plugin, said.facts[0]
        if isinstance(service, NotifySlack):
            # `send`, not `notify`: that takes a body for CommonMark and rewrites ours. What it
            # is given here has been escaped for mrkdwn; the title it escapes itself. As the
            # body begins with what happened, the title has only to say to whom it matters.
            slack: Any = service
            parts = [message.slack(facts, repeat=said.repeat) for facts in said.facts]
            return bool(
                slack.send(
                    body="\n\n".join([*said.head(), *parts]),
                    title=message.clean(first.watch, message.TITLE_CAP),
                    notify_type=kind,
                    body_format=NotifyFormat.MARKDOWN,
                    body_passthrough=False,
                )
            )
        as_html = isinstance(service, NotifyEmail)
        if as_html:
            service.headers = {**known.headers, **message.thread_headers(first)}
            as_html = service.resolve_format(NotifyFormat.HTML) == NotifyFormat.HTML
        render = message.html if as_html else message.plain
        rendered = [render(facts, repeat=said.repeat) for facts in said.facts]
        head = [f"<p>{line}</p>" if as_html else f"{line}\n" for line in said.head()]
        title, body = rendered[0][0], "\n".join([*head, *(text for _, text in rendered)])
        form = NotifyFormat.HTML if as_html else NotifyFormat.TEXT
        return bool(service.notify(title=title, body=body, notify_type=kind, body_format=form))


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
