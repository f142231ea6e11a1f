"""A text as the full-text index holds it: normalised words, one space between two.

Rules
- A word is what `watcher.core.text` says it is, in its normal form, so that what a reader takes for
  the same word is found by it, on every database alike: the engines only see our words.
- An apostrophe parts two words ("l'homme", "Trump's"), which stand side by side.
- Scripts without spaces (Han, Kana, Thai ...) have no words to index, and single characters are in
  every text. Of a run of characters each neighbouring pair is a word of the index, and so is the
  last character alone: a run of two or more is looked for as a phrase of pairs, one character as
  the beginning of a pair.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from watcher.core.text import normal, spans
from watcher.core.text.cut import BROKEN, IS_SPACELESS
from watcher.core.text.spelling import APOSTROPHE

MOST_WORDS = 15_000  # of one text: PostgreSQL counts places up to 16,383
MOST_TITLE = 400
_MOST_CHARACTERS = 150_000  # of one text; a tsvector ends at a megabyte
_LONGEST = 60  # characters of a word: what is longer is no word, and no index takes any length

_MEMORY = 200_000  # pieces of text remembered; about 40 MB at the most
_PIECE = 40  # characters: longer pieces are addresses and tables, and seldom come again

# Normal forms of rare letters bring out signs and spaces ("1/2", "(1)"); no engine may cut there.
_SIGNS = re.compile(r"[\x00-/:-@\[-`{-\x7f\s]")
_PART = re.compile(f"[^{APOSTROPHE}]+")
_SPACE = re.compile(r"\s")


def tokens(text: str, *, open_end: bool = False) -> list[str]:
    """The words of `text` for the index. `open_end`: what follows the text is not known, so that
    the last of its characters without spaces is left to the pair that it may begin."""
    found = placed(text)
    if open_end and len(found) > 1 and found[-1][1] > found[-2][1] and found[-1][2] == found[-2][2]:
        found.pop()  # the last character, which the pair before it ends with
    return [word for word, _, _ in found]


def placed(text: str) -> list[tuple[str, int, int]]:
    """The words of `text` for the index, each with its start and end in the text."""
    found: list[tuple[str, int, int]] = []
    run: tuple[str, int, int] | None = None  # the last character of a run that may go on
    for start, stop in _parts(text):
        raw = text[start:stop]
        word = _SIGNS.sub("", normal(raw))[:_LONGEST]
        spaceless = IS_SPACELESS.match(raw) is not None
        if run is not None and (not spaceless or _SPACE.search(text, run[2], start)):
            found.append(run)
            run = None
        if not word:
            continue
        if not spaceless:
            found.append((word, start, stop))
            continue
        if run is not None:
            found.append((run[0] + word, run[1], stop))
        run = (word, start, stop)
    if run is not None:
        found.append(run)
    return found


def _parts(text: str) -> Iterator[tuple[int, int]]:
    for start, stop in spans(text):
        for part in _PART.finditer(text, start, stop):
            yield part.span()


class _Pieces(dict[str, str]):
    """What stands between two spaces -> its words for the index, remembered."""

    def __missing__(self, piece: str) -> str:
        said = " ".join(tokens(piece))
        if len(piece) <= _PIECE:
            if len(self) >= _MEMORY:
                self.clear()
            self[piece] = said
        return said


_pieces = _Pieces()


def said(title: str, text: str) -> tuple[str, str]:
    """An article's headline and text as the index holds them."""
    return indexed(title, MOST_TITLE), indexed(text)


def indexed(text: str, most: int = MOST_WORDS) -> str:
    """The first `most` words of `text` as the index holds them, with a space between two."""
    if BROKEN.search(text):
        # A word that is broken at a line's end goes over the space between two pieces.
        said = " ".join(tokens(text))
    else:
        said = " ".join(filter(None, map(_pieces.__getitem__, text.split())))
    if len(said) > _MOST_CHARACTERS:
        said = said[:_MOST_CHARACTERS].rpartition(" ")[0]
    if len(said) > 2 * most:  # else it cannot have too many
        words = said.split(" ", most)
        if len(words) > most:
            said = " ".join(words[:most])
    return said
