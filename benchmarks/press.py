"""A press on loopback for polling.py: the feeds of many hosts, over TLS, in processes of its own.

Feed n is at https://f{n}.press.example:PORT/feed.xml. It answers 304 to who has its last edition;
each edition changes one feed in twenty by three new articles. The certificate authority is made
here, with openssl, for the one run.
"""

from __future__ import annotations

import asyncio
import gzip
import multiprocessing
import random
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from typing import Any

DOMAIN = "press.example"
TURN = 20  # one feed in so many changes with each edition
SHOWN = 30  # entries in the document of a feed that changes
NEW = 3  # articles that an edition adds to it
_WIRE = 10  # one article in so many is an agency's, and in other feeds too
_BORN = datetime(2026, 3, 2, tzinfo=UTC)


@dataclass(frozen=True)
class Press:
    """A press that runs: its port, its CA's certificate, and which edition is out."""

    port: int
    ca: Path
    edition: Synchronized[int]

    def url(self, number: int) -> str:
        """Where feed `number` is."""
        return f"https://f{number}.{DOMAIN}:{self.port}/feed.xml"


@contextmanager
def press(folder: Path, processes: int = 1) -> Iterator[Press]:
    """A press that answers until the block ends."""
    ca, certificate = _certificates(folder)
    context = multiprocessing.get_context("spawn")
    edition: Synchronized[int] = context.Value("i", 0)
    # Held open so that the port stays ours; the processes share it (SO_REUSEPORT).
    holder = _listener(0)
    port = holder.getsockname()[1]
    ready = context.Semaphore(0)
    servers = [
        context.Process(target=_serve, args=(port, str(certificate), edition, ready), daemon=True)
        for _ in range(processes)
    ]
    for server in servers:
        server.start()
    holder.close()
    for _ in servers:
        if not ready.acquire(timeout=60):
            raise SystemExit("the press did not start")
    try:
        yield Press(port, ca, edition)
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.join()


def _certificates(folder: Path) -> tuple[Path, Path]:
    """A CA's certificate, and a server's certificate and key in one file."""

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=Press CA")  # fmt: skip
    openssl("req", *key, "-keyout", "server.key", "-out", "server.csr", "-subj", f"/CN={DOMAIN}")
    (folder / "names.txt").write_text(f"subjectAltName=DNS:*.{DOMAIN}\n")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-days", "2", "-out", "server.pem",
            "-extfile", "names.txt")  # fmt: skip
    both = folder / "both.pem"
    both.write_text((folder / "server.pem").read_text() + (folder / "server.key").read_text())
    return folder / "ca.pem", both


def _listener(port: int) -> socket.socket:
    found = socket.socket()
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(("127.0.0.1", port))
    return found


# ------------------------------------------------------------ in the server's process


def _serve(port: int, certificate: str, edition: Synchronized[int], ready: Any) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    async def main() -> None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: _Desk(edition), sock=_listener(port), ssl=tls, backlog=2048
        )
        ready.release()
        await server.serve_forever()

    asyncio.run(main())


class _Desk(asyncio.Protocol):
    """Answers the requests of one connection."""

    def __init__(self, edition: Synchronized[int]) -> None:
        self._edition = edition
        self._got = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        while b"\r\n\r\n" in self._got:
            head, _, self._got = self._got.partition(b"\r\n\r\n")
            fields = dict(
                line.lower().split(": ", 1) for line in head.decode("latin-1").split("\r\n")[1:]
            )
            number = int(fields["host"].partition(".")[0].removeprefix("f"))
            version = version_of(number, self._edition.value)
            etag = f'"{number}-{version}"'
            same = f"ETag: {etag}\r\nCache-Control: max-age=60\r\nServer: press\r\n"
            if fields.get("if-none-match") == etag:
                self._transport.write(f"HTTP/1.1 304 Not Modified\r\n{same}\r\n".encode())
                continue
            body = document(number, version)
            self._transport.write(
                f"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n{same}"
                f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                + body
            )


def version_of(number: int, edition: int) -> int:
    """How often feed `number` has changed by then."""
    return edition if number % TURN == 0 else 0


@lru_cache(64)
def document(number: int, version: int) -> bytes:
    """A feed's document, gzip-encoded; one that never changes has a single entry."""
    last = 0 if number % TURN else SHOWN + NEW * version
    items = "".join(_item(number, k) for k in range(last, max(-1, last - SHOWN), -1))
    feed = (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Gazette {number}</title><link>https://f{number}.{DOMAIN}/</link>"
        f"<description>News of ward {number}</description><ttl>5</ttl>{items}</channel></rss>"
    )
    return gzip.compress(feed.encode(), 6)


@lru_cache(50_000)  # what takes long here would disturb those that are measured
def _item(number: int, k: int) -> str:
    text = _text(number, k)
    paragraphs = "".join(f"&lt;p&gt;{p}&lt;/p&gt;" for p in text.split("\n"))
    date = format_datetime(_BORN + timedelta(minutes=20 * k + number % 20))
    return (
        f"<item><title>{text[:60].title()} {k}</title>"
        f"<link>https://f{number}.{DOMAIN}/{k}.html</link>"
        f'<guid isPermaLink="false">f{number}-{k}</guid><pubDate>{date}</pubDate>'
        f"<description>{text[:120]}</description>"
        f"<content:encoded>{paragraphs}</content:encoded></item>"
    )


def _text(number: int, k: int) -> str:
    """300 words or so; every tenth text is an agency's, which other feeds carry too."""
    wire = number % TURN == 0 and (number // TURN + k) % _WIRE == 0
    made = random.Random(f"wire {k} {number // 200}" if wire else f"{number} {k}")
    paragraphs = []
    for _ in range(6):
        paragraphs.append(" ".join(made.choices(_words(), k=50)).capitalize() + ".")
    return "\n".join(paragraphs)


@lru_cache(1)
def _words() -> list[str]:
    made = random.Random(7)
    return ["".join(made.choices("abdefgiklmnoprstuv", k=made.randint(3, 9))) for _ in range(5000)]
