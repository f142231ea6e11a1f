"""Apprise for real, against a webhook and two mail servers on loopback."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from html.parser import HTMLParser
from typing import Any, TypeVar

import pytest
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import SMTP

from tests.core.test_message import HOSTILE, RESURFACED
from tests.deliver.conftest import Bench
from tests.fakes import FakeClock, FakeReceiver, receiver
from watcher.core import message
from watcher.core.message import Facts
from watcher.deliver import AppriseSender, SendResult, deliver_due
from watcher.demo.sinks import Answer, SlackSink, SmtpSink

# Apprise's mail plugin imports it on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

T = TypeVar("T")

TOKENS = ("T0SECRETA", "B0SECRETB", "SecretTokenC123456789abc")
DESK = receiver("desk", "slack://{}/{}/{}/".format(*TOKENS))
# What Apprise waits between two sends to one receiver is tested where it is read, not slept.
QUICK = {"spacing_s": 0.0}


def with_sink(script: list[Answer], act: Callable[[SlackSink], Coroutine[Any, Any, T]]) -> T:
    async def play() -> T:
        sink = SlackSink(script)
        await sink.start()
        try:
            return await act(sink)
        finally:
            await sink.stop()

    return asyncio.run(play())


def slack_sender(sink: SlackSink, **more: Any) -> AppriseSender:
    return AppriseSender(endpoints={"desk": sink.url}, **{**QUICK, **more})


def send_once(script: list[Answer], facts: Facts = RESURFACED, **more: Any) -> SendResult:
    async def act(sink: SlackSink) -> SendResult:
        return await slack_sender(sink, **more)(DESK, facts, maybe_repeat=False)

    return with_sink(script, act)


# ---------------------------------------------------------------- Slack


@pytest.mark.parametrize("facts", [RESURFACED, HOSTILE], ids=["resurfaced", "hostile"])
@pytest.mark.parametrize("query", ["", "?blocks=yes"], ids=["attachment", "blocks"])
def test_slack_gets_our_mrkdwn_untouched(facts: Facts, query: str) -> None:
    to = receiver("desk", DESK.url.reveal() + query)

    async def act(sink: SlackSink) -> tuple[SendResult, dict[str, Any], str]:
        named = replace(facts, watch="desk <!here> & co")
        result = await slack_sender(sink)(to, named, maybe_repeat=False)
        return result, sink.posts[0].payload, sink.posts[0].path

    result, payload, path = with_sink([], act)
    assert (result.outcome, result.detail) == ("sent", "HTTP 200")
    assert path == "/services/" + "/".join(TOKENS)
    (part,) = payload["attachments"]
    if query:
        texts = {block["type"]: block["text"] for block in part["blocks"] if "text" in block}
        assert texts["section"] == {"type": "mrkdwn", "text": message.slack(facts)}
        title = texts["header"]["text"]
    else:
        assert part["text"] == message.slack(facts)
        title = part["title"]
    assert title == "desk &lt;!here&gt; &amp; co"  # escaped once, by Apprise
    assert "github" not in str(payload)  # no picture fetched from a third party


def test_a_possible_repeat_says_so_on_the_wire() -> None:
    async def act(sink: SlackSink) -> list[str]:
        await slack_sender(sink)(DESK, RESURFACED, maybe_repeat=True)
        return sink.texts

    assert "may be a repeat" in with_sink([], act)[0]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(429, "rate_limited", "37"), ("refused", True, 37.0, False)),
        (Answer(503, "down"), ("refused", True, None, False)),
        (Answer(404, "no_service"), ("refused", True, None, False)),
        (Answer(400, "invalid_payload"), ("refused", False, None, False)),
        (Answer(drop=True), ("error", True, None, True)),
    ],
    ids=["429", "503", "404", "400", "drop"],
)
def test_a_failure_is_told_by_its_kind(
    answer: Answer, expected: tuple[str, bool, float | None, bool]
) -> None:
    result = send_once([answer])
    assert (result.outcome, result.retry, result.retry_after, result.maybe) == expected
    if not answer.drop:
        assert f"HTTP {answer.status}" in result.detail
        assert answer.text in result.detail


def test_a_retry_after_that_is_a_date_is_read() -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=90), usegmt=True)
    result = send_once([Answer(429, "rate_limited", date)], clock=lambda: now)
    assert result.retry_after == 90.0
    assert send_once([Answer(429, "rate_limited", "soon")]).retry_after is None


def test_an_answer_that_does_not_come_ends_at_the_read_timeout() -> None:
    result = send_once([Answer(hang=True)], read_timeout_s=0.2)
    assert (result.outcome, result.maybe) == ("timeout", True)
    assert "ReadTimeout" in result.detail


def test_a_hanging_receiver_is_bounded_and_holds_up_nobody() -> None:
    async def act(sink: SlackSink) -> list[SendResult]:
        other = receiver("other", DESK.url.reveal())
        sender = AppriseSender(
            deadline_s=0.5, read_timeout_s=30.0, endpoints={"desk": sink.url, "other": sink.url}
        )
        first = await sender(DESK, RESURFACED, maybe_repeat=False)
        second = await sender(DESK, RESURFACED, maybe_repeat=False)
        third = await sender(other, RESURFACED, maybe_repeat=False)
        assert len(sink.posts) == 2  # the second was never begun: its receiver's thread hangs
        return [first, second, third]

    first, second, third = with_sink([Answer(hang=True)], act)
    assert (first.outcome, first.maybe) == ("timeout", True)
    assert (second.outcome, second.maybe) == ("timeout", False)
    assert third.outcome == "sent"
    for thread in threading.enumerate():
        if thread.name == "deliver-desk":  # let go when the sink went away
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize(
    "script", [[Answer(503, "down {} {} {}".format(*TOKENS))], [Answer(drop=True)]]
)
def test_no_secret_reaches_a_detail_or_a_log(script: list[Answer]) -> None:
    # Not caplog, which listens to loggers that do not propagate: the journal does not.
    journal = io.StringIO()
    handler = logging.StreamHandler(journal)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        result = send_once(script)
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    assert result.detail
    assert "asyncio" in journal.getvalue()  # it did listen
    for token in TOKENS:
        assert token not in result.detail
        assert token not in journal.getvalue()
    assert "\n" not in result.detail


def test_nothing_listens_there() -> None:
    sender = AppriseSender(endpoints={"desk": "http://127.0.0.1:9/x"}, **QUICK)  # type: ignore[arg-type]
    result = asyncio.run(sender(DESK, RESURFACED, maybe_repeat=False))
    assert (result.outcome, result.retry, result.maybe) == ("error", True, False)
    assert "ConnectionError" in result.detail


@pytest.mark.parametrize("url", ["nosuch://x", "slack://only-one", ""])
def test_a_url_that_apprise_does_not_take(url: str) -> None:
    result = asyncio.run(AppriseSender()(receiver("x", url), RESURFACED, maybe_repeat=False))
    assert (result.outcome, result.retry) == ("error", True)
    assert "does not understand" in result.detail


def test_the_timeout_of_the_url_wins_over_ours() -> None:
    sender = AppriseSender(read_timeout_s=20.0)
    ours = sender._service("a", DESK.url.reveal())
    theirs = sender._service("b", DESK.url.reveal() + "?rto=7")
    assert (ours.plugin.socket_read_timeout, theirs.plugin.socket_read_timeout) == (20.0, 7.0)
    assert ours.plugin.request_rate_per_sec == 1.2  # Slack's own pace, unless told otherwise
    assert sender._service("a", DESK.url.reveal()) is ours
    assert sender._service("a", DESK.url.reveal() + "?rto=9") is not ours  # after a reload


# ---------------------------------------------------------------- any other


def test_any_other_receiver_gets_plain_text() -> None:
    async def act(sink: SlackSink) -> dict[str, Any]:
        to = receiver("json", sink.url.replace("http://", "json://"))
        result = await AppriseSender()(to, HOSTILE, maybe_repeat=False)
        assert result.outcome == "sent"
        return sink.posts[0].payload

    payload = with_sink([], act)
    title, body = message.plain(HOSTILE)
    assert payload["title"] == title
    assert payload["message"].rstrip() == body.rstrip()


# ---------------------------------------------------------------- mail


class _Kept(Message):
    """aiosmtpd keeps the parsed messages; refuses the recipients it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []
        self.refuse: str | None = None

    def prepare_message(self, session: Any, envelope: Any) -> Any:
        return message_from_bytes(envelope.content, policy=policy.default)

    def handle_message(self, kept: Any) -> None:
        self.mails.append(kept)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name for it
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.refuse is not None:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"


