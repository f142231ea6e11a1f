"""Small readers of markup that the formats share: titles that carry tags, links of an HTML page."""

from __future__ import annotations

import html
import re
from typing import Final
from urllib.parse import urljoin, urlsplit

from watcher.core import clean

DECLARATION: Final = re.compile(r"^\s*<\?xml[^>]{0,500}\?>")
_TAG = re.compile(r"<(?:/?[A-Za-z][^<>]{0,2000}|!--.{0,2000}?--)>", re.DOTALL)
# What a browser does not show: the code, not only the tag around it.
_CODE = re.compile(r"<(script|style)\b[^<>]{0,2000}>.{0,20000}?</\1\s*>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"<(?:link|a)\s[^<>]{1,2000}>", re.IGNORECASE)
_BASE = re.compile(r"<base\s[^<>]{1,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([A-Za-z-]{1,20})\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_FEED_TYPES: Final = frozenset(
    {
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/xml",
        "text/xml",
    }
)
_MAX_TITLE: Final = 20_000  # characters, markup included
_MAX_PAGE: Final = 2_000_000
_MAX_LINKS: Final = 20
_MAX_URL: Final = 4096


def plain(title: str, *, tags: bool = True) -> str:
    """A title as one line of plain text; `tags`: it may be HTML."""
    title = title[:_MAX_TITLE]
    if tags and "<" in title:
        title = _TAG.sub(" ", _CODE.sub(" ", title)).replace(" ,", ",")
    return clean.line(title)


def absolute(base: str, link: str) -> str | None:
    """`link` as an absolute http(s) address; None for anything else."""
    if not link.strip():
        return None  # not the base itself
    try:
        joined = urljoin(base, link.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.netloc or len(joined) > _MAX_URL:
        return None
    return clean.line(joined, _MAX_URL)


def feed_links(page: str, url: str) -> tuple[str, ...]:
    """The feeds that an HTML page advertises with <link rel=alternate>, in its order."""
    page = page[:_MAX_PAGE]
    base = _BASE.search(page)
    href = attributes(base.group()).get("href") if base else None
    here = (absolute(url, href) if href else None) or url
    found: dict[str, None] = {}
    for match in _LINK.finditer(page):
        said = attributes(match.group())
        kind = said.get("type", "").partition(";")[0].strip().lower()
        rels = said.get("rel", "").lower().split()
        if not {"alternate", "feed"} & set(rels) or "stylesheet" in rels:
            continue
        if kind not in _FEED_TYPES and "feed" not in rels:
            continue
        if (link := absolute(here, said.get("href", ""))) and link != url:
            found[link] = None
        if len(found) == _MAX_LINKS:
            break
    return tuple(found)


def attributes(tag: str) -> dict[str, str]:
    """The attributes of a start tag as written, names in lower case; the first of a name counts."""
    found: dict[str, str] = {}
    for name, double, single, bare in _ATTRIBUTE.findall(tag):
        found.setdefault(name.lower(), html.unescape(double or single or bare))
    return found
