"""Documents that make parsers take minutes or gigabytes, or read what is not theirs.

Each costs at most one worker, ends with a clear error or with what could be read, and stops nobody
else.
"""

from __future__ import annotations

import asyncio
import os
import resource
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes import T0
from tests.hostile.waiting import read_or_wait
from tests.hostile.wild import Yard, answer, yard
from watcher import extract, parse, reading
from watcher.archive.articles import Connection
from watcher.core.errors import ParseError, WorkerError
from watcher.parse import known
from watcher.workers import Workers

ITEM = "<item><title>One</title><guid>1</guid><description>Text</description></item>"


def rss(inside: str, *, before: str = "", head: str = "") -> bytes:
    inner = f"<channel><title>T</title>{head}{inside}</channel>"
    return f"{before}<rss version='2.0'>{inner}</rss>".encode()


def described(text: str) -> bytes:
    return rss(f"<item><title>One</title><guid>1</guid><description>{text}</description></item>")


def attributes(count: int) -> str:
    named = " ".join(f"a{n}='{n}'" for n in range(count))
    return f"<x {named}/>"


EXPANSION = "<!DOCTYPE rss [<!ENTITY a '{}'>{}]>".format(
    "boom " * 20,
    "".join(f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)),
)

# What it is, and how it may end: a reason, or "ok" where what can be read is read.
DOCUMENTS: dict[str, tuple[Callable[[], bytes], set[str]]] = {
    "html": (lambda: b"<html><body>" + b"<p>word<b>word" * 150_000, {"html"}),
    "comment": (lambda: rss(f"<!--{'x' * 39_000_000}-->{ITEM}"), {"toobig"}),
    "comment-9": (lambda: rss(f"<!--{'x' * 9_000_000}-->{ITEM}"), {"ok", "timeout"}),
    "attributes": (lambda: rss(attributes(40_000) + ITEM), {"timeout", "toobig"}),
    "cdata-open": (lambda: rss("<![CDATA[" * 500_000), {"ok", "timeout", "truncated"}),
    "ampersands": (lambda: described("&" * 2_000_000), {"ok", "timeout", "memory"}),
    "cdata": (
        lambda: described("<![CDATA[" + "<p>word <b>bold</b></p>" * 420_000 + "]]>"),
        {"ok", "timeout", "memory"},
    ),
    "entities": (lambda: rss("<item><title>&j;</title></item>", before=EXPANSION), {"ok"}),
    "entries": (
        lambda: rss("<item><title>a</title></item>" * 300_000),
        {"ok", "timeout", "memory", "toobig"},
    ),
    "nesting": (lambda: rss("<a>" * 200_000 + ITEM), {"ok", "timeout", "memory", "toodeep"}),
    "nested-text": (lambda: described("&lt;div&gt;" * 100_000 + "word"), {"ok", "timeout"}),
    "spans": (lambda: described("&lt;span&gt;" * 20_000 + "word " * 500), {"ok"}),
    "json": (lambda: b'{"items":' + b"[" * 2_000_000, {"truncated"}),
    "numbers": (lambda: b'{"items":[{"id":' + b"9" * 5_000_000 + b"}]}", {"truncated"}),
    "sitemap": (lambda: b"<urlset>" + b"<url><loc>http://a.example/</loc></url>" * 200_000,
                {"ok", "timeout", "memory"}),
    "skip-hours": (lambda: rss("<skipHours>" * 300_000 + ITEM), {"ok", "timeout"}),
    "quotes": (lambda: b"<rss " + b'"' * 5_000_000, {"truncated", "notfeed"}),
    "nothing": (lambda: b"", {"empty"}),
    "zeros": (lambda: bytes(2_000_000), {"empty", "notfeed"}),
}  # fmt: skip


