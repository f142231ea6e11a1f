"""Apprise for real, against a webhook and two mail servers on loopback."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import format_datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import SMTP

from storage.db import Database
from tests.core.test_message import DIGEST, HOSTILE, RESURFACED
from tests.deliver.conftest import Bench
from tests.fakes import FakeClock, FakeReceiver, receiver
from watcher.archive.threads import Threads
from watcher.core import message
from watcher.core.errors import StorageBusy, StorageError
from watcher.core.message import Facts
from watcher.deliver import AppriseSender, SendResult, deliver_due
from watcher.deliver.mail import Picture
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
@pytest.mark.parametrize("query", ["", "?blocks=yes", "?footer=no"])
def test_slack_gets_our_blocks_and_the_same_as_text(facts: Facts, query: str) -> None:
    to = receiver("desk", DESK.url.reveal() + query)

    async def act(sink: SlackSink) -> tuple[SendResult, dict[str, Any], str]:
        result = await slack_sender(sink)(to, facts, maybe_repeat=False)
        return result, sink.posts[0].payload, sink.posts[0].path

    result, payload, path = with_sink([], act)
    assert (result.outcome, result.detail) == ("sent", "HTTP 200")
    assert path == "/services/" + "/".join(TOKENS)
    assert payload == {
        "text": message.slack(facts),
        "blocks": message.blocks(facts),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_a_message_whose_blocks_are_refused_goes_out_as_text() -> None:
    async def act(sink: SlackSink) -> tuple[SendResult, list[dict[str, Any]]]:
        result = await slack_sender(sink)(DESK, RESURFACED, maybe_repeat=False)
        return result, [post.payload for post in sink.posts]

    result, posts = with_sink([Answer(400, "invalid_blocks")], act)
    assert result.outcome == "sent"
    assert "blocks" in posts[0]
    assert "blocks" not in posts[1]
    assert posts[0]["text"] == posts[1]["text"]


# ---------------------------------------------------------------- a Slack bot's threads

BOT = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk/#night")


def taken(ts: str) -> Answer:
    return Answer(200, json.dumps({"ok": True, "channel": "C1", "ts": ts}))


def refusal(error: str) -> Answer:
    return Answer(200, json.dumps({"ok": False, "error": error}))


def bot_posts(
    script: list[Answer], *said: Facts, to: FakeReceiver = BOT, **more: Any
) -> tuple[list[SendResult], list[dict[str, Any]]]:
    async def act(sink: SlackSink) -> tuple[list[SendResult], list[dict[str, Any]]]:
        send = slack_sender(sink, **more)
        results = [await send(to, facts, maybe_repeat=False) for facts in said]
        assert {post.path for post in sink.posts} == {"/services/chat.postMessage"}
        return results, [post.payload for post in sink.posts]

    return with_sink(script, act)


def hung_on(posts: list[dict[str, Any]]) -> list[tuple[str, str | None, bool]]:
    return [
        (post["channel"], post.get("thread_ts"), post.get("reply_broadcast", False))
        for post in posts
    ]


def test_a_story_is_one_thread_in_each_channel() -> None:
    other = replace(RESURFACED, story=13)
    copied = replace(RESURFACED, condition="new_copy")
    script = [taken(f"{n}.0") for n in range(1, 7)]
    results, posts = bot_posts(script, copied, RESURFACED, other)
    assert [result.outcome for result in results] == ["sent"] * 3
    assert hung_on(posts) == [
        ("#desk", None, False),
        ("#night", None, False),
        # What came back after weeks is shown in the channel as well: nobody reads old threads.
        ("#desk", "1.0", True),
        ("#night", "2.0", True),
        ("#desk", None, False),
        ("#night", None, False),
    ]


def test_a_thread_of_the_receivers_own_is_left_alone() -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk:77.5")
    _, posts = bot_posts([taken("1.0"), taken("2.0")], RESURFACED, RESURFACED, to=to)
    assert hung_on(posts) == [("#desk", "77.5", False)] * 2


def test_what_is_of_no_story_is_in_no_thread() -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    lone = replace(RESURFACED, story=None)
    _, posts = bot_posts([taken("1.0"), taken("2.0")], lone, lone, to=to)
    assert hung_on(posts) == [("#desk", None, False)] * 2


@pytest.mark.parametrize("error", ["thread_not_found", "restricted_action_thread_locked"])
def test_a_thread_that_is_gone_is_begun_anew(error: str) -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    script = [taken("1.0"), refusal(error), taken("3.0"), taken("4.0")]
    results, posts = bot_posts(script, RESURFACED, RESURFACED, RESURFACED, to=to)
    assert [result.outcome for result in results] == ["sent"] * 3
    assert [thread for _, thread, _ in hung_on(posts)] == [None, "1.0", None, "3.0"]


def test_another_refusal_is_a_failure_and_says_what_slack_said() -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    (result,), posts = bot_posts([refusal("not_in_channel")], RESURFACED, to=to)
    assert (result.outcome, result.retry) == ("error", True)
    assert "not_in_channel" in result.detail
    assert len(posts) == 1


class _Broken:
    """Threads that cannot be kept."""

    def find(self, receiver: str, place: str, story: int) -> str | None:
        raise StorageBusy("another program has it")

    def keep(self, receiver: str, place: str, story: int, anchor: str) -> None:
        raise StorageError("the disk is full")

    def forget(self, receiver: str, place: str, story: int) -> None:
        raise StorageError("the disk is full")


def test_a_message_is_taken_even_where_its_thread_cannot_be_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    results, _ = bot_posts([taken("1.0")], RESURFACED, to=to, threads=_Broken())
    assert results[0].outcome == "sent"
    assert "the disk is full" in caplog.text


def test_threads_outlive_the_program(database: Database) -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    _, first = bot_posts([taken("1.0")], RESURFACED, to=to, threads=Threads(database))
    _, second = bot_posts([taken("2.0")], RESURFACED, to=to, threads=Threads(database))
    assert [thread for _, thread, _ in hung_on(first + second)] == [None, "1.0"]
    kept = Threads(database)
    kept.keep("desk", "#desk", 12, "9.0")
    assert (kept.find("desk", "#desk", 12), kept.find("mail", "#desk", 12)) == ("9.0", None)
    kept.forget("desk", "#desk", 12)
    assert kept.find("desk", "#desk", 12) is None


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
    title, body = message.plain(HOSTILE, width=None)
    assert payload["title"] == title
    assert payload["message"].rstrip() == body.rstrip()


# ---------------------------------------------------------------- mail


class _Kept(Message):
    """aiosmtpd keeps the parsed messages; refuses the recipients it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.refuse: str | None = None

    def prepare_message(self, session: Any, envelope: Any) -> Any:
        self.recipients.append(list(envelope.rcpt_tos))
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


