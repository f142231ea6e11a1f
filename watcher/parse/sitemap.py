"""Google News sitemaps and plain ones (sitemaps.org), read as feeds without content."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lxml import etree

from watcher.core import clean, dates
from watcher.core.errors import ParseError
from watcher.core.values import Entry, ParsedFeed
from watcher.parse.markup import absolute, plain

_NEWS: Final = "news"


def read(text: str, url: str, now: datetime, max_entries: int) -> ParsedFeed:
    """The addresses in a <urlset>; a sitemap index is ParseError("notfeed")."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True
    )
    root = etree.fromstring(text.encode(), parser)
    if root is None or _name(root) != "urlset":
        raise ParseError("notfeed", "an index of sitemaps: name one of the sitemaps it lists")
    warnings = ["not well-formed XML"] if len(parser.error_log) else []
    nodes = [node for node in root if _name(node) == "url"]
    if len(nodes) > max_entries:
        warnings.append(f"{len(nodes)} entries, the first {max_entries} are read")
    entries = tuple(_entry(node, url, now) for node in nodes[:max_entries])
    titles = {_fields(node).get("news:name", "") for node in nodes[:max_entries]}
    return ParsedFeed(
        title=plain(titles.pop(), tags=False) if len(titles) == 1 else "",
        entries=entries,
        format="sitemap",
        warnings=tuple(warnings),
    )


def _entry(node: etree._Element, url: str, now: datetime) -> Entry:
    fields = _fields(node)
    address = absolute(url, fields["loc"]) if fields.get("loc") else None
    return Entry(
        guid=address,
        url=address,
        title=plain(fields.get("news:title", ""), tags=False),
        html="",
        published=dates.read(fields.get("news:publication_date"), now),
        updated=dates.read(fields.get("lastmod"), now),
        lang=clean.line(fields.get("news:language", ""), 20) or None,
    )


def _fields(node: etree._Element) -> dict[str, str]:
    """The node's leaves by name, those of the news extension under `news:`."""
    found: dict[str, str] = {}
    for leaf in node.iter():
        if leaf is node or len(leaf) or not isinstance(leaf.tag, str):
            continue
        namespace = etree.QName(leaf).namespace or ""
        name = _name(leaf)
        if "sitemap-news" in namespace or leaf.prefix == _NEWS:
            name = f"news:{name}"
        elif leaf.getparent() is not node:
            continue  # an image or a video has a loc and a title of its own
        found.setdefault(name, leaf.text or "")
    return found


def _name(node: etree._Element) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""
