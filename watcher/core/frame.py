"""Which of a page's words are frame: what a site puts around an article that is not its text.

Frame is told from prose without knowing any language: labels are short and end no sentence;
notices carry marks such as (c), addresses and links; a frame in another language shares few
words and few letter triples with the body, measured against how well one half of the body foretells
the other. A notice in the body's own language looks like prose until the outlet has
repeated it (see `boilerplate`).
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
# Of the body's likeness with itself. On professional translations between seven languages these
# two together call 3 % of foreign paragraphs native, and 3 to 6 % of native ones foreign
# (single paragraphs of 150 letters or more; a block of them is surer).
_SAME_WORDS = 0.5
_SAME_TRIPLES = 1.0
_ENOUGH = 200  # letters of body below which no language is told
_LEAST_WORDS = 12  # of a block: less is too little to tell a language by


def _triples(text: str) -> set[str]:
    text = " ".join(text.lower().split())
    return {text[i : i + 3] for i in range(len(text) - 2)}


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
    """Tells, from a body of text alone, whether other text is written in its language."""

    def __init__(self, body: str) -> None:
        half = len(body) // 2
        cut = body.rfind(" ", 0, half) + 1 or half
        found = words(body).hashes.tolist()
        # In scripts without spaces a letter tells about twice as much.
        self.enough = len(body) >= _ENOUGH or len(found) >= _ENOUGH // 2
        self.words = set(found)
        self.triples = _triples(body)
        # How well one half of the body foretells the other: the yardstick for any text.
        first, second = _triples(body[:cut]), _triples(body[cut:])
        like = len(second & first) / len(second) if second else 0.0
        self.triples_like = min(1.0, like * 1.15)  # the whole foretells better than a half
        self.words_like = _share(
            words(body[cut:]).hashes.tolist(), set(words(body[:cut]).hashes.tolist())
        )

    def differs(self, text: str) -> bool:
        """Whether `text` is in another language; False where there is too little to tell."""
        found = words(text).hashes.tolist()
        triples = _triples(text)
        if not self.enough or len(found) < _LEAST_WORDS or not triples:
            return False
        # A short body may share no word with itself either: then only the triples can tell.
        alike = _share(found, self.words)
        if alike and alike >= _SAME_WORDS * self.words_like:
            return False
        common = len(triples & self.triples) / len(triples)
        return not common or common < _SAME_TRIPLES * self.triples_like


def _share(found: list[int], known: set[int]) -> float:
    return sum(h in known for h in found) / len(found) if found else 0.0
