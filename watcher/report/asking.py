"""What can be asked of stories and texts, and what the reader's door hands out of a search."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher.report.values import Interval

KINDS = ("verbatim", "wrapped", "edited", "excerpt", "repost", "copy")
VERDICTS = ("full", "partial", "stripped", "wrong", "none")


@dataclass(frozen=True, slots=True)
class StoriesAsked:
    """Which stories. `since` and `until` bound the latest copy; `state` is one of STATES; `reach`
    counts families; `title` is a search in the headline (watcher.core.search).

    `outlet` (name or domain), `family`, `lang`, `kind` (of KINDS) and `credit` (of VERDICTS): a
    story has an article like that, and more articles than one.
    """

    since: datetime | None = None
    until: datetime | None = None
    state: str | None = None
    reach: int = 2
    tracked: bool = False
    title: str | None = None
    outlet: str | None = None
    family: str | None = None
    lang: str | None = None
    kind: str | None = None
    credit: str | None = None


@dataclass(frozen=True, slots=True)
class TextsAsked:
    """Which articles a search looks at, and their stories. `since` and `until` bound the moment
    that places the article in time; `replaced`: also texts that a later version has replaced."""

    since: datetime | None = None
    until: datetime | None = None
    outlet: str | None = None
    family: str | None = None
    lang: str | None = None
    kind: str | None = None
    credit: str | None = None
    state: str | None = None
    reach: int = 1
    story: int | None = None
    replaced: bool = False


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One text that was found. `at`: the moment that places its article in time, by `clock`.

    `version` counts the article's versions from 1; `current`: it is the last one. `kind` and
    `credit`: what the article is in its story of several, and the verdict on its credit; None: it
    is alone. `score` ranks hits of one search and means nothing between two. `hits`: where in
    `snippet` the words stand, from and to (without it), in characters.
    """

    article: int
    external_id: str | None
    version: int
    current: bool
    story: int
    outlet: str
    domain: str
    family: str
    title: str
    url: str | None
    lang: str | None
    kind: str | None
    credit: str | None
    at: datetime
    seen: Interval
    claimed: datetime | None
    clock: str
    score: float
    snippet: str
    hits: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """A page of hits, the best first. `total`: hits that were ranked; `partial`: more texts hold
    these words, older ones, which were not ranked; `further`: hits follow this page."""

    hits: tuple[SearchHit, ...]
    total: int
    partial: bool
    further: bool
