"""One text in, the credits in its words out: title, datelines, bylines, labels, sign-offs."""

from __future__ import annotations

import re
from collections.abc import Sequence

from watcher.core.credit import datelines, mentions, phrasing, reading
from watcher.core.credit.finds import Finds
from watcher.core.credit.labels import BY_WORDS, SOURCE_LABELS
from watcher.core.credit.lines import HEAD_CHARS, Line, lines_of
from watcher.core.credit.phrases import Phrase

_SHORT = 240  # characters: labels and sign-offs outside the body
_BYLINE = 160
_ALONE = 60
_DATELINE_LINES = 60
_END_BRACKET = re.compile(r"[(（\[/](?P<n>[^()（）\[\]\n]{2,160})[)）\]/]\W{0,3}$")
_END_DASH = re.compile(r"(?:[–—―]|\s-{1,2}|^-{1,2})\s?(?P<n>[^–—―\n.,;:()]{2,40})\.?$")
_LABEL = re.compile(r"^[\W_]{0,4}(?P<l>[^:：\n]{2,40}?)\s{0,2}[:：]\s{0,2}(?P<n>\S[^\n]{0,160})$")
_BY = re.compile(
    r"^[\W_]{0,4}(?:"
    + "|".join(re.escape(word) for word in sorted(BY_WORDS, key=len, reverse=True))
    + r")[\s:：]{1,3}(?P<n>\S[^\n]{0,180})$",
    re.I,
)
_TITLE_END = re.compile(
    r"(?:\s[-–—|·•]{1,2}\s(?P<n>[^-–—|·•]{2,40})|[(（](?P<b>[^()（）]{2,40})[)）])$"
)
_SLASHED = re.compile(r"[A-Z]\s?/\s?[A-Z]")  # SPUTNIK/REUTERS: two share a picture, not a text
_BIO = re.compile(
    r"\b(?:former|formerly|previously|worked|joined|is an?|was an?|covers|freelanc\w{1,4}|author of"
    r"|teaches|award|professor|has written|his work|her work)\b",
    re.I,
)
_DAY_AFTER = re.compile(
    r"\s\d{1,2}[.\s].{3,20}\d{4}$|,?\s(?:\w{3,10},\s)?\w{3,10}\s\d{1,2},?\s\d{4}$"
)
_UNKNOWN_FORMS = ("original", "republished", "source", "copyright-holder")


def read(
    title: str, text: str, edges: Sequence[str], finds: Finds, own: Sequence[Phrase] = ()
) -> None:
    """Add the credits in the headline, the body and the lines around it; `own`: phrases that the
    config adds."""
    lines = lines_of(text, edges)
    phrases = phrasing.active("\n".join(line.words for line in lines).casefold(), own)
    _title(title, finds)
    for line in lines:
        if line.number < _DATELINE_LINES:
            datelines.read(line, finds)
        if len(line.words) <= _SHORT and line.place != "body":
            _short(line, finds)
        if line.last or (line.edge and len(line.words) <= _SHORT):
            _signoff(line, finds)
        phrasing.read(line, phrases, finds)
        phrasing.rights(line, finds)
        phrasing.reporting(line, finds)
    _corroborated(lines, finds)
    mentions.read(text[:HEAD_CHARS], finds)


def _title(title: str, finds: Finds) -> None:
    """ "Headline - Reuters", "Headline (AFP)"."""
    title = title.strip()
    match = _TITLE_END.search(title[-60:])
    if match:
        name = match["n"] or match["b"]
        if match["b"] and reading.expands(title[: title.rfind(name)], name):
            return
        finds.add_all(finds.only(name, shy=False), match.group(), "head", "title")


def _short(line: Line, finds: Finds) -> None:
    """A short line near the ends: a label with a name, a byline, or an agency by itself."""
    words = line.words
    inner = _END_BRACKET.search(words)
    for text in (words, inner["n"] if inner else ""):
        label = _LABEL.match(text) if ":" in text or "：" in text else None
        if label:
            _labelled(label, line, finds)
    if len(words) > _BYLINE:
        return
    by = _BY.match(words)
    if by and finds.book.get(words, shy=False):
        by = None  # "Agence France-Presse"
    if by and (line.place != "tail" or line.edge or len(words) <= _ALONE):
        byline(by["n"], finds, raw=line.raw, led=True)
    elif not by and not line.menu and not reading.is_photo(words) and not _SLASHED.search(words):
        _alone(line, finds)


