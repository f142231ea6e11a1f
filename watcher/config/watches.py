"""What must fit together in the watches of feeds.yaml: conditions, names that they list."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from watcher.config.faults import Place, UnfitError, quoted, unknown
from watcher.config.kinds import DOMAIN
from watcher.config.plain import items, listed, text_of
from watcher.config.values import OF_PHRASES, OF_PHRASES_ALONE
from watcher.config.walk import BAD, Walk
from watcher.domains import registrable

_NARROWED = ("feed_bad", "burst")  # what `outlets:` of a watch narrows


def check(walk: Walk, plain: dict[str, Any]) -> None:
    """Note every fault of the watches that only the whole file shows."""
    _conditions(walk, plain)
    _narrowed(walk, plain)
    _across(walk, plain)


def _conditions(walk: Walk, plain: dict[str, Any]) -> None:
    names = [each.get("name") for _, each in items(plain, "outlets")]
    known = {name.casefold() for name in names if isinstance(name, str)}
    families = _families(plain)
    for n, watch in items(plain, "watches"):
        seen = set()
        for m, condition in enumerate(listed(watch, "alert_on")):
            place: Place = ("watches", n, "alert_on", m)
            if condition is BAD:
                continue
            if condition in seen:
                walk.fault(walk.spots[place], place, "this condition is listed twice: keep one")
            elif condition.name == "outlet" and BAD not in names:
                _each(walk, condition.value, ",", (*place, "outlet"), _outlet_value, known)
            elif condition.name == "family" and families is not None:
                _each(walk, condition.value, "\n", (*place, "family"), _family_value, families)
            _fits(walk, watch, condition.name, place)
            seen.add(condition)


def _each(
    walk: Walk,
    value: str,
    between: str,
    place: Place,
    check: Callable[[Walk, str, Collection[str], Place], None],
    known: Collection[str],
) -> None:
    """Check a condition's name, or each of its list of names."""
    if (*place, 0) not in walk.spots:
        check(walk, value, known, place)
        return
    for n, item in enumerate(value.split(between)):
        check(walk, item, known, (*place, n))


def _fits(walk: Walk, watch: dict[str, Any], name: str, place: Place) -> None:
    """Phrases and texts raise different conditions."""
    phrase = watch.get("phrase") is not None
    if phrase and name not in OF_PHRASES:
        instead = "write new_mention" if name == "new_copy" else "remove it"
        message = f"{name} is about the copies of a text, and a phrase has mentions: {instead}"
        walk.fault(walk.spots[place], place, message)
    elif name in OF_PHRASES_ALONE and not phrase:
        message = f"{name} is about a phrase: for a text write new_copy"
        walk.fault(walk.spots[place], place, message)


def _families(plain: dict[str, Any]) -> list[str] | None:
    """The families of the file; None where they are not known, for some outlet could not be read.

    An outlet without one is a family of its own: its name, else its domain.
    """
    words = _outlet_words(plain)
    if words is None:
        return None
    given = [outlet.get("family") for _, outlet in items(plain, "outlets")]
    return None if BAD in given else [*(name for name in given if name), *words.values()]


def _family_value(walk: Walk, value: str, known: Collection[str], place: Place) -> None:
    if value.casefold() not in {name.casefold() for name in known}:
        node = walk.spots[place]
        walk.fault(node, place, unknown("family", text_of(node), known))


def _outlet_value(walk: Walk, value: str, known: Collection[str], place: Place) -> None:
    if value.casefold() in known:
        return
    try:
        if "." not in DOMAIN.read(value):
            raise UnfitError
    except UnfitError:
        node = walk.spots[place]
        walk.fault(
            node,
            place,
            f"found {quoted(text_of(node))}, expected the name of an outlet in this file or a "
            "domain such as times.example",
        )


def _across(walk: Walk, plain: dict[str, Any]) -> None:
    """`translations:` of a watch: only a text has any."""
    for n, watch in items(plain, "watches"):
        if watch.get("translations") in (None, BAD):
            continue
        place: Place = ("watches", n, "translations")
        if watch.get("phrase") is not None:
            message = (
                "a phrase is looked for in its own words, and has no translations: remove it, or "
                "follow a story, file or text"
            )
            walk.fault(walk.spots[place], place, message)
        elif all(watch.get(kind) is None for kind in ("story", "file", "text")):
            message = "this watch is about feeds, and follows no text to be translated: remove it"
            walk.fault(walk.spots[place], place, message)


def _narrowed(walk: Walk, plain: dict[str, Any]) -> None:
    """`outlets:` of a watch: what it narrows, and that they are outlets of this file."""
    known = _outlet_words(plain)
    for n, watch in items(plain, "watches"):
        names = watch.get("outlets")
        if not isinstance(names, list):
            continue
        place: Place = ("watches", n, "outlets")
        conditions = watch.get("alert_on", [])
        readable = conditions is not BAD and BAD not in conditions
        if readable and all(condition.name not in _NARROWED for condition in conditions):
            message = (
                "narrows feed_bad and burst, and this watch alerts on neither: remove it, or write "
                "alert_on: [outlet: NAME]"
            )
            walk.fault(walk.spots[place], place, message)
            continue
        seen = set()
        for m, name in enumerate(names):
            node = walk.spots[*place, m]
            if name is BAD:
                continue
            if name.casefold() in seen:
                walk.fault(node, (*place, m), "this outlet is listed twice: keep one")
            elif known is not None and name.casefold() not in known:
                walk.fault(node, (*place, m), unknown("outlet", text_of(node), known.values()))
            seen.add(name.casefold())


def _outlet_words(plain: dict[str, Any]) -> dict[str, str] | None:
    """The names and domains of the outlets, folded, each as it is shown; None where some outlet
    could not be read, so that which there are is not known."""
    if not isinstance(plain.get("outlets"), list):
        return None
    words: dict[str, str] = {}
    for outlet in plain["outlets"]:
        if not isinstance(outlet, dict) or BAD in (outlet.get("name"), outlet.get("domain")):
            return None
        domain = outlet.get("domain")
        if domain is None:
            url = next((each.get("url", BAD) for _, each in items(outlet, "feeds")), BAD)
            if url is BAD:
                return None
            domain = registrable(url)
        words |= {word.casefold(): word for word in (outlet.get("name"), domain) if word}
    return words
