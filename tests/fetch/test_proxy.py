"""Credentials for a feed, and a proxy on the way to it: what each party gets to see."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from watcher.core.errors import FetchError, Refused

FEED = b"<rss><channel><title>Harbour News</title></channel></rss>"


def basic(user: str, password: str) -> str:
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


class Known(AbstractResolver):
    """A resolver that knows some names, and nothing else."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names
        self.asked: list[str] = []

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self.names:
            raise OSError("no such host")
        return [
            ResolveResult(
                hostname=host, host=self.names[host], port=port, family=2, proto=0, flags=0
            )
        ]

    async def close(self) -> None:
        pass


class Proxy:
    """A forward proxy on loopback that looks up names as it pleases: all are at 127.0.0.1."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.answer = b""  # instead of going there
        self.port = 0

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Proxy]:
        tasks: set[asyncio.Task[Any]] = set()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            tasks.add(asyncio.current_task())  # type: ignore[arg-type]  # we are in one
            try:
                await self._serve(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError):
                pass
            finally:
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = dict(line.split(": ", 1) for line in lines[1:] if line)
        self.asked.append((lines[0], headers))
        if self.answer:
            writer.write(self.answer)
            await writer.drain()
            return
        method, where, _ = lines[0].split(" ")
        rest = where.removeprefix("http://")
        host, _, path = rest.partition("/")
        onward, away = await asyncio.open_connection("127.0.0.1", int(host.partition(":")[2]))
        try:
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                own = [f"{k}: {v}" for k, v in headers.items() if not k.startswith("Proxy-")]
                away.write("\r\n".join([f"GET /{path} HTTP/1.1", *own, "", ""]).encode("latin-1"))
            await asyncio.gather(_pour(reader, away), _pour(onward, writer), return_exceptions=True)
        finally:
            away.close()


async def _pour(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()


# ------------------------------------------------------------------ credentials


def test_basic_auth_goes_to_its_origin_and_nowhere_else(web: Any) -> None:
    async def work() -> None:
        async with web.Site() as there, web.Site() as here, web.fetcher() as fetcher:
            here.pages["/feed"] = web.answer("301 Moved", Location="/own")
            here.pages["/own"] = web.answer("302 Found", Location=f"{there.base}/away")
            there.pages["/away"] = web.answer("302 Found", Location=f"{here.base}/back")
            here.pages["/back"] = web.answer(body=FEED)
            got = await fetcher.get(here.base + "/feed", now=web.now, auth=("änn", "s:crt"))
            assert got.body == FEED
            sent = [asked.headers.get("Authorization") for asked in here.asked]
            # What comes back from elsewhere is not asked for in the feed's name.
            assert sent == [basic("änn", "s:crt"), basic("änn", "s:crt"), None]
            assert "Authorization" not in there.asked[0].headers

    web.run(work())


def test_auth_replaces_what_the_address_carries_and_gives_way_to_a_header(web: Any) -> None:
    async def work() -> None:
        async with web.Site({"/feed": web.answer(body=FEED)}) as site, web.fetcher() as fetcher:
            url = f"http://old:one@127.0.0.1:{site.port}/feed"
            await fetcher.get(url, now=web.now, auth=("ann", "two"))
            own = {"authorization": "Bearer t0k"}
            await fetcher.get(url, now=web.now, auth=("ann", "two"), headers=own)
            first, second = (asked.headers for asked in site.asked)
            assert first["Authorization"] == basic("ann", "two")
            assert second["authorization"] == "Bearer t0k"
            assert "Authorization" not in second
            with pytest.raises(Refused, match="colon"):
                await fetcher.get(url, now=web.now, auth=("a:b", "two"))

    web.run(work())


# ------------------------------------------------------------------ through a proxy


def test_a_proxy_is_asked_with_its_own_credentials(web: Any) -> None:
    async def work() -> None:
        async with (
            web.Site({"/feed?x=1": web.answer(body=FEED)}) as site,
            Proxy().running() as proxy,
            web.fetcher() as fetcher,
        ):
            got = await fetcher.get(
                f"{site.base}/feed?x=1",
                now=web.now,
                auth=("ann", "two"),
                proxy=f"http://pat:p%40ss@127.0.0.1:{proxy.port}",
            )
            assert got.body == FEED
            line, headers = proxy.asked[0]
            assert line == f"GET {site.base}/feed?x=1 HTTP/1.1"
            assert headers["Proxy-Authorization"] == basic("pat", "p@ss")
            assert headers["Authorization"] == basic("ann", "two")
            assert "Proxy-Authorization" not in site.asked[0].headers

    web.run(work())


def test_every_hop_and_robots_go_through_the_proxy(web: Any) -> None:
    from watcher.fetch import Robots

    async def work() -> None:
        async with (
            web.Site() as site,
            Proxy().running() as proxy,
            web.fetcher(robots=Robots("SyndicationWatch")) as fetcher,
        ):
            site.pages["/a"] = web.answer("302 Found", Location="/b")
            site.pages["/b"] = web.answer(body=FEED)
            got = await fetcher.get(f"{site.base}/a", now=web.now, accept="page", proxy=proxy.base)
            assert got.url == f"{site.base}/b"
            paths = [line.split(" ")[1].removeprefix(site.base) for line, _ in proxy.asked]
            assert paths == ["/robots.txt", "/a", "/b"]
            assert len(site.asked) == 3

    web.run(work())


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/feed",
        "http://[::ffff:127.0.0.1]:{port}/feed",
        "http://[64:ff9b::7f00:1]:{port}/feed",
        "http://169.254.169.254/latest/meta-data",
        "http://inside.example:{port}/feed",
        "http://100.100.100.200:{port}/",
    ],
)
def test_no_proxy_is_asked_for_a_private_address(web: Any, url: str) -> None:
    async def work() -> None:
        options = {"allow_hosts": (), "resolver": Known({"inside.example": "10.1.2.3"})}
        async with Proxy().running() as proxy, web.fetcher(**options) as fetcher:
            with pytest.raises(Refused, match="allow_hosts") as caught:
                await fetcher.get(url.format(port=80), now=web.now, proxy=proxy.base)
            assert caught.value.reason == "address"
            assert proxy.asked == []

    web.run(work())


def test_a_redirect_to_a_private_address_is_refused_behind_a_proxy(web: Any) -> None:
    async def work() -> None:
        names = Known({"news.example": "93.184.215.14"})
        async with (
            web.Site() as site,
            Proxy().running() as proxy,
            web.fetcher(allow_hosts=(), resolver=names) as fetcher,
        ):
            site.pages["/feed"] = web.answer("302 Found", Location="http://10.0.0.1/secret")
            with pytest.raises(Refused, match=r"10\.0\.0\.1"):
                await fetcher.get(
                    f"http://news.example:{site.port}/feed", now=web.now, proxy=proxy.base
                )
            assert len(proxy.asked) == 1

    web.run(work())


def test_a_name_that_only_the_proxy_knows_is_left_to_it(web: Any) -> None:
    async def work() -> None:
        names = Known({})
        async with (
            web.Site({"/feed": web.answer(body=FEED)}) as site,
            Proxy().running() as proxy,
            web.fetcher(allow_hosts=(), resolver=names) as fetcher,
        ):
            for host in ("far.example", "hidden.onion"):
                url = f"http://{host}:{site.port}/feed"
                got = await fetcher.get(url, now=web.now, proxy=proxy.base)
                assert got.body == FEED
            assert names.asked == ["far.example"]  # RFC 7686: .onion is not for the DNS

    web.run(work())


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_proxy_that_says_no_is_named_without_its_password(web: Any, answer: bytes) -> None:
    async def work() -> None:
        async with Proxy().running() as proxy, web.fetcher() as fetcher:
            proxy.answer = answer
            with pytest.raises(FetchError) as caught:
                await fetcher.get(
                    "https://127.0.0.1:1/feed",
                    now=web.now,
                    proxy=f"http://pat:hunter2@127.0.0.1:{proxy.port}",
                )
            assert caught.value.reason == "proxy"
            assert f"127.0.0.1:{proxy.port}" in str(caught.value)
            assert caught.value.retry
        with pytest.raises(FetchError) as caught:
            async with web.fetcher() as fetcher:
                await fetcher.get(
                    "http://127.0.0.1:1/feed",
                    now=web.now,
                    proxy=f"http://pat:hunter2@127.0.0.1:{proxy.port}",
                )
        assert caught.value.reason == "proxy"
        error: BaseException | None = caught.value
        while error is not None:
            assert "hunter2" not in f"{error!s} {error!r}"
            error = error.__cause__

    web.run(work())


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "127.0.0.1:3128", "http://"])
def test_what_is_no_http_proxy_is_refused(web: Any, proxy: str) -> None:
    async def work() -> None:
        async with web.fetcher() as fetcher:
            with pytest.raises(Refused) as caught:
                await fetcher.get("http://127.0.0.1:1/feed", now=web.now, proxy=proxy)
            assert caught.value.reason == "proxy"

    web.run(work())


def test_tls_goes_through_a_tunnel_that_the_proxy_cannot_read(
    web: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("NOT TESTED through a tunnel: openssl, which makes the certificate, is missing")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    made += ["-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=x"]
    made += ["-addext", "subjectAltName=DNS:news.example"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(web.answer(body=FEED))
        await writer.drain()
        writer.close()

    async def work() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_tls)
        port = server.sockets[0].getsockname()[1]
        names = Known({"news.example": "93.184.215.14"})
        async with (
            Proxy().running() as proxy,
            web.fetcher(allow_hosts=(), resolver=names) as fetcher,
        ):
            url = f"https://news.example:{port}/feed"
            through = f"http://pat:p@127.0.0.1:{proxy.port}"
            # A certificate that nobody vouches for is refused behind a proxy, too.
            with pytest.raises(FetchError) as caught:
                await fetcher.get(url, now=web.now, proxy=through)
            assert caught.value.reason == "tls"
            assert not asked
            line, headers = proxy.asked[0]
            assert line == f"CONNECT news.example:{port} HTTP/1.1"
            assert headers["Proxy-Authorization"] == basic("pat", "p")
            assert "SyndicationWatch" in headers["User-Agent"]
        server.close()

    web.run(work())
