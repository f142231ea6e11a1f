"""A text's sentences in any script: the units that are compared across languages."""

from __future__ import annotations

import re

MOST = 64  # sentences of a text that are looked at
LONGEST = 320  # characters: a longer one is cut at a comma or a space
_SHORT = 9  # letters: a shorter piece (an abbreviation, an initial) belongs to what follows it
# Full stop, question and exclamation marks, by script: Latin, Arabic, Devanagari, Armenian,
# Ethiopic, Khmer, Tibetan, Burmese; closing quotes and brackets stay with their sentence.
_CLOSERS = "\"'”’»)\\]」』）】"
_END = re.compile(
    rf"(?:[.!?…]+[{_CLOSERS}]*(?=\s)|[؟۔।॥։።។༎။‼⁇⁈⁉][{_CLOSERS}]*|[。！？｡][{_CLOSERS}]*)\s*"
)
_LINE = re.compile(r"[^\n]+")
_SOFT = re.compile(r"[,;:،؛、，；：]\s*|\s+")

Span = tuple[int, int]


def sentences(text: str, most: int = MOST) -> list[Span]:
    """Where the first `most` sentences of `text` start and end, in characters, in order.

    A line break ends a sentence. Pieces without a letter or digit are left out.
    """
    found: list[Span] = []
    for line in _LINE.finditer(text):
        start = begin = line.start()
        for end in [*(m.end() for m in _END.finditer(text, *line.span())), line.end()]:
            piece = text[begin:end]
            weight = _weight(piece)
            if end <= begin or (weight < _SHORT and end < line.end()):
                continue
            if weight < _SHORT and begin > start and found and found[-1][1] >= begin:
                found[-1] = (found[-1][0], end)  # a line's short end belongs to what stands before
            elif weight:
                found.extend(_cut(text, begin, end))
            begin = end
            if len(found) >= most:
                return [_trim(text, s) for s in found[:most]]
    return [_trim(text, s) for s in found]


def _weight(piece: str) -> int:
    """Letters and digits; thrice in scripts that write a word with one or two of them."""
    return sum(1 if c < "\u0e00" else 3 for c in piece if c.isalnum())


def _cut(text: str, begin: int, end: int) -> list[Span]:
    found = []
    while end - begin > LONGEST:
        stops = [m.end() for m in _SOFT.finditer(text, begin + LONGEST // 2, begin + LONGEST)]
        stop = stops[-1] if stops else begin + LONGEST
        found.append((begin, stop))
        begin = stop
    return [*found, (begin, end)]


def _trim(text: str, span: Span) -> Span:
    begin, end = span
    while end > begin and text[end - 1].isspace():
        end -= 1
    while begin < end and text[begin].isspace():
        begin += 1
    return begin, end
