"""An entry of a feed as an article's draft: what it is known by, what it carries, what it becomes.

Runs in worker processes as well, so everything here can be pickled and nothing here does I/O.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import xxhash

from watcher.core import urls
from watcher.core.sent import sent
from watcher.core.values import Date, Draft, Entry, Page, ParsedFeed


class Source(NamedTuple):
    """The feed that shows an entry. `read_before`: when it last answered; `first`: never yet."""

    feed_id: int
    outlet_id: int
    outlet: str
    domain: str
    read_before: datetime | None
    first: bool


@sent
@dataclass(frozen=True, slots=True)
class Content:
    """What an entry carries by itself: its text, and whether that is the article, and why."""

    text: str
    full: bool
    reason: str


def wants_page(rule: str, entry: Entry, content: Content) -> bool:
    """Whether an entry's page is to be read; `rule`: the feed's `full_text`."""
    return bool(entry.url) and (rule == "always" or (rule == "auto" and not content.full))


def entry_key(entry: Entry) -> str:
    """An entry as it was: a change in any of these is worth another look."""
    date = entry.updated or entry.published
    return "\x1f".join(
        (
            entry.guid or "",
            urls.key(entry.url) if entry.url else "",
            entry.title,
            xxhash.xxh3_64_hexdigest(entry.html.encode("utf-8", "surrogatepass")),
            date.raw if date else "",
        )
    )


def draft(
    source: Source,
    entry: Entry,
    known_as: str,
    content: Content,
    page: Page | None,
    parsed: ParsedFeed,
    now: datetime,
) -> Draft | None:
    """An entry, and its page where it was read, as an article. None: it says nothing at all.

    `known_as`: the key it is known by from now on; "" where the next poll is to look again.
    """
    # The page is the article; but an entry may carry more than extraction found on it.
    from_page = page is not None and len(page.text) >= len(content.text)
    text = page.text if page is not None and from_page else content.text
    title = entry.title or (page.title if page else "") or text.split("\n", 1)[0][:200]
    if not title:
        return None
    meta = list(page.meta) if page else []
    if entry.source_title:
        meta.append(("rss:source", entry.source_title))
    if entry.source_url:
        meta.append(("rss:source", entry.source_url))
    dates: list[Date] = [d for d in (entry.published, page.published if page else None) if d]
    return Draft(
        outlet_id=source.outlet_id,
        title=title,
        text=text or title,
        url=entry.url,
        guid=entry.guid,
        lang=(page.lang if page else None) or entry.lang or parsed.lang,
        published=next((d for d in dates if d.at), dates[0] if dates else None),
        evidence="full" if from_page or content.full else "summary",
        feed_id=source.feed_id,
        seen_after=source.read_before if source.read_before and source.read_before <= now else None,
        seen_by=now,
        alerts=not source.first,
        byline=entry.author or (page.byline if page else ""),
        edges=page.edges if page else (),
        meta=tuple(meta),
        canonical=page.canonical if page else "",
        own_names=(source.outlet,),
        own_domain=source.domain,
        entry_key=known_as,
    )