def with_mailbox(kept: _Kept, act: Callable[[FakeReceiver], Coroutine[Any, Any, T]]) -> T:
    async def play() -> T:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(kept, hostname="mx"), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        url = f"mailto://127.0.0.1:{port}?from=watch@a.example&to=desk@b.example&+X-Desk=night"
        try:
            return await act(receiver("mail", url))
        finally:
            server.close()
            await server.wait_closed()

    return asyncio.run(play())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.tags.append(tag)


def test_mail_is_a_thread_of_html_that_carries_no_foreign_markup() -> None:
    kept = _Kept()
    sender = AppriseSender(spacing_s=0.0)

    async def both(to: FakeReceiver) -> None:
        for facts in (HOSTILE, replace(RESURFACED, story=None)):
            result = await sender(to, facts, maybe_repeat=False)
            assert result.outcome == "sent", result.detail

    with_mailbox(kept, both)
    first, second = kept.mails
    assert first["Subject"] == message.title(HOSTILE)
    assert first["Bcc"] is None
    assert first["References"] == first["In-Reply-To"] == "<story-12@syndication-watch>"
    assert len(first.get_all("Message-ID") or ()) == 1
    assert first["X-Desk"] == "night"
    html = first.get_body(("html",))
    assert html is not None
    text = _Text()
    text.feed(html.get_content())
    assert not {"script", "img"} & set(text.tags)
    assert "&lt;script&gt;" in html.get_content()
    assert message.html(HOSTILE)[1].strip() in html.get_content().replace("\r\n", "\n")
    # The second belongs to no story: it must not be threaded with the first one's.
    assert second["References"] is None
    assert second["X-Desk"] == "night"


