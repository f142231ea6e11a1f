"""What other parsers expect of the documents in their own test suites, field by field with ours.

gofeed and fastfeedparser keep a JSON beside each document; feedparser keeps an expression in a
comment, of which the equalities over fields that Syndication Watch has, too, are read (never
evaluated). A difference is given a verdict by the first rule that fits; one that no rule explains
is `unexplained`, and the command that prints them fails.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from format_rules import Compared, judged

from watcher import parse
from watcher.core.errors import ParseError
from watcher.core.values import Date, Entry, ParsedFeed

NOW = datetime(2026, 6, 1, tzinfo=UTC)
URL = "http://feeds.example/feed"
Files = dict[str, bytes]


def _read(body: bytes, url: str = URL) -> ParsedFeed | ParseError:
    try:
        return parse.feed(body, url=url, content_type="", now=NOW)
    except ParseError as error:
        return error


def _at(date: Date | None) -> datetime | None:
    return date.at if date else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC) if text else None


# ---------------------------------------------------------------- gofeed, fastfeedparser


def gofeed(files: Files) -> Iterator[Compared]:
    """Titles, links, ids and dates of gofeed's documents and of its own JSON feeds."""
    for name, body in files.items():
        expected = _beside(name, files)
        if expected is None:
            continue
        found = _read(body)
        document = json.loads(files[expected])
        if isinstance(found, ParseError):
            yield Compared(name, "document", "read", str(found), "unexplained", "refused by ours")
            continue
        yield judged(name, "title", document.get("title"), found.title)
        items = document.get("items") or document.get("entries") or []
        yield judged(name, "entries", len(items), len(found.entries))
        for item, entry in zip(items, found.entries, strict=False):
            yield from _fields(name, _gofeed_item(item), entry)


def fastfeedparser(files: Files) -> Iterator[Compared]:
    """Titles, links, ids and dates of the feeds that fastfeedparser has expectations for."""
    for name, body in files.items():
        expected = f"{name.removesuffix('.xml')}.json"
        if not name.endswith(".xml") or expected not in files:
            continue
        found = _read(body)
        if isinstance(found, ParseError):
            yield Compared(name, "document", "read", str(found), "unexplained", "refused by ours")
            continue
        document = json.loads(files[expected])
        yield judged(name, "title", document["feed"].get("title"), found.title)
        yield from _aligned(name, document["entries"], found)


def _aligned(name: str, items: list[dict[str, Any]], found: ParsedFeed) -> Iterator[Compared]:
    """Entries by their place, where one was left out by ours by what follows it."""
    if len(items) != len(found.entries):
        cut = any("cut short" in warning for warning in found.warnings)
        yield Compared(
            name,
            "entries",
            len(items),
            len(found.entries),
            "ours better" if cut else "unexplained",
            "half an entry at the end of a cut document is not read" if cut else "unexplained",
        )
    for item, entry in zip(items, found.entries, strict=False):
        theirs = {
            "title": item.get("title"),
            "link": item.get("link"),
            "id": item.get("id"),
            "published": _instant(item.get("published")),
        }
        yield from _fields(name, theirs, entry)


def _fields(name: str, theirs: dict[str, Any], entry: Entry) -> Iterator[Compared]:
    ours = {
        "title": entry.title,
        "link": entry.url,
        "id": entry.guid,
        "published": _at(entry.published),
        "updated": _at(entry.updated),
    }
    for field, value in theirs.items():
        yield judged(name, field, value, ours[field])


def _beside(name: str, files: Files) -> str | None:
    if name.endswith(".xml"):
        expected = f"{name[:-4]}.json"
    elif name.endswith(".json") and not name.endswith("_expected.json"):
        expected = f"{name[:-5]}_expected.json"
    else:
        return None
    return expected if expected in files else None


