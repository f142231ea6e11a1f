"""The form of feeds.yaml where it differs from the values: shorthands, and names left out."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from watcher.config import kinds, watched
from watcher.config.shapes import AtLeastOne, Named, Record, Short, record
from watcher.config.values import (
    ALERT_ON,
    CONDITIONS,
    Agency,
    Alerts,
    Condition,
    Feed,
    Metrics,
    Polling,
    Receiver,
    Storage,
)


@dataclass(frozen=True, slots=True)
class WrittenOutlet:
    """A publisher; only its feeds are needed."""

    feeds: Annotated[tuple[Annotated[Feed, Short("url")], ...], AtLeastOne("feed"), "Its feeds."]
    name: Annotated[str | None, kinds.NAME, "Default: the domain."] = None
    domain: Annotated[
        str | None, kinds.DOMAIN, "Default: the registrable domain of the first feed."
    ] = None
    family: Annotated[
        str | None, kinds.NAME, "Owner of several titles, counted once; default: the outlet itself."
    ] = None


@dataclass(frozen=True, slots=True)
class WrittenWatch:
    """A story or phrase to follow: exactly one of story, file, text, phrase.

    A watch that alerts on feed_bad alone is about feeds and needs none of them.
    """

    EXACTLY_ONE: ClassVar[tuple[str, ...]] = ("story", "file", "text", "phrase")
    NONE_WHERE: ClassVar[tuple[str, str]] = ("alert_on", "feed_bad")

    name: Annotated[str, kinds.NAME, "Shown in alerts; used to silence it."]
    story: Annotated[
        str | None, watched.STORY, "Address of an article, or the number of a known story."
    ] = None
    file: Annotated[str | None, kinds.FILE, "File with the text, relative to feeds.yaml."] = None
    text: Annotated[str | None, kinds.PROSE, "The text itself."] = None
    phrase: Annotated[
        str | None,
        watched.PHRASE,
        'Words to look for: all of them, "side by side", "near"~5, a NEAR/5 b, beg*, *end, *part*, '
        "A OR B, -not.",
    ] = None
    alert_on: Annotated[
        tuple[Annotated[Condition, Named(CONDITIONS)], ...],
        "Conditions that raise an alert.",
    ] = ALERT_ON
    outlets: Annotated[
        tuple[Annotated[str, kinds.NAME], ...] | None,
        AtLeastOne("outlet"),
        "Names or domains of the outlets that feed_bad and burst are about; default: all of them.",
    ] = None
    dormant_after: Annotated[
        int | None,
        kinds.duration("1h", "3650d"),
        "Rest after which a copy means that the story resurfaced; default: from its own gaps.",
    ] = None
    translations: Annotated[
        float | None,
        watched.LIKENESS,
        "Suggested translations with at least this likeness, above 0 and up to 1, are part of the "
        "story for this watch; default: none is until somebody confirms it.",
    ] = None
    notify: Annotated[
        tuple[Annotated[str, kinds.NAME], ...] | None,
        "Names of receivers; default: all of them.",
    ] = None


@dataclass(frozen=True, slots=True)
class Document:
    """What Syndication Watch polls, follows and whom it tells."""

    outlets: Annotated[tuple[WrittenOutlet, ...], AtLeastOne("outlet"), "The publishers to watch."]
    receivers: Annotated[tuple[Receiver, ...], "Where alerts go."] = ()
    watches: Annotated[tuple[WrittenWatch, ...], "The stories and phrases to follow."] = ()
    polling: Annotated[Polling, "How feeds and pages are fetched."] = field(default_factory=Polling)
    storage: Annotated[Storage, "Where and how long to keep what was seen."] = field(
        default_factory=Storage
    )
    alerts: Annotated[Alerts, "What is made of alerts beside telling receivers."] = field(
        default_factory=Alerts
    )
    metrics: Annotated[Metrics, "Figures for Prometheus."] = field(default_factory=Metrics)
    credits: Annotated[tuple[Agency, ...], "Agencies to recognise beside the built-in ones."] = ()
    credit_phrases: Annotated[
        tuple[Annotated[str, watched.CREDIT_PHRASE], ...],
        "Ways to name a source, beside the built-in ones: words with {name} where it stands.",
    ] = ()


@functools.cache
def document() -> Record:
    """The shape of feeds.yaml as a whole."""
    return record(Document)
