"""The nouns: frozen values that pass between the rooms. Times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from watcher.core.sent import sent

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Texts that somebody tracks and no outlet published: an outlet of their own, which is never
# counted among those that carry a story.
TRACKED_DOMAIN = "tracked"


@sent
@dataclass(frozen=True, slots=True)
class Date:
    """An outlet's claimed time. `at` is None where `raw` could not be read with confidence."""

    raw: str
    at: datetime | None
    note: str | None = None  # naive | zone | weekday | future | absurd | unparsed


@sent
@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a feed, as the feed had it (RFC 4287). Links are absolute; html is raw."""

    guid: str | None
    url: str | None
    title: str  # plain text, cleaned
    html: str  # the richest content the entry carries; may be empty
    published: Date | None = None
    updated: Date | None = None
    author: str = ""
    lang: str | None = None
    source_title: str = ""  # RSS <source>, atom:source/title
    source_url: str = ""


@sent
@dataclass(frozen=True, slots=True)
class Hints:
    """What a feed's document and its site say about polling it. Seconds; hours are UTC, days
    0 = Monday."""

    ttl: int | None = None
    update_every: int | None = None  # sy:updatePeriod / sy:updateFrequency
    skip_hours: tuple[int, ...] = ()
    skip_days: tuple[int, ...] = ()
    page_gap: float = 0.0  # between two of its site's pages: robots.txt's Crawl-delay


@sent
@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A feed document after parsing, newest first as the document had it."""

    title: str
    entries: tuple[Entry, ...]
    hints: Hints = Hints()
    lang: str | None = None
    format: str = ""  # rss20, atom10, rdf, json, sitemap ...
    warnings: tuple[str, ...] = ()  # ill-formed but readable, charset repaired, entries cut


@sent
@dataclass(frozen=True, slots=True)
class Page:
    """An article page after extraction. `text` has one paragraph a line and is cleaned."""

    text: str
    title: str
    lang: str | None = None
    published: Date | None = None
    byline: str = ""
    canonical: str = ""
    # (field, value): og:url, syndication-source, isBasedOn, publisher, tracker ...
    meta: tuple[tuple[str, str], ...] = ()
    # Lines near the headline and the body's ends that extraction drops but that may credit someone.
    edges: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fetched:
    """One answer to a GET. `body` is None on 304."""

    url: str  # after redirects
    status: int
    body: bytes | None
    content_type: str = ""
    etag: str | None = None  # exactly as received
    last_modified: str | None = None
    max_age: int | None = None  # seconds, the larger of Cache-Control and Expires
    permanent_to: str | None = None  # end of an unbroken 301/308 chain from the asked URL
    took_ms: int = 0
    wire_bytes: int = 0
    crawl_delay: float = 0.0  # seconds; of a page's site


@sent
@dataclass(frozen=True, slots=True)
class Draft:
    """An article on its way into the archive: cleaned text and what was claimed about it."""

    outlet_id: int
    title: str
    text: str
    url: str | None = None
    guid: str | None = None
    external_id: str | None = None
    lang: str | None = None
    lang_sure: float | None = None  # 0 to 1, told from the text; None: only claimed
    published: Date | None = None
    evidence: str = "full"  # full | summary
    feed_id: int | None = None
    seen_after: datetime | None = None  # None: censored
    seen_by: datetime | None = None
    alerts: bool = True  # False on a feed's first poll and on imports
    # What the page said beside its text, for whom it credits (`core.credit.find`).
    byline: str = ""
    edges: tuple[str, ...] = ()
    meta: tuple[tuple[str, str], ...] = ()
    canonical: str = ""
    own_names: tuple[str, ...] = ()  # of the outlet, which never credits itself
    own_domain: str = ""
    entry_key: str = ""  # the feed entry as it was, so that it is known when it comes again


@sent
@dataclass(frozen=True, slots=True)
class Credit:
    """Whom a text names as its source, with the very words and where they stood."""

    agent: str
    words: str
    place: str  # head | tail | byline | dateline | body | meta
    form: str  # the pattern or metadata field that found it


@sent
@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the index keeps of a text (DESIGN section 4). Hashes are unsigned 64-bit."""

    words: int
    simhash: int
    sketch: npt.NDArray[np.uint64] = field(repr=False)  # sorted, distinct
    paragraphs: npt.NDArray[np.uint64] = field(repr=False)  # one hash a paragraph, in order


@dataclass(frozen=True, slots=True)
class Span:
    """A duration in seconds that is known up to an interval: `low` <= it <= `high`.

    `low` None: not bounded from below by what was seen; `high` None: not bounded from above
    (a censored start). Never negative.
    """

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Word:
    """A stretch of a word diff. `op`: same, dropped (only before), added (only after)."""

    op: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of a copy's edit ledger. `what`: headline, number, name, quotation, hedge,
    dropped, added, credit. `before` is the source's words (empty: added), `after` the copy's."""

    what: str
    before: str
    after: str
