"""A message as plain text: in columns for a terminal and a mail, in loose lines for a phone."""

from __future__ import annotations

from collections.abc import Iterator

from watcher.core.message.facts import Facts
from watcher.core.message.said import Message, said
from watcher.core.message.sheet import URL_CAP, Item, Row, Sheet, sheet
from watcher.core.message.words import clean, folded

COLUMNS = 80
_LABEL = 12


def plain(what: Facts | Message, *, width: int | None = COLUMNS) -> tuple[str, str]:
    """(title, body) safe to print on a terminal.

    `width`: columns of a line, labels in a column of their own; None: lines as long as they are,
    `Label: text`, for receivers that break lines themselves and have letters of many widths.
    """
    page = sheet(said(what))
    lines = list(_columns(page, width)) if width else list(_loose(page))
    return page.title, "\n".join(lines) + "\n"


def _top(page: Sheet) -> list[str]:
    return [line for line in (page.held, page.what, page.headline) if line]


def _columns(page: Sheet, width: int) -> Iterator[str]:
    for line in _top(page):
        yield from folded(line, width)
    yield ""
    yield from _table(page.rows, width)
    if page.items:
        if page.rows:
            yield ""
        for item in page.items:
            yield from _listed(item, width)
    if page.more:
        yield from folded(page.more, width)
    if page.items or page.more:
        yield ""
    yield from _table(page.closing, width)


def _table(rows: tuple[Row, ...], width: int) -> Iterator[str]:
    margin = " " * _LABEL
    for row in rows:
        address = clean(row.url, URL_CAP)
        if row.code:  # one line, however long: it is there to be copied
            yield f"{row.label:<{_LABEL}}{row.text}"
            continue
        yield from folded(row.text or address, width, margin, f"{row.label:<{_LABEL}}")
        if row.text and address:
            yield margin + address


def _listed(item: Item, width: int) -> Iterator[str]:
    head = f"{item.what}: {item.headline}" if item.headline else item.what
    yield from folded(head, width, "  ", "- ")
    if item.text:
        yield from folded(item.text, width, "  ", "  ")
    if item.url:
        yield f"  {item.url}"


def _loose(page: Sheet) -> Iterator[str]:
    yield from _top(page)
    yield ""
    yield from _lines(page.rows)
    for n, item in enumerate(page.items):
        if n or page.rows:
            yield ""
        yield f"{item.what}: {item.headline}" if item.headline else item.what
        yield from (line for line in (item.text, item.url) if line)
    if page.items:
        yield ""
    if page.more:
        yield page.more
    yield from _lines(page.closing)


def _lines(rows: tuple[Row, ...]) -> Iterator[str]:
    for row in rows:
        address = clean(row.url, URL_CAP)
        label = f"{row.label}: " if row.label else ""
        yield label + (row.text or address)
        if row.text and address:
            yield address
