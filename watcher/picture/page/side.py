"""Two versions side by side: the pairs that are laid out already, and the chooser for any two."""

from __future__ import annotations

import json
from collections.abc import Sequence

from watcher.picture.alike import Beside, Line, Row, beside
from watcher.picture.markup import Markup, el, join
from watcher.picture.page.reading import PAIRS, Page, likely_pairs, pages
from watcher.picture.words import counted, share
from watcher.report.spread_values import StorySpread, VersionText


def side_by_side(spread: StorySpread, texts: Sequence[VersionText]) -> Markup | None:
    """The section's content; None where no two texts are kept."""
    held = pages(texts)
    if len(held) < 2:
        return None
    pairs = likely_pairs(spread, held) or [(held[0], held[1])]
    laid = [(left, right, beside(left.reading, right.reading)) for left, right in pairs[:PAIRS]]
    # The first that differ: two texts that are the same word for word have little to show.
    shown = next((n for n, (a, b, found) in enumerate(laid) if _differ(a, b, found)), 0)
    parts = [_key(), _chooser(held, pairs[shown])]
    drawn = [_pair(a, b, found, n == shown) for n, (a, b, found) in enumerate(laid)]
    if len(pairs) > PAIRS:
        drawn.append(
            el("p", f"{counted(len(pairs) - PAIRS, 'more pair')} can be chosen with a script.",
               class_="note")
        )  # fmt: skip
    parts.append(el("div", *drawn, id="pairs"))
    notes = _left_out(held, texts)
    if notes:
        parts.append(el("p", notes, class_="note"))
    parts.append(_block(held))
    return join(parts)


def _key() -> Markup:
    return el(
        "p",
        "Plain words stand in both. ",
        el("del", "Only in the left text"),
        ", ",
        el("ins", "only in the right one"),
        ", ",
        el("mark", "in both, but moved", el("sup", "1")),
        " (the number finds it in the other).",
        class_="key",
    )


def name_of(page: Page, held: Sequence[Page]) -> str:
    """A version as a reader knows it."""
    versions = sum(other.version.article == page.version.article for other in held)
    name = f"{page.version.outlet} (#{page.version.article})"
    return f"{name}, version {page.version.n}" if versions > 1 or page.version.n > 1 else name


def _chooser(held: Sequence[Page], first: tuple[Page, Page]) -> Markup:
    def menu(side: str, words: str, chosen: Page) -> Markup:
        options = [
            el("option", name_of(page, held), value=n, selected=page is chosen or None)
            for n, page in enumerate(held)
        ]
        select = el("select", *options, id=f"{side}-text")
        return el("p", el("label", words, for_=f"{side}-text"), select)

    return el(
        "div",
        el(
            "form",
            menu("left", "Left, the source", first[0]),
            menu("right", "Right, the copy", first[1]),
            el("button", "Swap", type="button", id="swap"),
        ),
        el("p", id="alike", role="status", class_="note"),
        el("div", id="beside"),
        id="chooser",
        hidden=True,
    )  # fmt: skip


def _differ(left: Page, right: Page, found: Beside) -> bool:
    return found.shared < max(left.words, right.words)


def _pair(left: Page, right: Page, found: Beside, opened: bool) -> Markup:
    both = [left, right]
    return el(
        "details",
        el("summary", f"{name_of(left, both)} and {name_of(right, both)}"),
        el("p", sentence(left, right, found.shared), class_="note"),
        table(name_of(left, both), name_of(right, both), found.rows),
        open=opened or None,
        class_="printed",
    )


def sentence(left: Page, right: Page, shared: int) -> str:
    """How much the two have in common; `page.js` says the same."""
    parts = [
        f"{share(shared / page.words if page.words else 0.0)} of the {side}"
        for side, page in (("left text", left), ("right one", right))
    ]
    return f"{counted(shared, 'word')} in both: {' and '.join(parts)}."


def table(left: str, right: str, rows: Sequence[Row]) -> Markup:
    """The rows as a table of two columns."""
    names = (el("th", el("bdi", name), scope="col") for name in (left, right))
    head = el("thead", el("tr", *names))
    body = [
        el("tr", _cell(row.left, "del"), _cell(row.right, "ins"),
           class_="both" if row.left and row.right else "one")
        for row in rows
    ]  # fmt: skip
    caption = el("caption", "Two texts side by side")
    return el("table", caption, head, el("tbody", *body), class_="beside")


def _cell(lines: Sequence[Line], own: str) -> Markup:
    return el("td", *(el("p", *_segments(line, own), dir="auto") for line in lines))


def _segments(line: Line, own: str) -> list[str]:
    parts: list[str] = []
    for state, text, run in line:
        if state == "own":
            parts.append(el(own, text))
        elif state == "moved":
            parts.append(el("mark", text, el("sup", str(run))))
        else:
            parts.append(text)
    return parts


def _left_out(held: Sequence[Page], texts: Sequence[VersionText]) -> str:
    gone = sum(not version.text for version in texts)
    notes = []
    if gone:
        notes.append(f"{counted(gone, 'version')} whose text is not kept any more")
    if len(texts) - gone > len(held):
        notes.append(f"{counted(len(texts) - gone - len(held), 'version')} for the page’s size")
    short = sum(page.cut > 0 for page in held)
    if short:
        notes.append(f"the end of {counted(short, 'very long text')}")
    return f"Left out: {'; '.join(notes)}." if notes else ""


def _block(held: Sequence[Page]) -> Markup:
    """The texts for the script, as data that no browser runs."""
    data = [
        {
            "name": name_of(page, held),
            "count": page.words,
            "text": [[list(p.pieces), list(p.words)] for p in page.reading],
        }
        for page in held
    ]
    return data_block("version-texts", data)


def data_block(name: str, data: object) -> Markup:
    """Data in the page. `<` is written as an escape, so that nothing in it can end the element."""
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for raw, safe in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026"), ("\u2028", "\\u2028"),
                      ("\u2029", "\\u2029")):  # fmt: skip
        written = written.replace(raw, safe)
    return el("script", Markup(written), type="application/json", id=name)
