"""OPML bytes -> feeds to follow.

Takes hostile input, and needs no worker for it: one pass of an event parser, no entities, no
recursion, bounds on bytes, outlines and depth.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from xml.parsers import expat

from watcher.core import clean, urls
from watcher.core.charset import to_text
from watcher.core.errors import ParseError
from watcher.core.opml import NAMESPACE, Subscription
from watcher.parse import repair
from watcher.parse.markup import DECLARATION

MAX_BYTES: Final = 5_000_000
MAX_OUTLINES: Final = 20_000
_MAX_DEPTH: Final = 32
_MAX_NAME: Final = 90  # feeds.yaml takes 100; a number may be added
_MAX_URL: Final = 2_000
# feed://host/path and feed:https://host/path, as old readers registered them.
_FEED_SCHEME = re.compile(r"feed:(?://(?=https?:))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Opml:
    """A list of feeds. `refused`: what is no feed to follow, a sentence each."""

    title: str
    subscriptions: tuple[Subscription, ...]
    refused: tuple[str, ...] = ()


def read(body: bytes) -> Opml:
    """The list in `body`. Raises ParseError: toobig, entities (it declares some), notopml,
    truncated (not well-formed, also with its bare ampersands escaped)."""
    if len(body) > MAX_BYTES:
        raise ParseError("toobig", f"a list of {len(body):,} bytes; at most {MAX_BYTES:,} are read")
    text = DECLARATION.sub("", to_text(body, "")[0].lstrip("\ufeff \t\r\n"), count=1)
    try:
        return _read(text)
    except expat.ExpatError:
        mended = repair.ampersands(text)
    try:
        return _read(mended)
    except expat.ExpatError as error:
        raise ParseError(
            "truncated",
            f"not well-formed XML: line {error.lineno}, column {error.offset + 1}: "
            f"{expat.errors.messages.get(error.code, 'unknown fault')}",
        ) from None


def _read(text: str) -> Opml:
    reading = _Reading()
    # Told, it does not look for itself: behind the declaration that was taken away there may be
    # a second one, of an encoding that expat has no table for.
    parser = expat.ParserCreate("utf-8", " ")
    parser.buffer_text = True
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.characters
    parser.EntityDeclHandler = reading.entity
    parser.Parse(text.encode("utf-8", "replace"), True)
    return Opml(
        clean.line("".join(reading.title), _MAX_NAME),
        tuple(reading.found),
        tuple(reading.refused),
    )


class _Reading:
    """What the events say so far."""

    def __init__(self) -> None:
        self.title: list[str] = []
        self.found: list[Subscription] = []
        self.refused: list[str] = []
        self._open: list[str] = []  # names of the open elements
        self._folders: list[tuple[str, bool]] = []  # text and "is a family" of open outlines
        self._outlines = 0

    def entity(self, *_: object) -> None:
        raise ParseError("entities", "it declares entities, which no list of feeds needs: refused")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name.lower() != "opml":
            raise ParseError("notopml", f"<{clean.line(name, 60)}> is not an OPML document")
        if len(self._open) == _MAX_DEPTH + 2:
            raise ParseError("toobig", f"folders more than {_MAX_DEPTH} deep")
        self._open.append(name.lower())
        if name.lower() != "outline":
            return
        self._outlines += 1
        if self._outlines > MAX_OUTLINES:
            raise ParseError("toobig", f"more than {MAX_OUTLINES:,} outlines")
        fields = {key.lower(): value for key, value in attributes.items()}
        title = clean.line(fields.get("title") or fields.get("text") or "", _MAX_NAME)
        family = fields.get(f"{NAMESPACE} kind") == "family"
        if "xmlurl" in fields:
            self._take(fields, title)
        self._folders.append((title, family))

    def end(self, name: str) -> None:
        self._open.pop()
        if name.lower() == "outline":
            self._folders.pop()

    def characters(self, data: str) -> None:
        if self._open[-2:] == ["head", "title"] and sum(map(len, self.title)) < _MAX_NAME:
            self.title.append(data[:_MAX_NAME])

    def _take(self, fields: dict[str, str], title: str) -> None:
        url, why = _address(fields["xmlurl"])
        if why:
            self.refused.append(f"{clean.line(fields['xmlurl'], 80) or 'an outline'}: {why}")
            return
        site, no_site = _address(fields.get("htmlurl", ""))
        domain = urls.host(f"http://{fields.get(f'{NAMESPACE} domain', '').strip()}")
        self.found.append(
            Subscription(
                url=url,
                title=title,
                site="" if no_site else site,
                folders=tuple(name for name, _ in self._folders if name),
                outlet=clean.line(fields.get(f"{NAMESPACE} outlet", ""), _MAX_NAME),
                domain=domain,
                family=next((name for name, family in reversed(self._folders) if family), ""),
            )
        )


def _address(written: str) -> tuple[str, str]:
    """A feed's address, and why it is none that feeds.yaml may hold."""
    url = written.strip()
    if found := _FEED_SCHEME.match(url):
        url = url[found.end() :]
    if url.startswith("//"):
        url = f"http:{url}"
    if len(url) > _MAX_URL or any(c.isspace() or ord(c) < 32 for c in url):
        return "", "not a web address"
    if "${" in url:
        # feeds.yaml would put a secret of the environment in its place.
        return "", "it holds ${"
    if not urls.is_http(url):
        return "", "only addresses that begin with http:// or https:// are followed"
    if "@" in re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]:
        return "", "it holds a user name or password: write the feed by hand, with auth:"
    return url, ""
