"""What a copy changed: headline, credit, numbers, names, quotations, hedges, paragraphs.

Numbers, quotations and paragraphs need no language (digits and marks of all scripts). Names are
runs of capitalised words, in scripts that have capitals; where a language writes many words so
(German nouns) only runs of two or more count. Hedges, the words by which a text keeps its distance
("allegedly", "mutmaßlich"), come from the table `HEDGES`: English, German, French, Spanish,
Italian, Portuguese, Dutch and Russian. What stands inside a dropped or added paragraph is not
listed again.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest

from watcher.core.diff import Laid
from watcher.core.text import normal, words
from watcher.core.values import Change

# By language; a configuration may bring more. Words that mean something else as well ("soll" is
# also "should") are kept: what is told is that one went or came, with the word itself.
HEDGES: dict[str, tuple[str, ...]] = {
    "en": (
        "allegedly", "alleged", "reportedly", "apparently", "purportedly", "purported",
        "unconfirmed",
        "suspected", "supposedly", "so-called", "possibly", "probably", "it is believed",
        "could not be independently verified", "may have", "might have", "appears to",
    ),
    "de": (
        "mutmaßlich", "mutmaßliche", "mutmaßlichen", "angeblich", "angebliche", "angeblichen",
        "offenbar", "vermutlich", "möglicherweise", "soll", "sollen", "wahrscheinlich",
        "unbestätigt",
    ),
    "fr": (
        "présumé", "présumée", "présumés", "prétendu", "prétendument", "apparemment",
        "probablement",
        "soi-disant", "serait", "seraient", "aurait", "auraient", "peut-être",
    ),
    "es": (
        "presunto", "presunta", "presuntos", "presuntamente", "supuesto", "supuesta",
        "supuestamente",
        "al parecer", "aparentemente", "probablemente", "habría", "habrían",
    ),
    "it": (
        "presunto", "presunta", "presunti", "presumibilmente", "sarebbe", "sarebbero", "avrebbe",
        "avrebbero", "a quanto pare", "probabilmente",
    ),
    "pt": (
        "alegadamente", "alegado", "alegada", "supostamente", "suposto", "suposta", "teria",
        "teriam",
        "provavelmente", "aparentemente",
    ),
    "nl": (
        "vermeende", "vermoedelijk", "naar verluidt", "zogenaamde", "mogelijk", "waarschijnlijk",
    ),
    "ru": (
        "якобы", "предположительно", "по неподтверждённым данным", "возможно", "вероятно",
        "сообщается",
    ),
}  # fmt: skip

_PARAGRAPH = 8  # words: shorter lines are labels and captions
_GONE = 0.3  # share of a paragraph's words found in the other text, below which it is dropped
_QUOTED = 3  # words of the shortest quotation
_ALIKE = 0.5  # share of a quotation's words that another has in common with it to be the same one
_MOST = 40  # entries of one kind
_CAPITALS = (
    0.18  # share of capitalised words inside sentences, above which a language is like German
)

_NUMBER = re.compile(r"\d(?:[\d.,:’'\u00a0\u202f\u066b\u066c/-]*\d)?")
_QUOTES = re.compile(
    "\u201c([^\u201c\u201d]{2,600})\u201d|\u201e([^\u201e\u201c\u201d]{2,600})[\u201c\u201d]"
    "|«([^«»]{2,600})»|»([^«»]{2,600})«|\u2039([^\u2039\u203a]{2,600})\u203a"
    "|「([^「」]{2,600})」|『([^『』]{2,600})』|\u300a([^\u300a\u300b]{2,600})\u300b"
    '|(?<!\\w)"([^"\n]{2,600})"|\uff02([^\uff02]{2,600})\uff02'
)
_NAME_WORD = r"[^\W\d_]+(?:['’.-][^\W\d_]+)*"
_RUN = re.compile(rf"{_NAME_WORD}(?:[ \u00a0]{_NAME_WORD})*")
_SENTENCE_END = re.compile('[.!?:;…\u201d\u201c"»«\n\u3002\uff01\uff1f(\u2013\u2014-]\\s*$')


def ledger(
    before: str,
    after: str,
    *,
    headlines: tuple[str, str] = ("", ""),
    credits_: tuple[Collection[str], Collection[str]] = ((), ()),
    hedges: Mapping[str, Sequence[str]] = HEDGES,
) -> list[Change]:
    """The entries of a copy's ledger. `before`: the source's text, `after`: the copy's, a paragraph
    a line; `headlines` and `credits_` (whom each names): of the source, of the copy."""
    laid = Laid(before, after)
    gone = _paragraphs(before, laid.words_a.line.tolist(), laid.shared.in_a.tolist())
    come = _paragraphs(after, laid.words_b.line.tolist(), laid.shared.in_b.tolist())
    kept_a, kept_b = _without(before, gone), _without(after, come)
    gone, come = _worth_telling(gone, headlines[0]), _worth_telling(come, headlines[1])
    changes = []
    if headlines[0] and headlines[1] and _said(headlines[0]) != _said(headlines[1]):
        changes.append(Change("headline", headlines[0], headlines[1]))
    changes += _credits(*credits_)
    replaced = list(_replaced(laid, gone, come))
    changes += _pairs("number", replaced, kept_a, kept_b, _numbers)
    loud = max(_loudness(before), _loudness(after)) > _CAPITALS
    changes += _pairs("name", replaced, kept_a, kept_b, lambda text: _names(text, loud))
    changes += _quotations(kept_a, kept_b, before, after)
    changes += _hedged(kept_a, kept_b, [word for one in hedges.values() for word in one])
    changes += [Change("dropped", text, "") for text in gone.values()]
    changes += [Change("added", "", text) for text in come.values()]
    counts: Counter[str] = Counter()
    kept = []
    for change in changes:
        counts[change.what] += 1
        if counts[change.what] <= _MOST:
            kept.append(change)
    return kept


def _said(text: str) -> tuple[int, ...]:
    return tuple(words(text).hashes.tolist())


def _credits(before: Collection[str], after: Collection[str]) -> Iterator[Change]:
    gone = [agent for agent in before if agent not in after]
    come = [agent for agent in after if agent not in before]
    for old, new in zip_longest(gone, come, fillvalue=""):
        yield Change("credit", old, new)


def _paragraphs(text: str, line: Sequence[int], found: Sequence[bool]) -> dict[int, str]:
    """The lines of a text of which the other has next to nothing, by number."""
    total: Counter[int] = Counter(line)
    held: Counter[int] = Counter(n for n, ok in zip(line, found, strict=True) if ok)
    lines = text.split("\n")
    return {
        n: lines[n].strip()
        for n, size in sorted(total.items())
        if held[n] < _GONE * size and n < len(lines)
    }


def _worth_telling(lines: dict[int, str], headline: str) -> dict[int, str]:
    """Paragraphs, without labels and captions and the headline, which has an entry of its own."""
    said = _said(headline)
    return {
        n: text
        for n, text in lines.items()
        if len(words(text)) >= _PARAGRAPH and _said(text) != said
    }


def _without(text: str, left_out: Collection[int]) -> str:
    return "\n".join(line for n, line in enumerate(text.split("\n")) if n not in left_out)


def _replaced(laid: Laid, gone: dict[int, str], come: dict[int, str]) -> Iterator[tuple[str, str]]:
    """Words that stand in each other's place; dropped and added paragraphs left out."""
    whole = {*gone.values(), *come.values()}
    parts = laid.parts
    for (op, text), (following, other) in pairwise(parts):
        if op == "del" and following == "add" and not any(p in text or p in other for p in whole):
            yield text, other


