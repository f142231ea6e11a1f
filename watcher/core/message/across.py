"""What a message says of other languages: what a translation rests on, what is suggested."""

from __future__ import annotations

from watcher.core.message.facts import Facts
from watcher.core.message.words import clean

SHOWN = 2  # suggestions
_QUOTED = 90  # characters of a sentence


def is_suggested(facts: Facts) -> bool:
    """Whether the copy is a translation that nobody has confirmed."""
    return facts.kind == "translation" and facts.status == "suggested"


def rests_on(facts: Facts) -> list[str]:
    """The lines on what a translation rests on: figures first, then sentences side by side."""
    lines = [clean(facts.rests_on)] if facts.rests_on else []
    return lines + [f"“{clean(a, _QUOTED)}” = “{clean(b, _QUOTED)}”" for a, b in facts.aligned]


def suggestions(facts: Facts) -> list[tuple[str, str]]:
    """(text, address) of the translations that are no part of the story; their number where they
    are many."""
    lines = []
    for one in facts.suggested[:SHOWN]:
        lang = f" ({clean(one.lang, 8)})" if one.lang else ""
        what = clean(one.whole, 60) or "translation"
        told = f"{clean(one.outlet, 60)}{lang}, {what}, likeness {one.sure:.2f}"
        lines.append((f"{told}: {clean(one.headline, 100)}", one.url))
    if (more := len(facts.suggested) - SHOWN) > 0:
        lines.append((f"and {more} more, none of them part of the story", ""))
    return lines
