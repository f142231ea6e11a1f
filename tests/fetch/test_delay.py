"""How long a site wants us to wait between two of its pages."""

from __future__ import annotations

from typing import Any

FEED = b"<rss/>"


def test_pages_keep_the_sites_own_delay_and_feeds_our_gap(web: Any) -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async def work() -> None:
        options = {"gap": 2.0, "sleep": sleep, "clock": lambda: 100.0, "robots": None}
        async with web.Site() as site, web.fetcher(**options) as fetcher:
            site.pages["/robots.txt"] = web.answer(body=b"User-agent: *\nCrawl-delay: 7.5\n")
            site.pages |= {f"/{n}": web.answer(body=FEED) for n in range(3)}
            for n in range(2):
                await fetcher.get(f"{site.base}/{n}", now=web.now, accept="page")
            await fetcher.get(f"{site.base}/2", now=web.now)
        assert slept == [7.5, 7.5, 2.0]  # after robots.txt, after a page; a feed

    web.run(work())
