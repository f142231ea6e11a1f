"""The newsroom's feeds and pages over real HTTP, read with feedparser, lxml and trafilatura."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import aiohttp
import feedparser
import pytest
import trafilatura
from lxml import etree, html

from watcher.demo.newsroom import Newsroom, Request
from watcher.demo.script import EXPECTED, REPORT, backlog
from watcher.demo.texts import outlets

NOW = datetime(2026, 3, 2, 8, 5, tzinfo=UTC)
KEYS = sorted(outlets())
T = TypeVar("T")
VERSIONS = {"rss": "rss20", "atom": "atom10", "rdf": "rss10"}


def visit(act: Callable[[Newsroom, aiohttp.ClientSession], Awaitable[T]]) -> T:
    """Runs `act` in a newsroom where all backlog and all texts about the event are out."""

    async def main() -> T:
        async with Newsroom() as room, aiohttp.ClientSession() as http:
            for outlet, slug, at in backlog():
                room.publish(outlet, slug, at)
            for truth in EXPECTED:
                room.publish(truth.outlet, truth.slug, NOW)
            return await act(room, http)

    return asyncio.run(main())


@pytest.fixture(scope="module")
def served() -> dict[str, tuple[bytes, dict[str, bytes]]]:
    """Each outlet's feed, and its pages by slug, as they came over HTTP."""

    async def fetch(
        room: Newsroom, http: aiohttp.ClientSession
    ) -> dict[str, tuple[bytes, dict[str, bytes]]]:
        async def get(url: str) -> bytes:
            async with http.get(url) as answer:
                assert answer.status == 200
                return await answer.read()

        return {
            key: (
                await get(room.feed_url(key)),
                {post.item.slug: await get(post.url) for post in room.posted(key)},
            )
            for key in room.outlets
        }

    return visit(fetch)


Served = dict[str, tuple[bytes, dict[str, bytes]]]


def squeezed(text: str) -> str:
    return " ".join(text.split())


def shown(markup: str) -> str:
    return squeezed(" ".join(str(text) for text in html.fromstring(markup).itertext()))


@pytest.mark.parametrize("key", KEYS)
def test_feeds_are_well_formed_and_of_the_format_promised(key: str, served: Served) -> None:
    outlet, body = outlets()[key], served[key][0]
    etree.fromstring(body)  # raises on ill-formed XML
    parsed = feedparser.parse(io.BytesIO(body))
    assert not parsed.bozo
    assert parsed.version == VERSIONS[outlet.feed]
    assert parsed.feed.title == outlet.name
    assert len(parsed.entries) == 4
    newest = parsed.entries[0]
    assert newest.title == next(t for t in outlet.items if t.slug == newest_slug(key)).title
    claimed = newest["updated_parsed" if outlet.feed == "rdf" else "published_parsed"]
    assert claimed[:5] == (2026, 3, 2, 8, 5), "written in local time, read as UTC"
    assert newest.link.startswith("http://127.0.0.1:")
    assert newest.link.endswith(f"/2026/03/{newest_slug(key)}.html")


def newest_slug(key: str) -> str:
    return next(truth.slug for truth in EXPECTED if truth.outlet == key)


@pytest.mark.parametrize("key", KEYS)
def test_full_feeds_carry_the_body_and_summary_feeds_do_not(key: str, served: Served) -> None:
    outlet = outlets()[key]
    entry = feedparser.parse(io.BytesIO(served[key][0])).entries[0]
    body = outlet.item(newest_slug(key)).body
    if outlet.full:
        content = shown(entry.content[0].value)
        for paragraph in body:
            assert paragraph in content
    else:
        assert "content" not in entry
        assert len(entry.summary.split()) < 50


def test_all_four_kinds_of_feed_are_there() -> None:
    kinds = {(outlet.feed, outlet.full) for outlet in outlets().values()}
    assert kinds >= {("rss", True), ("atom", True), ("rss", False), ("rdf", False)}


def test_headlines_with_markup_characters_survive(served: Served) -> None:
    titles = {e.title for e in feedparser.parse(io.BytesIO(served["kestrel"][0])).entries}
    assert "Bakers offer flats & bonuses to find apprentices" in titles
    assert 'Line 7 trams "quieter than a conversation" after rails are reground' in titles


