"""A GET against a real server: validators, redirects, deadlines, caps, manners."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from watcher.core.errors import FetchError, Refused
from watcher.core.values import Fetched

FEED = b"<rss><channel><title>Harbour News</title></channel></rss>"


def get(web: Any, pages: dict[str, Any], path: str = "/feed", **kwargs: Any) -> Any:
    """GET `path` of a site with these pages; the answer or the error, and what was asked."""
    options = kwargs.pop("fetcher", {})

    async def work() -> tuple[Fetched | FetchError, Any]:
        async with web.Site(pages) as site, web.fetcher(**options) as fetcher:
            for key, page in pages.items():
                if isinstance(page, bytes):
                    pages[key] = page.replace(b"{base}", site.base.encode())
            try:
                return await fetcher.get(site.base + path, now=web.now, **kwargs), site
            except FetchError as error:
                return error, site

    return web.run(work())


def test_validators_come_back_exactly(web: Any) -> None:
    page = web.answer(
        body=FEED,
        ETag='W/"odd--gzip;v=1"',
        Last_Modified="yesterday, more or less",
        Content_Type="application/rss+xml",
        Cache_Control="max-age=600",
    )
    got, site = get(web, {"/feed": page}, etag='"a b"', last_modified="Mon, 1 Jan 2024")
    assert site.asked[0].headers["If-None-Match"] == '"a b"'
    assert site.asked[0].headers["If-Modified-Since"] == "Mon, 1 Jan 2024"
    assert got.body == FEED
    assert got.etag == 'W/"odd--gzip;v=1"'
    assert got.last_modified == "yesterday, more or less"
    assert (got.status, got.max_age, got.wire_bytes) == (200, 600, len(FEED))
    assert got.content_type == "application/rss+xml"
    assert got.permanent_to is None


def test_validators_that_cannot_be_echoed_are_not_kept(web: Any) -> None:
    page = web.answer(body=FEED).replace(b"Content-Length", b'ETag: "\xe9t\xe9"\r\nContent-Length')
    got, _ = get(web, {"/feed": page})
    assert got.etag is None


def test_not_modified_has_no_body_and_keeps_new_validators(web: Any) -> None:
    page = web.answer("304 Not Modified", ETag='"2"', length=False)
    got, _ = get(web, {"/feed": page}, etag='"1"')
    assert (got.status, got.body, got.etag) == (304, None, '"2"')


def test_a_304_that_nobody_asked_for_is_an_error(web: Any) -> None:
    got, _ = get(web, {"/feed": web.answer("304 Not Modified", length=False)})
    assert (got.reason, got.status) == ("status", 304)


def test_we_say_who_we_are_and_keep_no_cookies(web: Any) -> None:
    pages = {
        "/feed": web.answer("302 Found", Location="/b", Set_Cookie="id=1; Path=/"),
        "/b": web.answer(body=FEED),
    }
    _, site = get(web, pages)
    for asked in site.asked:
        assert asked.headers["User-Agent"].startswith("SyndicationWatch/")
        assert "+http" in asked.headers["User-Agent"]
        assert "Cookie" not in asked.headers
        assert asked.headers["Accept-Encoding"] == "gzip, deflate, br, zstd"


def test_the_environment_names_no_proxy_and_no_password(
    web: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login reporter password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    got, site = get(web, {"/feed": web.answer(body=FEED)})
    assert got.body == FEED
    assert "Authorization" not in site.asked[0].headers


def test_the_address_goes_out_octet_for_octet(web: Any) -> None:
    path = "/feed?q=a%2Fb+c&x=%7e'()"
    got, site = get(web, {path: web.answer(body=FEED)}, path)
    assert site.asked[0].path == path
    assert got.url.endswith(path)


# ------------------------------------------------------------------ redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_each_kind_of_redirect_is_followed(web: Any, status: int) -> None:
    pages = {
        "/feed": web.answer(f"{status} Elsewhere", Location="sub/new?x=1"),
        "/sub/new?x=1": web.answer(body=FEED),
    }
    got, site = get(web, pages)
    assert got.body == FEED
    assert got.url == f"{site.base}/sub/new?x=1"
    assert got.permanent_to == (got.url if status in (301, 308) else None)


def test_the_permanent_chain_ends_where_a_temporary_one_begins(web: Any) -> None:
    pages = {
        "/feed": web.answer("301 Moved", Location="/b"),
        "/b": web.answer("308 Moved", Location="/c"),
        "/c": web.answer("302 Found", Location="/d"),
        "/d": web.answer("301 Moved", Location="/e"),
        "/e": web.answer(body=FEED),
    }
    got, site = get(web, pages)
    assert got.permanent_to == f"{site.base}/c"
    assert got.url == f"{site.base}/e"


def test_circles_and_long_chains_end(web: Any) -> None:
    circle = {
        "/feed": web.answer("301 Moved", Location="/b"),
        "/b": web.answer("302 Found", Location="/feed"),
    }
    got, _ = get(web, circle)
    assert got.reason == "redirects"
    chain = {f"/{n}": web.answer("302 Found", Location=f"/{n + 1}") for n in range(9)}
    got, site = get(web, chain, "/0")
    assert got.reason == "redirects"
    assert len(site.asked) == 6


@pytest.mark.parametrize(
    "location", ["ftp://a.example/", "file:///etc/passwd", "http://:80/", "//[x"]
)
def test_a_redirect_to_something_else_is_refused(web: Any, location: str) -> None:
    got, _ = get(web, {"/feed": web.answer("302 Found", Location=location)})
    assert isinstance(got, Refused)


def test_configured_headers_and_credentials_stay_with_their_origin(web: Any) -> None:
    async def work() -> None:
        async with web.Site() as there, web.Site() as here, web.fetcher() as fetcher:
            here.pages["/feed"] = web.answer("302 Found", Location="/own")
            here.pages["/own"] = web.answer("302 Found", Location=f"{there.base}/away")
            there.pages["/away"] = web.answer(body=FEED)
            url = f"http://ann:s%40crt@127.0.0.1:{here.port}/feed"
            got = await fetcher.get(url, now=web.now, headers={"X-Key": "k1", "accept": "text/xml"})
            for asked in here.asked:
                assert asked.headers["Authorization"] == "Basic YW5uOnNAY3J0"
                assert asked.headers["X-Key"] == "k1"
                assert asked.headers["accept"] == "text/xml"
                assert "Accept" not in asked.headers
            assert not {"Authorization", "X-Key", "accept"} & there.asked[0].headers.keys()
            assert "ann" not in got.url

    web.run(work())


def test_no_error_shows_a_secret(web: Any) -> None:
    async def work() -> None:
        async with web.Site() as site, web.fetcher() as fetcher:
            url = f"http://ann:hunter2@127.0.0.1:{site.port}/gone?token=hunter2"
            site.pages["/gone?token=hunter2"] = web.answer("500 Oops")
            site.pages["/bad?token=hunter2"] = b"hunter3\r\n\r\n"
            for address in (url, url.replace("gone", "bad")):
                for headers in ({"X-Key": "hunter2"}, {"X-Key": "hunter2\r\nX-Evil: 1"}):
                    with pytest.raises(FetchError) as caught:
                        await fetcher.get(address, now=web.now, headers=headers)
                    error: BaseException | None = caught.value
                    while error is not None:
                        assert "hunter2" not in f"{error!s} {error!r}"
                        error = error.__cause__

    web.run(work())


# ------------------------------------------------------------------ addresses


class FakeResolver(AbstractResolver):
    """Says of every name that it is at `addresses`."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=0,
            )
            for address in self.addresses
        ]

    async def close(self) -> None:
        pass


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/feed",
        "http://[::1]:{port}/feed",
        "http://[::ffff:127.0.0.1]:{port}/feed",
        "http://2130706433:{port}/feed",
        "http://0x7f000001:{port}/feed",
        "http://127.1:{port}/feed",
        "http://localhost:{port}/feed",
        "http://169.254.169.254/latest/meta-data",
    ],
)
def test_private_addresses_are_refused_however_they_are_written(web: Any, url: str) -> None:
    async def work() -> None:
        async with web.Site() as site, web.fetcher(allow_hosts=()) as fetcher:
            with pytest.raises(Refused) as caught:
                await fetcher.get(url.format(port=site.port), now=web.now)
            assert not caught.value.retry
            assert "allow_hosts" in str(caught.value) or caught.value.reason == "url"
            assert site.asked == []

    web.run(work())


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("10.0.0.1", "127.0.0.1"), ("::1",)])
def test_a_name_that_leads_to_a_private_address_is_refused(
    web: Any, addresses: tuple[str, ...]
) -> None:
    async def work() -> None:
        options = {"allow_hosts": (), "resolver": FakeResolver(*addresses)}
        async with web.Site() as site, web.fetcher(**options) as fetcher:
            with pytest.raises(Refused, match="not a public address"):
                await fetcher.get(f"http://news.example:{site.port}/feed", now=web.now)
            assert site.asked == []

    web.run(work())