# ---------------------------------------------------------------- numbers and names


def _pairs(
    what: str,
    replaced: Iterable[tuple[str, str]],
    before: str,
    after: str,
    find: Callable[[str], Iterable[tuple[str, str]]],
) -> list[Change]:
    """What is found in one text and not in the other; side by side where the one stands in the
    other's place."""
    mine, theirs = dict(find(before)), dict(find(after))
    gone = {key: text for key, text in mine.items() if key not in theirs}
    come = {key: text for key, text in theirs.items() if key not in mine}
    changes = []
    for old, new in replaced:
        left = [key for key, _ in find(old) if key in gone]
        right = [key for key, _ in find(new) if key in come]
        for a, b in zip(left, right, strict=False):
            if a in gone and b in come:
                changes.append(Change(what, gone.pop(a), come.pop(b)))
    for a in list(gone):  # Northern Command, Southern Command: one word was replaced
        alike = [b for b in come if set(a.split()) & set(b.split())]
        if alike:
            changes.append(Change(what, gone.pop(a), come.pop(alike[0])))
    changes += [Change(what, text, "") for text in gone.values()]
    changes += [Change(what, "", text) for text in come.values()]
    return changes


def _numbers(text: str) -> Iterator[tuple[str, str]]:
    for found in _NUMBER.finditer(text):
        digits = "".join(str(unicodedata.decimal(c)) for c in found[0] if c.isdecimal())
        yield digits.lstrip("0") or "0", found[0]


