"""Credits in a page's or feed's metadata: canonical addresses, JSON-LD, RSS <source>, trackers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from watcher.core.credit.finds import Finds
from watcher.core.credit.names import host_of, label_of, words
from watcher.core.credit.reading import agencies_in

# Fields whose value is an address of the original. Lower case, without "jsonld:" and the like.
_ADDRESSES = {
    "canonical": "canonical",
    "og:url": "og:url",
    "syndication-source": "syndication-source",
    "original-source": "original-source",
    "isbasedon": "isBasedOn",
    "isbasedonurl": "isBasedOn",
    "mainentityofpage": "mainEntityOfPage",
    "republication-tracker-tool-source": "tracker",
    "tracker": "tracker",
}
# Fields whose value is a name, and whether only an agency counts (an author is mostly a person).
_NAMES = {
    "author": ("author", True),
    "article:author": ("author", True),
    "creator": ("author", True),
    "dc.creator": ("author", True),
    "dc:creator": ("author", True),
    "byl": ("author", True),
    "publisher": ("publisher", True),
    "provider": ("provider", True),
    "creditedto": ("creditText", True),
    "credittext": ("creditText", True),
    "copyrightholder": ("copyrightHolder", True),
    "copyright": ("copyright", True),
    "sourceorganization": ("sourceOrganization", False),
    "source": ("source", False),
    "dc.source": ("source", False),
    "dc:source": ("source", False),
    "dcterms.source": ("source", False),
    "rss:source": ("rss:source", False),
    "atom:source": ("atom:source", False),
}
_PREFIXES = ("jsonld:", "json-ld:", "ld:", "meta:", "itemprop:")
# Hosts that keep, convert or shorten other people's pages, and those that mean nothing.
_CARRIERS = words(
    """
    archive.org archive.is archive.ph archive.today translate.goog googleusercontent.com
    google.com ampproject.org cdn.ampproject.org feedburner.com feedproxy.google.com schema.org
    example.com facebook.com twitter.com x.com t.co bit.ly localhost wp.com wordpress.com
    blogspot.com w3.org purl.org news.google.com bing.com yahoo.net youtube.com feedportal.com
    rss2lj.net cloudfront.net amazonaws.com
    """
)


def read(
    finds: Finds,
    canonical: str,
    meta: Sequence[tuple[str, str]],
    registrable: Callable[[str], str],
) -> None:
    """Add the credits in `meta` and in a canonical address that lies with another outlet."""
    if canonical:
        _address(finds, canonical, "canonical", registrable)
    for field, value in meta[:200]:
        name = field.strip().lower()
        for prefix in _PREFIXES:
            name = name.removeprefix(prefix)
        value = value.strip()[:2000]
        if not value:
            continue
        if name in _ADDRESSES:
            _address(finds, value, _ADDRESSES[name], registrable)
        elif name in _NAMES:
            form, known = _NAMES[name]
            _name(finds, value, form, known, registrable)


def _address(finds: Finds, value: str, form: str, registrable: Callable[[str], str]) -> None:
    host = host_of(value)
    if not host:
        if form == "isBasedOn" and "/" not in value:
            _name(finds, value, form, False, registrable)
        return
    domain = registrable(host) or host
    if domain in _CARRIERS or host in _CARRIERS:
        return
    # An own host under another name: a country edition (bbc.com, bbc.co.uk).
    if any(label_of(domain) == label_of(host_of(own)) for own in finds.own.domains if host_of(own)):
        return
    agency = finds.book.get(host)
    finds.add(agency.name if agency else domain, value, "meta", form)


def _name(
    finds: Finds, value: str, form: str, known: bool, registrable: Callable[[str], str]
) -> None:
    agencies = agencies_in(value, finds.book, shy=not known)
    if agencies:
        finds.add_all(agencies, value, "meta", form)
    elif not known:
        if host_of(value):
            _address(finds, value, form, registrable)
        elif "://" not in value and 2 <= len(value) <= 80:
            finds.add(value, value, "meta", form)
