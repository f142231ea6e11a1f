"""What survives translation without a dictionary: numbers, and names spelled alike across scripts.

A name is folded to the consonants that transliterations agree on (Cyrillic, Greek, Arabic, Hebrew
and Latin letters to one small alphabet; voiced and unvoiced stops as one, vowels dropped), as
record linkage does (Soundex, 1918, and its successors). Han and other scripts without such letters
give their numbers, and the Latin words that stand in them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

import xxhash

MOST = 96  # anchors of a text that are kept, numbers first
_MASK = (1 << 63) - 1
_NUMBER = re.compile(r"\d+(?:[.,'’٫٬\u00a0\u202f ]\d+)*")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SEPARATORS = re.compile(r"\D+")
_LEAST = 3  # consonants of a name
_LEAST_UNCASED = 4  # of a word where every word may be a name

_FOLD = str.maketrans(
    {
        **dict.fromkeys("aeiouyаеёиоуыэюяйъьαεηιουωאעوايىأإآؤئءةه'’-h", ""),
        **dict.fromkeys("bpбпβπבפپب", "b"),
        **dict.fromkeys("cgkqxгкхγκχגקכךחقكغخحگкґ", "k"),
        **dict.fromkeys("dtдтδτθדטתدتطضذثظ", "t"),
        **dict.fromkeys("fvwвфφףڤف", "f"),
        **dict.fromkeys("jsszжзсцчшщζσςξזסצץשسزصشجچژ", "s"),
        **dict.fromkeys("lлλלل", "l"),
        **dict.fromkeys("mмμמםم", "m"),
        **dict.fromkeys("nнνנןن", "n"),
        **dict.fromkeys("rрρרر", "r"),
    }
)
_LATIN_PAIRS = (("ph", "f"), ("tch", "s"), ("sch", "s"), ("ch", "s"), ("sh", "s"), ("ks", "k"))
_ARTICLES = ("ال", "وال", "بال")  # written as one word with what they belong to


@dataclass(frozen=True, slots=True)
class Anchors:
    """A text's numbers and names as hashes of 63 bits. `cased`: names were told by their capitals;
    where not, every longer word may be one, and they only answer another text's names."""

    numbers: frozenset[int]
    names: frozenset[int]
    cased: bool


def skeleton(word: str) -> str:
    """The consonants of `word` on which its spellings in several scripts agree."""
    folded = "".join(
        c for c in unicodedata.normalize("NFKD", word.casefold()) if unicodedata.category(c) != "Mn"
    )
    for prefix in _ARTICLES:
        if folded.startswith(prefix) and len(folded) > len(prefix) + 2:
            folded = folded[len(prefix) :]
            break
    for pair, one in _LATIN_PAIRS:
        folded = folded.replace(pair, one)
    bare = folded.translate(_FOLD)
    return re.sub(r"(.)\1+", r"\1", "".join(c for c in bare if c.isascii() and c.isalpha()))


def anchors(text: str) -> Anchors:
    """The numbers of two digits or more, and the names, of `text`."""
    numbers: dict[int, None] = {}
    for found in _NUMBER.finditer(text):
        digits = _SEPARATORS.sub("", "".join(_digit(c) for c in found[0]))
        if 1 < len(digits) <= 12:
            numbers.setdefault(_hash("#" + digits))
    cased = _cased(text)
    names: dict[int, None] = {}
    for m in _WORD.finditer(text):
        word = m[0]
        if cased and not (word[0].isupper() and _inside(text, m.start())):
            continue
        if not cased and word[0].isascii() is False and not _alphabetic(word):
            continue
        bare = skeleton(word)
        if len(bare) >= (_LEAST if cased or word[0].isascii() else _LEAST_UNCASED):
            names.setdefault(_hash(bare))
    kept = list(numbers)[: MOST // 2]
    room = MOST if cased else 4 * MOST
    return Anchors(frozenset(kept), frozenset(list(names)[: room - len(kept)]), cased)


def shared(a: Anchors, b: Anchors, rarity: Mapping[int, float] | None = None) -> float:
    """How much two texts share, 0 to 1: the cosine of their numbers and names, rare ones counting
    more (`rarity`: weight by hash, 1 where it is unknown)."""
    weigh = rarity or {}

    def weight(values: Iterable[int]) -> float:
        return sum(weigh.get(v, 1.0) for v in values)

    common = (a.numbers & b.numbers) | (a.names & b.names)
    mine = a.numbers | (a.names if a.cased or not b.cased else a.names & b.names)
    theirs = b.numbers | (b.names if b.cased or not a.cased else a.names & b.names)
    size = (weight(mine) * weight(theirs)) ** 0.5
    return weight(common) / size if size else 0.0


def rarity(counts: Mapping[int, int], texts: int) -> dict[int, float]:
    """Each anchor's weight, by how many of the `texts` have it (inverse document frequency)."""
    return {h: log((texts + 1) / (n + 0.5)) for h, n in counts.items()}


def _hash(value: str) -> int:
    return xxhash.xxh3_64_intdigest(value.encode()) & _MASK


def _digit(c: str) -> str:
    value = unicodedata.decimal(c, None)
    return c if value is None else str(value)


def _cased(text: str) -> bool:
    """Whether most letters of the text's script have two cases."""
    sample = [c for c in text[:2000] if c.isalpha()]
    return 2 * sum(c.lower() != c.upper() for c in sample) > len(sample)


def _inside(text: str, at: int) -> bool:
    """Whether a word stands inside a sentence, where a capital means something."""
    before = text[:at][-3:].rstrip(" \u00a0\"'“„«(")
    return bool(before) and before[-1] not in ".!?…:\n"


def _alphabetic(word: str) -> bool:
    return any(skeleton(c) for c in word)