def test_documents_that_take_for_ever_end_at_their_deadline(url: str) -> None:
    """All of them in one round, asked for first; the good ones beside them are not the last."""

    async def work() -> None:
        paths = [f"/{name}" for name in DOCUMENTS]
        async with yard(url, paths, timeout=60.0, parse_s=2.0) as made:
            for name, (make, _) in DOCUMENTS.items():
                made.wild.pages[f"/{name}"] = answer(make())
            got = await made.round()
            ended = {
                path: "ok" if o.error is None else o.error.partition(":")[0]
                for path, o in got.items()
            }
            odd = {
                n: ended[f"/{n}"]
                for n, (_, ends) in DOCUMENTS.items()
                if ended[f"/{n}"] not in ends
            }
            assert odd == {}
            assert all(outcome.entries <= 2_000 for outcome in got.values())
            assert {row.error for row in made.last_polls().values()} == {
                o.error for o in got.values()
            }
            made.good_ones_are_fine()
            # What is large is read one at a time: a worker is left for whoever is not.
            places = [o.feed for o in made.done]
            late = max(places.index(f"{site.base}/rss") for site in made.good)
            assert late < len(places) - 3
            # The pool is whole: another document is read by whoever took a dead worker's place.
            again = await made.workers.run(
                reading.read_feed, rss(ITEM), "http://a.example/", "", T0, timeout=20
            )
            assert len(again.entries) == 1

    asyncio.run(work())


