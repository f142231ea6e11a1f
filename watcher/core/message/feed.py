"""Alerts as an Atom feed (RFC 4287), for any feed reader."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

from watcher.core.message.facts import Facts
from watcher.core.message.html import fragment
from watcher.core.message.plain import plain
from watcher.core.message.sheet import href
from watcher.core.message.words import clean

ENTRIES = 100
_NAMES = uuid.UUID("8a8a5bb0-6a7c-5f0e-9a52-3c1f0d7a2a11")  # of this program's ids; never changed
# What XML 1.0 cannot carry, not even as a reference (section 2.2).
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class FeedAlert:
    """An alert for the feed. `key` is its stable one; `facts` None: they cannot be read."""

    key: str
    at: datetime
    watch: str
    condition: str
    reason: str
    facts: Facts | None


def atom(alerts: Iterable[FeedAlert], *, of: str, limit: int = ENTRIES) -> str:
    """The feed of these alerts, the latest first, at most `limit`.

    `of` names what they are the alerts of and never changes for it (the feed's id hangs on it).
    An entry's id hangs on its alert's key, so a feed written anew shows nothing twice. The feed's
    own time is that of its latest alert, so that the same alerts make the same bytes.
    """
    shown = sorted(alerts, key=lambda alert: alert.at, reverse=True)[:limit]
    updated = shown[0].at if shown else datetime(1970, 1, 1, tzinfo=UTC)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">',
        f"<id>{_id(f'feed {of}')}</id>",
        "<title>Alerts of Syndication Watch</title>",
        f"<updated>{_time(updated)}</updated>",
        "<author><name>Syndication Watch</name></author>",
        "<generator>Syndication Watch</generator>",
    ]
    for alert in shown:
        lines += _entry(alert, of)
    lines.append("</feed>")
    return "\n".join(lines) + "\n"


def _entry(alert: FeedAlert, of: str) -> list[str]:
    facts = alert.facts
    if facts is None:
        title = f"[{clean(alert.watch, 40)}] {clean(alert.condition, 40)}"
        content = f"<p>{escape(clean(alert.reason, 300))}</p>"
        url = None
    else:
        title, _ = plain(facts)
        content = fragment(facts)
        url = href(facts.url)
    lines = [
        "<entry>",
        f"<id>{_id(f'alert {of} {alert.key}')}</id>",
        f"<title>{_text(title)}</title>",
        f"<updated>{_time(alert.at)}</updated>",
        f"<published>{_time(alert.at)}</published>",
    ]
    if url is not None:
        lines.append(f'<link rel="alternate" href="{_text(url)}"/>')
    for scheme, term in (("watch", alert.watch), ("condition", alert.condition)):
        named = _text(clean(term, 80))
        lines.append(f'<category scheme="urn:syndication-watch:{scheme}" term="{named}"/>')
    lines += [f'<content type="html">{_text(content)}</content>', "</entry>"]
    return lines


def _id(name: str) -> str:
    return uuid.uuid5(_NAMES, name).urn


def _text(text: str) -> str:
    return escape(_NOT_XML.sub("", text))


def _time(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
