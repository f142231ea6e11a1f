"""What worker processes do for a poll: bytes to entries, entries and pages to articles.

Everything here takes hostile input, so it is called only through `Workers`, in a process that
can be killed at its deadline. Each function does its whole step, to cross the border once.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher import extract, parse
from watcher.core.credit import Addition
from watcher.core.values import Draft, Entry, Page, ParsedFeed
from watcher.parse import known
from watcher.record.prepare import Prepared, prepare


def read_feed(body: bytes, url: str, content_type: str, now: datetime) -> ParsedFeed:
    """A feed's bytes as entries. Raises ParseError."""
    return parse.feed(body, url=url, content_type=content_type, now=now)


def read_news(
    body: bytes, url: str, content_type: str, now: datetime, remembered: bytes
) -> known.Reading:
    """The same without the entries that `remembered` has already. Raises ParseError."""
    return known.read(body, url=url, content_type=content_type, now=now, remembered=remembered)


def read_page(body: bytes, url: str, content_type: str, now: datetime) -> Page:
    """A page's bytes as an article. Raises ParseError."""
    return extract.page(body, url=url, content_type=content_type, now=now)


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry carries by itself: its text, and whether that is the article, and why."""

    text: str
    full: bool
    reason: str


def read_entries(entries: tuple[Entry, ...]) -> tuple[Content, ...]:
    """The texts that entries carry."""
    found = []
    for entry in entries:
        text = extract.fragment(entry.html)
        full, reason = extract.is_full(text, entry.html)
        found.append(Content(text, full, reason))
    return tuple(found)


def prepare_drafts(drafts: tuple[Draft, ...], agencies: tuple[Addition, ...]) -> list[Prepared]:
    """Drafts made ready for the writer; `agencies` are those that the config adds."""
    return [prepare(d, agencies) for d in drafts]
