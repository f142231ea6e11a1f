"""Two receivers on loopback for the demo and the tests: one like Slack's webhooks, one for mail.

Neither is more than it needs to be: the first takes what Apprise posts and can be scripted to
misbehave; the second speaks just enough SMTP (RFC 5321) for smtplib.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

MAIL_CAP = 1 << 20


@dataclass(frozen=True, slots=True)
class Answer:
    """How the webhook answers one post. `hang`: never; `drop`: takes it, then cuts the line."""

    status: int = 200
    text: str = "ok"
    retry_after: str | None = None
    hang: bool = False
    drop: bool = False


OK = Answer()


def slack_text(payload: Mapping[str, Any]) -> str:
    """The mrkdwn of a payload: its own text, or that of its attachments."""
    parts = [str(part.get("text", "")) for part in payload.get("attachments", ())]
    return str(payload.get("text") or "\n".join(parts))


@dataclass(frozen=True, slots=True)
class Post:
    """One post as it came, misbehaviour or not."""

    path: str
    payload: dict[str, Any]
    answered: int  # the status; 0 where no answer was given


class SlackSink:
    """A webhook that takes Slack's payloads. Answers `ok` once its script has run out."""

    def __init__(self, script: Iterable[Answer] = ()) -> None:
        self.posts: list[Post] = []
        self._script = deque(script)
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self.url = ""

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1; `url` is then what to post to."""
        app = web.Application(client_max_size=MAIL_CAP)
        app.router.add_post("/{path:.*}", self._take)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/services"

    async def stop(self) -> None:
        """Stop listening; those who hang are let go."""
        self._stopping.set()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def texts(self) -> list[str]:
        """The mrkdwn of what was accepted, in order."""
        accepted = [post.payload for post in self.posts if post.answered == 200]
        return [text for one in accepted if (text := slack_text(one))]

    async def _take(self, request: web.Request) -> web.StreamResponse:
        answer = self._script.popleft() if self._script else OK
        try:
            payload = json.loads(await request.text())
        except ValueError:
            return web.Response(status=400, text="invalid_payload")
        silent = answer.hang or answer.drop
        self.posts.append(Post(request.path, payload, 0 if silent else answer.status))
        if answer.hang:
            await self._stopping.wait()
        if silent:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=500)
        headers = {} if answer.retry_after is None else {"Retry-After": answer.retry_after}
        return web.Response(status=answer.status, text=answer.text, headers=headers)


@dataclass(frozen=True, slots=True)
class Mail:
    """One accepted message; `data` has no dot-stuffing any more."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


@dataclass(slots=True)
class _Envelope:
    sender: str | None = None  # empty for a bounce
    recipients: list[str] = field(default_factory=list)


class SmtpSink:
    """A mail server that keeps what it is given: EHLO, HELO, MAIL, RCPT, DATA, RSET, NOOP, QUIT."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await _say(writer, "220 sink ready")
            envelope = _Envelope()
            while line := await reader.readline():
                verb, _, rest = line.decode("utf-8", "replace").strip().partition(" ")
                match verb.upper():
                    case "EHLO" | "HELO":
                        envelope = _Envelope()
                        await _say(writer, "250-sink", "250-8BITMIME", "250 SMTPUTF8")
                    case "MAIL":
                        envelope = _Envelope(sender=_address(rest))
                        await _say(writer, "250 OK")
                    case "RCPT" if envelope.sender is not None:
                        envelope.recipients.append(_address(rest))
                        await _say(writer, "250 OK")
                    case "DATA" if envelope.sender is not None and envelope.recipients:
                        await _say(writer, "354 end with a dot")
                        data = await _data(reader)
                        if data is None:
                            await _say(writer, "552 too large")
                            break
                        self.mails.append(Mail(envelope.sender, tuple(envelope.recipients), data))
                        envelope = _Envelope()
                        await _say(writer, "250 kept")
                    case "RCPT" | "DATA":
                        await _say(writer, "503 MAIL and RCPT come first")
                    case "RSET" | "NOOP":
                        envelope = _Envelope() if verb.upper() == "RSET" else envelope
                        await _say(writer, "250 OK")
                    case "QUIT":
                        await _say(writer, "221 bye")
                        break
                    case _:
                        await _say(writer, "502 not here")
        except (ConnectionError, ValueError):
            pass  # the client left, or sent a line beyond the reader's limit: its loss
        finally:
            writer.close()


async def _say(writer: asyncio.StreamWriter, *lines: str) -> None:
    writer.write("".join(f"{line}\r\n" for line in lines).encode())
    await writer.drain()


async def _data(reader: asyncio.StreamReader) -> bytes | None:
    """The message up to the lone dot; None where it is too large or breaks off."""
    lines: list[bytes] = []
    size = 0
    while line := await reader.readline():
        if line.rstrip(b"\r\n") == b".":
            return b"".join(lines)
        size += len(line)
        if size > MAIL_CAP:
            return None
        lines.append(line.removeprefix(b"."))  # dot-stuffing, RFC 5321, 4.5.2
    return None


def _address(rest: str) -> str:
    """`FROM:<a@b> SIZE=1` -> `a@b`."""
    return rest.partition("<")[2].partition(">")[0]
