"""What must fit together across feeds.yaml: names used twice, references, bounds."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from typing import Any

from watcher.config import tree
from watcher.config.faults import Fault, Place, UnfitError, path_text, quoted, unknown
from watcher.config.kinds import DOMAIN, duration_text
from watcher.config.values import OF_PHRASES, OF_PHRASES_ALONE, Polling
from watcher.config.walk import BAD, Walk
from watcher.core import urls
from watcher.domains import registrable

_NARROWED = ("feed_bad", "burst")  # what `outlets:` of a watch narrows
_BRISK = 60  # seconds; polling a public host more often than this gets a reader blocked


def check(walk: Walk, plain: Any) -> None:
    """Note every fault between values of the file; parts that could not be read are passed over."""
    if not isinstance(plain, dict):
        return
    _feeds(walk, plain)
    _domains(walk, plain)
    for part, key in (("outlets", "name"), ("receivers", "name"), ("watches", "name")):
        _names(walk, plain, part, key)
    _names(walk, plain, "credits", "agent", attribute="name")
    _receivers(walk, plain)
    _conditions(walk, plain)
    _narrowed(walk, plain)
    _logins(walk, plain)
    _watched_files(walk, plain)
    _templates(walk, plain)
    _intervals(walk, plain)


def _list(plain: dict[str, Any], part: str) -> list[Any]:
    items = plain.get(part)
    return items if isinstance(items, list) else []


def _items(plain: dict[str, Any], part: str) -> Iterator[tuple[int, dict[str, Any]]]:
    yield from ((n, each) for n, each in enumerate(_list(plain, part)) if isinstance(each, dict))


def _text(node: tree.Node) -> str:
    return node.text if isinstance(node, tree.Scalar) else ""


def _all_feeds(plain: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    for n, outlet in _items(plain, "outlets"):
        for m, feed in _items(outlet, "feeds"):
            yield ("outlets", n, "feeds", m), feed


def _feeds(walk: Walk, plain: dict[str, Any]) -> None:
    first: dict[str, int] = {}
    for place, feed in _all_feeds(plain):
        url = feed.get("url", BAD)
        if url is BAD:
            continue
        node = walk.spots[*place, "url"]
        key = urls.key(url)
        if key in first:
            walk.fault(node, place, f"the same feed as on line {first[key]}: keep one of them")
        else:
            first[key] = node.line


def _domains(walk: Walk, plain: dict[str, Any]) -> None:
    first: dict[str, tuple[Place, int]] = {}
    for n, outlet in _items(plain, "outlets"):
        place: Place = ("outlets", n)
        domain = outlet.get("domain")
        node = walk.spots[place]
        if domain is None:
            feed = next((each for _, each in _items(outlet, "feeds")), {})
            url = feed.get("url", BAD)
            domain = BAD if url is BAD else registrable(url)
        elif domain is not BAD:
            place = (*place, "domain")
            node = walk.spots[place]
        if domain is BAD:
            continue
        if domain in first:
            other, line = first[domain]
            walk.fault(
                node,
                place,
                f"the same domain as {path_text(other)} on line {line}: list the feeds under one "
                "outlet, or give one of them a domain: of its own",
            )
        else:
            first[domain] = (("outlets", n), node.line)


def _names(
    walk: Walk, plain: dict[str, Any], part: str, key: str, *, attribute: str | None = None
) -> None:
    first: dict[str, int] = {}
    for n, item in _items(plain, part):
        name = item.get(attribute or key, BAD)
        if name is BAD:
            continue
        place: Place = (part, n, key)
        node = walk.spots[place]
        if name.casefold() in first:
            line = first[name.casefold()]
            walk.fault(node, place, f"this name is taken on line {line}: choose another")
        else:
            first[name.casefold()] = node.line


def _receivers(walk: Walk, plain: dict[str, Any]) -> None:
    names = [each.get("name", BAD) for each in _list(plain, "receivers") if isinstance(each, dict)]
    if plain.get("receivers") is BAD or BAD in names or len(names) < len(_list(plain, "receivers")):
        return  # a receiver could not be read: which names exist is not known
    known = set(names)
    for n, watch in _items(plain, "watches"):
        seen = set()
        for m, name in enumerate(_list(watch, "notify")):
            place: Place = ("watches", n, "notify", m)
            node = walk.spots[place]
            if name is not BAD and name not in known:
                written = [_text(walk.spots["receivers", r, "name"]) for r in range(len(names))]
                walk.fault(node, place, unknown("receiver", _text(node), written))
            elif name in seen:
                walk.fault(node, place, "this receiver is listed twice: keep one")
            elif name is not BAD:
                seen.add(name)


def _conditions(walk: Walk, plain: dict[str, Any]) -> None:
    names = [each.get("name") for _, each in _items(plain, "outlets")]
    known = {name.casefold() for name in names if isinstance(name, str)}
    families = _families(plain)
    for n, watch in _items(plain, "watches"):
        seen = set()
        for m, condition in enumerate(_list(watch, "alert_on")):
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
    given = [outlet.get("family") for _, outlet in _items(plain, "outlets")]
    return None if BAD in given else [*(name for name in given if name), *words.values()]


def _family_value(walk: Walk, value: str, known: Collection[str], place: Place) -> None:
    if value.casefold() not in {name.casefold() for name in known}:
        node = walk.spots[place]
        walk.fault(node, place, unknown("family", _text(node), known))


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
            f"found {quoted(_text(node))}, expected the name of an outlet in this file or a domain "
            "such as times.example",
        )


def _narrowed(walk: Walk, plain: dict[str, Any]) -> None:
    """`outlets:` of a watch: what it narrows, and that they are outlets of this file."""
    known = _outlet_words(plain)
    for n, watch in _items(plain, "watches"):
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
                walk.fault(node, (*place, m), unknown("outlet", _text(node), known.values()))
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
            url = next((each.get("url", BAD) for _, each in _items(outlet, "feeds")), BAD)
            if url is BAD:
                return None
            domain = registrable(url)
        words |= {word.casefold(): word for word in (outlet.get("name"), domain) if word}
    return words


def _logins(walk: Walk, plain: dict[str, Any]) -> None:
    for place, feed in _all_feeds(plain):
        if feed.get("auth") is None:
            continue
        node, place = walk.spots[*place, "auth"], (*place, "auth")
        headers = feed.get("headers")
        if isinstance(headers, dict) and "authorization" in {name.lower() for name in headers}:
            walk.fault(node, place, "headers: sets Authorization as well: keep one of them")
        url = feed.get("url", BAD)
        if url is not BAD and url.lower().startswith("http:"):
            message = "sent unencrypted over http://, for everyone on the way to read"
            walk.fault(node, place, message, "warning")


def _watched_files(walk: Walk, plain: dict[str, Any]) -> None:
    for n, watch in _items(plain, "watches"):
        file = watch.get("file", BAD)
        # os.path.isfile, not Path's: that one raises for a folder which we may not enter.
        if isinstance(file, str) and not os.path.isfile(walk.folder / file):
            place: Place = ("watches", n, "file")
            walk.fault(walk.spots[place], place, "there is no such file yet", "warning")


def _templates(walk: Walk, plain: dict[str, Any]) -> None:
    """Faults of a receiver's template, with the template's own lines."""
    for n, receiver in _items(plain, "receivers"):
        file = receiver.get("template", BAD)
        if not isinstance(file, str):
            continue
        from watcher.core.message.template import MOST, parse  # late: most files name none

        place: Place = ("receivers", n, "template")
        path = walk.folder / file
        try:
            with path.open("rb") as opened:
                text = opened.read(4 * MOST).decode()
        except (OSError, ValueError) as error:
            why = (getattr(error, "strerror", None) or "it is not UTF-8").lower()
            walk.fault(walk.spots[place], place, f"the template cannot be read: {why}")
            continue
        _, faults = parse(text)
        walk.faults += [
            Fault(str(path), fault.line, fault.column, path_text(place), fault.message)
            for fault in faults
        ]


def _intervals(walk: Walk, plain: dict[str, Any]) -> None:
    for place, feed in _all_feeds(plain):
        interval = feed.get("interval")
        if isinstance(interval, int) and interval < _BRISK and feed.get("url", BAD) is not BAD:
            _brisk(walk, (*place, "interval"))
    polling = plain.get("polling")
    if not isinstance(polling, dict):
        return
    least = polling.get("min_interval", Polling().min_interval)
    most = polling.get("max_interval", Polling().max_interval)
    if least is BAD or most is BAD:
        return
    if least > most:
        key = "min_interval" if "min_interval" in polling else "max_interval"
        texts = [
            f"{name} {duration_text(value)}" + ("" if name in polling else " (the default)")
            for name, value in (("min_interval", least), ("max_interval", most))
        ]
        message = f"{' is above '.join(texts)}: raise max_interval or lower min_interval"
        walk.fault(walk.spots["polling", key], ("polling", key), message)
    elif least < _BRISK and "min_interval" in polling:
        _brisk(walk, ("polling", "min_interval"))


def _brisk(walk: Walk, place: Place) -> None:
    message = "shorter than a minute: public hosts block readers that poll so often"
    walk.fault(walk.spots[place], place, message, "warning")
