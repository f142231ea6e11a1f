"""A message as an HTML mail: one column of 600 px that bends to a phone, light or dark.

Nothing is fetched and nothing runs. Tables carry the layout and colours stand in `style`
attributes, for some mail programs drop a style sheet; the sheet only turns them dark and small.
Every foreign text passes `html.escape` and stands in an element with `dir="auto"`, so that an
Arabic headline reads from its right and cannot reorder what is beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from watcher.core.message.facts import Facts
from watcher.core.message.said import Message, said
from watcher.core.message.sheet import Item, Row, Sheet, href, sheet
from watcher.core.message.words import WORDS_CAP, clean

PICTURE = "adoption.png"  # the Content-ID of the picture, where there is one

_SANS = "-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
_MONO = "ui-monospace,'SF Mono',Menlo,Consolas,monospace"
# Contrast on white / on the dark ground at least 4.5 (WCAG 2.2, 1.4.3).
_INK, _SOFT, _LINK = "#1b1e22", "#575e66", "#174ea6"
_STYLE = """\
:root { color-scheme: light dark; supported-color-schemes: light dark; }
body { margin: 0; padding: 0; }
@media (max-width: 480px) {
  .page { padding: 16px !important; }
  .facts { font-size: 14px !important; }
  .facts th { width: 78px !important; padding-right: 8px !important; }
}
@media (prefers-color-scheme: dark) {
  .ground { background: #15181b !important; }
  .ink { color: #e9ebee !important; }
  .soft { color: #a9b1ba !important; }
  .rule { border-color: #3b4148 !important; }
  .code { background: #1e2226 !important; color: #e9ebee !important; }
  a { color: #8ab4f8 !important; }
}"""


def html(what: Facts | Message, *, picture: str = "") -> tuple[str, str]:
    """(title, document) for a mail. `picture`: what the picture attached as PICTURE shows, in
    words; empty: none is attached."""
    page = sheet(said(what))
    shown = [
        f'<div style="display:none;max-height:0;overflow:hidden">{escape(_preview(page))}</div>',
        *_body(page),
        *(_picture(picture) if picture else ()),
        *_closing(page),
    ]
    document = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        '<meta name="color-scheme" content="light dark">',
        f"<title>{escape(page.title)}</title>",
        f"<style>\n{_STYLE}\n</style>",
        "</head>",
        '<body class="ground" style="background:#ffffff">',
        '<table class="ground" role="presentation" width="100%" cellpadding="0" cellspacing="0"'
        ' style="background:#ffffff;table-layout:fixed"><tr>',
        '<td class="page" align="center" style="padding:24px">',
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"'
        f' style="max-width:600px;table-layout:fixed;text-align:left;font:15px/1.45 {_SANS}">'
        f'<tr><td class="ink" style="color:{_INK};overflow-wrap:anywhere">',
        *shown,
        "</td></tr></table>",
        "</td></tr></table>",
        "</body>",
        "</html>",
    ]
    return page.title, "\n".join(document) + "\n"


def fragment(alert: Facts) -> str:
    """An alert as the content of a feed's entry: markup only, without styles."""
    page = sheet(said(alert))
    lines = [f"<p><strong>{escape(page.what)}</strong></p>"]
    headline = escape(page.headline) or "(no headline)"
    lines.append(f'<p dir="auto">{_link(page.url, headline, "")}</p>')
    for rows in (page.rows, page.closing):
        if rows:
            cells = (
                f'<tr><th align="left" valign="top">{escape(row.label)}</th>'
                f'<td dir="auto">{_value(row, "", "")}</td></tr>'
                for row in rows
            )
            lines += ["<table>", *cells, "</table>"]
    return "\n".join(lines) + "\n"


def _preview(page: Sheet) -> str:
    """What a list of mails shows beside the subject, which is the same for a whole story."""
    outlet = next((row.text for row in page.rows if row.label == "Outlet"), "")
    return ": ".join(part for part in (page.what, outlet) if part)


def _body(page: Sheet) -> Iterator[str]:
    if page.watch:
        yield _soft(f"Watch {escape(page.watch)}", 13, "0 0 8px")
    if page.held:
        yield _soft(escape(page.held), 14, "0 0 8px")
    yield (
        f'<p class="ink" style="margin:0 0 4px;font-size:16px;font-weight:600;color:{_INK}">'
        f"{escape(page.what)}</p>"
    )
    if page.headline or not page.items:
        headline = _link(page.url, escape(page.headline) or "(no headline)")
        yield (
            f'<h1 class="ink" dir="auto" style="margin:0 0 16px;font-size:21px;line-height:1.25;'
            f'color:{_INK}">{headline}</h1>'
        )
    yield from _table(page.rows)
    if page.items:
        yield '<hr class="rule" style="border:0;border-top:1px solid #d6d8d3;margin:16px 0 8px">'
        yield from (_item(item) for item in page.items)
    if page.more:
        said_more = escape(page.more)
        yield _soft(_coded(said_more), 14, "8px 0 0")


def _picture(says: str) -> Iterator[str]:
    yield (
        f'<p style="margin:16px 0 0"><img src="cid:{PICTURE}" alt="{escape(clean(says, 300))}"'
        ' width="600" style="width:100%;max-width:600px;height:auto;border-radius:4px"></p>'
    )


def _closing(page: Sheet) -> Iterator[str]:
    if page.closing:
        yield '<hr class="rule" style="border:0;border-top:1px solid #d6d8d3;margin:16px 0 8px">'
        yield from _table(page.closing)


def _table(rows: Iterable[Row]) -> Iterator[str]:
    cells = [
        f'<tr><th class="soft" align="left" valign="top" width="110" scope="row"'
        f' style="width:110px;padding:3px 12px 3px 0;font-weight:400;color:{_SOFT}">'
        f"{escape(row.label)}</th>"
        f'<td class="ink" valign="top" dir="auto" style="padding:3px 0;color:{_INK};'
        f'overflow-wrap:anywhere">{_value(row, _CODE, _BLUE)}</td></tr>'
        for row in rows
    ]
    if cells:
        yield (
            '<table class="facts" width="100%" cellpadding="0" cellspacing="0"'
            ' style="border-collapse:collapse;table-layout:fixed">'
        )
        yield from cells
        yield "</table>"


def _item(item: Item) -> str:
    parts = [f"<strong>{escape(item.what)}</strong>"]
    if item.headline or item.url:
        parts.append(
            f'<br><span dir="auto">{_link(item.url, escape(item.headline or "the copy"))}</span>'
        )
    if item.text:
        parts.append(
            f'<br><span class="soft" dir="auto" style="color:{_SOFT};font-size:14px">'
            f"{escape(item.text)}</span>"
        )
    return f'<p class="ink" style="margin:8px 0;color:{_INK}">{"".join(parts)}</p>'


_BLUE = f' style="color:{_LINK}"'
_CODE = (
    f' class="code" style="font:13px/1.5 {_MONO};background:#f5f5f1;color:{_INK};padding:2px 4px;'
    'border-radius:3px"'
)


def _value(row: Row, code: str, style: str) -> str:
    text = escape(row.text)
    if row.code:
        return f"<code{code}>{text}</code>"
    if not row.url:
        return text
    shown = escape(clean(row.url, WORDS_CAP))
    address = _link(row.url if href(row.url) else "", shown, style)
    return f"{text}<br>{address}" if text else address


def _link(url: str, text: str, style: str | None = None) -> str:
    """`text` is escaped already; without an address it stays text."""
    blue = _BLUE if style is None else style
    return f'<a href="{escape(url)}"{blue}>{text}</a>' if url else text


def _soft(text: str, size: int, margin: str) -> str:
    style = f"margin:{margin};font-size:{size}px;color:{_SOFT}"
    return f'<p class="soft" dir="auto" style="{style}">{text}</p>'


def _coded(text: str) -> str:
    """Our own command between backticks, as code."""
    before, tick, rest = text.partition("`")
    command, _, after = rest.partition("`")
    return f"{before}<code>{command}</code>{after}" if tick else text
