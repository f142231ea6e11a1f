"""The pure parts of fetching: decoders, addresses, header dates, robots.txt rules."""

from __future__ import annotations

import asyncio
import gzip
import ipaddress
import zlib
from datetime import UTC, datetime, timedelta

import brotli  # type: ignore[import-untyped]  # ships no types
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.errors import FetchError
from watcher.fetch import headers, robots
from watcher.fetch.address import Guard, is_public
from watcher.fetch.decode import Decoder

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


def raw_deflate(data: bytes) -> bytes:
    coder = zlib.compressobj(wbits=-15)
    return coder.compress(data) + coder.flush()


PACK = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "br": brotli.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


def decode(name: str, data: bytes, limit: int = 10_000_000, step: int = 1000) -> bytes:
    decoder = Decoder(name, limit)
    for start in range(0, len(data), step):
        decoder.feed(data[start : start + step])
    return decoder.finish()


@given(st.sampled_from(sorted(PACK)), st.binary(max_size=3000), st.integers(1, 500))
def test_round_trip_in_pieces_of_any_size(name: str, data: bytes, step: int) -> None:
    assert decode(name, PACK[name](data), step=step) == data


def test_bare_deflate_two_members_two_codings_and_none() -> None:
    text = b"The harbour is closed. " * 9000
    assert decode("deflate", raw_deflate(text)) == text
    assert (
        decode("gzip", gzip.compress(text) + gzip.compress(b"More.") + b"\0\0") == text + b"More."
    )
    frames = PACK["zstd"](text) + PACK["zstd"](b"More.")
    assert decode("zstd", frames) == text + b"More."
    assert decode("gzip, br", brotli.compress(gzip.compress(text))) == text
    assert decode("UTF-8", text) == text
    assert decode("gzip", text) == text  # says gzip, sends plain text


@pytest.mark.parametrize("name", sorted(PACK))
def test_a_bomb_stops_at_the_limit(name: str) -> None:
    bomb = PACK[name](bytes(50_000_000))
    assert len(bomb) < 60_000
    decoder = Decoder(name, 1_000_000)
    with pytest.raises(FetchError) as caught:
        decoder.feed(bomb)
    assert caught.value.reason == "toobig"
    assert len(decoder._body) <= 1_000_000


def test_a_bomb_in_a_bomb_stops_at_the_limit() -> None:
    with pytest.raises(FetchError, match="larger than"):
        decode("gzip, gzip", gzip.compress(gzip.compress(bytes(50_000_000))), limit=1_000_000)


@pytest.mark.parametrize("name", sorted(PACK))
def test_a_stream_cut_short_is_noticed(name: str) -> None:
    packed = PACK[name](bytes(range(256)) * 50)
    for length in (len(packed) - 1, len(packed) // 2, 5):
        with pytest.raises(FetchError) as caught:
            decode(name, packed[:length])
        assert caught.value.reason == "truncated"


@pytest.mark.parametrize("name", sorted(PACK))
def test_rubbish_is_an_error_of_the_tree(name: str) -> None:
    with pytest.raises(FetchError) as caught:
        decode(name, b"\x1f\x8b" + b"rubbish" * 50)
    assert caught.value.reason in ("encoding", "truncated")


def test_unknown_codings_are_refused() -> None:
    for name in ("compress", "gzip, gzip, gzip", "sdch"):
        with pytest.raises(FetchError, match="Content-Encoding"):
            Decoder(name, 10)


# ------------------------------------------------------------------ addresses


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.1",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.0.0.8",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "fc00::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "::7f00:1",
    ],
)
def test_not_public(address: str) -> None:
    assert not Guard().permits(address)


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "193.0.0.1"])
def test_public(address: str) -> None:
    assert Guard().permits(address)


@given(st.ip_addresses(v=4))
def test_a_mapped_address_is_judged_like_the_one_inside(ip: ipaddress.IPv4Address) -> None:
    assert Guard().permits(f"::ffff:{ip}") == is_public(ip)


def test_allowed_networks_and_names() -> None:
    guard = Guard(("10.0.0.0/8", "::1", "printer.local:631", "intra.example"))
    assert guard.permits("10.9.8.7")
    assert guard.permits("::ffff:10.9.8.7")
    assert guard.permits("::1")
    assert not guard.permits("192.168.0.1")
    assert guard.names("PRINTER.local.", 631)
    assert not guard.names("printer.local", 80)
    assert guard.names("intra.example", 8080)


# ------------------------------------------------------------------ headers


def test_retry_after() -> None:
    assert headers.retry_after(None, NOW) is None
    assert headers.retry_after("120", NOW) == 120
    assert headers.retry_after("Sat, 01 Jun 2024 12:10:00 GMT", NOW) == 600
    assert headers.retry_after("Sat, 01 Jun 2024 11:00:00 GMT", NOW) == 0
    assert headers.retry_after("soon", NOW) is None
    assert headers.retry_after("-5", NOW) is None
    assert headers.retry_after("9" * 500, NOW) == 366 * 86400


