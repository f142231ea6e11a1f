"""The same as `cut` for text of plain letters, in a handful of passes over its code points.

A table says of each character what it is and what it says (`spelling.normal` of it alone), filled
a page of 256 characters at a time as they come up. Whatever cannot be decided a character at a
time (marks, invisible characters, words that mix alphabets or are broken at a line's end) makes the
whole text one for `cut`. A property test holds the two equal.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import numpy.typing as npt

from watcher.core.text.cut import BROKEN, IS_SPACELESS, RARE
from watcher.core.text.hashing import LONGEST, U64, Ints, finish, runs
from watcher.core.text.spelling import APOSTROPHE, FOREIGN, normal

_OTHER, _LETTER, _SPACELESS, _APOSTROPHE, _LINE, _SEVERAL, _HARD, _UNREAD = range(8)
_PLANE = 0x10000
_APOSTROPHES = frozenset(APOSTROPHE)
_LATIN_LETTER, _FOREIGN_LETTER = 1, 2
_IS_FOREIGN = re.compile(f"[{FOREIGN}]")
# Parts of Korean syllables: what they say depends on their neighbours.
_JAMO = re.compile("[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")


class _Table:
    """What each character of the basic plane is, what it says, and of which alphabet it is."""

    def __init__(self) -> None:
        self.kind = np.full(_PLANE, _UNREAD, dtype=np.uint8)
        self.says = np.zeros(_PLANE, dtype=np.uint64)
        self.alphabet = np.zeros(_PLANE, dtype=np.uint8)

    def read(self, page: int) -> None:
        """Fill in the 256 characters from page * 256 on."""
        for code in range(page << 8, (page + 1) << 8):
            char = chr(code)
            kind = _kind(char)
            if kind in (_LETTER, _SPACELESS):
                says = normal(char)
                if len(says) != 1 or _JAMO.match(says):
                    letters = kind == _LETTER and len(says) > 1 and says.isascii()
                    kind = _SEVERAL if letters and says.isalnum() else _HARD
                else:
                    self.says[code] = ord(says)
                if _IS_FOREIGN.match(char):
                    self.alphabet[code] = _FOREIGN_LETTER
                elif char.isascii() and char.isalpha():
                    self.alphabet[code] = _LATIN_LETTER
            self.kind[code] = kind


def _kind(char: str) -> int:
    if char == "\n":
        return _LINE
    if char in _APOSTROPHES:
        return _HARD if char.isalnum() else _APOSTROPHE
    if IS_SPACELESS.match(char):
        return _SPACELESS
    if RARE.match(char) or "\ud800" <= char <= "\udfff":
        return _HARD
    return _LETTER if char.isalnum() else _OTHER


_table = _Table()


def quick(text: str) -> tuple[U64, Ints] | None:
    """The hash of each word and its line's number, or None: the text needs `cut`."""
    if not 0 < len(text) <= LONGEST or ("\n" in text and BROKEN.search(text)):
        return None
    ascii_only = text.isascii()
    codes: npt.NDArray[np.unsignedinteger[Any]]
    if ascii_only:
        codes = np.frombuffer(text.encode(), np.uint8)
    else:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        if codes.max() >= _PLANE:
            return None
    kind = _table.kind.take(codes)
    worst = kind.max()
    if worst == _UNREAD:
        for page in set((codes[kind == _UNREAD] >> 8).tolist()):
            _table.read(page)
        kind = _table.kind.take(codes)
        worst = kind.max()
    if worst >= _HARD:
        return None
    if worst == _SEVERAL:
        # A sharp s, a ligature: spelt out, they are letters like others.
        for code in set(codes[kind == _SEVERAL].tolist()):
            text = text.replace(chr(code), normal(chr(code)))
        return quick(text)
    within = np.flatnonzero(kind == _APOSTROPHE)
    if len(within):
        # One between two letters belongs to the word, and says nothing.
        within = within[(within > 0) & (within < len(kind) - 1)]
        within = within[(kind[within - 1] == _LETTER) & (kind[within + 1] == _LETTER)]
        codes, kind = np.delete(codes, within), np.delete(kind, within)
    letter = kind == _LETTER
    begins = letter.copy()
    np.greater(letter[1:], letter[:-1], out=begins[1:])  # a letter after something else
    spaceless = None
    if not ascii_only:
        alone = kind == _SPACELESS
        if alone.any():
            spaceless = alone
            begins |= alone
    starts = np.flatnonzero(begins)
    if not len(starts):
        return np.empty(0, np.uint64), starts
    if not ascii_only and _mixes(_table.alphabet.take(codes), starts):
        return None
    hashes = finish(runs(_table.says.take(codes), starts))
    if spaceless is not None:
        hashes |= spaceless[starts].astype(np.uint64)
    return hashes, np.searchsorted(np.flatnonzero(kind == _LINE), starts)


def _mixes(alphabet: npt.NDArray[np.uint8], starts: Ints) -> bool:
    """Whether some word has letters of Latin and of an alphabet that passes for it."""
    if not (alphabet == _FOREIGN_LETTER).any() or not (alphabet == _LATIN_LETTER).any():
        return False
    both = _LATIN_LETTER | _FOREIGN_LETTER
    return bool((np.bitwise_or.reduceat(alphabet, starts) == both).any())
