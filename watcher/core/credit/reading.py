"""Reading names out of the words around them: where a name ends, lists of names, markdown links."""

from __future__ import annotations

import re

from watcher.core.credit.agencies import Agency, Directory, is_unspaced
from watcher.core.credit.labels import JOINING, LEADING, NOT_NAMES, PHOTO_WORDS
from watcher.core.credit.names import fold, host_of, label_of, words

_LINK = re.compile(r"\[([^\[\]\n]{0,200})\]\(([^()\s]{0,400})\)")
_URL = re.compile(r"https?://[^\s<>\"'()\[\]]{3,300}", re.I)
# A comma, bar or sentence end closes a name; a full stop inside "ntv.de" or "U.S. News" does not.
_STOP = re.compile(
    r"[,;|!?\n()\[\]{}<>•·–—。，、；（）【】]|:\s|[\"”»]\s?|\s[-/]\s|(?<!\b\w)\.(?=\s|$|['\"»”])|\s{2,}|\s-"
)
_SPLIT = re.compile(
    r"\s*(?:[,;/|&+=•·、，；／]|\s[-–—]\s|\s(?:and|und|et|y|e|en|i|a|и|і|та|och|og|ve|ja|și|és|και|with"
    r"|mit|avec|con|com|med|và|dan|و|for|für)\s)\s*",
    re.I,
)
_YEAR = re.compile(r"(?:[\s,]{0,3}\(?\b(?:19|20)\d\d(?:\s?[-–]\s?(?:19|20)?\d\d)?\b\)?)")
_DAY = re.compile(
    r"\s(?:\d{1,2}(?:st|nd|rd|th|\.)?\s[^\W\d_]{3,12}\.?\s\d{4}"
    r"|[^\W\d_]{3,12}\.?\s\d{1,2},?\s\d{4}|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}|\d{4}).{0,20}$"
)
_NUMBERED = re.compile(r"\d{1,3}(?:\s[A-ZÀ-Þ][a-zà-ÿ]{2,}|\.[a-z]{2,3}\b|[A-Za-z]{3,})")
_RESERVED = re.compile(
    r"all rights|alle rechte|tous droits|todos los|tutti i|reservad|\.\s|\.$", re.I
)
_COMPANY = re.compile(
    r"[\s,]{1,3}(?:inc|ltd|llc|l\.l\.c|gmbh|ag|s\.a|sa|spa|s\.p\.a|plc|corp|co|lp|l\.p|bv|b\.v|limited"
    r"|corporation|company|pty|sas|srl|s\.r\.l)\b\.?$",
    re.I,
)
_WORD = re.compile(r"\w+(?:-\w+)?")
_QUOTES = " \t\"'«»“”„‚‘’*_#>:：.,;-–—|•·~「」『』《》"
_ELISION = re.compile(r"(?:l|d|dell|all|sull|nell)['’](?=\w)")
_ENDS_A_NAME = frozenset({"today", "all", "sun", "mars", "der"})  # USA Today, Le Point de Mars
_QUOTED = re.compile(r"\s{0,2}[«„“\"「『《](?P<n>[^«»„“”\"「」『』《》\n]{2,60})[»“”\"」』》]")
_LONGEST = 80  # characters of a name
# What a name of a medium is made of, to tell "a Daily Star report" from "a Pentagon report".
MEDIA = words(
    """
    news times post daily press agency tv television radio herald tribune journal gazette
    telegraph guardian observer star sun mirror mail express chronicle review today weekly
    magazine network broadcasting channel online independent standard examiner reporter dispatch
    globe media newspaper monitor courier register inquirer enquirer advertiser pravda zeitung
    presse tagblatt monde figaro
    """
)


def unlink(line: str) -> str:
    """`line` with each markdown link [words](address) replaced by its words."""
    return _LINK.sub(r"\1", line) if "](" in line else line


def link_host(line: str) -> str:
    """The host of the last address in `line`, written out or behind a link; "" for none."""
    found = ""
    for match in _LINK.finditer(line):
        found = host_of(match.group(2)) or found
    for match in _URL.finditer(line):
        found = host_of(match.group(0)) or found
    return found


def is_photo(segment: str) -> bool:
    """True where a short segment is the credit or caption of a picture."""
    if "/" in segment and "://" not in segment:
        # "REUTERS/Jane Roe", "AFP 2018 / Jane Roe"; but not "dpa/AFP", "AP/Reuters".
        after = segment.partition("/")[2].strip(" )]")
        if (
            re.match(r"(?:POOL|HO|STR|[A-Z][\w.'-]{1,20}\s[A-Z][\w.'-]{1,20})", after)
            and "AP" not in after
        ):
            return True
    return not PHOTO_WORDS.isdisjoint(word.casefold() for word in _WORD.findall(segment[:300]))


def pieces(segment: str) -> list[str]:
    """A list of names taken apart: "AFP, EFE y Reuters" gives three. At most 24."""
    return [piece for raw in _SPLIT.split(segment[:400]) if (piece := raw.strip(_QUOTES))][:24]


def listed(segment: str, book: Directory, *, shy: bool = True) -> list[tuple[Agency | None, str]]:
    """Each piece of `segment` with the agency it means, or None."""
    whole = book.read(segment, shy=shy)
    if whole is not None:
        return [(whole, segment.strip(_QUOTES))]
    return [(book.read(piece, shy=shy), piece) for piece in pieces(segment)]


def agencies_in(segment: str, book: Directory, *, shy: bool = True) -> list[Agency]:
    """The agencies in a list of names, in order, each once."""
    return list(dict.fromkeys(agency for agency, _ in listed(segment, book, shy=shy) if agency))


