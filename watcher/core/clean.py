"""Cleans text from the open web, once, on its way in.

What goes: control characters, terminal escapes, NUL, lone surrogates, bidirectional controls,
zero-width characters, noncharacters, HTML entities that were escaped once or twice too often.
What stays: case, quotes, punctuation, everything a reader can see. Text comes out in NFC
(Unicode Annex 15) with one paragraph a line. Cleaning cleaned text changes nothing.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Final

LIMIT: Final = 1_000_000  # characters; a novel, and more than any article

# How often one text is unescaped. CMS and feed generator each escape once too often at worst.
_ROUNDS: Final = 2
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

# ECMA-48 control sequences, operating system commands, and two-character escapes.
_ESCAPE = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c\n]{0,4096}(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]{0,8}[0-~]"
)
_NEWLINE = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_JUNK = re.compile(
    "["
    "\x00-\x08\x0e-\x1f\x7f-\x9f"  # C0 and C1 but tab and newline
    "\u00ad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff"
    "\ud800-\udfff"
    "\U000e0000-\U000e007f"  # tags: invisible text
    "]"
)
# ZWNJ and ZWJ spell words in these scripts and build emoji; elsewhere they only hide things.
_JOINABLE: Final = (
    "\u0600-\u06ff\u0700-\u077f\u08a0-\u08ff\ufb50-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc"  # Arabic...
    "\u0900-\u0dff\u0f00-\u109f\u1780-\u17ff\u1800-\u180d\u1810-\u18af"  # Indic, Khmer, Mongol
    "\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"  # emoji
)
_STRAY_JOINER = re.compile(f"(?<![{_JOINABLE}\u200c\u200d])[\u200c\u200d]+")
_JOINER_RUN = re.compile("([\u200c\u200d])[\u200c\u200d]+")
# Anything that the rules of `_strip` could touch: most text has none, and is done with one search.
_SUSPECT = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"
    "\u00ad\u034f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
    "\ufff9-\ufffb\ufdd0-\ufdef\ufffe\uffff\ud800-\udfff\U000e0000-\U000e007f"
    "]"
)
_BLANKS = re.compile(r"[^\S\n]{2,}|[^\S\n ]")  # a single space stands as it is
_BREAKS = re.compile(r"(?: ?\n)+ ?")


def text(raw: str, limit: int = LIMIT) -> str:
    """`raw` without what a reader cannot see, one paragraph a line, at most `limit` characters."""
    if not raw:
        return ""
    cleaned = _strip(raw[: 4 * limit])
    if "&" in cleaned:
        for _ in range(_ROUNDS):
            if not _ENTITY.search(cleaned):
                break
            cleaned = _strip(_ENTITY.sub(_unescape, cleaned))
        # What is still an entity was escaped on purpose, or to wear us out. Broken up it stays
        # readable, and a second cleaning cannot take it for another round.
        cleaned = _ENTITY.sub(lambda m: "& " + m.group()[1:], cleaned)
    # Printable: no white space but single blanks, which most text is.
    if "  " in cleaned or not cleaned.isprintable():
        cleaned = _BREAKS.sub("\n", _BLANKS.sub(" ", cleaned))
    cleaned = cleaned.strip()
    return cleaned[:limit].strip()


def line(raw: str, limit: int = 500) -> str:
    """`raw` cleaned and on one line, for titles and names; cut with an ellipsis at `limit`."""
    cleaned = text(raw, limit=8 * limit).replace("\n", " ")
    if len(cleaned) <= limit:
        return cleaned
    return cleaned[: limit - 1].rstrip() + "…"


def _unescape(match: re.Match[str]) -> str:
    return html.unescape(match.group())


def _strip(raw: str) -> str:
    if raw.isascii() and raw.isprintable():
        return raw
    # Composed first and last: a removed character can bring a letter and its accent together.
    kept = unicodedata.normalize("NFC", raw)
    if not _SUSPECT.search(kept):
        return kept
    kept = _NEWLINE.sub("\n", _ESCAPE.sub("", kept))
    kept = _JUNK.sub("", kept)
    kept = _JOINER_RUN.sub(r"\1", kept)
    kept = _STRAY_JOINER.sub("", kept)
    return unicodedata.normalize("NFC", kept)
