"""Answers that are too large, too slow, endless, cut short or lead astray.

Each ends with a clear error, and the good feeds polled in the same round are read before it does.
"""

from __future__ import annotations

import asyncio
import gzip
import resource
import zlib
from collections.abc import Callable

import brotli  # type: ignore[import-untyped]
import pytest
import zstandard

from tests.hostile.wild import answer, dripping, yard

MEGABYTE = 1 << 20


def _gzip_bomb() -> bytes:
    packer = zlib.compressobj(9, wbits=31)
    block = bytes(MEGABYTE)
    return b"".join(packer.compress(block) for _ in range(1024)) + packer.flush()


def _brotli_bomb() -> bytes:
    packer = brotli.Compressor(quality=5)
    block = bytes(MEGABYTE)
    return b"".join(packer.process(block) for _ in range(1024)) + packer.finish()


def _zstd_bomb() -> bytes:
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    block = bytes(MEGABYTE)
    return b"".join(packer.compress(block) for _ in range(1024)) + packer.flush()


@pytest.mark.parametrize(
    ("coding", "bomb"), [("gzip", _gzip_bomb), ("br", _brotli_bomb), ("zstd", _zstd_bomb)]
)
def test_a_bomb_goes_off_within_bounds(url: str, coding: str, bomb: Callable[[], bytes]) -> None:
    body = bomb()
    assert len(body) < 2 * MEGABYTE  # a gigabyte in there

    async def work() -> None:
        async with yard(url, ["/feed"], timeout=30.0) as made:
            made.wild.pages["/feed"] = answer(body, Content_Encoding=coding)
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            got = await made.round()
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            assert got["/feed"].error is not None
            assert got["/feed"].error.startswith("toobig: the body is larger than 10000000 bytes")
            assert grown < 150 * 1024  # kilobytes: what one body may have, and our own parts
            made.good_ones_are_fine()

    asyncio.run(work())


def test_a_stream_cut_short_is_no_shorter_feed(url: str) -> None:
    item = "<item><title>One</title><guid>1</guid><description>Text</description></item>"
    whole = f"<rss><channel><title>T</title>{item}</channel></rss>".encode()

    async def work() -> None:
        packed = {"gzip": gzip.compress(whole), "br": brotli.compress(whole)}
        packed["zstd"] = zstandard.compress(whole)
        async with yard(url, [f"/{name}" for name in packed]) as made:
            for name, body in packed.items():
                made.wild.pages[f"/{name}"] = answer(body[:-5], Content_Encoding=name)
            got = await made.round()
            for name in packed:
                assert (got[f"/{name}"].error or "").startswith("truncated: "), name
                assert got[f"/{name}"].entries == 0
            made.good_ones_are_fine()

    asyncio.run(work())


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\n"


def test_what_drips_ends_at_the_deadline_and_holds_up_nobody(url: str) -> None:
    """One byte at a time, each in time for any limit on a single read."""
    pages = {
        "/body": dripping(HEAD + b"Content-Length: 100000\r\n\r\n", b"<rss>"),
        "/no-length": dripping(HEAD + b"\r\n", b"<rss>"),
        "/headers": dripping(HEAD, b"X-More: 1\r\n"),
        "/status": dripping(b"", b"HTTP/1.1 200 O"),
        "/chunks": dripping(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    }

    async def work() -> None:
        async with yard(url, list(pages), timeout=3.0) as made:
            made.wild.pages.update(pages)
            got = await made.round()
            for path in pages:
                error = got[path].error or ""
                assert error.startswith("timeout: "), error
                assert error.endswith("took longer than 3 s")
                assert made.last_polls()[path].error == error
            made.good_ones_are_fine(before="/body")

    asyncio.run(work())


@pytest.mark.parametrize(
    ("start", "more", "error"),
    [
        (HEAD + b"\r\n<rss>", b"<item/>" * 1000, "toobig: "),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n",
         "toobig: "),
        (HEAD, b"X-More: " + b"y" * 1000 + b"\r\n", "protocol: "),
        (HEAD + b"X-Huge: ", b"y" * 4096, "protocol: "),
        (b"HTTP/1.1 ", b"2" * 4096, "protocol: "),
        (b"\x16\x03\x01" , b"\x00" * 4096, "protocol: "),
        (HEAD + b"Content-Encoding: gzip\r\n\r\n", b"\x1f\x8b\x08\x00" * 1000, "encoding: "),
    ],
    ids=["body", "chunks", "headers", "header", "status", "junk", "gzip"],
)  # fmt: skip
def test_what_never_ends_is_cut_off_soon(url: str, start: bytes, more: bytes, error: str) -> None:
    async def work() -> None:
        async with yard(url, ["/feed"], timeout=30.0) as made:
            made.wild.pages["/feed"] = made.wild.endless(start, more)
            got = await made.round()
            assert (got["/feed"].error or "").startswith(error)
            # What was read, and what fitted into the buffers of two sockets.
            assert made.wild.sent < 30_000_000
            made.good_ones_are_fine()

    asyncio.run(work())