def _gofeed_item(item: dict[str, Any]) -> dict[str, Any]:
    links = [link for link in item.get("links") or () if isinstance(link, dict)]
    pages = [link.get("href") for link in links if link.get("rel", "alternate") == "alternate"]
    guid = item.get("guid", item.get("id"))
    published = item.get("publishedParsed") or item.get("pubDateParsed")
    fields = {
        "title": item.get("title"),
        "link": item.get("link") or item.get("url") or next(iter(pages), None),
        "id": guid.get("value") if isinstance(guid, dict) else guid,
        "published": _instant(published or item.get("date_published")),
    }
    updated = item.get("updatedParsed") or item.get("date_modified")
    # RSS has no field for it; what gofeed leaves out there is not an expectation.
    return fields | ({"updated": _instant(updated)} if updated else {})


# ---------------------------------------------------------------- feedparser

_EXPECT = re.compile(r"Expect:\s*(.*?)\s*-->", re.DOTALL)
_OWN: dict[str, tuple[str, Callable[[ParsedFeed, Entry | None], Any]]] = {
    "feed.title": ("title", lambda f, e: f.title),
    "feed.language": ("lang", lambda f, e: f.lang),
    "version": ("format", lambda f, e: f.format),
    "len(entries)": ("entries", lambda f, e: len(f.entries)),
    "title": ("title", lambda f, e: e and e.title),
    "title_detail.value": ("title", lambda f, e: e and e.title),
    "link": ("link", lambda f, e: e and e.url),
    "id": ("id", lambda f, e: e and e.guid),
    "guid": ("id", lambda f, e: e and e.guid),
    "author": ("author", lambda f, e: e and e.author),
    "summary": ("html", lambda f, e: e and e.html),
    "description": ("html", lambda f, e: e and e.html),
    "content.0.value": ("html", lambda f, e: e and e.html),
    "content.0.language": ("lang", lambda f, e: e and e.lang),
    "source.title": ("source_title", lambda f, e: e and e.source_title),
    "source.link": ("link", lambda f, e: e and e.source_url),
    "source.href": ("link", lambda f, e: e and e.source_url),
    "published_parsed": ("published", lambda f, e: e and _tuple(e.published)),
    "created_parsed": ("published", lambda f, e: e and _tuple(e.published)),
    "updated_parsed": ("updated", lambda f, e: e and _tuple(e.updated)),
}


def feedparser(files: Files) -> Iterator[Compared]:
    """The equalities in feedparser's own expectations, over fields that ours has, too.

    Entries' HTML is expected sanitised there: such differences are one line of policy.
    """
    for name, body in files.items():
        expected = _expectation(body) if name.endswith(".xml") else None
        if expected is None:
            continue
        found = _read(body, "http://127.0.0.1:8097/")
        for path, theirs in expected:
            if path not in _OWN:
                yield Compared(name, path, theirs, None, "not kept", "a field that is not kept")
            elif isinstance(found, ParseError):
                yield Compared(name, path, theirs, str(found), "unexplained", "refused by ours")
            else:
                field, value = _OWN[path]
                entry = found.entries[0] if found.entries else None
                yield judged(name, field, theirs, value(found, entry))


def _expectation(body: bytes) -> list[tuple[str, Any]] | None:
    for codec in ("utf-8", "utf-16", "utf-32", "cp037"):
        found = _EXPECT.search(body[:8000].decode(codec, "ignore"))
        if found:
            break
    else:
        return None
    try:
        tree: ast.expr = ast.parse(found[1], mode="eval").body
    except SyntaxError:
        return None
    equalities = []
    for part in tree.values if isinstance(tree, ast.BoolOp) else [tree]:
        if not isinstance(part, ast.Compare) or not isinstance(part.ops[0], ast.Eq):
            continue
        try:
            equalities.append((_path(part.left), ast.literal_eval(part.comparators[0])))
        except ValueError:
            continue
    return equalities


def _path(node: ast.expr) -> str:
    """`entries[0]['source'].link` as source.link, `feed['title']` as feed.title."""
    written = ast.unparse(node)
    if written.startswith("len("):
        return written
    parts = re.findall(r"\w+", written.removeprefix("entries[0]"))
    return ".".join(part for part in parts if part != "get")


def _tuple(date: Date | None) -> tuple[int, ...] | None:
    return tuple(date.at.utctimetuple()) if date and date.at else None
