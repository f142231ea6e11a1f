"""Text to words: where each stands, and a 64-bit hash of what it says.

Rules
- A word is a run of letters, digits and the marks on them, in any script. In scripts that
  are written without spaces (Han, Kana, Thai, Lao, Khmer, Burmese) each character is a word.
- Two spellings that a reader takes for the same word hash the same: case, composed or
  decomposed accents or none, ligatures, full-width forms, soft hyphens, zero-width characters,
  a hyphen at a line's end, kinds of apostrophe and digit, and letters of another alphabet that
  look alike (Unicode TR 39, confusables), a known trick to dodge matching.
- A text is lines; a line is a paragraph.

Theory of operation: a regular expression says what a word is, and each distinct raw word is
normalised and hashed once and remembered (`cut`). Text of plain letters, which is most text, is
read as an array of code points instead, all words at once, with the same result (`quick`).
Offsets always refer to the raw text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from watcher.core.sent import sent
from watcher.core.text.cut import cut, spans
from watcher.core.text.hashing import (
    PARAGRAPH,
    U64,
    Ints,
    mix,
    runs,
    shingles,
    widened,
)
from watcher.core.text.quick import quick
from watcher.core.text.spelling import normal

__all__ = [
    "PARAGRAPH",
    "U64",
    "Ints",
    "Words",
    "mix",
    "normal",
    "paragraphs",
    "shingles",
    "spans",
    "widened",
    "words",
]


_FIRST = np.zeros(1, np.int64)


@sent
@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text. `hashes[i]` says what word i says, `line[i]` which line it stands in."""

    hashes: U64 = field(repr=False)
    line: Ints = field(repr=False)

    def __len__(self) -> int:
        return len(self.hashes)


def words(text: str) -> Words:
    """The words of `text`, in order."""
    return Words(*(quick(text) or cut(text)))


def paragraphs(w: Words) -> tuple[U64, Ints, Ints]:
    """A hash of each line that holds words, its number, and how many words it has."""
    if not len(w):
        return w.hashes, w.line, w.line
    begins = np.flatnonzero(w.line[1:] != w.line[:-1]) + 1
    starts = np.concatenate((_FIRST, begins))
    return mix(runs(w.hashes, starts)), w.line[starts], np.append(begins, len(w)) - starts
