"""Kinds of values that say what is looked for: phrases, stories, names, the words of credits."""

from __future__ import annotations

import re

from watcher.config.faults import UnfitError
from watcher.config.kinds import PROSE, WEB, Kind, line


def names(expected: str, between: str) -> Kind:
    """One name, or a list of names, which are kept as one text with `between` between them."""
    one = line(expected)
    listed = {"type": "array", "items": dict(one.schema), "minItems": 1}
    return Kind(expected, one.read, {"anyOf": [dict(one.schema), listed]}, between=between)


def _phrase(text: str) -> str:
    # Late: what a phrase's words are takes NumPy, which no other part of a configuration does.
    from watcher.core.errors import UsageError
    from watcher.core.phrase import parse

    try:
        parse(PROSE.read(text))
    except UsageError as error:
        raise UnfitError(f"found {{found}}, which cannot be looked for: {error}") from None
    return text.strip()


def _story(text: str) -> str:
    text = text.strip()
    if text.isascii() and text.isdigit():
        if len(text) > 18:
            raise UnfitError("found {found}, expected the number of a story, as `stories` lists it")
        return str(int(text))
    return str(WEB.read(text))


STORY = Kind(
    "an address such as https://times.example/2016/leaked, or a story's number",
    _story,
    {"anyOf": [dict(WEB.schema), {"type": "string", "pattern": "^[0-9]+$"}, {"type": "integer"}]},
    address=True,
)
PHRASE = Kind("words to look for", _phrase, {"type": "string", "minLength": 1})
_A_LIKENESS = "a likeness above 0 and up to 1, such as 0.6"


def _likeness(text: str) -> float:
    # Six digits: what is told has two of them.
    if re.fullmatch(r"0?\.[0-9]{1,6}|1(\.0{1,6})?", text.strip()) is None or float(text) <= 0:
        raise UnfitError(f"found {{found}}, expected {_A_LIKENESS}")
    return float(text)


LIKENESS = Kind(_A_LIKENESS, _likeness, {"type": "number", "exclusiveMinimum": 0, "maximum": 1})
_A_PHRASE = "words with {name} where the source's name stands"


def _credit_phrase(text: str) -> str:
    # Late: the tables of credits are not needed to read a file without such a phrase.
    from watcher.core.credit import own_phrase

    try:
        own_phrase(text)
    except ValueError as error:
        raise UnfitError(f"found {{found}}: {error}") from None
    return text.strip()


CREDIT_PHRASE = Kind(_A_PHRASE, _credit_phrase)
