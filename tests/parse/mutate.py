"""Damage that knows what a feed is made of, and what must hold of whatever comes out."""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime
from typing import Final

from hypothesis import strategies as st

from tests.parse.documents import DOCUMENTS
from watcher import parse
from watcher.core.dates import MAX_LENGTH
from watcher.core.errors import ParseError
from watcher.core.values import Date, ParsedFeed
from watcher.parse.limits import MAX_HTML

NOW: Final = datetime(2024, 6, 1, 12, tzinfo=UTC)
URL: Final = "https://coast.example/feeds/all.xml"
MOST: Final = 50  # entries asked for
REASONS: Final = {"empty", "html", "notfeed", "truncated", "unreadable", "toobig"}

SEEDS: Final = [document.encode() for _, document in DOCUMENTS.values()]
_PIECE = re.compile(rb"<[^<>]*>|[^<>]+|[<>]")
_TOKENS: Final = [
    *(
        b"<![CDATA[",
        b"]]>",
        b"<!--",
        b"-->",
        b"&",
        b"&amp;",
        b"&#0;",
        b"&#xD800;",
        b"&nbsp;",
        b"&x",
    ),
    *(b"<item>", b"</item>", b"<entry>", b"</entry>", b"</channel>", b"</rss>", b"<channel/>"),
    *(b"<?xml version='1.0' encoding='utf-7'?>", b'<?xml version="1.0" encoding="utf-16"?>'),
    *(b"<!DOCTYPE x [<!ENTITY a 'b'>]>", b"&a;", b"<html>", b"<script>", b"<base href='x:'>"),
    *(b' xmlns:a=""', b" xmlns=' '", b' xml:base="http://["', b' xml:lang="x"', b"a:", b"<a:b "),
    *(b'<link href="//[::1"/>', b"<guid>", b"<pubDate>9999-99-99</pubDate>", b"<dc:date>"),
    *(
        b"<content type='application/xhtml+xml' mode='base64'>",
        b'<title type="xhtml">',
        b"</title>",
    ),
    *(b"\x00", b"\xff\xfe", b"\xfe\xff", codecs.BOM_UTF8, b"\xc3", b"\xed\xa0\x80", b"\x1b$B"),
    *(b"{", b"}", b"[", b'"items": [', b'"id": NaN,', b"null,", b"\\ud800", b"1e999,"),
]


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """One of our documents, with pieces of it moved, lost, repeated, spoiled or recoded."""
    body = draw(st.sampled_from(SEEDS))
    for _ in range(draw(st.integers(0, 6))):
        pieces = _PIECE.findall(body)
        if not pieces:
            break
        at = draw(st.integers(0, len(pieces) - 1))
        to = draw(st.integers(0, len(pieces) - 1))
        what = draw(st.sampled_from(("cut", "copy", "swap", "token", "bytes", "repeat", "end")))
        if what == "cut":
            del pieces[min(at, to) : max(at, to)]
        elif what == "copy":
            pieces[at:at] = pieces[min(at, to) : max(at, to)]
        elif what == "swap":
            pieces[at], pieces[to] = pieces[to], pieces[at]
        elif what == "token":
            pieces.insert(at, draw(st.sampled_from(_TOKENS)))
        elif what == "bytes":
            inside = draw(st.integers(0, len(pieces[at])))
            junk = draw(st.binary(max_size=6))
            pieces[at] = pieces[at][:inside] + junk + pieces[at][inside + len(junk) :]
        elif what == "repeat":
            pieces[at] *= draw(st.sampled_from((2, 30, 300)))
        else:
            del pieces[at:]
        body = b"".join(pieces)[:200_000]
    recoded = draw(st.sampled_from((None, None, None, "utf-16", "utf-16-le", "utf-32", "cp037")))
    return body if recoded is None else body.decode("utf-8", "replace").encode(recoded, "replace")


CONTENT_TYPES: Final = st.sampled_from(
    ("", "text/xml", "text/html", "application/json", "text/xml; charset=utf-16", "x; charset=\x00")
)


def check(body: bytes, content_type: str) -> ParsedFeed | None:
    """Read `body`: within all bounds, or refused with one of the reasons."""
    refused = None
    try:
        feed = parse.feed(body, url=URL, content_type=content_type, now=NOW, max_entries=MOST)
    except ParseError as error:
        refused = (error.reason, str(error))
    if refused:
        assert refused[0] in REASONS
        assert len(refused[1]) < 25_000
        return None
    assert len(feed.entries) <= MOST
    assert len(feed.title) <= 500
    assert len(feed.warnings) <= 12
    assert all(len(warning) < 400 for warning in feed.warnings)
    for entry in feed.entries:
        assert len(entry.guid or "") <= 2_000
        assert len(entry.title) <= 500
        assert len(entry.html) <= MAX_HTML
        assert max(len(entry.author), len(entry.source_title)) <= 500
        assert len(entry.lang or "") <= 40
        for url in (entry.url, entry.source_url):
            assert not url or (url.startswith(("http://", "https://")) and len(url) <= 4_096)
        _check(entry.published)
        _check(entry.updated)
    return feed


def _check(date: Date | None) -> None:
    if date is not None:
        assert len(date.raw) <= MAX_LENGTH
        assert date.at is None or date.at.tzinfo is UTC
        assert date.at is not None or date.note in ("absurd", "unparsed")
