"""A phrase that was read, looked for in the words of an article."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from watcher.core.search import said
from watcher.core.search.words import placed

_AROUND = 6  # words shown at each side of what was found


@dataclass(frozen=True, slots=True)
class Part:
    """Words that stand side by side (`between` None), or within `between` other words."""

    shown: str  # as it was written
    words: tuple[re.Pattern[str], ...] = field(repr=False)  # one, or those that must be near
    letters: tuple[str, ...] = field(repr=False)  # what a text must hold for it, cheap to look for
    between: int | None = None

    def places(self, said: str) -> Iterator[tuple[int, int]]:
        """Where it stands in words with a space before each and after the last."""
        if not all(each in said for each in self.letters):
            return
        if self.between is None:
            for found in self.words[0].finditer(said):
                yield found.start(), found.end()
            return
        near = _near(said, self.words, self.between)
        if near is not None:
            yield near


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase that was read. One part of each group must be there, and none of `without`."""

    written: str
    groups: tuple[tuple[Part, ...], ...]
    without: tuple[Part, ...] = ()

    def fits(self, headline: str, text: str) -> bool:
        """Whether an article has it, given as `core.search.said` makes them of its texts."""
        both = (f" {headline} ", f" {text} ")
        return all(any(_there(p, both) for p in group) for group in self.groups) and not any(
            _there(p, both) for p in self.without
        )

    def found_in(self, headline: str, text: str) -> str | None:
        """The words around the first place where it stands, as an article has them; None where
        the article does not have it. Takes the texts themselves."""
        ours = said(headline, text)
        if not self.fits(*ours):
            return None
        for raw, words in ((text, ours[1]), (headline, ours[0])):
            padded = f" {words} "
            for part in (p for group in self.groups for p in group):
                span = next(part.places(padded), None)
                if span is not None:
                    return _around(raw, padded, span)
        return ""

    def told(self) -> str:
        """What is looked for, in words."""
        all_of = [" or ".join(p.shown for p in group) for group in self.groups]
        not_ = [f"not {p.shown}" for p in self.without]
        return ", and ".join([*all_of, *not_])


def _there(part: Part, texts: tuple[str, str]) -> bool:
    return any(next(part.places(text), None) is not None for text in texts)


def _near(said: str, patterns: tuple[re.Pattern[str], ...], between: int) -> tuple[int, int] | None:
    """The first stretch that holds all patterns with at most `between` other words."""
    found: list[tuple[int, int, int]] = []  # start, end, which pattern
    for which, pattern in enumerate(patterns):
        spans = [(m.start(), m.end(), which) for m in pattern.finditer(said)]
        if not spans:
            return None
        found += spans
    found.sort()
    last: dict[int, tuple[int, int, int, int]] = {}  # start, end, number of its first word, words
    at = number = 0
    for start, end, which in found:
        number += said.count(" ", at, start)
        at = start
        last[which] = (start, end, number, said.count(" ", start, end) + 1)
        if len(last) < len(patterns):
            continue
        held = sorted(last.values())
        # Two patterns may meet in one word ("talk*" and "talks"): each needs a word of its own.
        if any(a[1] > b[0] for a, b in pairwise(held)):
            continue
        first = held[0]
        after = max(n + count for *_, n, count in held)
        if after - first[2] - sum(count for *_, count in held) <= between:
            return first[0], max(end for _, end, *_ in held)
    return None


def _words(said: str) -> int:
    return len(said.split())


def _around(raw: str, padded: str, span: tuple[int, int]) -> str:
    """The raw words around a span of `padded`, by counting the words before it."""
    first = _words(padded[: span[0]])
    count = max(1, _words(padded[span[0] : span[1]]))
    where = placed(raw)
    if first >= len(where):
        return ""
    low = max(0, first - _AROUND)
    high = min(len(where), first + count + _AROUND) - 1
    text = " ".join(raw[where[low][1] : where[high][2]].split())
    return f"{'… ' if low else ''}{text}{' …' if high < len(where) - 1 else ''}"
