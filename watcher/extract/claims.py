"""What a page says about itself: JSON-LD first, then meta and link elements, then the byline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from lxml import html as lxml_html

from watcher.core import clean, dates
from watcher.core.values import Date

_ARTICLE: Final = re.compile(r"Article$|^(?:BlogPosting|Report|Review|NewsStory|LiveBlogPosting)$")
_MAX_SCRIPT: Final = 1_000_000
_MAX_SCRIPTS: Final = 30
_MAX_OBJECTS: Final = 3_000
_MAX_VALUES: Final = 40
# Names of meta elements that are handed on, and the field each becomes.
_META_FIELDS: Final = {
    "og:url": "og:url",
    "og:type": "og:type",
    "syndication-source": "syndication-source",
    "original-source": "original-source",
    "source": "source",
    "dc.source": "source",
    "dcterms.source": "source",
    "dc.publisher": "publisher",
    "article:publisher": "article:publisher",
    "copyright": "copyright",
    "dc.rights": "copyright",
    "author": "author",
    "dc.creator": "author",
    "article:author": "author",
    "parsely-author": "author",
    "sailthru.author": "author",
}
_URL_FIELDS: Final = frozenset(
    {"og:url", "syndication-source", "original-source", "isBasedOn", "mainEntityOfPage", "tracker"}
)
_META_DATES: Final = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "pubdate",
    "publishdate",
    "date",
)
_BYLINE: Final = re.compile(r"(?:^|[\s_-])(?:by-?line|authors?|article-?author)(?:$|[\s_-])", re.I)
_TRACKER: Final = "republication-tracker-tool-source"


@dataclass(frozen=True, slots=True)
class Claims:
    """`fields` as in values.Page.meta, in the page's order, each pair once."""

    title: str
    lang: str | None
    published: Date | None
    byline: str
    canonical: str
    fields: tuple[tuple[str, str], ...]


def read(root: lxml_html.HtmlElement, url: str, now: datetime) -> Claims:
    """The claims of a page that came from `url`. Never raises for what a page may contain."""
    metas = _metas(root)
    article = _article(root)
    fields: list[tuple[str, str]] = []
    canonical = _canonical(root, url)
    if canonical:
        fields.append(("canonical", canonical))
    for name, values in metas.items():
        if field := _META_FIELDS.get(name):
            fields += [(field, value) for value in values]
    fields += _article_fields(article)
    for tracker in root.xpath("//img[@id=$name]", name=_TRACKER)[:1]:
        fields.append(("tracker", tracker.get("src") or _TRACKER))
    authors = ", ".join(dict.fromkeys(_names(article.get("author"))))
    return Claims(
        title=_title(root, article, metas),
        lang=_lang(root, article),
        published=_published(root, article, metas, now),
        byline=_byline(root) or clean.line(authors or _first(metas, ("author",)), 300),
        canonical=canonical,
        fields=_tidy(fields, url),
    )


def _tidy(fields: list[tuple[str, str]], url: str) -> tuple[tuple[str, str], ...]:
    tidy: dict[tuple[str, str], None] = {}
    for field, value in fields:
        shown = clean.line(value, 500)
        if field in _URL_FIELDS:
            shown = _absolute(url, shown) or shown
        if shown:
            tidy[(field, shown)] = None
    return tuple(tidy)[:_MAX_VALUES]


def _metas(root: lxml_html.HtmlElement) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in root.iter("meta"):
        name = node.get("property") or node.get("name") or node.get("itemprop") or ""
        content = (node.get("content") or "").strip()
        if name and content:
            found.setdefault(name.strip().lower(), []).append(content[:2000])
    return found


def _first(metas: dict[str, list[str]], names: tuple[str, ...]) -> str:
    return next((metas[name][0] for name in names if name in metas), "")


def _absolute(url: str, link: str) -> str | None:
    if not link.strip():
        return None
    try:
        joined = urljoin(url, link.strip())
        parts = urlsplit(joined)
    except ValueError:
        return None
    return joined if parts.scheme in ("http", "https") and parts.netloc else None


def _canonical(root: lxml_html.HtmlElement, url: str) -> str:
    for node in root.iter("link"):
        rels = (node.get("rel") or "").lower().split()
        if "canonical" in rels and (found := _absolute(url, node.get("href") or "")):
            return clean.line(found, 2000)
    return ""


# ---------------------------------------------------------------- JSON-LD


def _article(root: lxml_html.HtmlElement) -> dict[str, Any]:
    """The page's article object: of several, the first that has a headline."""
    articles = [found for found in _objects(root) if _is_article(found)]
    return next((a for a in articles if a.get("headline")), articles[0] if articles else {})


