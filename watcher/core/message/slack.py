"""A message for Slack: mrkdwn as the fallback, and Block Kit within its documented limits.

Limits: docs.slack.dev/reference/block-kit (50 blocks, a header of 150 characters, a section of
3,000, 10 fields of 2,000, 10 elements in a context) and docs.slack.dev/messaging (text: 4,000).
Characters are counted after escaping, as Slack counts them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from watcher.core.message.facts import Facts
from watcher.core.message.said import Message, said
from watcher.core.message.sheet import Item, Row, Sheet, href, sheet
from watcher.core.message.words import WORDS_CAP, clean

TEXT_CAP = 2900  # of 3,000 in a section, and of 4,000 that a message's own text may have
FIELD_CAP = 1900
HEADER_CAP = 150
_AS_FIELDS = ("Outlet", "Seen here", "Outlet says", "Match", "Credit", "Totals", "Since", "Found")


def slack(what: Facts | Message) -> str:
    """The whole message in mrkdwn. Only `<`, `>` and `&` of ours are markup; a backtick of theirs
    becomes an apostrophe, for a pair of them across two facts would swallow what lies between.
    (docs.slack.dev/messaging/formatting-message-text)
    """
    page = sheet(said(what))
    lines = [escaped(page.held)] if page.held else []
    lines.append(f"*{escaped(page.what)}*")
    if page.headline or not page.items:
        lines.append(_headline(page))
    lines += _rows(page.rows)
    lines += [line for item in page.items for line in _item(item)]
    if page.more:
        lines.append(page.more)
    lines += _rows(page.closing)
    return _fitted(lines, TEXT_CAP)


def blocks(what: Facts | Message) -> list[dict[str, Any]]:
    """The message in Block Kit: header, headline, two columns of facts, the rest, why and how to
    silence it in small print."""
    page = sheet(said(what))
    found: list[dict[str, Any]] = [_header(page.what)]
    context = [f"Watch *{escaped(page.watch)}*"] if page.watch else []
    context += [escaped(page.held)] if page.held else []
    if context:
        found.append(_context(context))
    if page.headline or not page.items:
        found.append(_section(f"*{_headline(page)}*"))
    fields = [row for row in page.rows if row.label in _AS_FIELDS]
    if fields:
        shown = [f"*{escaped(row.label)}*\n{_value(row)}" for row in fields[:10]]
        found.append({"type": "section", "fields": [_mrkdwn(_cut(s, FIELD_CAP)) for s in shown]})
    rest = [row for row in page.rows if row.label not in (*_AS_FIELDS, "Coverage")]
    if rest:
        found.append(_section(_fitted(_rows(rest), TEXT_CAP)))
    if page.items:
        found.append({"type": "divider"})
        found += [_section(_fitted(_item(item), TEXT_CAP)) for item in page.items]
    small = [row for row in page.rows if row.label == "Coverage"]
    lines = [page.more] if page.more else []
    lines += [*_rows((*small, *page.closing))]
    if lines:
        found.append(_context(lines))
    return found


def escaped(text: str) -> str:
    """Text of the open web as mrkdwn shows it: literally."""
    for mark, safe in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("`", "'")):
        text = text.replace(mark, safe)
    return text


def link(url: str, text: str) -> str:
    """A link; `text` is escaped already. Inside <...|...> the bar and the brackets are markup:
    they travel percent-encoded."""
    return f"<{escaped(url).replace('|', '%7C')}|{text}>"


# ---------------------------------------------------------------- blocks


def _header(text: str) -> dict[str, Any]:
    shown = clean(text, HEADER_CAP)
    while len(escaped(shown)) > HEADER_CAP:
        shown = shown[:-2].rstrip() + "…"
    return {
        "type": "header",
        "text": {"type": "plain_text", "text": escaped(shown), "emoji": False},
    }


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": _mrkdwn(text)}


def _context(lines: list[str]) -> dict[str, Any]:
    return {"type": "context", "elements": [_mrkdwn(line) for line in lines[:10]]}


def _mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: neither addresses nor channel names in the text become links of Slack's making.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


# ---------------------------------------------------------------- lines


def _headline(page: Sheet) -> str:
    headline = escaped(page.headline) or "(no headline)"
    linked = link(page.url, headline) if page.url else headline
    return linked if len(linked) < TEXT_CAP else headline


def _rows(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        head = f"*{escaped(row.label)}* " if row.label else "    "
        yield head + _value(row)


def _value(row: Row) -> str:
    text = escaped(row.text)
    if row.code:
        return f"`{text}`"
    if not row.url:
        return text
    shown = escaped(clean(row.url, WORDS_CAP))
    address = link(row.url, shown) if href(row.url) else shown
    return f"{text} {address}" if text else address


def _item(item: Item) -> list[str]:
    headline = escaped(item.headline or ("the copy" if item.url else ""))
    if item.url:
        headline = link(item.url, headline)
    lines = [f"*{escaped(item.what)}*" + (f" {headline}" if headline else "")]
    return [*lines, escaped(item.text)] if item.text else lines


def _fitted(lines: Iterable[str], cap: int) -> str:
    """As many whole lines as `cap` characters hold, so that no mark of ours stays open."""
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line) + 1
        if size > cap:
            kept.append("…")
            break
        kept.append(line)
    return "\n".join(kept)


def _cut(text: str, cap: int) -> str:
    return text if len(text) <= cap else "…"
