"""What worker processes do for a poll: bytes to entries, entries and pages to articles.

Everything here takes hostile input, so it is called only through `Workers`, in a process that
can be killed at its deadline. Each function does its whole step, to cross the border once.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watcher import extract, parse
from watcher.core.credit import Addition
from watcher.core.sent import sent
from watcher.core.values import Draft, Entry, Page, ParsedFeed
from watcher.parse import known
from watcher.record.drafting import Content, Source, entry_key, wants_page
from watcher.record.drafting import draft as draft_of
from watcher.record.prepare import Prepared, prepare

MADE: Final = 60  # entries made ready with the document that shows them
MAKING_S: Final = 2.0  # and no more of them after so long
LONG: Final = 100_000  # characters of an entry; most are a few thousand


def read_feed(body: bytes, url: str, content_type: str, now: datetime) -> ParsedFeed:
    """A feed's bytes as entries. Raises ParseError."""
    return parse.feed(body, url=url, content_type=content_type, now=now)


@sent
@dataclass(frozen=True, slots=True)
class Making:
    """What it takes to make an article of an entry that needs no page. `rule`: the feed's
    `full_text`; `agencies`: those that the config adds."""

    source: Source
    rule: str
    agencies: tuple[Addition, ...]


@sent
@dataclass(frozen=True, slots=True)
class News:
    """A document as far as it had to be read. `made`: of its first entries, in order, what each
    carries, and the article made of it; None: it needs its page, or says nothing at all."""

    read: known.Reading
    made: tuple[tuple[Content, Prepared | None], ...] = ()


def read_news(
    body: bytes,
    url: str,
    content_type: str,
    now: datetime,
    remembered: bytes,
    making: Making | None = None,
) -> News:
    """The same without the entries that `remembered` has already. Raises ParseError.

    With `making`, what is left is made ready at once where it is most likely all new: then it
    need not cross the border again. What takes long is left to `read_entries`.
    """
    found = known.read(body, url=url, content_type=content_type, now=now, remembered=remembered)
    made: list[tuple[Content, Prepared | None]] = []
    if making is not None and (found.known or making.source.first):
        until = time.monotonic() + MAKING_S
        for entry in found.parsed.entries[:MADE]:
            # An entry that takes long has a deadline of its own there.
            if time.monotonic() > until or len(entry.html) > LONG:
                break
            content = _content(entry)
            item = None
            if not wants_page(making.rule, entry, content):
                key = entry_key(entry)
                draft = draft_of(making.source, entry, key, content, None, found.parsed, now)
                item = prepare(draft, making.agencies) if draft else None
            made.append((content, item))
    return News(found, tuple(made))


def read_page(body: bytes, url: str, content_type: str, now: datetime) -> Page:
    """A page's bytes as an article. Raises ParseError."""
    return extract.page(body, url=url, content_type=content_type, now=now)


def read_entries(entries: tuple[Entry, ...]) -> tuple[Content, ...]:
    """What entries carry by themselves."""
    return tuple(map(_content, entries))


def _content(entry: Entry) -> Content:
    text = extract.fragment(entry.html)
    full, reason = extract.is_full(text, entry.html)
    return Content(text, full, reason)


def prepare_drafts(drafts: tuple[Draft, ...], agencies: tuple[Addition, ...]) -> list[Prepared]:
    """Drafts made ready for the writer; `agencies` are those that the config adds."""
    return [prepare(d, agencies) for d in drafts]
