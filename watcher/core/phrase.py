"""The phrases that watches look for: words, "words side by side", wild*, nearness, OR, not.

Rules
- A word is what `watcher.core.search` makes of it, so that a spelling that a reader takes for the
  same word is found: case, accents, look-alike letters, scripts without spaces.
- All parts must be there, anywhere in the headline or the text. `A OR B`: one of the two, and OR
  binds closer than the space between parts. `-A` or `NOT A`: nowhere.
- `"a b"`: side by side, in this order. `"a b"~5`: in any order, at most 5 other words between the
  first and the last. `a NEAR/5 b`: the same of two parts or more; `a NEAR b`: at most 10 words.
- `talk*`, `*talk`, `*talk*`: the beginning, the end or any part of a word; in a script without
  spaces any run of characters is found as it is.
- No part goes from the headline over into the text.

Cost: matching reads the words that the full text holds (at most 15,000 an article) as one string.
A part whose letters are not in it costs one look; else one pass over it for a word, and over the
places of each of its words for nearness.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from watcher.core.errors import UsageError
from watcher.core.search import said
from watcher.core.search.words import placed, tokens
from watcher.core.text.cut import IS_SPACELESS

MOST_CHARACTERS = 2_000
MOST_PARTS = 32
MOST_BETWEEN = 100  # words that nearness may allow
NEAR = 10
_LEAST = {"begins": 2, "ends": 3, "holds": 3}  # letters: fewer are in nearly every text
_AROUND = 6  # words shown at each side of what was found

_TOKEN = re.compile(r'\s*(-(?=[^\s-]))?(?:"([^"]*)("?)(\*?)(~\S*)?|([^\s"]+))')
_NEAR = re.compile(r"NEAR(?:/(\d+))?\Z")


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


def parse(text: str) -> Phrase:
    """Read a phrase. Raises UsageError that says what is wrong with it, exactly."""
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"it has {len(text):,} characters, at most {MOST_CHARACTERS:,} are read")
    return _Reader(text).read()


class _Reader:
    """One reading, token by token."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.groups: list[list[Part]] = []
        self.without: list[Part] = []
        self.waiting: str | None = None  # OR, NOT or NEAR/n, whose right side is to come
        self.chain: list[Part] = []  # the parts that a NEAR binds
        self.between = 0
        self.last_negated = True  # nothing stands to the left that OR or NEAR could bind

    def read(self) -> Phrase:
        for token in _TOKEN.finditer(self.text):
            minus, quoted, closed, star, tilde, word = token.groups()
            if word is not None:
                self._word(word, minus is not None)
            elif not closed:
                raise UsageError(f'the quotation that begins with "{_cut(quoted)} has no end')
            else:
                self._part(_quoted(quoted, star, tilde), minus is not None)
        if self.waiting:
            raise UsageError(f"nothing follows {self.waiting}: write a word after it")
        self._end_chain()
        if not self.groups:
            if self.without:
                raise UsageError("it only says what must not be there: name a word to look for")
            raise UsageError("it holds no word to look for")
        total = sum(map(len, self.groups)) + len(self.without)
        if total > MOST_PARTS:
            raise UsageError(f"it has {total} parts, at most {MOST_PARTS} are looked for")
        return Phrase(self.text.strip(), tuple(tuple(g) for g in self.groups), tuple(self.without))

    def _word(self, word: str, minus: bool) -> None:
        near = _NEAR.match(word)
        if word in ("OR", "|", "NOT", "AND") or near:
            if minus:
                raise UsageError(f"a minus stands before {word}: put it before a word")
            self._operator(word, near)
            return
        if "(" in word or ")" in word:
            raise UsageError(
                "brackets are not read: OR binds closer than the space between two parts, "
                "so a OR b c means (a or b) and c"
            )
        self._part(_plain(word), minus)

    def _operator(self, word: str, near: re.Match[str] | None) -> None:
        if self.waiting:
            raise UsageError(f"{word} follows {self.waiting}: write a word between them")
        if word == "AND":
            return  # as the space is
        if word != "NOT" and self.last_negated:
            what = "nothing" if not self.groups and not self.without else "nothing that it can bind"
            raise UsageError(f"{what} stands before {word}")
        if near is None:
            self.waiting = word
            return
        between = int((near[1] or str(NEAR))[:9])
        _check_between(between)
        if self.chain and between != self.between:
            raise UsageError("one nearness has two distances: write the same number each time")
        if not self.chain:
            if len(self.groups[-1]) > 1:
                raise UsageError("OR and NEAR stand side by side: which comes first is not said")
            self.chain = self.groups.pop()
        self.between = between
        self.waiting = word

    def _part(self, part: Part, minus: bool) -> None:
        waiting, self.waiting = self.waiting, None
        if waiting and waiting.startswith("NEAR"):
            if minus:
                raise UsageError(f"a minus follows {waiting}: what is not there is near nothing")
            if part.between is not None or any(p.between is not None for p in self.chain):
                raise UsageError("a nearness stands within another: write one of them")
            self.chain.append(part)
            return
        if waiting in ("OR", "|"):
            if minus:
                raise UsageError("a minus follows OR: put what must not be there apart")
            if self.chain:
                raise UsageError("OR and NEAR stand side by side: which comes first is not said")
            self.groups[-1].append(part)
            return
        self._end_chain()
        negated = minus != (waiting == "NOT")
        (self.without if negated else self.groups).append(part if negated else [part])  # type: ignore[arg-type]
        self.last_negated = negated

    def _end_chain(self) -> None:
        if self.chain:
            shown = f" NEAR/{self.between} ".join(p.shown for p in self.chain)
            words = tuple(p.words[0] for p in self.chain)
            letters = tuple(each for p in self.chain for each in p.letters)
            self.groups.append([_nearness(shown, words, letters, self.between)])
            self.chain = []


