"""Article pages made to hang or to burst their reader: each costs its entry the page, no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from tests import texts
from tests.fakes import T0
from tests.hostile.wild import answer, yard
from tests.poll.newsroom import Item, rss

WORDS = texts.HARBOUR.encode()

# What it is, and the reason that its entry is left with its summary.
PAGES: dict[str, tuple[Callable[[], bytes], str]] = {
    "spans": (lambda: b"<article><p>" + b"<span>" * 20_000 + WORDS, "toodeep"),
    "deep": (lambda: b"<body>" + b"<div>" * 100_000 + WORDS, "toodeep"),
    "tables": (lambda: b"<table><tr><td>" * 5_000 + WORDS, "toodeep"),
    "attributes": (
        lambda: b"<p " + b" ".join(b"a%d='1'" % n for n in range(40_000)) + b">" + WORDS,
        "toobig",
    ),
    "elements": (lambda: b"<body>" + b"<p>word<b>word" * 150_000, "toobig"),
    "comment": (lambda: b"<!--" + b"x" * 9_000_000 + b"--><p>" + WORDS, "toobig"),
    "json": (
        lambda: b"<script type='application/ld+json'>" + b"[" * 1_000_000 + b"</script>",
        "nobody",
    ),
    "zeros": (lambda: bytes(2_000_000), "empty"),
}


def test_pages_that_take_for_ever_cost_their_entry_the_page(url: str) -> None:
    async def work() -> None:
        async with yard(url, ["/feed"], timeout=60.0) as made:
            items = [
                Item(name, teaser="A hint.", guid=name, link=made.wild.url(f"/{name}"),
                     date=T0 - timedelta(days=9))
                for name in PAGES
            ]  # fmt: skip
            made.wild.pages["/feed"] = answer(rss(items), Content_Type="application/rss+xml")
            for name, (make, _) in PAGES.items():
                made.wild.pages[f"/{name}"] = answer(make(), Content_Type="text/html")
            got = (await made.round())["/feed"]
            assert (got.error, got.entries) == (None, len(PAGES))
            reasons = {
                note.split()[1].rstrip(":").rpartition("/")[2]: note.split()[2].rstrip(":")
                for note in got.notes
                if note.startswith("page ")
            }
            assert reasons == {name: reason for name, (_, reason) in PAGES.items()}
            made.good_ones_are_fine()

    asyncio.run(work())
