"""What must fit together across feeds.yaml: names used twice, references, bounds."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterator
from typing import Any

from watcher.config import templates, watches
from watcher.config.faults import Place, path_text, unknown
from watcher.config.kinds import duration_text
from watcher.config.plain import items, listed, text_of
from watcher.config.values import Polling, Storage
from watcher.config.walk import BAD, Walk
from watcher.core import urls
from watcher.domains import registrable

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
    watches.check(walk, plain)
    _logins(walk, plain)
    _watched_files(walk, plain)
    templates.check(walk, plain)
    _intervals(walk, plain)
    _listening(walk, plain)
    _ages(walk, plain)
    _index(walk, plain)


def _all_feeds(plain: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    for n, outlet in items(plain, "outlets"):
        for m, feed in items(outlet, "feeds"):
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
    for n, outlet in items(plain, "outlets"):
        place: Place = ("outlets", n)
        domain = outlet.get("domain")
        node = walk.spots[place]
        if domain is None:
            feed = next((each for _, each in items(outlet, "feeds")), {})
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
    for n, item in items(plain, part):
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
    names = [each.get("name", BAD) for each in listed(plain, "receivers") if isinstance(each, dict)]
    if (
        plain.get("receivers") is BAD
        or BAD in names
        or len(names) < len(listed(plain, "receivers"))
    ):
        return  # a receiver could not be read: which names exist is not known
    known = set(names)
    for n, watch in items(plain, "watches"):
        seen = set()
        for m, name in enumerate(listed(watch, "notify")):
            place: Place = ("watches", n, "notify", m)
            node = walk.spots[place]
            if name is not BAD and name not in known:
                written = [text_of(walk.spots["receivers", r, "name"]) for r in range(len(names))]
                walk.fault(node, place, unknown("receiver", text_of(node), written))
            elif name in seen:
                walk.fault(node, place, "this receiver is listed twice: keep one")
            elif name is not BAD:
                seen.add(name)


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
    for n, watch in items(plain, "watches"):
        file = watch.get("file", BAD)
        # os.path.isfile, not Path's: that one raises for a folder which we may not enter.
        if isinstance(file, str) and not os.path.isfile(walk.folder / file):
            place: Place = ("watches", n, "file")
            walk.fault(walk.spots[place], place, "there is no such file yet", "warning")


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


def _listening(walk: Walk, plain: dict[str, Any]) -> None:
    metrics = plain.get("metrics")
    if not isinstance(metrics, dict):
        return
    listen, expose = metrics.get("listen"), metrics.get("expose", "loopback")
    if not isinstance(listen, str) or expose != "loopback":
        return
    host = listen.rpartition(":")[0].strip("[]")
    if not ipaddress.ip_address(host).is_loopback:
        message = (
            f"{host} can be reached by other machines, and there is no password: write "
            "127.0.0.1, or say that it is meant with expose: network"
        )
        place: Place = ("metrics", "listen")
        walk.fault(walk.spots[place], place, message)


def _ages(walk: Walk, plain: dict[str, Any]) -> None:
    storage = plain.get("storage")
    if not isinstance(storage, dict):
        return
    index = storage.get("index_age", Storage().index_age)
    bodies = storage.get("keep_bodies", Storage().keep_bodies)
    if index is BAD or bodies is BAD or index <= bodies:
        return
    key = "index_age" if "index_age" in storage else "keep_bodies"
    texts = [
        f"{name} {duration_text(value)}" + ("" if name in storage else " (the default)")
        for name, value in (("index_age", index), ("keep_bodies", bodies))
    ]
    message = (
        f"{' is above '.join(texts)}: a text that was dropped is not compared any more; raise "
        "keep_bodies or lower index_age"
    )
    walk.fault(walk.spots["storage", key], ("storage", key), message, "warning")


def _index(walk: Walk, plain: dict[str, Any]) -> None:
    storage = plain.get("storage")
    if not isinstance(storage, dict) or storage.get("index") != "database":
        return
    url = storage.get("url", Storage().url)
    if isinstance(url, str) and not url.startswith("postgresql"):
        message = "SQLite keeps no such tables: name a postgresql:// database, or leave this out"
        walk.fault(walk.spots["storage", "index"], ("storage", "index"), message)