def _check_between(between: int) -> None:
    if not 0 <= between <= MOST_BETWEEN:
        raise UsageError(f"a nearness of {between} words: write a number from 0 to {MOST_BETWEEN}")


def _nearness(
    shown: str, words: tuple[re.Pattern[str], ...], letters: tuple[str, ...], between: int
) -> Part:
    distinct = tuple(dict.fromkeys(words))
    if len(distinct) < 2:
        raise UsageError(f"{shown} names one word only: nearness needs two")
    return Part(shown, distinct, letters, between)


def _plain(word: str) -> Part:
    """A word that stands alone, perhaps with stars."""
    letters = word.strip("*")
    if re.search(r"~\d*\Z", letters):
        raise UsageError(f'{_cut(word)}: a nearness stands after a quotation, as in "a b"~5')
    if "*" in letters:
        raise UsageError(f"{_cut(word)} has a star inside: stars stand at a word's ends")
    pattern, needs = _pattern(letters, word.startswith("*"), word.endswith("*"), word)
    return Part(word, (pattern,), needs)


def _quoted(text: str, star: str, tilde: str | None) -> Part:
    shown = f'"{text}"{star}{tilde or ""}'
    if not tilde:
        pattern, needs = _side_by_side(text, bool(star), shown)
        return Part(shown, (pattern,), needs)
    if not re.fullmatch(r"~\d{1,9}", tilde):
        raise UsageError(f"{_cut(shown)} has no whole number after the ~: write "
                         f'"{_cut(text)}"~5')  # fmt: skip
    _check_between(int(tilde[1:]))
    if star:
        raise UsageError(f"{_cut(shown)} has a star after the quotation: put it inside, at a word")
    words: list[re.Pattern[str]] = []
    letters: list[str] = []
    for each in text.split():
        one = _plain(each)
        words += one.words
        letters += one.letters
    if not words:
        raise UsageError(f"{_cut(shown)} holds no word")
    return _nearness(shown, tuple(words), tuple(letters), int(tilde[1:]))


def _side_by_side(text: str, star: bool, shown: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """The pattern of a quotation: its last word may go on, its first may have begun before."""
    inner = text.strip()
    begins = inner.startswith("*")
    ends = star or inner.endswith("*")
    inner = inner.strip("*")
    if "*" in inner:
        raise UsageError(f"{_cut(shown)} has a star inside: stars stand at its ends")
    return _pattern(inner, begins, ends, shown)


def _pattern(
    letters: str, open_before: bool, open_after: bool, shown: str
) -> tuple[re.Pattern[str], tuple[str, ...]]:
    words = tokens(letters, open_end=True)
    if not words:
        raise UsageError(f"{_cut(shown)} holds no letter: it can be found nowhere")
    last = words[-1]
    if IS_SPACELESS.match(last) is not None:
        # The index holds pairs of characters: one alone is the beginning of pairs.
        open_before = open_before and IS_SPACELESS.match(words[0]) is None
        open_after = len(last) == 1 or IS_SPACELESS.search(last, 1) is None
    else:
        kind = {(True, True): "holds", (True, False): "ends", (False, True): "begins"}.get(
            (open_before, open_after)
        )
        edge = min(len(words[0]) if open_before else 60, len(last) if open_after else 60)
        if kind and edge < _LEAST[kind]:
            raise UsageError(
                f"{_cut(shown)} would be found in nearly every text: "
                f"write at least {_LEAST[kind]} letters beside the star"
            )
    body = " ".join(map(re.escape, words))
    # Each word stands between two spaces; a look-ahead leaves the second to the next word.
    pattern = f"(?<= ){'[^ ]*' if open_before else ''}{body}{'[^ ]*' if open_after else ''}(?= )"
    needs = ("" if open_before else " ") + " ".join(words) + ("" if open_after else " ")
    return re.compile(pattern), (needs,)


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


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
