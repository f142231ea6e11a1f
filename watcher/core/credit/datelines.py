"""Datelines: the agency that opens a text, after or instead of a place and a date."""

from __future__ import annotations

import re

from watcher.core.credit import reading
from watcher.core.credit.finds import Finds
from watcher.core.credit.lines import Line
from watcher.core.credit.own import abbreviates

_BRACKET = re.compile(
    r"[(（\[［【/]\s?(?P<n>[^()（）\[\]［］【】/\n]{1,60}(?:/[^()（）\[\]【】/\n]{1,20}){0,2})\s?[)）\]］】/]"
)
_AFTER_BRACKET = re.compile(r"\s{0,2}(?:[-–—―‒−:.=]|\s?$)|\s{1,2}\S")
# "МОСКВА, 5 мар - РИА Новости. Text", "ANKARA - AA - Text"
_DASHED = re.compile(
    r"^(?P<a>[^-–—―(（\n]{2,50}?)\s{0,2}(?:[–—―]|\s-{1,2}|-\s)\s{0,2}(?P<n>[^-–—―.:\n]{2,30}?)"
    r"\.?\s{0,2}(?:[-–—―:]|\.(?:\s|$))"
)
# "AFP - Text", "(ANSA) - ROMA, 5 MAR - Text", "Москва. 5 марта. INTERFAX.RU - Text"
_LEAD = re.compile(r"^[(（]?(?P<n>[^-–—―(（:\n]{2,60}?)[)）]?\s{0,2}(?:[–—―]|\s-{1,2}\s|-{2})\s?\S")
# "新华社北京3月5日电", "中央社記者王小明台北5日電"
_CABLE = re.compile(r"^[（(【]?(?P<n>[^\s\d，。,（(]{2,12}?)[^，。]{0,40}?(?:电|電|讯|訊)")
# "(서울=연합뉴스)"
_KOREAN = re.compile(r"^[(（\[]\s?[^=()\n]{1,20}=\s?(?P<n>[^()\n\]]{2,12})[)）\]]")
# "【ワシントン共同】", "【ロンドン時事】"
_KYODO = re.compile(
    r"^[【［\[][^】\n]{0,16}?(?P<n>共同|時事|ロイター|AFP|AP|タス)(?:通信)?[^】\n]{0,8}[】］\]]"
)
_STANDS_FIRST = {"共同": "共同通信", "時事": "時事通信", "タス": "タス通信"}
_SLUG = re.compile(r"[^\W\d_]{2,10}|[A-Z][A-Z0-9.]{1,9}")
_DASH_BEHIND = re.compile(r"\s{0,2}[-–—―‒−]{1,2}\s{0,2}\S")
_LONG_ENOUGH = 60  # characters: a dash after a name in a shorter line is a heading


def read(line: Line, finds: Finds) -> None:
    """Add the agencies of the dateline that `line` begins with, if it has one."""
    start = line.words[:180]
    for pattern in _patterns_for(start):
        match = pattern.match(start)
        if match is None:
            continue
        name = _STANDS_FIRST.get(match["n"], match["n"])
        agency = finds.book.read(name) or next(
            (a for slug, a in finds.book.unspaced if start.lstrip("（(【[").startswith(slug)), None
        )
        if agency is not None:
            finds.add_all([agency], line.said(0, match.end()), "dateline", "dateline")
            return
    if _bracketed(line, finds) or len(line.words) < _LONG_ENOUGH:
        return
    match = _DASHED.match(start)
    if match and like_place(match["a"].strip(), "-"):
        agencies = finds.only(match["n"])
        if agencies:
            finds.add_all(agencies, line.said(0, match.end()), "dateline", "dateline")
            return
    match = _LEAD.match(start)
    if match:
        name = match["n"].strip()
        for part in (name, name.rpartition(",")[2], name.rpartition(". ")[2]):
            agencies = finds.only(part)
            if agencies:
                finds.add_all(agencies, line.said(0, match.end() - 1), "dateline", "dateline")
                return


def _patterns_for(start: str) -> list[re.Pattern[str]]:
    """The east Asian shapes worth trying on the beginning of a line."""
    if start.isascii():
        return []
    found = [_KYODO] if start[0] in "【［[" else []
    if "=" in start:
        found.append(_KOREAN)
    if "电" in start or "電" in start or "讯" in start or "訊" in start:
        found.append(_CABLE)
    return found


def _bracketed(line: Line, finds: Finds) -> bool:
    """ "HELSINKI (AP) -", "МОСКВА, 5 марта. /ТАСС/.", "MADRID 5 Mar. (EUROPA PRESS) -"."""
    start = line.words[:180]
    if not ("(" in start or "/" in start or "[" in start or "（" in start or "【" in start):
        return False
    for bracket in _BRACKET.finditer(start[:160]):
        before, content = start[: bracket.start()].strip(), bracket["n"].strip()
        if reading.is_photo(content) or reading.expands(before, content):
            return False
        agencies = finds.only(content)
        if not agencies:
            if _unknown(before, content, line.words[bracket.end() :]) and not _initialled(
                finds, content
            ):
                finds.add(content, line.said(0, bracket.end()), "dateline", "dateline")
                return True
            continue  # "PARIS (France) (AFP) -"
        if (
            _AFTER_BRACKET.match(line.words, bracket.end())
            and len(line.words) > bracket.end() + 12
            and like_place(before, line.words[bracket.end() : bracket.end() + 4])
        ):
            finds.add_all(agencies, line.said(0, bracket.end()), "dateline", "dateline")
            return True
        return False
    return False


def _unknown(before: str, content: str, after: str) -> bool:
    """True where an agency that no table has signs a dateline: "BELMAR, March 3 (TARPA) - ".

    Only in the full form, with a place in capitals or a date before and a dash behind.
    """
    if (
        not content.isupper()
        or not _SLUG.fullmatch(content)
        or not _DASH_BEHIND.match(after)
        or not before
    ):
        return False
    head = before.split(",")[0]
    placed = head.isupper() or any(c.isdigit() for c in before)
    return placed and before[0].isupper() and like_place(before, after)


def _initialled(finds: Finds, slug: str) -> bool:
    """True where the slug is the outlet's own: the beginning of its domain, or its initials."""
    low = slug.casefold()
    if any(domain.replace("-", "").startswith(low) for domain in finds.own.domains):
        return True
    return any(
        abbreviates(slug, name) or "".join(word[0] for word in name.split()).casefold() == low
        for name in finds.own.names
    )


def like_place(before: str, after: str) -> bool:
    """True where the words before a bracketed agency are a place and a date, or nothing."""
    if not before:
        return True
    words = before.split()
    if len(before) > 90 or len(words) > 12 or before[0].islower() or before[-1] in '!?;"”»':
        return False
    dashed = after.strip()[:1] in tuple("-–—―‒−:=.")
    dated = before.isupper() or any(c.isdigit() for c in before)
    if len(words) > 3 and not dashed and not dated:
        return False
    lower = sum(word[0].islower() and len(word) > 3 for word in words)
    return lower <= 3 and not (lower and len(words) > 7)
