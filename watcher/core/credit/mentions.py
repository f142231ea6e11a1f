"""Agencies named in running text, and what it reports according to them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from watcher.core.credit import reading
from watcher.core.credit.agencies import Agency, Directory
from watcher.core.credit.finds import Finds
from watcher.core.credit.labels import CUES_AFTER, CUES_BEFORE, FILLERS

_MOST_PLACES = 6  # looked at for one name
_CITED = re.compile(
    r"(?:[Aa]ccording to|[Cc]iting|[Rr]eported by)\s(?:(?:an?|the)\s)?"
    r"(?P<n>(?:[A-Z][\w.&-]{1,20}\s){1,4}?)(?:[Nn]ews\s[Aa]gency\s)?(?:report|story|article)\b"
)
_AGENCY_SAYS = re.compile(
    r"(?P<n>(?:[A-Z][\w.&-]{1,20}\s){1,3})[Nn]ews\s[Aa]gency\s"
    r"(?:[a-z]{2,10}\s)?(?:reported|said|says|reports|quoted)"
)
_AGENCY = re.compile(r"ews [Aa]gency ")
_CASELESS = re.compile(r"[\u0590-\u06ff\u0900-\u0e7f\u3040-\ud7af]")
_WORDS = re.compile(r"[^\W_]+")
_NOUN_AFTER = re.compile(
    r"(?:['’]s)?(?:\s{0,2}(?:(?:news|agency|newswire|wire|haber ajansı)\b|通信社|通讯社|通信|社))*"
    r"\s{0,2}",
    re.I,
)


def agencies_named(text: str, book: Directory) -> list[Agency]:
    """The agencies that `text` names anywhere, in order, each once."""
    return list(dict.fromkeys(agency for _, _, agency in sorted(_places(text, book), key=_at)))


def read(text: str, finds: Finds) -> None:
    """Add whom running text reports after: "told Reuters", "according to FNA". Form attribution.

    An agency that was found in a stronger form is left out.
    """
    strong = {credit.agent for credit in finds.credits}
    for start, end, agency in sorted(_places(text, finds.book), key=_at):
        if agency.name in strong:
            continue
        words = _attributed(text, start, end)
        if words:
            strong.add(agency.name)
            finds.add_all([agency], words, "body", "attribution")
    for name, words in _unknown_media(text):
        known = finds.book.read(name)
        if known is None and name not in strong:
            finds.add(name, words, "body", "attribution")


def _at(place: tuple[int, int, Agency]) -> tuple[int, int]:
    return place[0], -place[1]


def _places(text: str, book: Directory) -> Iterator[tuple[int, int, Agency]]:
    """Where agencies are named: by their first words where words are spaced, else as substrings."""
    firsts = book.by_first_word
    for word in firsts.keys() & set(_WORDS.findall(text)):
        for alias, agency in firsts[word]:
            if alias in text:
                found = _whole(alias).finditer(text)
                for match, _ in zip(found, range(_MOST_PLACES), strict=False):
                    yield match.start(), match.end(), agency
    if _CASELESS.search(text):
        for alias, agency in book.unspaced:
            at = text.find(alias)
            for _ in range(_MOST_PLACES):
                if at < 0:
                    break
                yield at, at + len(alias), agency
                at = text.find(alias, at + len(alias))


@lru_cache(maxsize=2048)
def _whole(alias: str) -> re.Pattern[str]:
    """The alias as words of its own: not in an address, not "REUTERS/Jane Roe"."""
    return re.compile(r"(?<![\w/@.])" + re.escape(alias) + r"(?![\w@])(?!/[A-Z])")


def _attributed(text: str, start: int, end: int) -> str:
    """The words of an attribution around a name at [start, end); "" where it is only mentioned."""
    before, after = text[max(0, start - 70) : start], text[end : end + 50]
    if after[:7].casefold().startswith((" photo", " pool", "/pool")):
        return ""
    left = re.split(r"[.!?;\n。！？]\s?", before)[-1]
    words = re.findall(r"[^\s,]+", left.casefold().replace("’", "'"))
    while words and words[-1].strip("'\"«“(") in FILLERS:
        words.pop()
    tail = " ".join(words)
    for article in (" l'", " dell'", " all'"):
        tail = tail.removesuffix(article)
    for cue in CUES_BEFORE:
        if tail.endswith(cue) and not (cue[0].isascii() and tail[: -len(cue)][-1:].isalpha()):
            at = left.casefold().rfind(cue)
            return text[start - len(left) + max(at, 0) : end]
    noun = _NOUN_AFTER.match(after)
    skipped = noun.end() if noun else 0
    rest = after[skipped:].casefold()
    for cue in CUES_AFTER:
        if rest.startswith(cue):
            stop = end + skipped + len(cue)
            if cue.isascii() and text[stop : stop + 1].isalpha():
                continue  # "reporter" is not "report"
            return text[start:stop]
    return ""


def _unknown_media(text: str) -> Iterator[tuple[str, str]]:
    """Media outside the table that a text reports after, known by their make: (name, words)."""
    if "ccording to" in text or "iting " in text or "eported by" in text:
        for match, _ in zip(_CITED.finditer(text), range(20), strict=False):
            name = match["n"].strip()
            if reading.media_like(name):
                yield name, match.group()
    for noun, _ in zip(_AGENCY.finditer(text), range(20), strict=False):
        said = _AGENCY_SAYS.search(text, max(0, noun.start() - 70), noun.end() + 40)
        if said:
            yield f"{said['n'].strip().removeprefix('The ')} News Agency", said.group()
