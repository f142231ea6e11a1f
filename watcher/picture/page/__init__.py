"""The report: one self-contained page. It asks nothing of the network and needs no script.

Rules
- Everything in it was made by `markup`, so what outlets wrote is text.
- Its content security policy allows one style and one script, by their hashes, and nothing else
  (CSP level 3): were something to slip through, it would not run and could load nothing.
- Its size is bounded: what is left out of a drawing, a table or the texts is said where it is.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files

from watcher import __version__
from watcher.core.message.words import clean
from watcher.picture.markup import Markup, el, join, void
from watcher.picture.page import across, answers, parts
from watcher.picture.page.data import as_address, story_data
from watcher.picture.page.pieces import time_of
from watcher.picture.page.side import side_by_side
from watcher.picture.palette import drawing_rules, variables
from watcher.report.spread_values import StorySpread, VersionText


def style() -> str:
    """The page's style, colours of both schemes included."""
    own = files(__package__).joinpath("page.css").read_text("utf-8")
    return (
        f":root{{color-scheme:light dark;{variables(0)}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{variables(1)}}}}}"
        f"{drawing_rules(fixed=False)}\n{own}"
    )


def script() -> str:
    """The page's script."""
    return files(__package__).joinpath("page.js").read_text("utf-8")


def policy(css: str, js: str) -> str:
    """What the page may do: nothing but its own style and script."""

    def digest(text: str) -> str:
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()

    return (
        f"default-src 'none'; style-src 'sha256-{digest(css)}'; script-src 'sha256-{digest(js)}';"
        " base-uri 'none'; form-action 'none'"
    )


def story_page(spread: StorySpread, texts: Sequence[VersionText], *, now: datetime) -> str:
    """The report on a story as an HTML page; `texts` are its versions, for reading side by side."""
    css, js = style(), script()
    title = clean(spread.history.line.title) or f"Story {spread.history.line.story}"
    head = el(
        "head",
        void("meta", charset="utf-8"),
        void("meta", http_equiv="Content-Security-Policy", content=policy(css, js)),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="referrer", content="no-referrer"),
        void("meta", name="robots", content="noindex"),
        void("meta", name="color-scheme", content="light dark"),
        el("title", f"{title} – how it spread"),
        el("style", Markup(css)),
    )
    body = el(
        "body",
        el("a", "To the timeline", href="#when", class_="skip"),
        parts.head(spread),
        *_contents(spread, texts, now),
        _foot(now),
        el("script", Markup(js)),
    )
    return f"<!doctype html>\n{el('html', head, body, lang='en')}\n"


def _contents(spread: StorySpread, texts: Sequence[VersionText], now: datetime) -> list[Markup]:
    sections: list[tuple[str, str, Markup | None]] = [
        ("when", "When each outlet had it", parts.when(spread)),
        ("far", "How far it went", parts.how_far(spread)),
        ("whom", "Who took it from whom", parts.from_whom(spread)),
        ("origin", "Where it came from: five answers", answers.origin(spread)),
        ("texts", "Side by side", side_by_side(spread, texts)),
        ("translations", "In other languages", across.translations(spread)),
        ("ledger", "What each copy changed", answers.ledger(spread)),
        ("versions", "Versions and corrections", answers.versions(spread)),
        ("linked", "Linked, not part of it", answers.linked(spread)),
        ("rests", "What this rests on", parts.what_it_rests_on(spread)),
        ("data", "The data", _download(spread, texts, now)),
    ]
    held = [(name, words, content) for name, words, content in sections if content is not None]
    menu = el(
        "nav",
        el("ul", *(el("li", el("a", words, href=f"#{name}")) for name, words, _ in held)),
        aria_label="Sections",
    )
    drawn = [
        el("section", el("h2", words, id=f"{name}-head"), content, id=name,
           aria_labelledby=f"{name}-head")
        for name, words, content in held
    ]  # fmt: skip
    return [menu, el("main", *drawn)]


def _download(spread: StorySpread, texts: Sequence[VersionText], now: datetime) -> Markup:
    data = story_data(spread, texts, now)
    story = spread.history.line.story
    size = f"{len(data.encode('utf-8', 'replace')) / 1000:,.0f} kB"
    return el(
        "p",
        el("a", f"Download story-{story}.json", href=as_address(data), class_="button",
           download=f"story-{story}.json"),
        f" {size}: every figure, interval and text on this page.",
    )  # fmt: skip


def _foot(now: datetime) -> Markup:
    return el(
        "footer",
        el("p", join([f"Made by Syndication Watch {__version__} on ", time_of(now), "."]),
           " This page holds all it needs and asks nothing of the network."),
    )  # fmt: skip
