"""robots.txt: asked once for pages, never for feeds, and what its absence or failure means."""

from __future__ import annotations

from typing import Any

import pytest

from tests.fetch.test_get import FEED, get
from watcher.core.errors import Refused


def test_pages_ask_robots_once_and_feeds_never(web: Any) -> None:
    async def work() -> None:
        async with web.Site() as site, web.fetcher(robots=None) as fetcher:
            site.pages["/robots.txt"] = web.answer(body=b"User-agent: *\nDisallow: /private")
            site.pages["/a"] = site.pages["/b"] = web.answer(body=b"<p>")
            site.pages["/private/feed"] = web.answer(body=FEED)
            site.pages["/c"] = web.answer("302 Found", Location="/private/page")
            await fetcher.get(f"{site.base}/private/feed", now=web.now)
            await fetcher.get(f"{site.base}/a", now=web.now, accept="page")
            await fetcher.get(f"{site.base}/b", now=web.now, accept="page")
            for path in ("/private/x", "/c"):
                with pytest.raises(Refused) as caught:
                    await fetcher.get(site.base + path, now=web.now, accept="page")
                assert caught.value.reason == "robots"
            paths = [asked.path for asked in site.asked]
            assert paths == ["/private/feed", "/robots.txt", "/a", "/b", "/c"]

    web.run(work())


@pytest.mark.parametrize(
    ("status", "allowed"), [("404 No", True), ("403 No", True), ("500 Oops", False)]
)
def test_a_missing_robots_allows_and_a_broken_one_does_not(
    web: Any, status: str, allowed: bool
) -> None:
    pages = {"/robots.txt": web.answer(status), "/a": web.answer(body=b"<p>")}
    got, _ = get(web, pages, "/a", accept="page", fetcher={"robots": None})
    if allowed:
        assert got.body == b"<p>"
    else:
        assert (got.reason, got.retry) == ("robots", True)
