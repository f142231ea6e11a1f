"""Which of a page's words are frame: what a site puts around an article that is not its text.

Frame is told from prose without knowing any language: labels are short and end no sentence;
notices carry marks such as (c), addresses and links; a frame in another language shares few
letter triples with the body. A notice in the body's own language looks like prose until the
outlet has repeated it (see `boilerplate`).
"""

from __future__ import annotations

import re

import numpy as np
import numpy.typing as npt

from watcher.core.match import Rest
from watcher.core.text import Ints

LABEL = 12  # words: a shorter line that ends no sentence is a label
_SENTENCE_END = re.compile(
    "[.!?\u2026\u3002\uff01\uff1f\u0964\u06d4\u061f][\"'\u00bb\u201d\u2019\u300d)\\]]*$"
)
_NOTICE = re.compile(
    "\u00a9|\u24d2|https?://|www\\.|\\(c\\)|@[\\w-]+\\.\\w|\\S+\\.(?:com|org|net)\\b", re.I
)
_SAME_LANGUAGE = 0.72  # of the body's likeness with itself
_ENOUGH = 200  # letters of body below which no language is told


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
    body_lines = [i for i in range(count) if hit[i] * 2 > total[i]]
    body = " ".join(lines[i] for i in body_lines)
    language = _Language(body)
    frame = prose = 0
    for i in range(count):
        left = int(total[i] - hit[i])
        if not left:
            continue
        if hit[i] * 2 > total[i]:
            prose += left  # words changed inside a shared paragraph
        elif _is_frame(lines[i], int(total[i]), language):
            frame += left
        else:
            prose += left
    return Rest(frame, prose)


def _is_frame(line: str, words: int, language: _Language) -> bool:
    line = line.strip()
    if words < LABEL and not _SENTENCE_END.search(line):
        return True
    if _NOTICE.search(line) and words < 5 * LABEL:
        return True
    return language.differs(line)


class _Language:
    """Tells, from a body of text alone, whether a line is written in its language."""

    def __init__(self, body: str) -> None:
        half = len(body) // 2
        cut = body.rfind(" ", 0, half) + 1 or half
        self.enough = len(body) >= _ENOUGH
        self.known = _triples(body)
        # How well one half of the body foretells the other: the yardstick for any line.
        first, second = _triples(body[:cut]), _triples(body[cut:])
        like = len(second & first) / len(second) if second else 0.0
        self.yardstick = min(1.0, like * 1.15)  # the whole body foretells better than a half

    def differs(self, line: str) -> bool:
        triples = _triples(line)
        if not self.enough or len(triples) < 15 or not self.yardstick:
            return False
        return len(triples & self.known) / len(triples) < _SAME_LANGUAGE * self.yardstick
