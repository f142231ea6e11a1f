"""Which of a page's words are frame: what a site puts around an article that is not its text.

Frame is told from prose without knowing any language: labels are short and end no sentence;
notices carry marks such as (c), addresses and links; a frame in another language shares few
words and few letter triples with the body, measured against how well one half of the longer of
the two foretells its other half. A notice in the body's own language looks like prose until the
outlet has repeated it (see `boilerplate`).
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from watcher.core.match import Rest
from watcher.core.text import Ints, words

LABEL = 12  # words: a shorter line that ends no sentence is a label
_SENTENCE_END = re.compile(
    "[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4\u061f][\"'\u00bb\u201d\u2019\u300d)\\]]*$"
)
_NOTICE = re.compile(
    "\u00a9|\u24d2|https?://|www\\.|\\(c\\)|@[\\w-]+\\.\\w|\\S+\\.(?:com|org|net)\\b", re.I
)
# Of the likeness that the longer piece has with itself: below both, the shorter one is in another
# language. Measured on professional translations between six languages, pieces of 150 to 6,000
# letters: with a long reference 0 to 2 % of native pieces are called foreign and 2 to 6 % of
# foreign ones native; with a shorter one 0 to 9 % and 3 to 8 %. Calling prose a frame joins what
# should not be joined, so the doubtful go to prose.
_LONG = 5000  # letters of the longer piece
_SAME_WORDS, _SAME_TRIPLES = (0.4, 0.5), (0.7, 0.8)  # with a shorter reference, with a long one
_FOREIGN_WORDS, _FOREIGN_TRIPLES = 0.15, 0.85  # hardly a word in common
_ENOUGH = 1000  # letters of the longer piece, below which no language is told
_LEAST_WORDS = 12  # of a block: less is too little to tell a language by


def rest(
    text: str, line: Ints, matched: npt.NDArray[np.bool_], known: npt.NDArray[np.bool_]
) -> Rest:
    """Class the unmatched words of `text`; `line[i]` is word i's line, `known[i]` that it is
    known boilerplate already (neither matched nor counted)."""
    lines = text.split("\n")
    count = len(lines)
    use = ~known
    total = np.bincount(line[use], minlength=count)
    hit = np.bincount(line[use & matched], minlength=count)
    shared = hit * 2 > total
    language = _Language("\n".join(lines[i] for i in np.flatnonzero(shared)))
    frame = prose = 0
    block: list[int] = []  # neighbouring lines that may be prose of the body's language or not

    def close() -> None:
        nonlocal frame, prose
        words = int(sum(total[i] - hit[i] for i in block))
        if block and language.differs("\n".join(lines[i] for i in block)):
            frame += words
        else:
            prose += words
        block.clear()

    for i in range(count):
        left = int(total[i] - hit[i])
        if shared[i]:
            close()
            prose += left  # words changed inside a shared paragraph
        elif left and _is_furniture(lines[i], int(total[i])):
            frame += left
        elif left:
            block.append(i)
    close()
    return Rest(frame, prose)


def _is_furniture(line: str, words: int) -> bool:
    line = line.strip()
    if words < LABEL and not _SENTENCE_END.search(line):
        return True
    return bool(_NOTICE.search(line)) and words < 5 * LABEL


class _Language:
    """Tells, without knowing any language, whether two pieces of text are written in the same.

    The longer piece is the reference: how well one half of it foretells the other is the
    yardstick for how well it foretells the shorter piece. A short body against a long block would
    otherwise call the block foreign for having more words than the body can have.
    """

    def __init__(self, body: str) -> None:
        # A caption that stands twice would foretell itself.
        self.body = "\n".join(dict.fromkeys(body.split("\n")))
        self._halves: tuple[_Piece, _Piece] | None = None

    def differs(self, text: str) -> bool:
        """Whether `text` is in another language; False where there is too little to tell."""
        text = "\n".join(dict.fromkeys(text.split("\n")))
        if len(text) > len(self.body):
            halves, small = _halves(text), _Piece(self.body)
        else:
            self._halves = self._halves or _halves(self.body)
            halves, small = self._halves, _Piece(text)
        # In scripts without spaces a letter, which is a word, tells about twice as much.
        letters = max(len(text), len(self.body), 2 * sum(len(h.words) for h in halves))
        if letters < _ENOUGH or len(small.words) < _LEAST_WORDS:
            return False
        surely = letters >= _LONG
        by_words = _foretold(halves, small, _WORDS)
        if by_words >= _SAME_WORDS[surely]:
            return False
        # Hardly a word in common decides nearly alone: related languages share letters.
        triples = _FOREIGN_TRIPLES if by_words < _FOREIGN_WORDS else _SAME_TRIPLES[surely]
        return _foretold(halves, small, _TRIPLES) < triples


class _Piece:
    """A piece of text as its words and its letter triples, repeats kept."""

    def __init__(self, text: str) -> None:
        self.words = words(text).hashes.tolist()
        letters = " ".join(text.lower().split())
        self.triples = [letters[i : i + 3] for i in range(len(letters) - 2)]
        self.known = (frozenset(self.words), frozenset(self.triples))

    def features(self, by: int) -> list[int] | list[str]:
        """Words or triples."""
        return self.words if by == _WORDS else self.triples


_WORDS, _TRIPLES = 0, 1


def _halves(text: str) -> tuple[_Piece, _Piece]:
    half = len(text) // 2
    cut = text.rfind(" ", 0, half) + 1 or half
    return _Piece(text[:cut]), _Piece(text[cut:])


def _foretold(halves: tuple[_Piece, _Piece], piece: _Piece, by: int) -> float:
    """How well the halves foretell the piece, as a share of how well they foretell each other."""
    one, other = halves
    own = _share(other.features(by), one.known[by]) + _share(one.features(by), other.known[by])
    found = piece.features(by)
    got = _share(found, one.known[by]) + _share(found, other.known[by])
    if not own:  # a short text may share no word with itself either: then the triples tell
        return 1.0 if got else 0.0
    return got / own


def _share(found: list[int] | list[str], known: frozenset[int] | frozenset[str]) -> float:
    return sum(h in known for h in found) / len(found) if found else 0.0