def _alone(line: Line, finds: Finds) -> None:
    """An agency in a line of its own, or after the names of several people."""
    words = line.words.strip(" •|*·")
    place = "head" if line.edge else line.place
    if len(words) <= _ALONE:
        agencies = finds.only(_DAY_AFTER.sub("", words), shy=False)
        if agencies and len(agencies) <= 3 and words != words.lower():
            finds.add_all(agencies, line.raw, place, "line")
            return
    if "," in words and place == "head" and words[-1] not in ".!?":
        # One person mostly signs a picture ("Jane Roe, AP"), several, or one at the top, a text.
        *people, last = reading.pieces(words) or [""]
        agency = finds.book.read(last, shy=False)
        persons = all(
            2 <= len(p.split()) <= 4 and p == p.strip() and p[0].isupper() for p in people
        )
        top = line.number < 3 and not line.edge and len(last.split()) > 1
        if agency and people and persons and (len(people) > 1 or top):
            finds.add_all([agency], line.raw, "byline", "byline")


# "Tarsovan Press Agency (TARPA", "Lake Herald (online edition"; a closing bracket may be off.
_SHORT_FORM = re.compile(r"\s{0,3}[(（\[][^()（）\[\]\n]{1,40}[)）\]]?(?=,|\s*$)")


def _labelled(label: re.Match[str], line: Line, finds: Finds) -> None:
    """ "Quelle: ntv.de, mli/dpa", "Source: X", "来源：新华社"."""
    value = label["n"].rstrip(")]）")
    value = _SHORT_FORM.sub("", value) or value
    if label["l"].casefold().strip() not in SOURCE_LABELS or reading.is_photo(value):
        return
    items = reading.listed(value, finds.book)
    strangers = [
        name for agency, name in items if not agency and len(name) > 4 and not finds.owns(name)
    ]
    agencies = [agency for agency, _ in items if agency]
    if agencies and len(strangers) < 2:  # with more, the sources of a chart
        finds.add_all(agencies, line.raw, line.place, "source")
        return
    name = reading.plain_value(value) or (reading.link_host(line.raw) if "http" in line.raw else "")
    finds.add(name, line.raw, line.place, "source")


def byline(byline: str, finds: Finds, *, raw: str = "", led: bool = False) -> None:
    """Add the agencies among the authors: "A and B, dpa", "By JANE ROE Associated Press".

    `led`: a word like "By" stood before it and is already off.
    """
    text = reading.unlink(byline)[:200]
    if reading.is_photo(text) or _BIO.search(text):
        return
    lead = None if led else _BY.match(text)
    names = lead["n"] if lead else text
    agencies = reading.agencies_in(names, finds.book)
    if not agencies and len(names) <= 80:
        agencies = mentions.agencies_named(names, finds.book)
    finds.add_all(agencies, raw or byline, "byline", "byline")


def _signoff(line: Line, finds: Finds) -> None:
    """The agency at the very end of a text: "(dpa)", "/PAP/", "- AFP"."""
    match = _END_BRACKET.search(line.words[-170:])
    if match:
        before = line.words[: len(line.words) - len(match.group())]
        if len(match["n"]) > 40 or reading.expands(before, match["n"]):
            return
    else:
        match = _END_DASH.search(line.words[-60:])
    if match and not reading.is_photo(match["n"]):
        words = line.quote(match.group().strip())
        finds.add_all(finds.only(match["n"]), words, line.place, "signoff")


def _corroborated(lines: Sequence[Line], finds: Finds) -> None:
    """A byline or dated line with an unknown name counts once the text credits that name."""
    strong = list(dict.fromkeys(c.agent for c in finds.credits if c.form in _UNKNOWN_FORMS))
    for line in lines if strong else ():
        if len(line.words) > 80 or line.place == "body":
            continue
        by = _BY.match(line.words)
        bare = _DAY_AFTER.sub("", line.words).strip()
        for agent in strong:
            if by and by["n"].strip() == agent:
                finds.add(agent, line.raw, "byline", "byline")
            elif bare != line.words and bare == agent:
                finds.add(agent, line.raw, "head", "line")
