"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), tolerant of numbers for ids and of nulls."""

from __future__ import annotations

import html
import json
from datetime import datetime
from typing import Any

from watcher.core import clean, dates
from watcher.core.errors import ParseError
from watcher.core.values import Entry, ParsedFeed
from watcher.parse.limits import MAX_HTML
from watcher.parse.markup import absolute, plain


def read(text: str, url: str, now: datetime, max_entries: int) -> ParsedFeed:
    """The feed in `text`. Raises ParseError: truncated (not valid JSON), notfeed."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ParseError("truncated", f"not valid JSON: {clean.line(str(error), 100)}") from error
    items = document.get("items") if isinstance(document, dict) else None
    if not isinstance(items, list):
        raise ParseError("notfeed", "JSON, but no JSON Feed: it has no list of items")
    warnings = []
    if len(items) > max_entries:
        warnings.append(f"{len(items)} entries, the first {max_entries} are read")
    lang = clean.line(_string(document.get("language")), 40) or None
    return ParsedFeed(
        title=plain(_string(document.get("title")), tags=False),
        entries=tuple(
            _entry(item, url, lang, now) for item in items[:max_entries] if isinstance(item, dict)
        ),
        lang=lang,
        format="json",
        warnings=tuple(warnings),
    )


def _entry(item: dict[str, Any], url: str, feed_lang: str | None, now: datetime) -> Entry:
    content = _string(item.get("content_html"))
    if not content:
        # Plain text becomes HTML, so that one reader serves every entry.
        content = html.escape(_string(item.get("content_text")), quote=False).replace("\n", "<br>")
    if not content:
        content = html.escape(_string(item.get("summary")), quote=False)
    authors = item.get("authors")
    if not isinstance(authors, list):
        authors = [item.get("author")]
    names = [_string(a.get("name")) for a in authors if isinstance(a, dict)]
    external = _string(item.get("external_url"))
    return Entry(
        guid=clean.line(_string(item.get("id")), 2000) or None,
        url=absolute(url, _string(item.get("url")) or external),
        title=plain(_string(item.get("title")), tags=False),
        html=content[:MAX_HTML],
        published=dates.read(_string(item.get("date_published")), now, feed_lang),
        updated=dates.read(_string(item.get("date_modified")), now, feed_lang),
        author=clean.line(", ".join(name for name in names if name), 300),
        lang=clean.line(_string(item.get("language")), 40) or feed_lang,
    )


def _string(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return ""
