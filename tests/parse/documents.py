"""A document of our own for each format, with the same two entries, for tests and fuzzing."""

from __future__ import annotations

import json
from typing import Final

_ITEMS = (
    "<item><title>Harbour closed</title><link>https://coast.example/1</link>"
    "<description>The harbour is closed.</description>{first}</item>"
    "<item><title>Ferry &amp; bridge</title><link>https://coast.example/2</link>{second}</item>"
)
_ABOUT = _ITEMS.replace("<item>", '<item rdf:about="https://coast.example/1">', 1).replace(
    "<item>", '<item rdf:about="https://coast.example/2">'
)
_RDF = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="{namespace}"'
    ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Coast Daily</title>'
    "<link>https://coast.example/</link></channel>{items}</rdf:RDF>"
)
_PUBLISHED = "<pubDate>Wed, 15 May 2024 10:00:00 +0200</pubDate>"


def _rss(version: str, first: str = "", more: str = "") -> str:
    items = _ITEMS.format(first=first, second="")
    return (
        f'<?xml version="1.0"?><rss version="{version}"{more}><channel>'
        f"<title>Coast Daily</title><link>https://coast.example/</link>{items}</channel></rss>"
    )


def _atom(namespace: str, version: str, when: str) -> str:
    def entry(number: int, title: str, more: str = "") -> str:
        return (
            f"<entry><id>tag:coast.example,2024:{number}</id><title>{title}</title>"
            f'<link rel="alternate" type="text/html" href="https://coast.example/{number}"/>'
            f"{more}</entry>"
        )

    first = f"<{when}>2024-05-15T10:00:00+02:00</{when}><summary>The harbour is closed.</summary>"
    return (
        f'<feed xmlns="{namespace}"{version}><title>Coast Daily</title>'
        f"{entry(1, 'Harbour closed', first)}{entry(2, 'Ferry &amp; bridge')}</feed>"
    )


def _json(version: str) -> str:
    return json.dumps(
        {
            "version": f"https://jsonfeed.org/version/{version}",
            "title": "Coast Daily",
            "items": [
                {
                    "id": "1",
                    "url": "https://coast.example/1",
                    "title": "Harbour closed",
                    "content_text": "The harbour is closed.",
                    "date_published": "2024-05-15T10:00:00+02:00",
                },
                {"id": "2", "url": "https://coast.example/2", "title": "Ferry & bridge"},
            ],
        }
    )


_NEWS = (
    "<url><loc>https://coast.example/{n}</loc><news:news><news:publication>"
    "<news:name>Coast Daily</news:name><news:language>en</news:language></news:publication>"
    "<news:publication_date>2024-05-15T10:00:00+02:00</news:publication_date>"
    "<news:title>{title}</news:title></news:news></url>"
)
_CDF = (
    '<?xml version="1.0"?><CHANNEL HREF="https://coast.example/"><TITLE>Coast Daily</TITLE>'
    '<ITEM HREF="https://coast.example/1" LASTMOD="2024-05-15T10:00"><TITLE>Harbour closed</TITLE>'
    "<ABSTRACT>The harbour is closed.</ABSTRACT></ITEM>"
    '<ITEM HREF="https://coast.example/2"><TITLE>Ferry &amp; bridge</TITLE></ITEM></CHANNEL>'
)

# (what `ParsedFeed.format` says, the document)
DOCUMENTS: Final[dict[str, tuple[str, str]]] = {
    "rss 0.90": (
        "rdf",
        _RDF.format(
            namespace="http://my.netscape.com/rdf/simple/0.9/",
            items=_ITEMS.format(first="", second=""),
        ),
    ),
    "rss 0.91, netscape": (
        "rss091n",
        _rss("0.91").replace(
            "<rss",
            '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"'
            ' "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss',
        ),
    ),
    "rss 0.91, userland": ("rss091u", _rss("0.91")),
    "rss 0.92": ("rss092", _rss("0.92", '<enclosure url="/a.mp3" length="1" type="audio/mpeg"/>')),
    "rss 0.93": ("rss093", _rss("0.93", _PUBLISHED)),
    "rss 0.94": ("rss094", _rss("0.94", _PUBLISHED)),
    "rss 1.0": (
        "rdf",
        _RDF.format(
            namespace="http://purl.org/rss/1.0/",
            items=_ABOUT.format(first="<dc:date>2024-05-15T10:00+02:00</dc:date>", second=""),
        ),
    ),
    "rss 2.0": ("rss20", _rss("2.0", f'<guid isPermaLink="false">1</guid>{_PUBLISHED}')),
    "atom 0.3": ("atom03", _atom("http://purl.org/atom/ns#", ' version="0.3"', "issued")),
    "atom 1.0": ("atom10", _atom("http://www.w3.org/2005/Atom", "", "published")),
    "cdf": ("cdf", _CDF),
    "json feed 1.0": ("json", _json("1")),
    "json feed 1.1": ("json", _json("1.1")),
    "news sitemap": (
        "sitemap",
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'
        f"{_NEWS.format(n=1, title='Harbour closed')}"
        f"{_NEWS.format(n=2, title='Ferry &amp; bridge')}</urlset>",
    ),
}