def test_redirects_that_lead_nowhere_good(url: str) -> None:
    async def work() -> None:
        paths = {
            "/self": ("/self", "redirects: "),
            "/circle": ("/circle2", "redirects: "),
            "/chain": ("/chain1", "redirects: "),
            "/file": ("file:///etc/passwd", "scheme: "),
            "/ftp": ("ftp://127.0.0.1/feed", "scheme: "),
            "/data": ("data:text/xml,<rss/>", "scheme: "),
            "/script": ("javascript:alert(1)", "scheme: "),
            "/gopher": ("gopher://127.0.0.1:25/_HELO", "scheme: "),
            "/slashes": ("http:///etc/passwd", "notfound: "),
            "/broken": ("http://[::1", "url: "),
            "/port": ("http://127.0.0.1:99999/", "url: "),
            "/long": ("/" + "x" * 5000, "url: "),
            "/private": ("http://10.255.255.1/admin", "address: "),
            "/meta": ("http://169.254.169.254/latest/meta-data/", "address: "),
            "/mapped": ("http://[::ffff:169.254.169.254]/", "address: "),
            "/nat64": ("http://[64:ff9b::a9fe:a9fe]/", "address: "),
            "/shared": ("http://100.100.100.200/", "address: "),
            "/decimal": ("http://2852039166/", "url: "),
            "/creds": ("http://user:pw@192.168.0.1/", "address: "),
        }
        async with yard(url, list(paths), timeout=10.0) as made:
            for path, (location, _) in paths.items():
                made.wild.pages[path] = answer(status="302 Found", Location=location)
            made.wild.pages["/circle2"] = answer(status="301 Moved", Location="/circle")
            for n in range(1, 20):
                made.wild.pages[f"/chain{n}"] = answer(
                    status="302 Found", Location=f"/chain{n + 1}"
                )
            got = await made.round()
            for path, (_, error) in paths.items():
                assert (got[path].error or "").startswith(error), (path, got[path].error)
                assert "pw" not in (got[path].error or "")
            assert made.wild.asked.count("/self") == 1
            assert "/chain6" not in made.wild.asked
            made.good_ones_are_fine()

    asyncio.run(work())


def test_a_header_cannot_smuggle_another(url: str) -> None:
    """Bytes of a Location or an ETag that a later request would carry stay inside one line."""

    async def work() -> None:
        async with yard(url, ["/feed", "/tag"]) as made:
            made.wild.pages["/feed"] = answer(
                status="302 Found", Location="/there%0d%0aX-Evil:%201 x\ty\x0bz"
            )
            made.wild.pages["/tag"] = answer(
                b"<rss><channel><title>T</title></channel></rss>", ETag='"a\x0b\x00b"'
            )
            got = await made.round()
            followed = [path for path in made.wild.asked if path.startswith("/there")]
            assert all(path.isprintable() and " " not in path for path in followed)
            assert got["/feed"].error is not None
            made.good_ones_are_fine()

    asyncio.run(work())
