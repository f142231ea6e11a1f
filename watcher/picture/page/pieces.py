"""Pieces that the sections of the page are made of: times, links, tables, figures, names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Final

from watcher.picture.drawing import Drawing
from watcher.picture.markup import Markup, el, join, web_address
from watcher.picture.words import counted, interval, stamp
from watcher.report.values import ArticleLine, Claim, Interval

ROWS: Final = 200  # of one table; the data has all

Cell = str | Markup


def time_of(at: datetime) -> Markup:
    """A moment in UTC; the script can show it in the reader's own zone."""
    return el("time", f"{stamp(at)} UTC", datetime=f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")


def seen(found: Interval) -> Markup:
    """What our clock knows of a first sighting."""
    if found.after is None:
        return join(["by ", time_of(found.by), ", start unknown"])
    if interval(found).startswith(stamp(found.by)):
        return time_of(found.by)
    return join(["after ", time_of(found.after), ", by ", time_of(found.by)])


def claimed(claim: Claim) -> Markup:
    """What the outlet says."""
    if claim.at is not None:
        return join([time_of(claim.at), f" ({claim.note})" if claim.note else ""])
    if claim.raw:
        return join(["“", el("bdi", claim.raw[:60]), f"” ({claim.note or 'unread'})"])
    return join(["gives no date"])


def name(text: str) -> Markup:
    """What an outlet wrote, its direction kept to itself."""
    return el("bdi", text)


def link(url: str | None, text: str) -> Markup:
    """A link that gives nothing away; where the address is not one of the web, only its text."""
    href = web_address(url)
    if href is None:
        return el("bdi", text or "without a title")
    return el("a", el("bdi", text or href), href=href, rel="noreferrer noopener nofollow")


def table(
    caption: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]], *, of: str = ""
) -> Markup:
    """A table that scrolls by itself where the screen is narrow; at most ROWS of its rows.

    A head that begins with `#` stands over figures, which stand to the right. `of`: a class for
    the style.
    """
    found = list(rows)
    right = [head.startswith("#") for head in heads]
    top = (el("th", head.lstrip("#"), scope="col", class_="n" if r else None)
           for head, r in zip(heads, right, strict=True))  # fmt: skip
    body = (
        el("tr", *(el("td", cell, class_="n" if r else None)
                   for cell, r in zip(row, right, strict=True)))
        for row in found[:ROWS]
    )  # fmt: skip
    drawn = el(
        "div",
        el("table", el("caption", caption), el("thead", el("tr", *top)), el("tbody", *body)),
        class_=f"scroll {of}".rstrip(),
        role="region",
        aria_label=caption,
        tabindex="0",
    )
    if len(found) <= ROWS:
        return drawn
    more = f"and {counted(len(found) - ROWS, 'more row')}, which the data below has."
    return join([drawn, el("p", more, class_="note")])


def behind(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Markup:
    """The table behind a drawing, to be opened."""
    return el("details", el("summary", f"{caption}, as a table"), table(caption, heads, rows),
              class_="behind")  # fmt: skip


def figure(wide: Drawing, narrow: Drawing, *caption: Cell) -> Markup:
    """A drawing in two widths, of which the page shows the one that fits."""
    words = [el("figcaption", *caption)] if any(caption) else []
    return el("figure", wide.svg(class_="wide"), narrow.svg(class_="narrow"), *words)


def credit_mark(verdict: str) -> Markup:
    """A verdict on credits, in its colour and in words."""
    if verdict == "none":
        return join(["–"])
    return el("span", verdict, class_=f"credit c-{verdict}")


def number_of(article: ArticleLine | int) -> str:
    """`#28`, as every list writes it."""
    return f"#{article if isinstance(article, int) else article.article}"