def _objects(root: lxml_html.HtmlElement) -> Iterator[dict[str, Any]]:
    scripts = [
        node.text or ""
        for node in root.iter("script")
        if "ld+json" in (node.get("type") or "").lower()
    ]
    queue: list[Any] = []
    for source in scripts[:_MAX_SCRIPTS]:
        if len(source) > _MAX_SCRIPT:
            continue
        trimmed = re.sub(
            r"^\s*(?://\s*)?<!(?:\[CDATA\[|--)|(?://\s*)?(?:\]\]>|-->)\s*$", "", source
        )
        try:
            queue.append(json.loads(trimmed, strict=False))
        except (ValueError, RecursionError):
            continue
    for count, value in enumerate(queue):  # grows while it is read: breadth first
        if count > _MAX_OBJECTS:
            return
        if isinstance(value, dict):
            yield value
            queue += [value[k] for k in ("@graph", "mainEntity", "hasPart") if k in value]
            page = value.get("mainEntityOfPage")
            if isinstance(page, dict) and "headline" in page:
                queue.append(page)
        elif isinstance(value, list):
            queue += value


def _is_article(value: dict[str, Any]) -> bool:
    kinds = value.get("@type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return any(isinstance(k, str) and _ARTICLE.search(k.rpartition("/")[2]) for k in kinds)


def _article_fields(article: dict[str, Any]) -> list[tuple[str, str]]:
    fields = [("isBasedOn", link) for link in _links(article.get("isBasedOn"))]
    for key in ("sourceOrganization", "publisher", "provider", "copyrightHolder", "author"):
        fields += [(key, name) for name in _names(article.get(key))]
    fields += [("creditText", text) for text in _names(article.get("creditText"))]
    fields += [("mainEntityOfPage", link) for link in _links(article.get("mainEntityOfPage"))]
    return fields


def _names(value: Any) -> list[str]:
    """Names of people or organisations, however they are wrapped."""
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, dict):
        return _names(value.get("name"))
    if isinstance(value, list):
        return [name for item in value[:20] if not isinstance(item, list) for name in _names(item)]
    return []


def _links(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, dict):
        for key in ("@id", "url", "name"):
            if isinstance(value.get(key), str) and value[key].strip():
                return [value[key]]
    if isinstance(value, list):
        return [link for item in value[:20] if not isinstance(item, list) for link in _links(item)]
    return []


# ---------------------------------------------------------------- single answers


def _title(
    root: lxml_html.HtmlElement, article: dict[str, Any], metas: dict[str, list[str]]
) -> str:
    headline = article.get("headline")
    candidates = [headline if isinstance(headline, str) else ""]
    candidates.append(_first(metas, ("og:title", "twitter:title")))
    candidates += ["".join(h1.itertext()) for h1 in root.xpath("(//h1)[position() <= 3]")]
    candidates += ["".join(node.itertext()) for node in root.xpath("(//title)[1]")]
    return next((title for raw in candidates if (title := clean.line(raw[:5000]))), "")


def _lang(root: lxml_html.HtmlElement, article: dict[str, Any]) -> str | None:
    said = article.get("inLanguage")
    for raw in (root.get("lang"), root.get("xml:lang"), said if isinstance(said, str) else None):
        if raw and re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8})*", raw.strip()):
            return raw.strip().replace("_", "-")
    return None


def _published(
    root: lxml_html.HtmlElement,
    article: dict[str, Any],
    metas: dict[str, list[str]],
    now: datetime,
) -> Date | None:
    said = article.get("datePublished")
    candidates = [said if isinstance(said, str) else None]
    candidates += [metas[name][0] for name in _META_DATES if name in metas]
    candidates += root.xpath(
        "(//time[@itemprop='datePublished' or @pubdate or ancestor::article or ancestor::header])"
        "[position() <= 2]/@datetime"
    )
    read = [date for raw in candidates if (date := dates.read(raw, now))]
    return next((date for date in read if date.at), read[0] if read else None)


def _byline(root: lxml_html.HtmlElement) -> str:
    """The visible byline: the first short element marked as author or byline before any other."""
    marked = root.xpath(
        "//body//*[@rel='author' or contains(@itemprop, 'author') or contains(@class, 'yline')"
        " or contains(@class, 'uthor')]"
    )
    for node in marked[:50]:
        if node.tag in ("img", "meta", "link", "script", "style"):
            continue
        classes = node.get("class") or ""
        plain = node.get("rel") == "author" or "author" in (node.get("itemprop") or "")
        if not plain and not _BYLINE.search(classes):
            continue
        text = clean.line("".join(node.itertext())[:2000], 400)
        if 3 <= len(text) <= 200:  # longer is a biography
            return text
    return ""