def test_a_redirect_to_a_private_address_is_refused(web: Any) -> None:
    async def work() -> None:
        options = {"allow_hosts": ("news.example",), "resolver": FakeResolver("127.0.0.1")}
        async with web.Site() as site, web.fetcher(**options) as fetcher:
            site.pages["/feed"] = web.answer("302 Found", Location=f"{site.base}/secret")
            site.pages["/secret"] = web.answer(body=b"internal")
            with pytest.raises(Refused, match=r"127\.0\.0\.1"):
                await fetcher.get(f"http://news.example:{site.port}/feed", now=web.now)
            assert [asked.path for asked in site.asked] == ["/feed"]

    web.run(work())


@pytest.mark.parametrize("entry", ["news.example", "NEWS.example:{port}", "127.0.0.0/8"])
def test_allowed_by_name_by_port_or_by_network(web: Any, entry: str) -> None:
    async def work() -> None:
        async with web.Site({"/feed": web.answer(body=FEED)}) as site:
            options = {
                "allow_hosts": (entry.format(port=site.port),),
                "resolver": FakeResolver("127.0.0.1"),
            }
            async with web.fetcher(**options) as fetcher:
                url = f"http://news.example:{site.port}/feed"
                assert (await fetcher.get(url, now=web.now)).body == FEED
                if "example" in entry:
                    with pytest.raises(Refused):
                        await fetcher.get(f"http://other.example:{site.port}/", now=web.now)

    web.run(work())