def test_a_mail_has_text_and_html_and_is_in_its_storys_thread() -> None:
    kept = _Kept()
    sender = AppriseSender(spacing_s=0.0, clock=lambda: datetime(2026, 3, 2, 9, 16, tzinfo=UTC))

    async def both(to: FakeReceiver) -> None:
        for facts in (HOSTILE, replace(RESURFACED, story=None)):
            result = await sender(to, facts, maybe_repeat=False)
            assert result.outcome == "sent", result.detail

    with_mailbox(kept, both)
    first, second = kept.mails
    assert first["Subject"] == message.subject(HOSTILE)
    assert first["Bcc"] is None
    assert first["References"] == first["In-Reply-To"] == "<story-12.syndication-watch@a.example>"
    assert first["List-Id"] == "<harbour-report.syndication-watch.a.example>"
    assert first["Auto-Submitted"] == "auto-generated"
    assert first["Date"] == "Mon, 02 Mar 2026 09:16:00 +0000"
    for mail in (first, second):
        (number,) = mail.get_all("Message-ID") or ()
        assert number.endswith("@a.example>")
        assert mail.get_content_type() == "multipart/alternative"
        assert mail["X-Desk"] == "night"
    assert first["Message-ID"] != second["Message-ID"]
    text, html = (first.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == message.plain(HOSTILE)[1]
    assert html is not None
    seen = _Text()
    seen.feed(html.get_content())
    assert not {"script", "img"} & set(seen.tags)
    assert html.get_content().replace("\r\n", "\n") == message.html(HOSTILE)[1]
    # The second belongs to no story: it must not be threaded with the first one's.
    assert second["References"] is None
    assert second["Subject"] == message.title(RESURFACED)


def test_a_storys_subject_stays_what_it_was_in_its_first_mail() -> None:
    kept = _Kept()
    sender = AppriseSender(spacing_s=0.0)

    async def three(to: FakeReceiver) -> None:
        for headline, story in (("First", 12), ("Another", 12), ("Another", 13)):
            facts = replace(RESURFACED, headline=headline, story=story)
            await sender(to, facts, maybe_repeat=False)

    with_mailbox(kept, three)
    assert [mail["Subject"] for mail in kept.mails] == [
        "[harbour-report] First",
        "[harbour-report] First",
        "[harbour-report] Another",
    ]


def test_a_group_is_one_mail() -> None:
    kept = _Kept()

    async def act(to: FakeReceiver) -> SendResult:
        send = AppriseSender()
        return await send(to, DIGEST.alerts, maybe_repeat=True, more=7, held=DIGEST.held)

    assert with_mailbox(kept, act).outcome == "sent"
    (mail,) = kept.mails
    assert mail["Subject"] == message.title(DIGEST)
    text = mail.get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n") == message.plain(DIGEST)[1]
    assert mail["References"] is None


PNG = b"\x89PNG\r\n\x1a\n not really one"


def test_a_mail_carries_its_picture_inside() -> None:
    kept = _Kept()
    drawn: list[int] = []

    def pictures(story: int) -> Picture:
        drawn.append(story)
        return Picture(PNG, "5 articles at 4 families")

    async def act(to: FakeReceiver) -> None:
        send = AppriseSender(spacing_s=0.0, pictures=pictures)
        await send(to, RESURFACED, maybe_repeat=False)
        await send(to, replace(RESURFACED, story=None), maybe_repeat=False)

    with_mailbox(kept, act)
    assert drawn == [12]
    with_picture, without = kept.mails
    (image,) = [part for part in with_picture.walk() if part.get_content_type() == "image/png"]
    assert image["Content-ID"] == "<adoption.png>"
    assert image.get_content_disposition() == "inline"
    assert image.get_content() == PNG
    html = with_picture.get_body(("related", "html"))
    assert html is not None
    assert html.get_content_type() == "multipart/related"
    assert not [part for part in without.walk() if part.get_content_type() == "image/png"]


def test_a_picture_that_cannot_be_drawn_keeps_no_mail_back(
    caplog: pytest.LogCaptureFixture,
) -> None:
    kept = _Kept()

    def broken(story: int) -> Picture:
        raise ZeroDivisionError

    async def act(to: FakeReceiver) -> SendResult:
        return await AppriseSender(pictures=broken)(to, RESURFACED, maybe_repeat=False)

    assert with_mailbox(kept, act).outcome == "sent"
    assert "no picture of story 12" in caplog.text


def test_copies_go_along_and_our_own_headers_stand() -> None:
    kept = _Kept()

    async def act(to: FakeReceiver) -> SendResult:
        more = "&cc=c@b.example&bcc=secret@b.example&reply=r@b.example&+Subject=x&+List-Id=<own.a>"
        return await AppriseSender()(
            receiver("mail", to.url.reveal() + more), RESURFACED, maybe_repeat=False
        )

    assert with_mailbox(kept, act).outcome == "sent"
    (mail,) = kept.mails
    assert kept.recipients == [["desk@b.example", "c@b.example", "secret@b.example"]]
    assert (mail["Cc"], mail["Bcc"], mail["Reply-To"]) == ("c@b.example", None, "r@b.example")
    assert mail.get_all("Subject") == [message.subject(RESURFACED)]
    assert mail.get_all("List-Id") == ["<own.a>"]


# ---------------------------------------------------------------- one's own words


def test_a_template_is_used_in_the_form_of_its_receiver(tmp_path: Path) -> None:
    text, html = tmp_path / "desk.txt", tmp_path / "desk.html"
    text.write_text("Subject: $watch!\n\n*$what*\n<$url|$headline>\n")
    html.write_text("<h1>$headline</h1><p>$outlet</p>")

    async def act(sink: SlackSink) -> list[dict[str, Any]]:
        to = sink.url.replace("http://", "json://")
        await slack_sender(sink)(
            receiver("desk", DESK.url.reveal(), template=str(text)), RESURFACED, maybe_repeat=False
        )
        await AppriseSender()(receiver("any", to, template=str(text)), HOSTILE, maybe_repeat=False)
        return [post.payload for post in sink.posts]

    slack, plain = with_sink([], act)
    assert slack["text"] == (
        "*Resurfaced after 16 d 4 h, at a new outlet*\n"
        "<https://courrier.example/monde/harbour?id=7&amp;lang=fr|"
        "Leaked report: harbour inspectors &amp; owners met in secret>\n"
    )
    assert slack["blocks"] == [
        {
            "type": "section",
            "text": {"type": "mrkdwn", "text": slack["text"].rstrip(), "verbatim": True},
        }
    ]
    assert plain["title"] == "harbour-report!"
    kept = _Kept()

    async def mail(to: FakeReceiver) -> None:
        for file in (text, html):
            to = replace(to, template=str(file))
            await AppriseSender(spacing_s=0.0)(to, HOSTILE, maybe_repeat=False)

    with_mailbox(kept, mail)
    first, second = kept.mails
    assert (first["Subject"], first.get_content_type()) == ("harbour-report!", "text/plain")
    page = second.get_body(("html",))
    assert page is not None
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons</p>" in page.get_content()
    words = second.get_body(("plain",))
    assert words is not None
    assert words.get_content().replace("\r\n", "\n") == message.plain(HOSTILE)[1]


@pytest.mark.parametrize("content", [None, b"$nonsense", b"\xff\xfe"])
def test_a_template_that_has_gone_bad_keeps_no_message_back(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    file = tmp_path / "desk.txt"
    if content is not None:
        file.write_bytes(content)

    async def act(sink: SlackSink) -> list[str]:
        send = slack_sender(sink)
        to = receiver("desk", DESK.url.reveal(), template=str(file))
        await send(to, RESURFACED, maybe_repeat=False)
        await send(to, RESURFACED, maybe_repeat=False)
        return sink.texts

    assert with_sink([], act) == [message.slack(RESURFACED)] * 2
    assert caplog.text.count("is not used") == 1  # said once, not with each message


# ---------------------------------------------------------------- mail, as it can go wrong


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
    assert mail["Subject"] == message.subject(RESURFACED)


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
