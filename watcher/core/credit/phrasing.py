"""Sentences that name a source, copyright lines, and the line with which Reuters signs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from watcher.core.credit import mentions, reading
from watcher.core.credit.finds import Finds
from watcher.core.credit.labels import FORBIDDING
from watcher.core.credit.lines import Line
from watcher.core.credit.phrases import GATES, NON_LATIN, PHRASES, Phrase

_RIGHTS = re.compile(
    r"(?:copyright\b|\(c\)\s(?=\d{4}|copyright)|[©ⓒ])[\s:©ⓒ]{0,4}(?:\(c\)|copyright\b)?[\s:©]{0,3}"
    r"(?P<n>[^\n]{2,120})",
    re.I,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_REPORTING = re.compile(
    r"[(（]\s?(?:[^()\n]{0,60}\s)?(?:Reporting (?:and writing )?by|Writing by|Reporte (?:de|por)"
    r"|Información de|Reportagem (?:de|por)|Por|Reportage (?:de|par)|Bericht von|geschrieben von)\s"
    r"[^()\n]{3,300}?(?:edit(?:ing|ado|ada|é) (?:by|por|par|de|en)|edição (?:de|por)|redigiert von"
    r"|traducid[oa] por)[^()\n]{2,120}[)）]",
    re.I,
)
_SIGNS = (
    "editing by",
    "edited by",
    "editado",
    "editada",
    "édité",
    "edição",
    "redigiert",
    "traducid",
)
_NON_LATIN = re.compile(r"[\u0370-\u1dff\u3000-\ud7ff]")
_TRIGGERS = {
    lang: [(trigger, p) for p in PHRASES if p.lang == lang for trigger in p.triggers]
    for lang in (*GATES, *NON_LATIN)
}
_WITH_CHARS = 160  # "with X" stands in a line of its own or at the end of a paragraph

Active = Sequence[tuple[str, Phrase]]


@lru_cache(maxsize=128)
def _compiled(regex: str) -> re.Pattern[str]:
    return re.compile(regex, re.I)


def active(folded: str, own: Sequence[Phrase] = ()) -> Active:
    """The phrases worth trying on a case-folded text, each with the trigger that is in it; `own`:
    those that the config adds."""
    words = set(folded.split())
    spoken = [lang for lang, gate in GATES.items() if not gate.isdisjoint(words)]
    if _NON_LATIN.search(folded) is not None:
        spoken.extend(sorted(NON_LATIN))
    added = [(trigger, p) for p in own for trigger in p.triggers if trigger in folded]
    table = [(trigger, p) for lang in spoken for trigger, p in _TRIGGERS[lang] if trigger in folded]
    return [*added, *table]


def read(line: Line, phrases: Active, finds: Finds) -> None:
    """Add the sources that phrases in `line` name."""
    for part in line.parts() if phrases else ():
        folded = part.casefold()
        tried: list[Phrase] = []
        for trigger, phrase in phrases:
            if trigger in folded and phrase not in tried:
                tried.append(phrase)
                if phrase.form != "with" or line.place != "body":
                    _phrase(phrase, part, line, finds)


def _phrase(phrase: Phrase, part: str, line: Line, finds: Finds) -> None:
    if phrase.form == "with":
        part = part[-_WITH_CHARS:]
    match = _compiled(phrase.regex).search(part)
    if match is None:
        return
    name = match["n"]
    if _forbids(part[max(0, match.start() - 120) : match.end()]):
        return
    if phrase.form == "with":
        closed = re.sub(r"[)\]）.\s]+$", "", name)
        items = reading.listed(closed, finds.book, shy=False)
        agencies = finds.only(closed, shy=False)
        if not agencies and items and items[0][0] and len(closed) <= 60:  # "AFP, EFE y redacción"
            agencies = [agency for agency, _ in items if agency]
        finds.add_all(agencies, line.quote(match.group()), line.place, "with")
    elif phrase.form == "contributed":
        found = mentions.agencies_named(name, finds.book)
        finds.add_all(found, line.quote(match.group()), line.place, "contributed")
    else:
        _named(phrase, part, match, line, finds)


def _named(phrase: Phrase, part: str, match: re.Match[str], line: Line, finds: Finds) -> None:
    caught, end = reading.name_from(match["n"])
    words = line.quote(part[match.start() : max(match.end(), match.start("n") + end)])
    if end and match.end() == match.end("n"):  # the name ends the match: leave out what follows it
        words = line.quote(part[match.start() : match.start("n") + end])
    agencies = reading.agencies_in(caught, finds.book) if caught else []
    if agencies:
        finds.add_all(agencies, words, line.place, phrase.form)
    elif caught and (not phrase.known or reading.media_like(caught)):
        finds.add(caught, words, line.place, phrase.form)
    elif not caught and not phrase.known:
        finds.add(reading.link_host(line.raw), line.raw, line.place, phrase.form)


def _forbids(sentence: str) -> bool:
    """True for a house notice: "may not be republished without permission of ..."."""
    folded = sentence.casefold()
    return any(words in folded for words in FORBIDDING)


def rights(line: Line, finds: Finds) -> None:
    """Add the holders of a copyright line: agencies as copyright, others as copyright-holder."""
    text = line.words
    if not (
        "©" in text or "ⓒ" in text or "opyright" in text or "OPYRIGHT" in text or "(c) " in text
    ):
        return
    for part in line.parts():
        match = _RIGHTS.search(part)
        if match is None:
            continue
        before, value = part[: match.start()], match["n"]
        if before[-1:].isalpha() or value[:1].islower():
            continue  # a letter spoilt on its way ("Jupp©"), or "copyright law"
        dated = bool(_YEAR.search(before[-30:] + value[:60]))
        leads = not before.strip(" (|-*")
        if reading.is_photo(f"{before[-40:]} {value}"):
            continue
        if not dated and not (leads and line.place == "tail"):
            continue
        for name in reading.holders(value) or reading.holders(before[-60:]):
            agency = finds.book.read(name) or finds.book.read(name.partition(" ")[0])
            words = line.quote(match.group())
            if agency is not None:
                finds.add_all([agency], words, line.place, "copyright")
            elif dated:
                finds.add(name, words, line.place, "copyright-holder")


def reporting(line: Line, finds: Finds) -> None:
    """ "(Reporting by A; Editing by B)" is how Reuters signs, and others hardly ever."""
    part = line.words[-500:]
    if ")" not in part and "）" not in part:
        return
    if not any(sign in part.casefold() for sign in _SIGNS):
        return
    match = _REPORTING.search(part)
    if match:
        agencies = mentions.agencies_named(match.group(), finds.book)
        reuters = finds.book.get("Reuters")
        found = agencies or ([reuters] if reuters else [])
        finds.add_all(found, line.quote(match.group()), line.place, "reporting-by")