@pytest.mark.parametrize("key", KEYS)
def test_pages_hold_the_body_between_navigation_and_notices(key: str, served: Served) -> None:
    outlet = outlets()[key]
    for slug, page in served[key][1].items():
        item = outlet.item(slug)
        text = shown(page.decode())
        for paragraph in (*item.labels, *item.body, item.title, outlet.cookies, outlet.nav[-1]):
            assert squeezed(paragraph) in text


@pytest.mark.parametrize("key", KEYS)
def test_an_extractor_finds_every_paragraph_of_the_report(key: str, served: Served) -> None:
    page = served[key][1][newest_slug(key)].decode()
    found = trafilatura.extract(page, fast=True, include_comments=False) or ""
    missing = [p for p in outlets()[key].item(newest_slug(key)).body if p not in squeezed(found)]
    assert missing == []


def test_the_wrapped_page_keeps_its_frame_through_extraction(served: Served) -> None:
    page = served["horizons"][1]["barrage-de-kordal"].decode()
    found = squeezed(trafilatura.extract(page, fast=True, include_comments=False) or "")
    assert "Avis de non-responsabilité" in found
    assert "La source originale de cet article est Kestrel Online" in found
    body = outlets()["horizons"].item("barrage-de-kordal").text
    assert 0.45 < len(body.split()) / len(found.split()) < 0.6


def test_validators_are_answered_with_304_until_something_is_published() -> None:
    async def act(room: Newsroom, http: aiohttp.ClientSession) -> list[tuple[int, int]]:
        seen = []

        async def get(**headers: str) -> aiohttp.ClientResponse:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            async with http.get(room.feed_url("lantern"), headers=sent) as answer:
                seen.append((answer.status, len(await answer.read())))
                return answer

        first = await get()
        etag, changed = first.headers["ETag"], first.headers["Last-Modified"]
        assert changed == "Mon, 02 Mar 2026 08:05:00 GMT"
        again = await get(If_None_Match=etag)
        assert again.headers["ETag"] == etag
        await get(If_None_Match=f'"other", W/{etag}')
        await get(If_Modified_Since=changed)
        await get(If_None_Match='"other"', If_Modified_Since=changed)  # the tag decides
        await get(If_Modified_Since="yesterday")
        room.publish("lantern", "newsletter-sleep", NOW + timedelta(hours=1))
        await get(If_None_Match=etag)
        await get(If_Modified_Since=changed)
        return seen

    seen = visit(act)
    assert [status for status, _ in seen] == [200, 304, 304, 304, 200, 200, 200, 200]
    assert [size for status, size in seen if status == 304] == [0, 0, 0]


def test_requests_are_logged_with_status_and_condition() -> None:
    async def act(room: Newsroom, http: aiohttp.ClientSession) -> list[Request]:
        for path, headers in (
            ("/robots.txt", {}),
            ("/feed.xml", {}),
            ("/feed.xml", {"if-none-match": '"x"'}),
            ("/2026/03/nothing.html", {}),
        ):
            async with http.get(room.base("today") + path, headers=headers):
                pass
        return room.requests

    assert visit(act) == [
        Request("today", "/robots.txt", 200, conditional=False),
        Request("today", "/feed.xml", 200, conditional=False),
        Request("today", "/feed.xml", 200, conditional=True),
        Request("today", "/2026/03/nothing.html", 404, conditional=False),
    ]


def test_a_text_published_again_keeps_its_address_and_is_redated() -> None:
    async def act(room: Newsroom, http: aiohttp.ClientSession) -> None:
        before = room.publish(*REPORT, NOW)
        after = room.publish(*REPORT, NOW + timedelta(days=40))
        assert after == before
        assert [p.at for p in room.posted("tarpa") if p.url == after] == [NOW + timedelta(days=40)]

    visit(act)


def test_every_outlet_has_a_port_of_its_own_and_gives_it_back() -> None:
    async def main() -> tuple[list[str], int]:
        async with Newsroom() as room:
            bases = [room.base(key) for key in room.outlets]
        refused = 0
        async with aiohttp.ClientSession() as http:
            for base in bases:
                try:
                    await http.get(base)
                except aiohttp.ClientConnectorError:
                    refused += 1
        return bases, refused

    bases, refused = asyncio.run(main())
    assert len(set(bases)) == len(bases) == refused == 9
