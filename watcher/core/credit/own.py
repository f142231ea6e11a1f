"""Which names mean one outlet; the outlet that carries a text never credits itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from watcher.core.credit.agencies import directory
from watcher.core.credit.names import host_of, keys, near


@dataclass(frozen=True, slots=True)
class Own:
    """The outlet that carries the text: it never credits itself.

    `domains` are host names or registrable domains, lower case, without a scheme.
    """

    names: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def owns(self, name: str) -> bool:
        """True where `name` (a name, host or URL) means this outlet."""
        return _owned(self, name)


@lru_cache(maxsize=16384)  # the same few hundred agencies are asked about in every article
def _owned(own: Own, name: str) -> bool:
    host = host_of(name)
    if host and any(host == one or host.endswith("." + one) for one in map(host_of, own.domains)):
        return True
    return same(name, (*own.names, *own.domains))


def same(agent: str, outlet_names: Iterable[str]) -> bool:
    """True where a credited name means the outlet that goes by any of `outlet_names`.

    Loose on purpose: case, accents, "The", punctuation, "News Agency", the domain for the name,
    a known agency's other names, and near spellings (Alalam, Al-Alama, Al Alam).
    """
    spellings = keys(agent)
    core = spellings[-1]
    if not core:
        return False
    known = directory().get(agent)
    for name in outlet_names:
        others = keys(name)
        if not others[-1]:
            continue
        if not set(spellings).isdisjoint(others) or near(core, others[-1]):
            return True
        if known is not None and directory().get(name) is known:
            return True
        if known is None and (abbreviates(agent, name) or abbreviates(name, agent)):
            return True
    return False


def abbreviates(slug: str, name: str) -> bool:
    """True where `slug` is made of the beginnings of the words of `name`: "TARPA" of Tarsovan Press
    Agency. Small words may be left out; fewer than three letters say too little."""
    letters = slug.strip()
    if not 3 <= len(letters) <= 10 or not letters.isalpha() or not letters.isupper():
        return False
    words = [word.casefold() for word in re.findall(r"[^\W\d_]+", name)]
    if not 2 <= len(words) <= 8:
        return False
    return _made_of(letters.casefold(), words)


def _made_of(letters: str, words: list[str]) -> bool:
    ends = {0}  # how many letters the words so far may have used
    for word in words:
        taken = {
            at + n
            for at in ends
            for n in range(1, len(word) + 1)
            if letters[at : at + n] == word[:n] and at + n <= len(letters)
        }
        # "Agence de presse du Lac": an article or a preposition gives no letter.
        ends = taken | ends if len(word) <= 3 else taken
    return len(letters) in ends
