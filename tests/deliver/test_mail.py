"""Mail through Apprise, against real mail servers on loopback; and templates in every form."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiosmtpd.handlers import Message
from aiosmtpd.smtp import SMTP

from tests.core.test_message import DIGEST, HOSTILE, RESURFACED
from tests.deliver.test_sender import DESK, slack_sender, with_sink
from tests.fakes import FakeReceiver, receiver
from watcher.core import message
from watcher.deliver import AppriseSender, SendResult
from watcher.deliver.mail import Picture
from watcher.demo.sinks import SlackSink, SmtpSink

# Apprise's mail plugin imports it on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

T = TypeVar("T")


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
        (number,) = mail.get_all("Message-ID", [])
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
