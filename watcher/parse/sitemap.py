"""Google News sitemaps and plain ones (sitemaps.org), read as feeds without content."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

from lxml import etree

from watcher.core import clean, dates
from watcher.core.errors import ParseError
from watcher.core.values import Entry, ParsedFeed
from watcher.parse.markup import DECLARATION, absolute, plain

_NEWS: Final = "news"
_END = re.compile(r"</(?:[A-Za-z][\w.-]{0,30}:)?url\s*>")
_HALF = re.compile(r"<(?:[A-Za-z][\w.-]{0,30}:)?url[\s>]")
_SHOWN: Final = 5  # sitemaps of an index that are named


def read(text: str, url: str, now: datetime, max_entries: int) -> ParsedFeed:
    """The addresses in a <urlset>; an index of sitemaps is a ParseError that names some."""
    parser = etree.XMLParser(
        recover=True, resolve_entities=False, no_network=True, huge_tree=False, remove_comments=True
    )
    # What it declares is what its bytes were; the text is here already.
    try:
        root = etree.fromstring(
            DECLARATION.sub("", text, count=1).encode("utf-8", "replace"), parser
        )
    except etree.XMLSyntaxError as error:
        why = clean.line(str(error), 100)
        raise ParseError("unreadable", f"a sitemap without any whole element: {why}") from error
    if root is None or _name(root) != "urlset":
        raise ParseError("notfeed", _index(root, url))
    warnings = ["not well-formed XML"] if len(parser.error_log) else []
    nodes = [node for node in root if _name(node) == "url"]
    if nodes and _HALF.search(text, max((end.end() for end in _END.finditer(text)), default=0)):
        # Half an entry would be an edit of the article next time; a missing one is only late.
        nodes.pop()
        warnings.append("the document is cut short: its last entry is left out")
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


def _index(root: etree._Element | None, url: str) -> str:
    """What an index of sitemaps is, in words, with the first that it lists."""
    nodes = [node for node in root if _name(node) == "sitemap"] if root is not None else []
    places = [absolute(url, _fields(node).get("loc", "")) for node in nodes[:_SHOWN]]
    named = ", ".join(place for place in places if place)
    more = f": {named}{', ...' if len(nodes) > _SHOWN else ''}" if named else ""
    return f"an index of {len(nodes)} sitemaps, not a list of articles: take one of them{more}"


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
        namespace = leaf.tag.rpartition("}")[0]
        name = _name(leaf)
        if "sitemap-news" in namespace or leaf.prefix == _NEWS:
            name = f"news:{name}"
        elif leaf.getparent() is not node:
            continue  # an image or a video has a loc and a title of its own
        found.setdefault(name, _text(leaf))
    return found


def _text(leaf: etree._Element) -> str:
    try:
        return leaf.text or ""
    except UnicodeDecodeError:  # `&#xD800;`, half a character, which libxml2 lets through
        return ""


def _name(node: etree._Element) -> str:
    # Not by QName: the names that recovery lets through are not all valid.
    return node.tag.rpartition("}")[2] if isinstance(node.tag, str) else ""
