"""A message in somebody's own words: a file with `$fields`, and nothing that could run.

The first line may be `Subject: ...`, for the title; then comes the text, once for each alert of a
message. `$name` or `${name}` is a field, `$$` a dollar sign. Each field is escaped for where the
message goes; the file's own marks are kept, so `*$what*` is bold in Slack and `<b>$what</b>` in
the HTML part of a mail, for which the file's name has to end in .html.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from html import escape

from watcher.core.message.facts import Facts
from watcher.core.message.said import Message
from watcher.core.message.sheet import Sheet, href, sheet
from watcher.core.message.slack import escaped
from watcher.core.message.words import clean

MOST = 20_000  # characters of a file
BODY_CAP = 30_000
TITLE = re.compile(r"subject:[ \t]*(.*)", re.IGNORECASE)
_FIELD = re.compile(r"\$(?:(?P<dollar>\$)|(?P<name>[A-Za-z_]\w*)|\{(?P<braced>[^{}\n]*)\}|)")

# Each field and what it is, in the order of a message.
FIELDS: Mapping[str, str] = {
    "title": "one line: watch, what happened, headline",
    "watch": "the watch's name",
    "what": "what happened, in words",
    "condition": "the same as in feeds.yaml: resurfaced, reach ...",
    "headline": "the copy's headline",
    "outlet": "its outlet, with its family",
    "url": "its address; empty where it is no http address",
    "story": "the story's number; empty where there is none",
    "found": "the words that a phrase's watch found",
    "seen": "when it was first seen here, as an interval",
    "claimed": "when its outlet says it was published",
    "match": "kind, paste, cut, distance",
    "rests_on": "what a suggested translation rests on; else empty",
    "suggested": "translations that are no part of the story",
    "credit": "whom it credits, and how",
    "changed": "what it changed, separated by semicolons",
    "totals": "copies, outlets, families, episode",
    "coverage": "what the figures rest on",
    "earliest": "the earliest outlet and when",
    "earliest_url": "its address",
    "reason": "why the alert fired",
    "silence": "the command that silences it",
    "repeat": "a note where it may have arrived already; else empty",
}
# How a field's text is kept from being markup.
_MARKS: Mapping[str, Callable[[str], str]] = {
    "text": lambda text: text,
    "slack": escaped,
    "html": lambda text: escape(text),
}
_ADDRESSES = ("url", "earliest_url")


@dataclass(frozen=True, slots=True)
class TemplateFault:
    """What is wrong in a template and what to write instead; lines and columns begin at 1."""

    line: int
    column: int
    message: str


@dataclass(frozen=True, slots=True)
class Template:
    """A template without faults. `subject` is None where the file gives none."""

    subject: str | None
    body: str
    is_html: bool = False

    def render(self, message: Message, form: str) -> tuple[str, str]:
        """(title, body) for `form`: text, slack (mrkdwn) or html. The title is never markup."""
        page = sheet(message)
        title = page.title
        if self.subject is not None:
            filled = _filled(self.subject, message, message.lead, page, "text")
            title = clean(filled.replace("=?", "= ?"), 150) or page.title
        mark = _MARKS[form]
        head = [mark(line) for line in (page.held,) if line]
        parts = [_filled(self.body, message, facts, page, form) for facts in message.alerts]
        tail = [page.more] if page.more else []
        between = "<hr>\n" if form == "html" else "\n\n"
        body = between.join(part.strip("\n") for part in (*head, *parts, *tail)) + "\n"
        return title, body if len(body) <= BODY_CAP else body[:BODY_CAP]


def parse(text: str, *, is_html: bool = False) -> tuple[Template | None, list[TemplateFault]]:
    """The template in a file's text, None if it has faults, and all of them in order."""
    faults = list(_faults(text))
    if faults:
        return None, faults
    first, newline, rest = text.partition("\n")
    if (found := TITLE.fullmatch(first.strip("\r"))) is None:
        return Template(None, text, is_html), []
    return Template(found[1], rest.lstrip("\r\n") if newline else "", is_html), []


def _faults(text: str) -> Iterator[TemplateFault]:
    if len(text) > MOST:
        yield TemplateFault(1, 1, f"{len(text)} characters, expected at most {MOST}")
        return
    for found in _FIELD.finditer(text):
        if found["dollar"]:
            continue
        name = found["name"] if found["braced"] is None else found["braced"]
        if name in FIELDS:
            continue
        line = text.count("\n", 0, found.start()) + 1
        column = found.start() - (text.rfind("\n", 0, found.start()) + 1) + 1
        if not name:
            yield TemplateFault(line, column, "a lone $: write $$ for a dollar sign")
            continue
        near = get_close_matches(name, FIELDS, 1)
        meant = f": did you mean ${near[0]}?" if near else ", it has " + ", ".join(FIELDS)
        yield TemplateFault(line, column, f"a message has no field ${clean(name, 40)}{meant}")
    if not text.strip():
        yield TemplateFault(1, 1, "the file is empty: write what a message is to say")


def _filled(text: str, message: Message, facts: Facts, page: Sheet, form: str) -> str:
    values = _values(message, facts, page)

    def one(found: re.Match[str]) -> str:
        if found["dollar"]:
            return "$"
        name = found["name"] if found["braced"] is None else found["braced"]
        value = values[name]
        marked = _MARKS[form](value)
        # In Slack's <address|text> a bar would end the address.
        return marked.replace("|", "%7C") if name in _ADDRESSES and form == "slack" else marked

    return _FIELD.sub(one, text)


def _values(message: Message, facts: Facts, page: Sheet) -> dict[str, str]:
    alone = sheet(Message((facts,), repeat=message.repeat))
    rows: dict[str, str] = {}
    label = ""
    for row in (*alone.rows, *alone.closing):
        label = row.label or label
        rows[label] = f"{rows[label]}; {row.text}" if label in rows else row.text
    earliest = facts.earliest
    return {
        "title": page.title,
        "watch": alone.watch,
        "what": alone.what,
        "condition": clean(facts.condition, 40),
        "headline": alone.headline,
        "outlet": rows.get("Outlet", ""),
        "url": alone.url,
        "story": "" if facts.story is None else str(facts.story),
        "found": rows.get("Found", ""),
        "seen": rows.get("Seen here", rows.get("Since", "")),
        "claimed": rows.get("Outlet says", ""),
        "match": rows.get("Match", ""),
        "rests_on": rows.get("Rests on", ""),
        "suggested": rows.get("Suggested", ""),
        "credit": rows.get("Credit", ""),
        "changed": rows.get("Changed", ""),
        "totals": rows.get("Totals", ""),
        "coverage": rows.get("Coverage", ""),
        "earliest": rows.get("Earliest", ""),
        "earliest_url": "" if earliest is None else href(earliest.url) or "",
        "reason": rows.get("Why", ""),
        "silence": rows.get("Silence", ""),
        "repeat": rows.get("Note", ""),
    }