def test_a_mailbox_that_asks_for_text_gets_text() -> None:
    kept = _Kept()

    async def act(to: FakeReceiver) -> None:
        plain = receiver("mail", to.url.reveal() + "&format=text")
        await AppriseSender()(plain, RESURFACED, maybe_repeat=False)

    with_mailbox(kept, act)
    assert kept.mails[0].get_content_type() == "text/plain"
    assert "Seen here   2026-03-02 09:00 to 09:15 UTC" in kept.mails[0].get_content()


def test_a_refused_mail_says_what_the_server_said() -> None:
    kept = _Kept()
    kept.refuse = "451 4.7.1 greylisted, come back"

    async def act(to: FakeReceiver) -> SendResult:
        return await AppriseSender()(to, RESURFACED, maybe_repeat=False)

    result = with_mailbox(kept, act)
    assert (result.outcome, result.retry, result.maybe) == ("error", True, False)
    assert "greylisted" in result.detail


def test_the_demo_mail_server_is_good_enough_for_apprise() -> None:
    async def play() -> list[bytes]:
        sink = SmtpSink()
        await sink.start()
        to = receiver("m", f"mailto://127.0.0.1:{sink.port}?from=w@a.example&to=d@b.example")
        result = await AppriseSender()(to, RESURFACED, maybe_repeat=False)
        assert result.outcome == "sent", result.detail
        await sink.stop()
        return [mail.data for mail in sink.mails]

    (data,) = asyncio.run(play())
    mail = message_from_bytes(data, policy=policy.default)
    assert mail["Subject"] == message.title(RESURFACED)


# ---------------------------------------------------------------- all of it


def test_from_the_outbox_to_slack_through_a_bad_hour(bench: Bench) -> None:
    """Refused, then dropped after reading, then taken: three attempts, one of them in doubt."""
    number = bench.add("desk", RESURFACED)
    clock = FakeClock()

    async def act(sink: SlackSink) -> list[str]:
        sender = slack_sender(sink)
        for _ in range(3):
            await deliver_due(bench.outbox, {"desk": DESK}, now=clock, send=sender, owner="one")
            clock.forward(hours=1)
        return sink.texts

    texts = with_sink([Answer(429, "rate_limited", "120"), Answer(drop=True)], act)
    assert bench.outcomes(number) == ["refused", "error", "sent"]
    assert bench.state(number) == ("sent", 3, True)
    assert len(texts) == 1
    assert "may be a repeat" in texts[0]
