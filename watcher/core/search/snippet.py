"""The place of a text that answers a search, with the words that were found."""

from __future__ import annotations

from dataclasses import dataclass

from watcher.core.search.query import Query, places
from watcher.core.search.words import placed
from watcher.core.text import normal, spans
from watcher.core.text.cut import IS_SPACELESS

_MOST = 200_000  # characters of a text that are looked at
_ROOM = 160  # characters of a snippet
_LEAD = 40  # of these, before the first hit


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a snippet; `hit`: it is what was looked for."""

    text: str
    hit: bool


def snippet(query: Query, text: str) -> tuple[Piece, ...]:
    """The stretch of `text` with most of the words of `query`, on one line, hits marked.

    Where none stands in `text` (they are in the headline) it is the text's beginning.
    """
    text = text[:_MOST]
    found = hits(query, text)
    best, most = 0, 0
    for n, (start, _) in enumerate(found):
        near = found[n : n + 64]
        inside = {normal(text[a:b]) for a, b in near if a < start + _ROOM - _LEAD}
        if len(inside) > most:
            best, most = n, len(inside)
    begin = _edge(text, max(0, found[best][0] - _LEAD)) if found else 0
    end = _edge(text, min(len(text), begin + _ROOM))
    pieces: list[Piece] = []
    at = begin
    for start, stop in found:
        if start < at or stop > end:
            continue
        pieces.append(Piece(text[at:start], False))
        pieces.append(Piece(text[start:stop], True))
        at = stop
    pieces.append(Piece(text[at:end].rstrip(), False))
    if begin:
        pieces.insert(0, Piece("… ", False))
    if end < len(text):
        pieces.append(Piece(" …", False))
    return tuple(Piece(_line(p.text), p.hit) for p in pieces if p.text)


def hits(query: Query, text: str) -> list[tuple[int, int]]:
    """Where the terms of `query` stand in `text`, from start to end, in order."""
    where = placed(text)
    words = [word for word, _, _ in where]
    found = set()
    for term in dict.fromkeys(query.terms):
        for at in places(term, words):
            _, start, end = where[at + len(term.words) - 1]
            if term.beginning and IS_SPACELESS.match(text, start):
                # One character, found as the beginning of a pair.
                end = start + spans(text[start:end])[0][1]
            found.add((where[at][1], end))
    return sorted(found)


def _edge(text: str, at: int) -> int:
    """The nearest place from `at` on, within a few characters, where no word is cut."""
    if at <= 0 or at >= len(text):
        return at
    for place in range(at, min(len(text), at + 16)):
        if text[place].isspace():
            return place + (at < place or at == place)
    return at


def _line(text: str) -> str:
    return text.replace("\n", " ")
