"""The demo's receivers, spoken to by programs that are not ours: smtplib, aiohttp's client."""

from __future__ import annotations

import asyncio
import smtplib
import socket
from email.message import EmailMessage

import aiohttp
import pytest

from watcher.demo.sinks import Answer, Post, SlackSink, SmtpSink


async def _post(url: str, body: str) -> tuple[int, str, str | None]:
    async with aiohttp.ClientSession() as http, http.post(url, data=body) as answer:
        return answer.status, await answer.text(), answer.headers.get("Retry-After")


def test_the_webhook_follows_its_script_and_then_says_ok() -> None:
    async def play() -> list[Post]:
        sink = SlackSink([Answer(429, "rate_limited", "30"), Answer(500, "down")])
        await sink.start()
        try:
            payload = '{"attachments": [{"text": "a copy"}]}'
            assert await _post(sink.url + "/T/B/X", payload) == (429, "rate_limited", "30")
            assert await _post(sink.url + "/T/B/X", payload) == (500, "down", None)
            assert await _post(sink.url + "/T/B/X", payload) == (200, "ok", None)
            assert (await _post(sink.url, "not json"))[0] == 400
            assert sink.texts == ["a copy"]
        finally:
            await sink.stop()
        return sink.posts

    posts = asyncio.run(play())
    assert [post.answered for post in posts] == [429, 500, 200]
    assert posts[0].path == "/services/T/B/X"


@pytest.mark.parametrize("answer", [Answer(drop=True), Answer(hang=True)], ids=["drop", "hang"])
def test_the_webhook_can_keep_its_answer_to_itself(answer: Answer) -> None:
    async def play() -> list[Post]:
        sink = SlackSink([answer])
        await sink.start()
        asked = asyncio.create_task(_post(sink.url, "{}"))
        while not sink.posts:
            await asyncio.sleep(0)
        await sink.stop()
        with pytest.raises(aiohttp.ClientError):
            await asked
        return sink.posts

    assert [post.answered for post in asyncio.run(play())] == [0]


def test_smtplib_gets_its_mail_through() -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "w@a.example", "x@b.example, y@b.example", "Héllo"
    mail.set_content("a line\n.a line with a dot\n..\n")

    def send(port: int) -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
            assert smtp.noop()[0] == 250
            assert smtp.docmd("DATA")[0] == 503
            assert smtp.docmd("VRFY", "x")[0] == 502
            assert smtp.send_message(mail) == {}
            assert smtp.rset()[0] == 250
            assert smtp.docmd("RCPT TO:<x@b.example>")[0] == 503
            # A bounce has an empty sender.
            assert smtp.sendmail("", ["z@b.example"], b"Subject: two\r\n\r\nbody") == {}

    async def play() -> SmtpSink:
        sink = SmtpSink()
        await sink.start()
        await asyncio.to_thread(send, sink.port)
        await sink.stop()
        return sink

    first, second = asyncio.run(play()).mails
    assert first.sender == "w@a.example"
    assert first.recipients == ("x@b.example", "y@b.example")
    assert b"\r\n.a line with a dot\r\n..\r\n" in first.data
    assert (second.sender, second.recipients) == ("", ("z@b.example",))


def test_a_client_that_hangs_up_or_sends_too_much_harms_nobody() -> None:
    def rude(port: int) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\nhalf a mail")
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            line.sendall(b"MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n")
            line.sendall((b"x" * 1022 + b"\r\n") * 1100)
            heard = b""
            while part := line.recv(4096):
                heard += part
            return heard

    async def play() -> SmtpSink:
        sink = SmtpSink()
        await sink.start()
        assert b"552 too large" in await asyncio.to_thread(rude, sink.port)
        await sink.stop()
        return sink

    assert asyncio.run(play()).mails == []