@pytest.mark.parametrize("url", ["ftp://a.example/", "a.example", "http:///x", "http://a:0/", ""])
def test_addresses_that_are_none(web: Any, url: str) -> None:
    async def work() -> None:
        async with web.fetcher() as fetcher:
            with pytest.raises(Refused):
                await fetcher.get(url, now=web.now)

    web.run(work())


# ------------------------------------------------------------------ hostile or broken servers


def test_a_body_that_drips_meets_the_total_deadline(web: Any) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(web.answer(body=b"x" * 1000)[:-1000])
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    got, _ = get(web, {"/feed": drip}, fetcher={"timeout": 0.3})
    assert got.reason == "timeout"
    assert got.retry


def test_redirects_share_one_deadline(web: Any) -> None:
    async def slow(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        number = len(asked)
        asked.append(number)
        writer.write(web.answer("302 Found", Location=f"/{number}"))

    asked: list[int] = []
    pages = {f"/{n}": slow for n in range(6)} | {"/feed": slow}
    got, _ = get(web, pages, fetcher={"timeout": 0.5})
    assert got.reason == "timeout"


def test_a_silent_server_and_garbage(web: Any) -> None:
    async def silent(_: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    got, _ = get(web, {"/feed": silent}, fetcher={"timeout": 0.2})
    assert got.reason == "timeout"
    got, _ = get(web, {"/feed": b"\x16\x03\x01 this is not HTTP\r\n\r\n"})
    assert got.reason == "protocol"
    got, _ = get(web, {"/feed": b""})
    assert got.retry


@pytest.mark.parametrize(
    "headers", ["X: " + "y" * 100_000, "\r\n".join(f"X-{n}: y" for n in range(5000))]
)
def test_huge_headers_are_refused(web: Any, headers: str) -> None:
    page = f"HTTP/1.1 200 OK\r\n{headers}\r\nContent-Length: 0\r\n\r\n".encode()
    got, _ = get(web, {"/feed": page})
    assert got.reason == "protocol"


def test_oversize_is_noticed_before_and_while_reading(web: Any) -> None:
    got, _ = get(web, {"/feed": web.answer(body=b"x" * 2000)}, max_bytes=1000)
    assert got.reason == "toobig"
    assert "announces" in str(got)
    got, _ = get(web, {"/feed": web.answer(body=b"x" * 2000, length=False)}, max_bytes=1000)
    assert got.reason == "toobig"
    got, _ = get(web, {"/feed": web.answer(body=b"x" * 1000)}, max_bytes=1000)
    assert len(got.body) == 1000


def test_a_length_that_lies(web: Any) -> None:
    page = web.answer(body=FEED).replace(b"Content-Length: 57", b"Content-Length: 90")
    assert page != web.answer(body=FEED)
    got, _ = get(web, {"/feed": page})
    assert got.reason == "truncated"


def test_gzip_is_decoded_and_a_cut_one_refused(web: Any) -> None:
    packed = gzip.compress(FEED * 100)
    page = web.answer(body=packed, Content_Encoding="gzip")
    got, _ = get(web, {"/feed": page})
    assert got.body == FEED * 100
    assert got.wire_bytes == len(packed)
    cut = web.answer(body=packed[:-9], Content_Encoding="gzip")
    got, _ = get(web, {"/feed": cut})
    assert got.reason == "truncated"


@pytest.mark.parametrize(
    ("status", "reason", "retry", "wait"),
    [
        ("429 Slow Down", "throttled", True, 120.0),
        ("503 Busy", "unavailable", True, 120.0),
        ("500 Oops", "server", True, None),
        ("404 No", "notfound", True, None),
        ("403 No", "denied", True, None),
        ("410 Gone", "gone", False, None),
        ("206 Partial", "status", True, None),
    ],
)
def test_statuses(web: Any, status: str, reason: str, retry: bool, wait: float | None) -> None:
    got, _ = get(web, {"/feed": web.answer(status, b"sorry", Retry_After="120")})
    assert (got.reason, got.retry, got.retry_after) == (reason, retry, wait)
    assert got.status == int(status[:3])


def test_a_dead_port_and_an_unknown_name(web: Any) -> None:
    async def work() -> None:
        async with web.Site() as site:
            port = site.port
        async with web.fetcher() as fetcher:
            with pytest.raises(FetchError) as caught:
                await fetcher.get(f"http://127.0.0.1:{port}/", now=web.now)
            assert caught.value.reason == "connect"
            with pytest.raises(FetchError) as caught:
                await fetcher.get(f"http://{'x' * 70}.example/", now=web.now)
            assert caught.value.reason == "dns"

    web.run(work())


# ------------------------------------------------------------------ manners


def test_one_connection_at_a_time_and_a_gap_between(web: Any) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def page(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.01)
        writer.write(web.answer(body=FEED))

    async def work() -> None:
        pages = {f"/{n}": page for n in range(4)}
        options = {"gap": 2.0, "sleep": sleep, "clock": lambda: 100.0}
        async with web.Site(pages) as site, web.fetcher(**options) as fetcher:
            await asyncio.gather(*(fetcher.get(f"{site.base}/{n}", now=web.now) for n in range(4)))
            assert [asked.open_connections for asked in site.asked] == [1, 1, 1, 1]
        assert slept == [2.0, 2.0, 2.0]

    web.run(work())


def test_a_connection_ends_with_the_answer_to_a_conditional_request(web: Any) -> None:
    """Nothing follows an unchanged feed; a document's pages may follow on the same connection."""
    seen: list[str] = []
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here = writer.get_extra_info("peername")[1]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                seen.append(f"{here} {head.split()[1].decode()}")
                unchanged = b"If-None-Match" in head
                told = b"304 Not Modified" if unchanged else b"200 OK\r\nContent-Length: 0"
                writer.write(b"HTTP/1.1 " + told + b"\r\n\r\n")
        except asyncio.IncompleteReadError:
            gone.set()
        writer.close()

    async def work() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with web.fetcher() as fetcher:
            for path, etag in (("/page", None), ("/other", None), ("/feed", '"a"')):
                await fetcher.get(base + path, now=web.now, etag=etag)
            await asyncio.wait_for(gone.wait(), 5)
            await fetcher.get(base + "/page", now=web.now)
        server.close()
        first, second = seen[0].split()[0], seen[-1].split()[0]
        assert [one.split()[0] for one in seen] == [first, first, first, second]
        assert first != second

    web.run(work())


def test_two_hosts_that_redirect_to_each_other_do_not_wait_for_ever(web: Any) -> None:
    async def work() -> None:
        async with web.Site() as a, web.Site() as b, web.fetcher() as fetcher:
            for here, there in ((a, b), (b, a)):
                here.pages["/start"] = web.answer("302 Found", Location=f"{there.base}/end")
                here.pages["/end"] = web.answer(body=FEED)
            got = await asyncio.gather(
                *(fetcher.get(f"{site.base}/start", now=web.now) for site in (a, b))
            )
            assert [answer.body for answer in got] == [FEED, FEED]

    web.run(work())


def test_a_configured_header_cannot_replace_ours(web: Any) -> None:
    _, site = get(
        web,
        {"/feed": web.answer(body=FEED)},
        headers={"Host": "evil.example", "If-None-Match": "x", "X-Ok": "1"},
    )
    sent = site.asked[0].headers
    assert sent["Host"] == f"127.0.0.1:{site.port}"
    assert "If-None-Match" not in sent
    assert sent["X-Ok"] == "1"
    json.dumps(sent)
