"""Makes most ill-formed feeds well-formed: bare ampersands, HTML's entities, lost prefixes.

Used only where an XML parser refused the document. A reader that guesses (feedparser's loose one)
gives the rest some meaning, but loses entries and turns `?a=1&copy=2` into `?a=1©=2`; a document
that can be put right is better read by the strict one.
"""

from __future__ import annotations

import html.entities
import re
from typing import Final

# Alternatives that match first are left as they are: ampersands mean nothing in there.
_AMPERSAND = re.compile(
    r"(?P<keep><!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)|&(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)"
    r"|&(?P<name>[A-Za-z][A-Za-z0-9]{1,31};)?",
    re.DOTALL,
)
_DECLARED = re.compile(r"\bxmlns:([A-Za-z_][\w.-]{0,30})\s*=")
_TAG_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]{0,30}):(?=[A-Za-z_])")
_ATTRIBUTE_PREFIX = re.compile(r"(?<=[\s\"'])([A-Za-z_][\w.-]{0,30}):(?=[A-Za-z_][\w.-]{0,30}\s*=)")
_BARE_VALUE = re.compile(r"(<(?:rss|guid)\s[^<>]{0,300}?=)([\w.]{1,20})(?=[\s>])", re.IGNORECASE)
# `<?xml?xml version="1.0"??>` and the like: no instruction of any use to us.
_BAD_INSTRUCTION = re.compile(r"<\?xml\b(?!-)(?:(?!-->)[^<>]){0,500}>", re.IGNORECASE)
# feedparser knows what these mean without being told.
_KNOWN_PREFIXES: Final = (
    "atom content dc dcterms feedburner georss itunes media rdf slash sy thr wfw xhtml xml"
)
_WELL_KNOWN: Final = frozenset(_KNOWN_PREFIXES.split())


def ampersands(text: str) -> str:
    """`text` with each bare `&` escaped and HTML's named entities as numbers, CDATA left alone."""
    return _AMPERSAND.sub(_reference, text)


def prefixes(text: str) -> str:
    """`text` without the prefixes of elements and attributes that it never declares.

    `<rss:item>` in a document that does not say what `rss:` means is an `<item>`.
    """
    declared = set(_DECLARED.findall(text)) | _WELL_KNOWN
    lost = set(_TAG_PREFIX.findall(text)) - declared
    if not lost:
        return text

    def bare(found: re.Match[str]) -> str:
        prefix = found[1]
        return found[0].replace(f"{prefix}:", "") if prefix in lost else found[0]

    text = _BAD_INSTRUCTION.sub("", text)
    text = _ATTRIBUTE_PREFIX.sub(bare, _TAG_PREFIX.sub(bare, text))
    return _BARE_VALUE.sub(r'\1"\2"', text)


def _reference(found: re.Match[str]) -> str:
    if found["keep"]:
        return found["keep"]
    name = found["name"]
    if name is None:
        return "&amp;"
    characters = html.entities.html5.get(name)
    if characters is None:
        return f"&amp;{name}"
    return "".join(f"&#{ord(character)};" for character in characters)