def is_desk(piece: str) -> bool:
    """True for the slug of a desk or an editor beside an agency's: "mli" in "mli/dpa"."""
    return len(piece) <= 4 and piece.isascii() and piece.islower()


def expands(before: str, slug: str) -> bool:
    """True where the words before a bracket spell the slug in it: "Aam Aadmi Party (AAP)"."""
    letters = [c for c in slug if c.isalpha()]
    if not 2 <= len(letters) <= 6 or not slug.isupper():
        return False
    initials = [w[0] for w in re.findall(r"[^\W\d_][\w.'’-]*", before[-160:]) if w[0].isupper()]
    return "".join(initials).upper().endswith("".join(letters))


def name_from(raw: str) -> tuple[str, int]:
    """The name that `raw` begins with, and where it ends in `raw`; ("", 0) where none does.

    A name is capitalised words with joining words between ("Bureau of Investigative Journalism"),
    a host ("taz.de"), or, in scripts without capitals, the words up to the next punctuation.
    """
    start = len(raw) - len(raw.lstrip(_QUOTES + "([（"))
    rest = raw[start : start + 200]
    url = _URL.match(rest)
    if url:
        return host_of(url.group(0)), start + url.end()
    quoted = _QUOTED.match(raw)
    if quoted:
        return quoted["n"].strip(), quoted.end()
    stop = _STOP.search(rest)
    begin = end = -1
    taken, led = 0, False
    for match in re.finditer(r"\S+", rest[: stop.start()] if stop else rest):
        word = match.group().strip(_QUOTES + "()")
        folded = word.casefold()
        if not word or (begin < 0 and folded in LEADING and (word.islower() or led)):
            led = True  # "in der Zeitung Seebote": after a small article, a noun in capitals too
            continue
        at = match.start() + match.group().find(word)
        if begin < 0:
            at += _elided(word)
            if not _may_begin(rest[at:], word[_elided(word) :]):
                return "", 0
            begin = at
        elif (word[0].islower() and folded not in JOINING and not _is_host(word)) or (
            word[0].isupper() and folded in NOT_NAMES and folded not in _ENDS_A_NAME
        ):
            break
        if begin == at or folded not in JOINING or not word[0].islower():
            end = match.start() + match.group().find(word) + len(word)
        taken += 1
        if taken >= (6 if is_unspaced(word[0]) else 9):
            break
    if begin < 0:
        return "", 0
    name = _COMPANY.sub("", _DAY.sub("", rest[begin:end])).strip(_QUOTES)
    if not name or len(name) > _LONGEST or not any(c.isalpha() for c in name):
        return "", 0
    return name, start + end


def _elided(word: str) -> int:
    """The length of a small article written together with its noun: "l'Humanité"."""
    elision = _ELISION.match(word)
    return elision.end() if elision else 0


def _may_begin(rest: str, word: str) -> bool:
    """True where a name may begin with `word`, which `rest` begins with."""
    if word.casefold() in NOT_NAMES:
        return False
    if word[:1].isdigit():
        return _named_by_number(rest)
    return not word[:1].islower() or _is_host(word) or _mixed(word)


def _is_host(word: str) -> bool:
    return "." in word and bool(host_of(word))


def _mixed(word: str) -> bool:
    return any(c.isupper() for c in word[1:])  # openDemocracy


def _named_by_number(rest: str) -> bool:
    """20 Minutes, 24.hu and 9News are names; a date, a time and a figure are not."""
    day = re.match(r"\d{1,2}\.?\s(\w{3,})", rest)
    if day and day[1].casefold() in NOT_NAMES:
        return False
    return bool(_NUMBERED.match(rest))


_DATED = re.compile(r",\s*\d")
_IN_A_SENTENCE = re.compile(r"[.,;:!?]|\d")


def plain_value(raw: str) -> str:
    """The name that is all of a label's value ("Source: X"); "" where the value is a sentence."""
    value = _YEAR.sub("", _DAY.sub("", raw)).strip(" ,")
    name, end = name_from(value)
    left = _DAY.sub("", " " + _URL.sub("", value[end:])).strip(_QUOTES + " ()[]（）")
    if name and len(left) <= 3:
        return name
    if name and is_unspaced(name[0]):
        return name
    bare = value.strip(_QUOTES)
    if (
        bare
        and len(bare.split()) <= 3
        and len(bare) <= 30
        and bare[0].isalpha()
        and "," not in bare
    ):
        return "" if bare.casefold() in NOT_NAMES else bare
    bare = _DATED.split(bare)[0]
    words = bare.split()
    if (
        4 <= len(words) <= 6
        and len(bare) <= 50
        and words[0][0].isupper()
        and words[-1][0].isupper()
        and not _IN_A_SENTENCE.search(bare)
    ):
        return bare  # "Agence de presse du Lac": names of several languages have small nouns inside
    return name if name and left[:1] in "([/" and len(left) < 40 else ""


def holders(raw: str) -> list[str]:
    """The names in a copyright line after the sign: "Alalam, Al-Alama, 2016" gives two."""
    text = _RESERVED.split(raw, maxsplit=1)[0]
    found = []
    for part in re.split(r"[,;|]| / ", _YEAR.sub(",", text))[:6]:
        name, _ = name_from(re.sub(r"^\W*(?:by|von|par|por)\s", "", part.strip(), flags=re.I))
        if name and not _COMPANY.fullmatch(" " + name):
            found.append(name)
    return found


def media_like(name: str) -> bool:
    """True where a name is made like that of a medium, or is a host."""
    return not MEDIA.isdisjoint(fold(name).split()) or bool(
        host_of(name) and label_of(host_of(name))
    )
