"""Feed bytes -> entries. Takes hostile input: run it in a worker with a deadline.

Formats: RSS 0.9x-2.0, RDF, Atom 0.3/1.0, CDF (feedparser), JSON Feed 1.x and sitemaps (ours).
What can be read is read, with a warning; what is no feed at all is a ParseError that says why.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Final

from watcher.core import clean
from watcher.core.charset import to_text
from watcher.core.errors import ParseError
from watcher.core.values import Entry, ParsedFeed
from watcher.parse.limits import MAX_BYTES, MAX_ENTRIES
from watcher.parse.markup import feed_links

__all__ = ["discover", "feed"]

_PREAMBLE: Final = re.compile(
    r"(?:\s|<\?.{0,2000}?\?>|<!--.{0,100000}?-->|<!DOCTYPE[^<>\[]{0,2000}(?:\[.{0,20000}?\]\s*)?>)*+",
    re.DOTALL | re.IGNORECASE,
)
_ROOT = re.compile(r"<([A-Za-z_][\w.:-]{0,60})")
_FEED_START = re.compile(r"<\?xml|<(?:rss|rdf:RDF|feed|urlset)[\s>]")
_HTML_START = re.compile(r"<!doctype\s+html|<html[\s>]|<head[\s>]|<body[\s>]", re.IGNORECASE)
_JUNK_LIMIT: Final = 8192
_NAMED: Final = 5  # feeds of a page in an error's text


def feed(
    body: bytes,
    *,
    url: str,
    content_type: str,
    now: datetime,
    max_entries: int = MAX_ENTRIES,
) -> ParsedFeed:
    """The feed in `body`, which came from `url` with the header `content_type`.

    Links are absolute; guids and links that several entries share are dropped; entries without
    guid, date or link come through. Raises ParseError, reason: empty, html (the message names the
    feeds that the page advertises), notfeed, truncated, unreadable, toobig.
    """
    if len(body) > MAX_BYTES:
        raise ParseError("toobig", f"a document of {len(body)} bytes")
    text, warning = to_text(body, content_type)
    warnings = [warning] if warning else []
    stripped = text.lstrip("\ufeff\x00 \t\r\n")
    if not stripped:
        raise ParseError("empty", "the body is empty")
    if stripped[0] in "{[":
        # Imported late: a worker that only reads RSS need not know the others.
        from watcher.parse import jsonfeed

        found = jsonfeed.read(stripped, url, now, max_entries)
    else:
        stripped, junk = _without_junk(stripped)
        if junk:
            warnings.append("text before the document was left out")
        found = _xml(stripped, url, now, max_entries)
    entries, repairs = _identities(found.entries)
    return replace(found, entries=entries, warnings=(*warnings, *found.warnings, *repairs))


def discover(page: str, url: str) -> tuple[str, ...]:
    """The addresses of the feeds that an HTML page at `url` advertises, best first."""
    return feed_links(page, url)


def _xml(text: str, url: str, now: datetime, max_entries: int) -> ParsedFeed:
    root = _root(text)
    if root.lower() in ("html", "head", "body") or (not root and _HTML_START.search(text[:2000])):
        links = feed_links(text, url)
        told = (
            f"; it advertises {', '.join(links[:_NAMED])}" if links else " and advertises no feed"
        )
        raise ParseError("html", f"an HTML page, not a feed{told}")
    if root.rpartition(":")[2].lower() in ("urlset", "sitemapindex"):
        from watcher.parse import sitemap

        return sitemap.read(text, url, now, max_entries)
    if not root:
        raise ParseError("notfeed", f"not a feed: it begins {clean.line(text[:200], 60)!r}")
    from watcher.parse import xmlfeed

    return xmlfeed.read(text, root, url, now, max_entries)


def _root(text: str) -> str:
    """The name of the first element."""
    start = _PREAMBLE.match(text)
    found = _ROOT.match(text, start.end() if start else 0)
    return found[1] if found else ""


def _without_junk(text: str) -> tuple[str, bool]:
    """PHP notices and stray lines before the document are not part of it."""
    if text.startswith("<"):
        return text, False
    found = _FEED_START.search(text, 0, _JUNK_LIMIT)
    if not found or _HTML_START.search(text, 0, found.start()):
        return text, False
    return text[found.start() :], True


def _identities(entries: tuple[Entry, ...]) -> tuple[tuple[Entry, ...], list[str]]:
    """Each entry once, and no guid that several different entries share, nor a link that
    several headlines do: the front page, or a page of news in brief."""
    distinct = tuple(dict.fromkeys(entries))
    warnings = []
    if len(distinct) < len(entries):
        warnings.append(f"{len(entries) - len(distinct)} entries appear twice")
    counts = Counter(entry.guid for entry in distinct if entry.guid)
    guids = {guid for guid, count in counts.items() if count > 1}
    if guids:
        repeated = sum(counts[guid] for guid in guids)
        warnings.append(f"{repeated} entries share {len(guids)} guids: these are not used")
        distinct = tuple(replace(e, guid=None) if e.guid in guids else e for e in distinct)
    pairs = {(entry.url, entry.title) for entry in distinct if entry.url}
    links = {url for url, count in Counter(url for url, _ in pairs).items() if count > 1}
    if links:
        repeated = sum(entry.url in links for entry in distinct)
        warnings.append(f"{repeated} entries share {len(links)} links: these are not used")
        distinct = tuple(replace(e, url=None) if e.url in links else e for e in distinct)
    return distinct, warnings
