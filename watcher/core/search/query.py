"""What people write to search for, read: words, "phrases", beginnings*, OR, -not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watcher.core.errors import UsageError
from watcher.core.search.words import tokens
from watcher.core.text.cut import IS_SPACELESS

MOST_TERMS = 64
MOST_CHARACTERS = 2000
_LEAST_BEGINNING = 2  # letters: one is the beginning of everything

_TERM = re.compile(r'([-\u2212]?)(?:"([^"]*)(?:"(\*?)|$)|(\S+))')


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side in this order; with `beginning` the last may go on."""

    words: tuple[str, ...]
    beginning: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """One of the terms of each group must be there, and none of `without`."""

    groups: tuple[tuple[Term, ...], ...]
    without: tuple[Term, ...] = ()

    @property
    def terms(self) -> Iterator[Term]:
        """All terms that may be there."""
        return (term for group in self.groups for term in group)

    def fits(self, *texts: Sequence[str]) -> bool:
        """Whether texts, given as their words in the index, hold what is asked for, together."""

        def there(term: Term) -> bool:
            return any(next(places(term, text), None) is not None for text in texts)

        return all(any(map(there, group)) for group in self.groups) and not any(
            map(there, self.without)
        )


def places(term: Term, words: Sequence[str]) -> Iterator[int]:
    """Where `term` begins in `words`."""
    size = len(term.words)
    *inner, last = term.words
    for at in range(len(words) - size + 1):
        end = words[at + size - 1]
        if (end.startswith(last) if term.beginning else end == last) and all(
            words[at + i] == word for i, word in enumerate(inner)
        ):
            yield at


def parse(text: str) -> Query:
    """Read a query.

    Words are joined by AND; `OR` or `|` between two makes either do; `-word` (or with the
    minus sign U+2212) must not be there;
    `"a phrase"` stands as it is; `begin*`, of two letters or more, is the beginning of a word. No
    string is malformed. Raises UsageError where there is nothing to look for, or too much.
    """
    if len(text) > MOST_CHARACTERS:
        raise UsageError(f"a search of {len(text):,} characters; at most {MOST_CHARACTERS:,}.")
    groups: list[list[Term]] = []
    without: list[Term] = []
    either = False
    for minus, quoted, star, word in _TERM.findall(text):
        if word == "AND" and not minus:
            continue
        if word in ("OR", "|") and not minus:
            either = True
            continue
        term = _term(word or quoted, starred=bool(star))
        if term is None:
            continue
        if minus:
            without.append(term)
        elif either and groups:
            groups[-1].append(term)
        else:
            groups.append([term])
        either = False
    if not groups:
        raise UsageError("nothing to search for: name at least one word without a minus before it.")
    if sum(map(len, groups)) + len(without) > MOST_TERMS:
        raise UsageError(f"too many words: at most {MOST_TERMS} at once.")
    return Query(tuple(tuple(dict.fromkeys(group)) for group in groups), tuple(without))


def _term(text: str, *, starred: bool) -> Term | None:
    text = text.strip()
    if text.endswith("*"):
        text, starred = text.rstrip("*"), True
    words = tuple(tokens(text, open_end=True))
    if not words:
        return None
    spaceless = IS_SPACELESS.match(words[-1]) is not None
    if spaceless:
        # A character alone is in the index as the beginning of pairs.
        return Term(words, beginning=starred or len(words[-1]) == 1 or _single(words[-1]))
    return Term(words, beginning=starred and len(words[-1]) >= _LEAST_BEGINNING)


def _single(word: str) -> bool:
    """Whether a word of a script without spaces is one character with its marks."""
    return IS_SPACELESS.search(word, 1) is None