def _loudness(text: str) -> float:
    """The share of capitalised words among those that do not begin a sentence."""
    inner = capitals = 0
    for start, word in _inner(text):
        del start
        inner += 1
        capitals += word[0].isupper()
    return capitals / inner if inner > 20 else 0.0


def _inner(text: str) -> Iterator[tuple[int, str]]:
    for found in re.finditer(_NAME_WORD, text):
        if found.start() and not _SENTENCE_END.search(
            text[max(0, found.start() - 3) : found.start()]
        ):
            yield found.start(), found[0]


def _names(text: str, loud: bool) -> Iterator[tuple[str, str]]:
    """Runs of capitalised words, by what they say."""
    for found in _RUN.finditer(text):
        run: list[str] = []
        opening = True  # the run began a sentence
        at = found.start()
        for word in [*found[0].replace("\u00a0", " ").split(" "), ""]:
            if word and word[0].isupper():
                if not run:
                    opening = at == 0 or bool(_SENTENCE_END.search(text[max(0, at - 3) : at]))
                run.append(word)
            else:
                # The first word of a sentence is capitalised in any case.
                least = 2 if opening or loud else 1
                if len(run) >= least and not (len(run) == 1 and len(run[0]) < 2):
                    name = " ".join(run)
                    yield " ".join(normal(w) for w in run), name
                run = []
            at += len(word) + 1


# ---------------------------------------------------------------- quotations and hedges


def _quotations(before: str, after: str, all_before: str, all_after: str) -> list[Change]:
    """Quotations that were altered, dropped or put in; those that only lost their marks are not."""
    old, new = list(_quoted(before)), list(_quoted(after))
    said = {_said(q) for q in new}
    everything_b, everything_a = _said(all_after), _said(all_before)
    old = [q for q in old if _said(q) not in said and not _inside(_said(q), everything_b)]
    said = {_said(q) for q in _quoted(before)}
    new = [q for q in new if _said(q) not in said and not _inside(_said(q), everything_a)]
    changes = []
    for quote in old:
        mine = Counter(_said(quote))
        best, most = None, _ALIKE
        for other in new:
            theirs = Counter(_said(other))
            alike = (mine & theirs).total() / max(mine.total(), theirs.total())
            if alike >= most:
                best, most = other, alike
        if best is not None:
            new.remove(best)
        changes.append(Change("quotation", quote, best or ""))
    return changes + [Change("quotation", "", quote) for quote in new]


def _quoted(text: str) -> Iterator[str]:
    for found in _QUOTES.finditer(text):
        quote = next(g for g in found.groups() if g).strip()
        if len(words(quote)) >= _QUOTED:
            yield quote


def _inside(part: tuple[int, ...], whole: tuple[int, ...]) -> bool:
    n = len(part)
    return any(whole[i : i + n] == part for i in range(len(whole) - n + 1) if whole[i] == part[0])


def _hedged(before: str, after: str, hedges: Sequence[str]) -> list[Change]:
    mine, theirs = _hedges(before, hedges), _hedges(after, hedges)
    changes = [Change("hedge", phrase, "") for phrase in (mine - theirs).elements()]
    return changes + [Change("hedge", "", phrase) for phrase in (theirs - mine).elements()]


def _hedges(text: str, hedges: Sequence[str]) -> Counter[str]:
    said = _said(text)
    places: dict[int, list[int]] = {}
    for i, word in enumerate(said):
        places.setdefault(word, []).append(i)
    found: Counter[str] = Counter()
    for phrase in dict.fromkeys(hedges):
        key = _said(phrase)
        count = sum(said[i : i + len(key)] == key for i in places.get(key[0], ()))
        if count:
            found[phrase] = count
    return found
