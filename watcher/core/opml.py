"""Lists of feeds as other readers have them (OPML 2.0, opml.org/spec2.opml), and whose they are.

A folder in a reader is mostly a topic ("Morning"), and an outlet's family decides how often a
copy counts. So a folder is taken as a family only where the file says that it is one (ours does,
in attributes of a namespace of its own, as the specification allows) or where it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Final
from xml.sax.saxutils import quoteattr

from watcher.core import clean, urls

# Feeds of many outlets live there: the registrable domain says nothing about whose one is.
_SHARED: Final = frozenset(
    ("feedburner.com", "feedblitz.com", "feedpress.me", "rss.app", "fetchrss.com", "substack.com")
)

NAMESPACE: Final = "https://github.com/syndication-watch/syndication-watch/opml"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed in a list. `folders`: from the outermost; the last three fields: ours alone."""

    url: str
    title: str = ""
    site: str = ""  # htmlUrl
    folders: tuple[str, ...] = ()
    outlet: str = ""
    domain: str = ""
    family: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """An outlet that is followed already."""

    name: str
    domain: str
    feeds: tuple[str, ...] = ()


@dataclass(slots=True)
class Joining:
    """Feeds to add to the outlet of `domain`, which is new where `known` is False."""

    domain: str
    name: str
    known: bool
    family: str = ""
    feeds: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Grouped:
    """What joins, the addresses that are followed already, and folders that became no family."""

    joining: tuple[Joining, ...]
    duplicates: tuple[str, ...]
    topics: tuple[str, ...]


def group(
    subscriptions: Iterable[Subscription],
    known: Sequence[Known],
    registrable: Callable[[str], str],
    *,
    families: bool = False,
) -> Grouped:
    """Which outlet each feed belongs to: by its own word, else by registrable domain.

    A known outlet's domains are its own and those of its feeds. On a host that serves feeds for
    others, the site's domain counts, or else the host. Feeds whose addresses differ in scheme,
    `www.` or a final slash only are one. `families`: the innermost folder around an outlet is its
    family. A folder around one outlet alone names it.
    """
    wanted = list(subscriptions)
    outlets = {
        domain: each
        for each in reversed(known)
        for domain in {registrable(url) for url in each.feeds} - _SHARED
    } | {each.domain: each for each in known}
    names = {each.name.casefold() for each in known}
    seen = {urls.key(url) for each in known for url in each.feeds}
    domains = [each.domain or _domain(each, registrable) for each in wanted]
    domains = [outlets[domain].domain if domain in outlets else domain for domain in domains]
    inside: dict[tuple[str, ...], set[str]] = {}
    for each, domain in zip(wanted, domains, strict=True):
        inside.setdefault(each.folders, set()).add(domain)
    joining: dict[str, Joining] = {}
    duplicates: list[str] = []
    topics: dict[str, None] = {}
    for each, domain in zip(wanted, domains, strict=True):
        if urls.key(each.url) in seen:
            duplicates.append(each.url)
            continue
        seen.add(urls.key(each.url))
        if domain not in joining:
            own = outlets.get(domain)
            alone = bool(each.folders) and len(inside[each.folders]) == 1
            name = own.name if own else _free(_name(each, alone, domain, wanted, domains), names)
            names.add(name.casefold())
            family = each.family
            if each.folders and not family and not alone and own is None:
                if families:
                    family = each.folders[-1]
                else:
                    topics[each.folders[-1]] = None
            joining[domain] = Joining(domain, name, own is not None, family)
        joining[domain].feeds.append(each.url)
    return Grouped(tuple(joining.values()), tuple(duplicates), tuple(topics))


def _domain(each: Subscription, registrable: Callable[[str], str]) -> str:
    domain = registrable(each.url)
    if domain not in _SHARED:
        return domain
    return registrable(each.site) if each.site else urls.host(each.url)


def _name(
    first: Subscription, alone: bool, domain: str, wanted: list[Subscription], domains: list[str]
) -> str:
    """The outlet's own name, its folder's, its only feed's title, else the domain."""
    if first.outlet:
        return first.outlet
    if alone and domains.count(domain) > 1:
        return first.folders[-1]
    return first.title if first.title and domains.count(domain) == 1 else domain


def _free(name: str, taken: set[str]) -> str:
    """`name`, with a number where another outlet has it."""
    found, number = name, 2
    while found.casefold() in taken:
        found, number = f"{name} ({number})", number + 1
    return found


def write(subscriptions: Iterable[Subscription], title: str, now: datetime) -> str:
    """OPML 2.0 with a folder for each family, UTF-8 when encoded."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f"<opml version={quoteattr('2.0')} xmlns:watch={quoteattr(NAMESPACE)}>",
        "  <head>",
        f"    <title>{quoteattr(clean.line(title))[1:-1]}</title>",
        f"    <dateCreated>{format_datetime(now)}</dateCreated>",
        "  </head>",
        "  <body>",
    ]
    folders: dict[str, list[Subscription]] = {}
    for each in subscriptions:
        folders.setdefault(each.family, []).append(each)
    for family, members in folders.items():
        depth = "    "
        if family:
            lines.append(f'    <outline text={_quoted(family)} watch:kind="family">')
            depth = "      "
        lines += [depth + _outline(each) for each in members]
        if family:
            lines.append("    </outline>")
    return "\n".join([*lines, "  </body>", "</opml>", ""])


def _outline(each: Subscription) -> str:
    title = _quoted(each.title or each.outlet or each.url)
    fields = {
        "htmlUrl": each.site,
        "watch:outlet": each.outlet,
        "watch:domain": each.domain,
    }
    more = "".join(f" {name}={_quoted(value)}" for name, value in fields.items() if value)
    return f'<outline type="rss" text={title} title={title} xmlUrl={_quoted(each.url)}{more}/>'


def _quoted(text: str) -> str:
    return quoteattr(clean.line(text, 4096))