def _address_space() -> int:
    """Bytes that a worker has taken before it does anything."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def test_a_document_over_the_memory_limit_costs_one_worker(url: str) -> None:
    async def work() -> None:
        # Workers with room for what good feeds need, and no more.
        with Workers(1) as fresh:
            room = await fresh.run(_address_space, timeout=60) + (48 << 20)
        async with yard(url, ["/wide", "/many"], parse_s=60.0, timeout=30.0, memory=room) as made:
            made.wild.pages["/wide"] = answer(described("\U0001d11e" * 2_400_000))
            made.wild.pages["/many"] = answer(rss("<item><title>a</title></item>" * 300_000))
            got = await made.round()
            for path in ("/wide", "/many"):
                assert got[path].error == "memory: read_news reached the worker's memory limit"
            made.good_ones_are_fine()

    asyncio.run(work())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_killed_in_mid_parse_is_replaced(
    url: str, tmp_path: Path, number: signal.Signals
) -> None:
    """From outside, as the kernel does when memory is short; over and over."""

    async def kill_whoever_reads(made: Yard, marker: Path) -> WorkerError:
        marker.unlink(missing_ok=True)
        call = asyncio.ensure_future(made.workers.run(read_or_wait, str(marker), timeout=60))
        while not (marker.exists() and marker.read_text()):
            await asyncio.sleep(0.01)
        os.kill(int(marker.read_text()), number)
        with pytest.raises(WorkerError) as caught:
            await call
        return caught.value

    async def work() -> None:
        async with yard(url, ["/feed"]) as made:
            made.wild.pages["/feed"] = answer(rss(ITEM))
            for n in range(3):
                error = await kill_whoever_reads(made, tmp_path / str(n))
                assert error.reason == "died"
                assert "read_or_wait" in str(error)
            got = await made.round()
            assert got["/feed"].outcome == "ok"
            made.good_ones_are_fine()

    asyncio.run(work())


def test_a_feed_whose_reader_is_killed_says_so_and_the_others_are_read(url: str) -> None:
    """The worker is found by what it is doing, and killed while it does it."""

    async def work() -> None:
        async with yard(url, ["/feed"], timeout=30.0, parse_s=60.0) as made:
            made.wild.pages["/feed"] = answer(rss(attributes(40_000) + ITEM))
            under_way = asyncio.ensure_future(made.round())
            # Once the good ones are done, whoever still burns is reading the hostile one.
            while len(made.done) < len(made.good):
                await asyncio.sleep(0.05)
            os.kill(_busiest_worker(), signal.SIGKILL)
            got = (await under_way)["/feed"]
            assert (got.error or "").startswith("died: the worker of read_news died")
            assert made.last_polls()["/feed"].error == got.error
            made.good_ones_are_fine(before="/feed")

    asyncio.run(work())


def _busiest_worker() -> int:
    """Of the processes below ours, the one that has used the most time."""
    parents, used = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        pid = int(stat.parent.name)
        parents[pid], used[pid] = int(fields[1]), int(fields[11]) + int(fields[12])
    ours = [pid for pid in parents if _descends(pid, parents) and pid != os.getpid()]
    # The forkserver itself has children; a worker has none.
    return max((p for p in ours if p not in parents.values()), key=lambda pid: used[pid])


def _descends(pid: int, parents: dict[int, int]) -> bool:
    while pid > 1:
        if pid == os.getpid():
            return True
        pid = parents.get(pid, 0)
    return False


def test_text_that_looks_like_a_path_or_an_address_is_text(url: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.xml"
    secret.write_bytes(rss("<item><title>Secret</title><guid>s</guid></item>"))

    async def work() -> None:
        paths = ["/path", "/name", "/address", "/local"]
        async with yard(url, paths) as made:
            made.wild.pages["/path"] = answer(str(secret).encode())
            made.wild.pages["/name"] = answer(b"secret.xml")
            made.wild.pages["/address"] = answer(made.wild.url("/trap").encode())
            made.wild.pages["/local"] = answer(f"file://{secret}".encode())
            got = await made.round()
            for path in paths:
                assert (got[path].error or "").startswith("notfeed: "), got[path]
            assert "/trap" not in made.wild.asked
            made.good_ones_are_fine()

    asyncio.run(work())


def test_an_entity_reads_no_file_and_asks_nobody(url: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the launch code")

    async def work() -> None:
        async with yard(url, ["/file", "/net", "/dtd", "/sitemap"]) as made:
            declared = f"<!DOCTYPE r [<!ENTITY x SYSTEM 'file://{secret}'>]>"
            made.wild.pages["/file"] = answer(
                rss("<item><title>a &x; b</title><guid>1</guid></item>", before=declared)
            )
            trap = f"<!DOCTYPE r [<!ENTITY x SYSTEM '{made.wild.url('/trap')}'>]>"
            made.wild.pages["/net"] = answer(
                rss("<item><title>a &x; b</title><guid>2</guid></item>", before=trap)
            )
            made.wild.pages["/dtd"] = answer(
                rss(ITEM, before=f"<!DOCTYPE rss SYSTEM '{made.wild.url('/trap')}'>")
            )
            made.wild.pages["/sitemap"] = answer(
                f"{declared}<urlset><url><loc>http://a.example/&x;</loc></url></urlset>".encode()
            )
            await made.round()
            assert "/trap" not in made.wild.asked
            with made.database.read() as conn:
                assert "launch code" not in _everything(conn)
            made.good_ones_are_fine()

    asyncio.run(work())


def _everything(conn: Connection) -> str:
    from sqlalchemy import select

    from storage.models import metadata

    rows = [row for table in metadata.sorted_tables for row in conn.execute(select(table))]
    return " ".join(map(str, rows))


PIECES = st.lists(
    st.sampled_from(
        [
            "<rss><channel>", "<item>", "</item>", "<title>", "</title>", "<guid>", "</guid>",
            "<link>", "</link>", "<![CDATA[", "]]>", "<!--", "-->", "&amp;", "&#0;", "&#xD800;",
            "&", "<", ">", "\"", "'", "\x00", "\x1b[31m", "\r\n", "\u202e", "\ud800", "\ufeff",
            "<feed xmlns='http://www.w3.org/2005/Atom'>", "<entry>", "</entry>", "<a:b>",
            "<!DOCTYPE x [", "]>", "<?xml version='1.0'?>", "{", '"items":[', "}", "text ",
            "<content type='xhtml'>", "<div>", "</div>", "<pubDate>", "</pubDate>", "2026-99-99",
            "<urlset><url><loc>", "</loc>", "http://a.example/", "//[", "javascript:x",
        ]
    ),
    max_size=40,
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(PIECES, st.sampled_from(["", "text/xml; charset=utf-16", "application/json", "charset=hz"]))
def test_whatever_the_bytes_there_are_entries_or_a_reason(pieces: list[str], kind: str) -> None:
    """The path from bytes to entries and their texts raises nothing but its own errors."""
    body = "".join(pieces).encode("utf-8", "surrogatepass")
    got = read_or_error(known.read, body, kind)
    if isinstance(got, ParseError):
        assert got.reason
        assert str(got).isprintable()
        return
    for entry in got.parsed.entries:
        shown = (entry.title, entry.guid or "", entry.url or "", entry.author, entry.source_title)
        assert all(text.isprintable() for text in shown), shown
        assert entry.url is None or entry.url.startswith(("http://", "https://"))
    reading.read_entries(got.parsed.entries)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["", "text/html; charset=x", "text/xml"]))
def test_any_bytes_at_all(body: bytes, kind: str) -> None:
    for read in (parse.feed, extract.page):
        got = read_or_error(read, body, kind)
        assert not isinstance(got, ParseError) or got.reason


def read_or_error(read: Callable[..., Any], body: bytes, kind: str) -> Any:
    try:
        return read(body, url="http://a.example/feed", content_type=kind, now=T0)
    except ParseError as error:
        return error
