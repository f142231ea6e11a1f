"""Lines around an article's body that extraction drops but that may credit someone.

Nothing is decided here: `core.credit` reads them. Of real credits extraction keeps a third to a
half (an agency on a line of its own 30 %, `Source:` 20-57 %), so they are taken from the page.
"""

from __future__ import annotations

import re
from typing import Final

from watcher.extract.blocks import Line

MOST: Final = 40
_LONGEST: Final = 300
_BEFORE: Final = 10  # lines above the headline, or above the body where there is none
_AFTER: Final = 25
_BODY_LINE: Final = 40  # shorter lines of the body also stand elsewhere on the page

# Words and signs that often stand in credits; they only decide what is kept when there is more
# than fits.
_HINT = re.compile(
    r"©|\(c\)|℗|copyright|all rights|alle rechte|tous droits|derechos|"
    r"sourc|quell|fuente|fonte|źród|zdroj|источник|джерел|kilde|källa|lähde|\bbron\b|πηγή|kaynak|"
    r"forrás|surs[aă]|المصدر|来源|來源|出典|"
    r"republi|syndicat|originally|first (?:appeared|published)|reprint|reproduced|permission|"
    r"courtesy|contributed|reporting by|edit(?:ed|ing) by|with files|agenc|agentur|agentsch|"
    r"agência|ajans|\bdpa\b|\bvia\b|traduit|traduzi|traduc|translat|übersetz|"
    r"l'article original|creative commons|\bCC[ -]BY|informaci[oó]n de",
    re.IGNORECASE,
)
_ABBREVIATION = re.compile(r"[(/\[—–-]\s*[A-ZÀ-ÝА-Я]{2,8}\s*[)/\]—–-]")  # (AFP), /TASS/
_LETTERS = re.compile(r"[^\W\d_]")
_SQUEEZE = re.compile(r"[\W_]+")


def pick(page: list[Line], body: str, title: str) -> tuple[str, ...]:
    """Up to `MOST` lines of `page` near its headline and its body's ends, in the page's order."""
    inside = {_squeeze(line) for line in body.split("\n")}
    whole = _squeeze(body)
    squeezed = [_squeeze(line.text) for line in page]
    kept = [key in inside or (len(key) >= _BODY_LINE and key in whole) for key in squeezed]
    solid = [n for n, key in enumerate(squeezed) if kept[n] and len(key) >= _BODY_LINE]
    if not solid:
        return ()
    first, last = solid[0], solid[-1]
    top = _headline(page, squeezed, first, _squeeze(title))
    near = range(max(0, top - _BEFORE), min(len(page), last + _AFTER + 1))
    candidates: dict[str, tuple[int, int]] = {}
    for number, line in enumerate(page):
        text = line.text
        hinted = bool(_HINT.search(text) or _ABBREVIATION.search(text))
        if kept[number] or line.place != "text" or (number not in near and not hinted):
            continue
        if len(text) > _LONGEST or len(_LETTERS.findall(text)) < 2:
            continue
        distance = min(abs(number - end) for end in (top, first, last))
        candidates.setdefault(text, (distance + (0 if hinted else 1000), number))
    best = sorted(candidates.items(), key=lambda item: item[1])[:MOST]
    return tuple(text for text, _ in sorted(best, key=lambda item: item[1][1]))


def _headline(page: list[Line], squeezed: list[str], first: int, title: str) -> int:
    """The number of the headline's line at or above the body's first; else the body's first."""
    for number in range(first, -1, -1):
        if page[number].heading or (title and squeezed[number] == title):
            return number
    return first


def _squeeze(text: str) -> str:
    return _SQUEEZE.sub("", text).casefold()
