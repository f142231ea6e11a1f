"""A phrase as people write it, read; or what is wrong with it, exactly."""

from __future__ import annotations

import re

from watcher.core.errors import UsageError
from watcher.core.phrase.finding import Part, Phrase
from watcher.core.search.words import tokens
from watcher.core.text.cut import IS_SPACELESS

MOST_CHARACTERS = 2_000
MOST_PARTS = 32
MOST_BETWEEN = 100  # words that nearness may allow
NEAR = 10
_LEAST = {"begins": 2, "ends": 3, "holds": 3}  # letters: fewer are in nearly every text

_TOKEN = re.compile(r'\s*(-(?=[^\s-]))?(?:"([^"]*)("?)(\*?)(~\S*)?|([^\s"]+))')
_NEAR = re.compile(r"NEAR(?:/(\d+))?\Z")


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


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
