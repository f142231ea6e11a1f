"""Verdicts on differences between Syndication Watch and what another parser expects of a document.

The first rule that fits explains a difference; one that no rule explains is `unexplained`.
"""

from __future__ import annotations

import html
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from corpora import HERE

sys.path.insert(0, str(HERE.parent))
from watcher.core import clean


@dataclass(frozen=True)
class Compared:
    """One field of one document. `verdict`: same, ours better, theirs better, policy, ..."""

    name: str
    field: str
    theirs: object
    ours: object
    verdict: str = "same"
    reason: str = ""


# (fields, test, verdict, reason): the first that fits explains a difference.
Rule = tuple[str, Callable[[str, Any, Any], bool], str, str]


def _text(value: object) -> str:
    """A title with tags and entities undone, for comparing what a reader sees."""
    bare = str(value)
    for _ in range(3):
        bare = html.unescape(bare)
    bare = re.sub(r"<[^<>]*>", " ", bare)
    return re.sub(r"\W+", " ", bare).strip()


def _resolved(value: object) -> str:
    return re.sub(r"https?://[^/\"' <>]+", "", str(value or "")).replace(" ", "")


_RULES: tuple[Rule, ...] = (
    (
        "title",
        lambda _, theirs, ours: theirs is None and ours != "",
        "policy",
        "an attachment's media:title stands in for a missing title",
    ),
    (
        "title source_title",
        lambda _, theirs, ours: ours != "" and _text(theirs) == _text(ours),
        "policy",
        "titles are one line of plain text: tags dropped, entities resolved",
    ),
    (
        "title",
        lambda name, theirs, ours: _text(clean.line(html.unescape(theirs or ""))) == _text(ours),
        "policy",
        "invisible characters and odd spaces are cleaned from titles",
    ),
    (
        "title",
        lambda name, theirs, ours: "entities/" in name,
        "policy",
        "an entity that HTML does not define stays readable, HTML 5 defines the others",
    ),
    (
        "title",
        lambda name, theirs, ours: ours == "" and "xhtml" in name,
        "theirs better",
        "the feed's title where its element is closed under another name",
    ),
    (
        "link",
        lambda name, theirs, ours: theirs is None and ours is not None,
        "policy",
        "an id that is a web address stands in for a missing link",
    ),
    (
        "link",
        lambda name, theirs, ours: "item_links" in name,
        "policy",
        "of several links, the first is the page",
    ),
    (
        "link id",
        lambda name, theirs, ours: "content_location" in name,
        "policy",
        "Content-Location is no base for links (RFC 9110 dropped it)",
    ),
    (
        "id",
        lambda name, theirs, ours: theirs is None and "rdf" in name,
        "ours better",
        "rdf:about is the entry's id",
    ),
    (
        "id",
        lambda name, theirs, ours: ours is None and "naked_markup" in name,
        "theirs better",
        "a guid with elements in it is kept by its text",
    ),
    (
        "id",
        lambda name, theirs, ours: _text(theirs) == _text(ours),
        "policy",
        "entities in a guid are resolved",
    ),
    (
        "id",
        lambda name, theirs, ours: ours is None and str(theirs).startswith("http"),
        "policy",
        "where there is no guid, there is none: the link is not taken for one",
    ),
    (
        "title",
        lambda name, theirs, ours: "malicious_comment" in name,
        "policy",
        "a comment that never ends stays readable text, it runs nowhere",
    ),
    (
        "id",
        lambda name, theirs, ours: str(theirs).endswith(str(ours)),
        "policy",
        "an id is kept as it is written, never joined with an address",
    ),
    (
        "published",
        lambda name, theirs, ours: theirs is not None and ours is None,
        "policy",
        "an Atom entry's update is not its publication: an edit would look like a re-issue",
    ),
    (
        "link",
        lambda name, theirs, ours: _resolved(theirs) == _resolved(ours),
        "policy",
        "links are absolute",
    ),
    (
        "author",
        lambda name, theirs, ours: str(theirs).startswith(str(ours)),
        "policy",
        "an author is a name, without the mail address",
    ),
    (
        "format",
        lambda name, theirs, ours: ours == "rdf",
        "policy",
        "RSS 0.90 and 1.0 are called rdf",
    ),
    (
        "lang",
        lambda name, theirs, ours: theirs is None and ours is not None,
        "policy",
        "xml:lang='' on a body takes the feed's language",
    ),
    (
        "lang",
        lambda name, theirs, ours: ours is None and "http_" in name,
        "policy",
        "Content-Language is of the answer, not of the texts",
    ),
    (
        "html",
        lambda name, theirs, ours: "and_summary" in name or "and_description" in name,
        "policy",
        "of several bodies the longest is the entry's",
    ),
    (
        "html",
        lambda name, theirs, ours: "base/" in name and _resolved(theirs) == _resolved(ours),
        "policy",
        "links inside a body stay as written: extraction reads text only",
    ),
    (
        "html",
        lambda name, theirs, ours: bool(ours) or _text(theirs) == "",
        "policy",
        "a body stays as the feed had it; extraction, not the parser, makes text of it",
    ),
)


def judged(name: str, field: str, theirs: Any, ours: Any) -> Compared:
    """One field, with the verdict of the first rule that explains a difference."""
    if (theirs or None) == (ours or None):
        return Compared(name, field, theirs, ours)
    for fields, fits, verdict, reason in _RULES:
        if field in fields.split() and fits(name, theirs, ours):
            return Compared(name, field, theirs, ours, verdict, reason)
    return Compared(name, field, theirs, ours, "unexplained", "unexplained")
