"""Page HTML -> article text and what the page says about its source.

Takes hostile input: run it in a worker with a deadline. The body is trafilatura's (fast mode:
best F1 of those measured, without its slow fallbacks); claims and credits are read by ourselves
from the whole page, because extraction drops most of them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lxml.html import HtmlElement

from watcher.core import clean
from watcher.core.charset import to_text
from watcher.core.errors import ParseError
from watcher.core.values import Page
from watcher.extract import blocks, claims, edges
from watcher.extract.fullness import is_full

_SHORTEST: Final = 25  # characters; what is left of a page without an article

__all__ = ["fragment", "is_full", "page"]


def page(html: bytes | str, *, url: str, content_type: str, now: datetime) -> Page:
    """The article on the page at `url`. Raises ParseError: nobody (no article text found),
    empty, toobig, toodeep, nothtml."""
    source = html if isinstance(html, str) else to_text(html, content_type, html=True)[0]
    kind = content_type.partition(";")[0].strip().lower()
    textual = not kind or "html" in kind or kind.startswith("text/") or kind.endswith("xml")
    if not textual and ("<" not in source[:1000] or "\x00" in source[:1000]):
        raise ParseError("nothtml", f"{kind}: not a page")
    root = blocks.tree(source)
    # Before extraction, which takes the tree apart.
    said = claims.read(root, url, now)
    seen = list(blocks.lines(root))
    headlines = [line.text for line in seen if line.heading]
    text = _without_headline(_body(root), [said.title, *headlines])
    if len(text) < _SHORTEST:
        raise ParseError("nobody", "no article text was found on the page")
    return Page(
        text=text,
        title=said.title,
        lang=said.lang,
        published=said.published,
        byline=said.byline,
        canonical=said.canonical,
        meta=said.fields,
        edges=edges.pick(seen, text, said.title),
    )


def _without_headline(text: str, headlines: list[str]) -> str:
    """The body without a first paragraph that only says the headline again.

    Extraction keeps the page's h1; a copy under another headline would differ by it.
    """
    first, newline, rest = text.partition("\n")
    said = _letters(first)
    return rest if newline and said and said in map(_letters, headlines) else text


def _letters(line: str) -> str:
    """What is left of a headline where case, spaces and punctuation do not count."""
    return "".join(filter(str.isalnum, line.casefold()))


def fragment(html: str) -> str:
    """The text of an HTML fragment, such as a feed's content: cleaned, one paragraph a line.

    Hostile input gives what can be read of it, or an empty text.
    """
    if "<" not in html:
        return clean.text(html)
    try:
        root = blocks.tree(html[: blocks.MAX_CHARS])
    except ParseError:
        return ""
    return clean.text("\n".join(line.text for line in blocks.lines(root)))


def _body(root: HtmlElement) -> str:
    # Imported late: half a second, which a worker that reads feeds need not wait.
    from trafilatura import bare_extraction

    found = bare_extraction(root, fast=True, include_comments=False)
    text = getattr(found, "text", None)  # a Document; a dict only where one is asked for
    return clean.text(text) if isinstance(text, str) else ""
