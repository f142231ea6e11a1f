"""Entries that were read before are left out of a document before the slow parser sees it.

Theory of operation: most of a changed feed is what it showed the last time. What the full path
makes of an entry follows from the entry's own source, from the tags around it (namespaces,
xml:base) and from where the document came from; so an entry whose hash of these three is known
needs no second reading, and what is remembered of it is what the full path said, not what a
second, quicker parser would say. Expat, which also decides what the slow parser calls
well-formed, gives the places of the entries in a millisecond.

Where anything is in doubt the document is read whole: ill-formed, with a DOCTYPE, an entry inside
another, the same source twice, a guid or a link that a new entry shares with a remembered one (the
full path then trusts neither), any warning at all.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from xml.parsers import expat

import xxhash

from watcher import parse
from watcher.core.charset import to_text
from watcher.core.errors import ParseError
from watcher.core.sent import sent
from watcher.core.values import Date, ParsedFeed
from watcher.parse.limits import MAX_BYTES, MAX_ENTRIES

_ROW: Final = struct.Struct("<QQIIqB")
_NEVER: Final = -(1 << 63)
# Of a date that was read: whether there was one, and what was odd about it.
_NOTES: Final = ("", None, "naive", "zone", "weekday", "future", "absurd", "unparsed")
_DECLARATION: Final = re.compile(rb"^\s*<\?xml[^>]{0,500}\?>")
_START_TAG: Final = re.compile(rb"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
_ROOTS: Final = {"rss": ("item", 2), "rdf": ("item", 1), "feed": ("entry", 1)}
_ENTRIES: Final = frozenset({"item", "entry"})


@sent
@dataclass(frozen=True, slots=True)
class Known:
    """An entry that was read before. `source` is the hash of how it was written and where, `key`
    what the caller knows it by; `guid` and `link` are hashes, 0 for none; `date` is that of its
    publication or else of its last change, to the second and without its text."""

    source: int
    key: int
    guid: int
    link: int
    date: Date | None


@sent
@dataclass(frozen=True, slots=True)
class Reading:
    """A document as far as it had to be read. `parsed` has the entries that are not in `known`.

    `sources`: for each of them the hash of its source; None where the next document is to be read
    whole.
    """

    parsed: ParsedFeed
    known: tuple[Known, ...] = ()
    sources: tuple[int, ...] | None = None


def read(
    body: bytes, *, url: str, content_type: str, now: datetime, remembered: bytes = b""
) -> Reading:
    """`parse.feed`, but without the entries that `remembered` (from `remember`) has already.

    Raises ParseError, as `parse.feed` does.
    """
    places = None if len(body) > MAX_BYTES else _places(body, content_type, url)
    if places is None:
        return Reading(parse.feed(body, url=url, content_type=content_type, now=now))
    rows = {row.source: row for row in unpack(remembered)} if remembered else {}
    old = [place for place in places.entries if place.source in rows]
    if old:
        known = tuple(rows[place.source] for place in old)
        found = _new_ones(places, {place.source for place in old}, known, url, now)
        if found is not None:
            return found
    parsed = parse.feed(body, url=url, content_type=content_type, now=now)
    whole = not parsed.warnings and len(parsed.entries) == len(places.entries)
    return Reading(parsed, (), tuple(p.source for p in places.entries) if whole else None)


def remember(reading: Reading, keys: Sequence[int]) -> bytes:
    """What to hand to `read` with the next document: `keys` are those of the entries in
    `parsed`, 0 for one that is to be read again. Empty where nothing may be left out then."""
    if reading.sources is None:
        return b""
    rows = [
        (source, key, _hash(entry.guid), _hash(entry.url), *_pair(entry.published or entry.updated))
        for source, key, entry in zip(reading.sources, keys, reading.parsed.entries, strict=True)
        if key
    ]
    rows += [(k.source, k.key, k.guid, k.link, *_pair(k.date)) for k in reading.known]
    return b"".join(_ROW.pack(*row) for row in rows)


def unpack(remembered: bytes) -> Iterable[Known]:
    """The entries that are remembered."""
    for source, key, guid, link, seconds, note in _ROW.iter_unpack(remembered):
        at = None if seconds == _NEVER else datetime.fromtimestamp(seconds, UTC)
        yield Known(source, key, guid, link, Date("", at, _NOTES[note]) if note else None)


# ------------------------------------------------------------ where the entries stand


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    source: int


@dataclass(frozen=True, slots=True)
class _Places:
    text: bytes  # UTF-8, without a declaration
    entries: list[_Place]


class _Doubt(Exception):
    """Something that the slow parser should judge: no error, the document is read whole."""


class _Finder:
    """Notes where entries begin and end, and the tags around them."""

    def __init__(self, text: bytes) -> None:
        self.text = text
        self.around: list[bytes] = []
        self.spans: list[tuple[int, int]] = []
        self._names: list[str] = []
        self._depth = 0
        self._name = ""
        self._start = -1
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._on_start
        self._parser.EndElementHandler = self._on_end
        self._parser.StartDoctypeDeclHandler = self._on_doctype

    def run(self) -> None:
        """Raises expat.ExpatError where the text is not well-formed, and _Doubt."""
        self._parser.Parse(self.text, True)

    def _on_start(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition(" ")[2].lower()
        depth = len(self._names)
        if not depth:
            self._name, self._depth = _ROOTS.get(local, ("", 0))
            if not self._name:
                raise _Doubt
        if local in _ENTRIES:
            if local != self._name or depth != self._depth or self._start >= 0:
                raise _Doubt
            self._start = self._parser.CurrentByteIndex
            if self._tag().endswith(b"/>") or len(self.spans) == MAX_ENTRIES:
                raise _Doubt
        elif depth < self._depth and (not depth or local == "channel"):
            self.around.append(self._tag())
        self._names.append(local)

    def _on_end(self, _: str) -> None:
        local = self._names.pop()
        if local in _ENTRIES:
            at = self._parser.CurrentByteIndex
            self.spans.append((self._start, self.text.index(b">", at) + 1))
            self._start = -1
            # Entries of RSS stand in its one channel.
            if self._depth == 2 and (self._names[-1] != "channel" or len(self.around) != 2):
                raise _Doubt

    def _on_doctype(self, *_: Any) -> None:
        raise _Doubt

    def _tag(self) -> bytes:
        found = _START_TAG.match(self.text, self._parser.CurrentByteIndex)
        if found is None:
            raise _Doubt
        return found.group()


def _places(body: bytes, content_type: str, url: str) -> _Places | None:
    """Where the entries of a well-formed document stand; None where that is in doubt."""
    decoded, warning = to_text(body, content_type)
    if warning:
        return None
    text = _DECLARATION.sub(b"", decoded.lstrip("\ufeff \t\r\n").encode("utf-8", "replace"), 1)
    if not text.lstrip().startswith(b"<"):
        return None
    finder = _Finder(text)
    try:
        finder.run()
    except (_Doubt, expat.ExpatError):
        return None
    context = xxhash.xxh3_64_intdigest(b"\0".join((url.encode(), *finder.around)))
    entries = [
        _Place(start, end, xxhash.xxh3_64_intdigest(text[start:end], seed=context))
        for start, end in finder.spans
    ]
    if not entries or len({place.source for place in entries}) < len(entries):
        return None
    return _Places(text, entries)


def _new_ones(
    places: _Places, old: set[int], known: tuple[Known, ...], url: str, now: datetime
) -> Reading | None:
    """The document without its `old` entries; None where it has to be read whole."""
    kept, at = [], 0
    new = []
    for place in places.entries:
        if place.source in old:
            kept.append(places.text[at : place.start])
            at = place.end
        else:
            new.append(place.source)
    rest = b"".join((*kept, places.text[at:]))
    try:
        parsed = parse.feed(rest, url=url, content_type="application/xml; charset=utf-8", now=now)
    except ParseError:
        return None
    if parsed.warnings or len(parsed.entries) != len(new):
        return None
    guids, links = {k.guid for k in known} - {0}, {k.link for k in known} - {0}
    if any(_hash(e.guid) in guids or _hash(e.url) in links for e in parsed.entries):
        return None
    return Reading(parsed, known, tuple(new))


def _hash(text: str | None) -> int:
    return xxhash.xxh32_intdigest(text.encode("utf-8", "surrogatepass")) if text else 0


def _pair(date: Date | None) -> tuple[int, int]:
    if date is None:
        return _NEVER, 0
    note = date.note if date.note in _NOTES else None
    return _NEVER if date.at is None else int(date.at.timestamp()), _NOTES.index(note)
