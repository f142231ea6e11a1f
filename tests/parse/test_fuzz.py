"""Whatever the bytes: entries within bounds or a ParseError, and the same answer each time.

`benchmarks/fuzz.py --minutes N` runs the same with many more examples.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parse.mutate import CONTENT_TYPES, SEEDS, check, documents
from watcher.core.errors import ParseError
from watcher.parse import opml, site

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def test_the_seeds_are_read() -> None:
    for seed in SEEDS:
        feed = check(seed, "")
        assert feed is not None
        assert len(feed.entries) == 2


@QUICK
@given(documents(), CONTENT_TYPES)
def test_damaged_documents(body: bytes, content_type: str) -> None:
    assert check(body, content_type) == check(body, content_type)


@QUICK
@given(st.one_of(documents(), st.binary(max_size=300)))
def test_damaged_pages_and_lists(body: bytes) -> None:
    assert len(site.links(body, "https://coast.example/", "")) <= 40
    assert len(site.listed(body, "https://coast.example/", "")) <= 12
    assert len(site.sitemaps(body, "https://coast.example/robots.txt")) <= 12
    reason = None
    try:
        opml.read(body.replace(b"<rss", b"<opml").replace(b"</rss", b"</opml"))
    except ParseError as error:
        reason = error.reason
    assert reason in {None, "notopml", "truncated", "entities", "toobig"}
