"""Elements of SVG and HTML. Text becomes markup in one place, and is escaped there.

Rules
- A `str` is text and is always escaped. Only `el`, `void` and `join` make a `Markup`, so that what
  an outlet wrote can be nothing but text, whoever draws it.
- Characters that XML forbids, or that reorder or hide their neighbours, never get through.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from watcher.core.message.words import clean

# XML 1.0, section 2.2, and what `clean` takes for unsafe; tab and newline may stay.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2060-\u2067\u206a-\u206f"
    "\ud800-\udfff\ufffe\uffff]"
)
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"})
_LINK = re.compile("https?://", re.IGNORECASE)

# First strong isolate and its end (UAX 9): a name in Arabic turns itself around, and nothing else.
_ISOLATE, _END = "\u2068", "\u2069"


class Markup(str):
    """Text that is markup already. Made by `el`, `void` and `join` only."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """`text` as character data or as the value of an attribute."""
    if isinstance(text, Markup):
        return text
    return Markup(_FORBIDDEN.sub("\ufffd", text).translate(_ESCAPES))


def _attributes(given: dict[str, object]) -> str:
    parts = []
    for name, value in given.items():
        if value is None or value is False:
            continue
        written = name.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(f' {written}=""')
            continue
        if isinstance(value, float):
            value = number(value)
        parts.append(f' {written}="{escape(str(value))}"')
    return "".join(parts)


def el(name: str, /, *children: str, **attributes: object) -> Markup:
    """An element. A `str` among its children is escaped; attributes that are None are left out.

    In the name of an attribute `_` is written for `-`, and one at the end for none: `class_`.
    """
    inner = "".join(escape(child) for child in children)
    return Markup(f"<{name}{_attributes(attributes)}>{inner}</{name}>")


def void(name: str, /, **attributes: object) -> Markup:
    """An element without content, right in SVG and in HTML."""
    return Markup(f"<{name}{_attributes(attributes)}/>")


def join(parts: Iterable[str], between: str = "") -> Markup:
    """The parts one after the other, each escaped unless it is markup."""
    return Markup(str(escape(between)).join(escape(part) for part in parts))


def number(value: float) -> str:
    """A coordinate to a tenth of a pixel, as short as it can be written."""
    written = f"{value:.1f}".removesuffix(".0")
    return "0" if written == "-0" else written


def isolated(text: str) -> str:
    """`text` on one line, its direction kept to itself, for text inside a drawing."""
    return f"{_ISOLATE}{clean(text, 500)}{_END}"


def web_address(url: str | None) -> str | None:
    """`url` where a page may link to it: http and https alone."""
    return url if url and _LINK.match(url) else None
