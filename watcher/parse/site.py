"""Where a site may keep its feeds: what its pages and its robots.txt say, and the usual places."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from watcher.core import urls
from watcher.core.charset import to_text
from watcher.domains import registrable
from watcher.parse.markup import DECLARATION, absolute, attributes, feed_links

# Asked for where a site advertises nothing; the commonest first.
USUAL: Final = (
    "/feed",
    "/rss",
    "/rss.xml",
    "/feed.xml",
    "/atom.xml",
    "/index.xml",
    "/feed.json",
    "/news-sitemap.xml",
)
_MOST: Final = 12  # of each kind
_MAX_PAGE: Final = 2_000_000
_MAX_ROBOTS: Final = 500_000
_ANCHOR = re.compile(r"<a\s[^<>]{1,2000}>", re.IGNORECASE)
_FEEDLIKE = re.compile(
    r"(?:^|[/._=-])(?:rss2?|feeds?|atom|rdf)(?:$|[/._=&-])|feedburner|\.(?:rss|atom|rdf)\b",
    re.IGNORECASE,
)
_SITEMAP = re.compile(r"^\s*sitemap\s*:\s*(\S{1,2000})", re.IGNORECASE | re.MULTILINE)
_NEWS = re.compile(r"news|nachricht|actualit|notici|latest|recent", re.IGNORECASE)


def links(body: bytes, url: str, content_type: str) -> tuple[str, ...]:
    """The feeds that the page advertises, then links that look like feeds of the same site."""
    page = to_text(body, content_type, html=True)[0][:_MAX_PAGE]
    found = dict.fromkeys(feed_links(page, url))
    own = registrable(url)
    for match in _ANCHOR.finditer(page):
        link = absolute(url, attributes(match.group()).get("href", ""))
        if link is None or link == url or not _FEEDLIKE.search(link.partition("://")[2]):
            continue
        if registrable(link) == own or "feedburner" in urls.host(link):
            found[link] = None
        if len(found) == 2 * _MOST:
            break
    return tuple(found)


def sitemaps(robots: bytes, url: str) -> tuple[str, ...]:
    """The sitemaps that a robots.txt names (RFC 9309, section 2.2.4), those of news first."""
    text = robots[:_MAX_ROBOTS].decode("utf-8", "replace")
    found = [link for raw in _SITEMAP.findall(text) if (link := absolute(url, raw))]
    return _news_first(found)


def listed(body: bytes, url: str, content_type: str) -> tuple[str, ...]:
    """The news sitemaps that an index of sitemaps lists; none for any other document."""
    text = DECLARATION.sub("", to_text(body, content_type)[0].lstrip("\ufeff \t\r\n"), count=1)
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # no element in it at all
        return ()
    if root is None or not isinstance(root.tag, str) or "sitemapindex" not in root.tag:
        return ()
    places = [
        leaf.text or ""
        for leaf in root.iter()
        if isinstance(leaf.tag, str) and etree.QName(leaf).localname == "loc"
    ]
    found = [link for raw in places[:5_000] if (link := absolute(url, raw))]
    return tuple(link for link in _news_first(found) if _NEWS.search(link))


def _news_first(found: list[str]) -> tuple[str, ...]:
    distinct = dict.fromkeys(found)
    return tuple(sorted(distinct, key=lambda link: not _NEWS.search(link)))[:_MOST]