@pytest.mark.parametrize(
    ("given", "want"),
    [
        ({}, None),
        ({"Cache-Control": "no-cache"}, None),
        ({"Cache-Control": "public, max-age=300"}, 300),
        ({"Cache-Control": "s-maxage=900, max-age=300", "Age": "100"}, 200),
        ({"Cache-Control": "max-age=300", "Age": "900"}, 0),
        ({"Expires": "Sat, 01 Jun 2024 13:00:00 GMT"}, 3600),
        ({"Expires": "0"}, 0),
        (
            {
                "Expires": "Sat, 01 Jun 2024 13:00:00 GMT",
                "Date": "Sat, 01 Jun 2024 12:50:00 GMT",
                "Cache-Control": "max-age=60",
            },
            600,
        ),
        ({"Cache-Control": "max-age=999999999999"}, 366 * 86400),
    ],
)
def test_max_age(given: dict[str, str], want: int | None) -> None:
    assert headers.max_age(given, NOW) == want


@given(st.text(max_size=70))
def test_header_readers_never_raise(value: str) -> None:
    headers.retry_after(value, NOW)
    headers.max_age({"Expires": value, "Date": value, "Cache-Control": value, "Age": value}, NOW)


# ------------------------------------------------------------------ robots.txt

SAMPLE = b"""\xef\xbb\xbf# sample
User-agent: OtherBot
Disallow: /

User-Agent: syndicationwatch/1.0
User-agent: FriendBot
Allow: /news/open
Disallow: /news      # but
Disallow: /*.pdf$
Disallow: /a*b*c
Disallow: /caf%c3%a9
Disallow:
Crawl-delay: 5

User-agent: *
Disallow: /star
"""


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/news/1", False),
        ("/news/open/1", True),
        ("/x.pdf", False),
        ("/x.pdf?y", True),
        ("/axxbxxcxx", False),
        ("/axxcxxb", True),
        ("/caf%C3%A9/menu", False),
        ("/café", False),
        ("/star", True),
        ("/robots.txt", True),
    ],
)
def test_rules(path: str, allowed: bool) -> None:
    rules = robots.parse(SAMPLE, "SyndicationWatch")
    assert rules.allows(f"https://a.example{path}") is allowed


def test_groups() -> None:
    assert not robots.parse(SAMPLE, "Nobody").allows("https://a.example/star")
    assert robots.parse(SAMPLE, "Nobody").allows("https://a.example/news")
    assert robots.parse(b"", "X").allows("https://a.example/")
    assert robots.parse(b"\xff\xfe\x00garbage", "X").allows("https://a.example/")
    split = b"User-agent: X\nDisallow: /a\nUser-agent: Y\nDisallow: /\nUser-agent: X\nDisallow: /b"
    both = robots.parse(split, "x")
    assert not both.allows("https://a.example/a")
    assert not both.allows("https://a.example/b")
    assert both.allows("https://a.example/c")


def test_a_tie_is_allowed() -> None:
    rules = robots.parse(b"User-agent: *\nDisallow: /p\nAllow: /p", "X")
    assert rules.allows("https://a.example/p")


@pytest.mark.parametrize(
    ("said", "delay"),
    [
        (b"10", 10.0),
        (b"0.5", 0.5),
        (b"86400", robots.MAX_DELAY),
        (b"999999999", robots.MAX_DELAY),
        (b"-3", 0.0),
        (b"1e9", 0.0),
        (b"nan", 0.0),
        (b"\xd9\xa3", 0.0),
        (b"", 0.0),
        (b"4\nCrawl-delay: 9", 9.0),
    ],
)
def test_a_crawl_delay_is_kept_within_bounds(said: bytes, delay: float) -> None:
    assert robots.parse(b"User-agent: *\nCrawl-delay: " + said + b"\n", "X").delay == delay


def test_a_crawl_delay_belongs_to_its_group() -> None:
    body = b"User-agent: *\nCrawl-delay: 20\n\nUser-agent: X\nDisallow: /p\n"
    assert robots.parse(body, "X").delay == 0.0
    assert robots.parse(body, "Y").delay == 20.0
    only = b"User-agent: X\nUser-agent: Y\nCrawl-delay: 3\nUser-agent: *\nCrawl-delay: 5\n"
    assert [robots.parse(only, name).delay for name in "XYZ"] == [3.0, 3.0, 5.0]


def test_hostile_patterns_are_quick() -> None:
    body = b"User-agent: *\nDisallow: /" + b"*a" * 400 + b"$\n"
    assert robots.parse(body, "X").allows("https://a.example/" + "a" * 3000 + "b")


def test_yesterdays_rules_serve_while_the_server_is_down() -> None:
    asked: list[str] = []
    down = asyncio.Event()

    async def load(url: str) -> bytes | None:
        asked.append(url)
        if down.is_set():
            raise FetchError("timeout", "down")
        return b"User-agent: *\nDisallow: /x"

    async def work() -> None:
        gate = robots.Robots("X")
        await gate.check("https://a.example/ok", load, NOW)
        await gate.check("https://a.example/ok", load, NOW + timedelta(hours=23))
        assert asked == ["https://a.example/robots.txt"]
        down.set()
        later = NOW + timedelta(hours=25)
        await gate.check("https://a.example/ok", load, later)
        await gate.check("https://a.example/ok", load, later)
        assert len(asked) == 2
        with pytest.raises(FetchError, match="forbids"):
            await gate.check("https://a.example/x", load, later)

    asyncio.run(work())
