"""The headers of a mail: a thread and a list that a mail program can sort by."""

from __future__ import annotations

import hashlib
import re

from watcher.core.message.facts import Facts
from watcher.core.message.said import Message, said
from watcher.core.message.sheet import TITLE_CAP
from watcher.core.message.sheet import title as titled
from watcher.core.message.words import clean

_LABEL = re.compile(r"[^a-z0-9]+")
_DOMAIN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?\Z")
NOWHERE = "watcher.invalid"  # RFC 6761: resolves to nobody, where the sender's own does not serve


def subject(what: Facts | Message) -> str:
    """The subject of a story's mails, without what happened: mail programs thread by it as well
    as by References, so it must be the same each time. Of anything else, its title."""
    message = said(what)
    if message.story is None:
        return titled(message)
    lead = message.lead
    headline = clean(lead.story_title or lead.headline, 200) or f"story {message.story}"
    line = f"[{clean(lead.watch, 40)}] {headline}"
    return clean(line.replace("=?", "= ?"), TITLE_CAP)


def thread_headers(what: Facts | Message, domain: str = NOWHERE) -> dict[str, str]:
    """What gathers a story's mails under one synthetic root (RFC 5322, 3.6.4).

    No message with that id is ever sent: programs thread on References all the same. `domain`:
    the sender's, so that two newsrooms' stories 12 are not one thread.
    """
    story = said(what).story
    if story is None:
        return {}
    root = f"<story-{story}.syndication-watch@{_domain(domain)}>"
    return {"References": root, "In-Reply-To": root}


def list_headers(what: Facts | Message, domain: str = NOWHERE) -> dict[str, str]:
    """What a mail program sorts by (RFC 2919), and what keeps an absence note from answering
    (RFC 3834). A list for each watch, one for digests of several."""
    message = said(what)
    watches = {facts.watch for facts in message.alerts}
    name = clean(next(iter(watches)), 60) if len(watches) == 1 else "digest"
    label = _LABEL.sub("-", name.lower()).strip("-")[:40]
    if not label.isascii() or label != name.lower():
        # Another watch may come down to the same letters, or to none.
        label = f"{label}-{hashlib.sha256(name.encode()).hexdigest()[:8]}".lstrip("-")
    return {
        "List-Id": f"<{label}.syndication-watch.{_domain(domain)}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _domain(text: str) -> str:
    return text.lower() if len(text) < 200 and _DOMAIN.fullmatch(text) else NOWHERE
