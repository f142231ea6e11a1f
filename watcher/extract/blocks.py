"""The lines of an HTML tree: what a reader sees as one paragraph, heading or cell, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree
from lxml import html as lxml_html

from watcher.core import clean
from watcher.core.errors import ParseError

MAX_CHARS: Final = 5_000_000
MAX_ELEMENTS: Final = 50_000  # real article pages have up to about ten thousand
# libxml2 stops at 256 and drops what is deeper; real pages stay below 100.
MAX_DEPTH: Final = 200
_MAX_ATTRIBUTES: Final = 2000  # libxml2 compares each with each

_INLINE: Final = frozenset(
    {
        *("a", "abbr", "acronym", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn"),
        *("em", "font", "i", "img", "ins", "kbd", "label", "mark", "nobr", "q", "s", "samp"),
        *("small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"),
    }
)
_HIDDEN: Final = frozenset(
    {
        *("script", "style", "noscript", "template", "head", "svg", "math", "iframe", "object"),
        *("textarea", "select", "button", "canvas", "audio", "video", "datalist", "map"),
    }
)
_NAVIGATION: Final = frozenset({"nav", "menu", "form", "dialog"})
_PICTURE: Final = frozenset({"figure", "figcaption", "picture"})
_CROWDED = re.compile(
    r"<[A-Za-z](?:[^\s<>]*+)(?:\s++[^\s=<>\"']++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'<>]++))?+)"
    + f"{{{_MAX_ATTRIBUTES}}}"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page. `place`: text, navigation or picture; `heading`: it is an h1."""

    text: str
    place: str = "text"
    heading: bool = False


def tree(source: str) -> lxml_html.HtmlElement:
    """The document in `source`. Raises ParseError: empty, toobig, toodeep."""
    if len(source) > MAX_CHARS:
        raise ParseError("toobig", f"a page of {len(source)} characters")
    if not source.strip("\ufeff\x00 \t\r\n"):
        raise ParseError("empty", "the page is empty")
    if _CROWDED.search(source):
        raise ParseError("toobig", f"a tag with {_MAX_ATTRIBUTES} attributes")
    # libxml2 would end the document at a NUL.
    data = source.replace("\x00", "").encode("utf-8", "replace")
    parser = lxml_html.HTMLParser(encoding="utf-8", no_network=True)
    try:
        root = lxml_html.document_fromstring(data, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise ParseError("empty", "the page has no elements") from error
    _measure(root)
    return root


def _measure(root: lxml_html.HtmlElement) -> None:
    depth = deepest = count = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        count += 1
        deepest = max(deepest, depth)
        if count > MAX_ELEMENTS:
            raise ParseError("toobig", f"a page of more than {MAX_ELEMENTS} elements")
    if deepest > MAX_DEPTH:
        raise ParseError("toodeep", f"elements nested {deepest} deep")


def lines(root: lxml_html.HtmlElement) -> Iterator[Line]:
    """The visible lines of a tree, cleaned, without empty ones."""
    pieces: list[str] = []
    places: list[str] = ["text"]
    headings = 0
    walker = etree.iterwalk(root, events=("start", "end", "comment", "pi"))

    def flush() -> Iterator[Line]:
        text = clean.text("".join(pieces)).replace("\n", " ")
        pieces.clear()
        if text:
            yield Line(text, places[-1], headings > 0)

    for event, node in walker:
        if event in ("comment", "pi"):
            pieces.append(node.tail or "")
            continue
        tag = node.tag
        if event == "start":
            if tag in _HIDDEN or _is_hidden(node):
                walker.skip_subtree()
                places.append(places[-1])
                continue
            if tag not in _INLINE:
                yield from flush()
            places.append(_place(tag, places[-1]))
            headings += tag == "h1"
            pieces.append(_blanks(node.text))
            continue
        if tag not in _INLINE and not (tag in _HIDDEN or _is_hidden(node)):
            yield from flush()
        headings -= tag == "h1" and headings > 0
        places.pop()
        pieces.append(_blanks(node.tail) if node is not root else "")
    yield from flush()


def _blanks(text: str | None) -> str:
    """White space as HTML sees it: a line break in the source is a blank."""
    if not text or (text.isprintable() and "  " not in text):
        return text or ""
    return re.sub(r"[\t\n\f\r ]+", " ", text)


def _place(tag: str, outer: str) -> str:
    if tag in _NAVIGATION:
        return "navigation"
    if tag in _PICTURE:
        return "picture"
    return outer


def _is_hidden(node: lxml_html.HtmlElement) -> bool:
    if node.get("hidden") is not None:
        return True
    style = node.get("style")
    return bool(style) and re.search(r"display\s*:\s*none", style, re.IGNORECASE) is not None
