"""A small archive with everything in it that stories can trip over, in no particular order."""

from __future__ import annotations

from tests import texts
from tests.record.desk import DAY, HOUR, T0, Item

_HARBOUR = texts.HARBOUR.strip().split("\n")
_ORCHARD = texts.ORCHARD.strip().split("\n")


def under_notice(text: str) -> str:
    return f"{text.strip()}\n{texts.NOTICE}"


ARTICLES = [
    # A report and its copies.
    Item("wire", "harbour", texts.HARBOUR, T0),
    Item("gazette", "verbatim", texts.HARBOUR.upper(), T0 + HOUR),
    Item("mondial", "french", texts.FRENCH_HEAD + texts.HARBOUR + texts.FRENCH_TAIL, T0 + 2 * DAY),
    Item("courier", "edited", texts.reworded(texts.HARBOUR, 9), T0 + 3 * HOUR),
    Item("herald", "reordered", "\n".join(reversed(_HARBOUR)), T0 + 4 * HOUR),
    Item("brief", "excerpt", "\n".join(_HARBOUR[:2]), T0 + 5 * HOUR),
    Item("echo", "undated", texts.HARBOUR.replace("Tuesday", "Monday")),
    Item("gazette", "repost", texts.HARBOUR, T0 + 40 * DAY),
    # Another, which has nothing to do with it.
    Item("valley", "orchard", texts.ORCHARD, T0 + DAY),
    Item("courier", "orchard copy", texts.ORCHARD, T0 + DAY + HOUR),
    Item("herald", "orchard edited", texts.reworded(texts.ORCHARD, 8), T0 + 12 * DAY),
    # One that quotes both, and a round-up with all of it.
    Item("digest", "quotes both", "\n".join([*_HARBOUR[:3], *_ORCHARD[:2]]), T0 + 3 * DAY),
    Item("weekly", "roundup", texts.ORCHARD + texts.LIBRARY + texts.HARBOUR, T0 + 5 * DAY),
    Item("critic", "passage", texts.made_up(70, 12) + "\n" + _HARBOUR[4], T0 + 6 * DAY),
    # An outlet with a notice under everything, copies among them.
    Item("lantern", "lantern 1", under_notice(texts.HARBOUR), T0 + 6 * HOUR),
    Item("lantern", "lantern 2", under_notice(texts.LIBRARY), T0 + 7 * HOUR),
    Item("lantern", "lantern 3", under_notice(texts.made_up(1, 9)), T0 + 8 * HOUR),
    Item("lantern", "lantern 4", under_notice(texts.made_up(2, 5)), T0 + 9 * HOUR),
    Item("lantern", "lantern 5", under_notice(texts.SHORT), T0 + 10 * HOUR),
    Item("lantern", "lantern 6", under_notice(texts.made_up(3, 14)), T0 + 9 * DAY),
    Item("evening", "library", texts.LIBRARY, T0 + 8 * HOUR),
    Item("wire", "short", texts.SHORT, T0 + 9 * HOUR),
    # Other scripts.
    Item("wire", "chinese", texts.CHINESE, T0 + DAY),
    Item("mondial", "chinese copy", texts.FRENCH_HEAD + texts.CHINESE, T0 + 2 * DAY),
    Item("north", "russian", texts.RUSSIAN),
    Item("south", "russian copy", texts.RUSSIAN.replace("\n", " "), T0 + 2 * DAY),
    # By themselves.
    Item("gazette", "alone 1", texts.made_up(50, 10), T0 + DAY),
    Item("wire", "alone 2", texts.made_up(51, 10), T0 + DAY),
    Item("north", "alone 3", texts.THAI, T0 + DAY),
]
