"""A text as lines with their place, within bounds, and the very words of a match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from watcher.core.credit.labels import BY_WORDS
from watcher.core.credit.reading import unlink

# Bounds against hostile input. Figures are characters, or lines where said.
HEAD_CHARS, TAIL_CHARS = 60_000, 12_000
_LINES = 400
_EDGES = 200
_DEEP = 700  # a longer line is read at both ends, half of this each
_HEAD_LINES, _TAIL_LINES = 8, 10
_FRAME_LINES = 60  # a frame above the body is head as well, up to here
_PROSE = 200  # the first line of this length begins the body
_BRIEF = 30  # a menu entry is shorter
_ALONE = 60
_BY = tuple(f"{word} " for word in BY_WORDS)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `words` without markdown links, `raw` as it stood."""

    words: str
    raw: str
    place: str  # head | body | tail
    number: int
    edge: bool = False  # from outside the body
    last: bool = False  # one of the body's last four
    around: tuple[str, ...] = ()  # of a short line, the one above and two below

    @property
    def menu(self) -> bool:
        """True where the line stands between other short ones, as menu entries do."""
        return len(self.around) > 1 and all(
            len(raw) < _BRIEF
            and not any(c.isdigit() for c in raw)
            and not raw.lower().startswith(_BY)
            for raw in self.around
        )

    def said(self, start: int, end: int) -> str:
        """The words of [start, end); the whole raw line where links were taken out of it."""
        return self.words[start:end] if self.words == self.raw else self.raw

    def quote(self, part: str) -> str:
        """`part` of the line as it stood."""
        return part if part in self.raw else self.raw

    def parts(self) -> tuple[str, ...]:
        """What of the line is read with the slower patterns."""
        if len(self.words) <= _DEEP:
            return (self.words,)
        return (self.words[: _DEEP // 2], self.words[-_DEEP // 2 :])


def lines_of(text: str, edges: Sequence[str]) -> list[Line]:
    """The body's lines, then those outside it; empty lines left out."""
    if len(text) > HEAD_CHARS + TAIL_CHARS:
        text = text[:HEAD_CHARS] + "\n" + text[-TAIL_CHARS:]
    raws = [line for raw in text.split("\n") if (line := raw.strip())]
    if len(raws) > _LINES:
        raws = raws[: _LINES - 50] + raws[-50:]
    n = len(raws)
    prose = next((i for i, raw in enumerate(raws[:_FRAME_LINES]) if len(raw) >= _PROSE), 0)
    head = min(max(_HEAD_LINES, prose + 2), (n + 1) // 2)
    lines = []
    for i, raw in enumerate(raws):
        place = "head" if i < head else "tail" if i >= n - _TAIL_LINES else "body"
        lines.append(Line(unlink(raw), raw, place, i, False, i >= n - 4, _around(raws, i)))
    outside = [line for raw in edges[:_EDGES] if (line := raw.strip()[:_DEEP]) and "\n" not in line]
    for i, raw in enumerate(outside):
        lines.append(Line(unlink(raw), raw, "tail", i, True, False, _around(outside, i)))
    return lines


def _around(raws: Sequence[str], i: int) -> tuple[str, ...]:
    if not 0 < i < len(raws) - 1 or len(raws[i]) > _ALONE:
        return ()
    return (raws[i - 1], *raws[i + 1 : i + 3])
