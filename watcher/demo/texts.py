"""The newsroom's texts: nine invented outlets and what each of them publishes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

_BREAK = "\n====\n"


@dataclass(frozen=True, slots=True)
class Item:
    """One text of an outlet, before it has a date. Paragraphs are plain text."""

    slug: str
    title: str
    author: str
    section: str
    summary: str
    body: tuple[str, ...]
    labels: tuple[str, ...] = ()  # lines above the body
    credit: str = ""  # the line below it that names a source
    source: str = ""  # whom the page's template credits, where it has a place for that

    @property
    def text(self) -> str:
        """The body alone, one paragraph a line, without anything the outlet put around it."""
        return "\n".join(self.body)


@dataclass(frozen=True, slots=True)
class Outlet:
    """A publisher: how it serves its texts, and the frame that it repeats around each of them."""

    key: str
    name: str
    domain: str
    lang: str
    feed: str  # rss | atom | rdf
    full: bool  # whether the feed carries whole articles or summaries only
    page: str  # template
    tagline: str
    nav: tuple[str, ...]
    cookies: str
    footer: str
    tail: tuple[str, ...]  # paragraphs below each article: an appeal, a disclaimer
    items: tuple[Item, ...]

    def item(self, slug: str) -> Item:
        """The text of that name; KeyError where the outlet has none."""
        for item in self.items:
            if item.slug == slug:
                return item
        raise KeyError(f"{self.key} has no text {slug!r}")


@cache
def outlets() -> Mapping[str, Outlet]:
    """All outlets by key, as shipped beside this module.

    A text whose header says `body: OUTLET/SLUG` has that text's paragraphs, so that a copy
    which is meant to be word for word cannot drift from its source.
    """
    folder = resources.files(__package__) / "texts"
    files = {
        entry.name.removesuffix(".txt"): entry.read_text(encoding="utf-8").strip().split(_BREAK)
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".txt")
    }
    bodies = {
        f"{key}/{head['slug']}": paragraphs
        for key, blocks in files.items()
        for head, paragraphs in map(_block, blocks[1:])
        if paragraphs
    }
    return {key: _outlet(key, blocks, bodies) for key, blocks in files.items()}


def _block(text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Header lines up to the first empty one, then paragraphs."""
    head, *paragraphs = text.strip().split("\n\n")
    pairs = (line.partition(": ") for line in head.splitlines())
    return {name: value.strip() for name, _, value in pairs}, tuple(p.strip() for p in paragraphs)


def _outlet(key: str, blocks: list[str], bodies: Mapping[str, tuple[str, ...]]) -> Outlet:
    head, tail = _block(blocks[0])
    return Outlet(
        key=key,
        name=head["name"],
        domain=head["domain"],
        lang=head["lang"],
        feed=head["feed"],
        full=head["full"] == "yes",
        page=head["page"],
        tagline=head["tagline"],
        nav=tuple(head["nav"].split("; ")),
        cookies=head["cookies"],
        footer=head["footer"],
        tail=tail,
        items=tuple(_item(*_block(block), bodies) for block in blocks[1:]),
    )


def _item(
    head: dict[str, str], body: tuple[str, ...], bodies: Mapping[str, tuple[str, ...]]
) -> Item:
    if "body" in head:
        body = bodies[head["body"]]
    if "dateline" in head:
        body = (f"{head['dateline']} {body[0]}", *body[1:])
    return Item(
        slug=head["slug"],
        title=head["title"],
        author=head["author"],
        section=head["section"],
        summary=head["summary"],
        body=body,
        labels=tuple(head["labels"].split(" | ")) if "labels" in head else (),
        credit=head.get("credit", ""),
        source=head.get("source", ""),
    )
