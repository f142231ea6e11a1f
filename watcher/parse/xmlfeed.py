"""RSS 0.9x-2.0, RDF, Atom 0.3/1.0 and CDF, by feedparser, with its guesses kept out.

feedparser sanitises and resolves HTML (slowly), reads dates (wrongly or not at all) and makes
guids absolute. Here it only takes the document apart: content stays raw, links are joined
with xml:base and the feed's address, dates come from the raw strings.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import feedparser

from watcher.core import clean, dates, urls
from watcher.core.errors import ParseError
from watcher.core.values import Date, Entry, ParsedFeed
from watcher.parse import hints, repair
from watcher.parse.limits import MAX_HTML
from watcher.parse.markup import DECLARATION, absolute, plain

_CLOSERS: Final = {
    "rss": "</channel></rss>",
    "feed": "</feed>",
    "channel": "</channel>",
}
_FEED_ROOTS: Final = frozenset({"rss", "rdf", "feed", "channel"})
_FORMATS: Final = {"rss10": "rdf", "rss090": "rdf", "channel": "cdf"}
_ENTRY_END = re.compile(r"</(?:[A-Za-z][\w.-]{0,30}:)?(?:item|entry)\s*>", re.IGNORECASE)
_ENTRY_START = re.compile(r"<(?:[A-Za-z][\w.-]{0,30}:)?(?:item|entry)[\s>]", re.IGNORECASE)
_END_TAG = re.compile(r"</[A-Za-z][A-Za-z0-9]{0,20}\s*>")
_DC_DATE = re.compile(r"<[A-Za-z][\w.-]{0,30}:date[\s>]")
# feedparser takes it for the link's href, whatever stands in the element: `uri="at://..."`.
_OTHER_URI = re.compile(r"(<link\s[^<>]{0,500}?\b)uri(?==[\"'](?!https?:))", re.IGNORECASE)
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_PUBLISHED: Final = ("published", "created")
_SUMMARIES: Final = ("summary", "description", "abstract")


@dataclass(frozen=True, slots=True)
class _Whole:
    """What holds for all entries of a document."""

    lang: str | None
    published: tuple[str, ...]  # feedparser's names for it, best first
    typed: bool  # titles say whether they are text or HTML


def read(text: str, root: str, url: str, now: datetime, max_entries: int) -> ParsedFeed:
    """The feed in `text`, whose first element is `root`. Raises ParseError.

    Reasons: notfeed, truncated, unreadable (feedparser itself fails over it).
    """
    local = root.rpartition(":")[2].lower()
    if local not in _FEED_ROOTS:
        raise ParseError("notfeed", f"<{root}> is not a feed")
    warnings: list[str] = []
    text = _OTHER_URI.sub(r"\1data-uri", DECLARATION.sub("", text, count=1))
    if _ILLEGAL.search(text):
        text = _ILLEGAL.sub("", text)
        warnings.append("characters that XML forbids were removed")
    text, cut = _complete(text, root)
    if cut:
        warnings.append("the document is cut short: its last entry is left out")
    got = _take_apart(text)
    if got["bozo"]:
        warnings.append(f"not well-formed XML: {clean.line(str(got.get('bozo_exception')), 100)}")
        got = _repaired(text, got)
    items = got["entries"]
    if not items and got["bozo"] and _ENTRY_START.search(text):
        warnings.append("it names entries, none could be read")
    if len(items) > max_entries:
        warnings.append(f"{len(items)} entries, the first {max_entries} are read")
    feed = got["feed"]
    lang = _plain(feed, "language", 40) or None
    version = got["version"] or local
    # RSS has one date, whether it is called pubDate or dc:date (feedparser's `updated`). An Atom
    # entry's `updated` moves with each edit: as its publication it would make a re-issue of each.
    one_date = local in ("rss", "rdf") and _DC_DATE.search(text)
    published = (*_PUBLISHED, "updated") if one_date else _PUBLISHED
    whole = _Whole(lang, published, typed=local == "feed")
    return ParsedFeed(
        title=_title(feed, typed=whole.typed),
        entries=tuple(_entry(item, url, whole, now) for item in items[:max_entries]),
        hints=hints.read(text),
        lang=lang,
        format=_FORMATS.get(version, version),
        warnings=tuple(warnings),
    )


def _take_apart(text: str) -> Any:
    try:
        # Always a stream: feedparser opens a string that looks like a path or a URL.
        return feedparser.parse(
            io.BytesIO(text.encode()),
            response_headers={"content-type": "application/xml; charset=utf-8"},
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as e:
        # Its own mistakes over odd input, such as a blank in the name of a namespace.
        raise ParseError("unreadable", f"feedparser cannot read it: {type(e).__name__}") from e


def _repaired(text: str, got: Any) -> Any:
    """The document put right and read again, where that gives no fewer entries than guessing."""
    mended = repair.ampersands(repair.prefixes(text))
    if mended == text:
        return got
    try:
        again = _take_apart(mended)
    except ParseError:
        return got
    better = len(again["entries"]) > len(got["entries"]) or (
        not again["bozo"] and len(again["entries"]) == len(got["entries"])
    )
    return again if better else got


def _complete(text: str, root: str) -> tuple[str, bool]:
    """A document without its end is cut behind its last whole entry, and closed there.

    Half an entry would be an edit of the article next time; a missing one is only late.
    """
    # The last ">" may be missing: nothing is lost with it.
    name = re.escape(root.partition(":")[2] or root)
    if re.search(rf"</(?:[\w.-]+:)?{name}(?:\s*>|\s*\Z)", text[-4000:]):
        return text, False
    ends = list(_ENTRY_END.finditer(text))
    if not ends:
        if text.rstrip().endswith("/>"):
            return text, False
        raise ParseError("truncated", "the document ends before its first entry does")
    closer = _CLOSERS.get(root.lower(), f"</{root}>")
    whole = text[: ends[-1].end()]
    if root.lower() == "rss" and "</channel>" in whole:
        closer = "</rss>"
    return whole + closer, True


def _entry(item: Mapping[str, Any], url: str, whole: _Whole, now: datetime) -> Entry:
    feed_lang, typed = whole.lang, whole.typed
    content, lang = _content(item)
    source = item.get("source")
    source = source if isinstance(source, dict) else {}
    return Entry(
        guid=_plain(item, "id", 2000) or None,
        url=_link(item, url),
        title=_title(item, typed=typed),
        html=content,
        published=_date(item, whole.published, now, feed_lang),
        updated=_date(item, ("updated",), now, feed_lang),
        author=_author(item),
        lang=lang or feed_lang,
        source_title=_title(source, typed=typed),
        source_url=absolute(url, _string(source, "href") or _string(source, "link")) or ""
        if source
        else "",
    )


def _string(item: Mapping[str, Any], key: str) -> str:
    # dict.get: feedparser's own maps names to others and warns about it.
    value = dict.get(item, key)  # type: ignore[call-overload]  # Mapping is a dict at run time
    return value if isinstance(value, str) else ""


def _plain(item: Mapping[str, Any], key: str, limit: int) -> str:
    return clean.line(_string(item, key), limit)


def _title(item: Mapping[str, Any], *, typed: bool) -> str:
    """`typed`: the document says what its titles are, as Atom does; else feedparser guessed."""
    title = _string(item, "title")
    detail = item.get("title_detail")
    kind = detail.get("type", "") if isinstance(detail, dict) else ""
    guessed_wrong = not typed and _END_TAG.search(title)
    return plain(title, tags=kind != "text/plain" or bool(guessed_wrong))


def _content(item: Mapping[str, Any]) -> tuple[str, str | None]:
    """The longest body the entry carries, as HTML, and its language."""
    found: list[tuple[str, str, str | None]] = []
    for part in item.get("content") or ():
        if isinstance(part, dict):
            found.append((_string(part, "value"), _string(part, "type"), part.get("language")))
    for key in _SUMMARIES:
        detail = item.get(f"{key}_detail")
        detail = detail if isinstance(detail, dict) else {}
        found.append((_string(item, key), _string(detail, "type"), detail.get("language")))
    if not found:
        return "", None
    text, kind, lang = max(found, key=lambda part: len(part[0]))
    if kind == "text/plain" and "<" not in text:
        text = html.escape(text, quote=False).replace("\n", "<br>")
    return text[:MAX_HTML], clean.line(lang, 40) or None if isinstance(lang, str) else None


def _link(item: Mapping[str, Any], url: str) -> str | None:
    """feedburner's original first, then the entry's page; attachments are not pages."""
    candidates = [_string(item, "feedburner_origlink"), _string(item, "pheedo_origlink")]
    links = [link for link in item.get("links") or () if isinstance(link, dict)]
    alternates = [link for link in links if link.get("rel", "alternate") == "alternate"]
    pages = [link for link in alternates if "html" in str(link.get("type", "text/html"))]
    candidates += [_string(link, "href") for link in (*pages, *alternates)]
    # Without a link, feedparser takes the id, also a relative one: an address is written whole.
    link = _string(item, "link")
    if not item.get("guidislink") or urls.is_http(link):
        candidates.append(link)
    for candidate in candidates:
        if candidate and (found := absolute(url, candidate)):
            return found
    return None


def _author(item: Mapping[str, Any]) -> str:
    authors = item.get("authors")
    names: Iterable[str] = ()
    if isinstance(authors, list):
        names = (_string(author, "name") for author in authors if isinstance(author, dict))
    joined = ", ".join(dict.fromkeys(name for name in names if name))
    return plain(joined or _string(item, "author"))[:300]


def _date(
    item: Mapping[str, Any], keys: tuple[str, ...], now: datetime, lang: str | None
) -> Date | None:
    for key in keys:
        if raw := _string(item, key):
            return dates.read(raw, now, lang)
    return None
