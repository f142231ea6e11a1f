"""Feed documents as outlets write them: RSS 2.0, Atom (RFC 4287) and RSS 1.0 (RDF)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from html import escape

from watcher.demo.texts import Item, Outlet

# All outlets write their own local time: an aggregator that compares strings gets it wrong.
LOCAL = timezone(timedelta(hours=1))

CONTENT_TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
}


@dataclass(frozen=True, slots=True)
class Posted:
    """A text with its address, and the date that its outlet claims for it."""

    item: Item
    url: str
    at: datetime


def render(outlet: Outlet, base: str, posted: Sequence[Posted]) -> bytes:
    """The outlet's feed in its own format. `posted` newest first; `base` without a last slash."""
    write = {"rss": _rss, "atom": _atom, "rdf": _rdf}[outlet.feed]
    return write(outlet, base, posted).encode("utf-8")


def content(outlet: Outlet, item: Item) -> str:
    """The HTML that a full-text feed carries: body, credit and the outlet's usual last words."""
    lines = (*item.labels, *item.body, *filter(None, [item.credit]), *outlet.tail)
    return "\n".join(f"<p>{escape(line)}</p>" for line in lines)


def _teaser(outlet: Outlet, post: Posted) -> str:
    """The HTML of a summary; blog software adds a line that differs with every headline."""
    html = f"<p>{escape(post.item.summary)}</p>"
    if outlet.page == "wordpress":
        html += (
            f'\n<p>The post <a href="{escape(post.url)}">{escape(post.item.title)}</a>'
            f" appeared first on {escape(outlet.name)}.</p>"
        )
    return html


def _rss(outlet: Outlet, base: str, posted: Sequence[Posted]) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
  xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:atom="http://www.w3.org/2005/Atom">
<channel>
<title>{escape(outlet.name)}</title>
<link>{base}/</link>
<atom:link href="{base}/feed.xml" rel="self" type="application/rss+xml"/>
<description>{escape(outlet.tagline)}</description>
<language>{outlet.lang}</language>
<ttl>15</ttl>
{"".join(_rss_item(outlet, post) for post in posted)}</channel>
</rss>
"""


def _rss_item(outlet: Outlet, post: Posted) -> str:
    full = ""
    if outlet.full:
        cdata = content(outlet, post.item).replace("]]>", "]]]]><![CDATA[>")
        full = f"<content:encoded><![CDATA[{cdata}]]></content:encoded>\n"
    return f"""<item>
<title>{escape(post.item.title)}</title>
<link>{escape(post.url)}</link>
<guid isPermaLink="true">{escape(post.url)}</guid>
<dc:creator>{escape(post.item.author)}</dc:creator>
<category>{escape(post.item.section)}</category>
<pubDate>{format_datetime(post.at.astimezone(LOCAL))}</pubDate>
<description>{escape(_teaser(outlet, post))}</description>
{full}</item>
"""


def _atom(outlet: Outlet, base: str, posted: Sequence[Posted]) -> str:
    updated = posted[0].at.astimezone(LOCAL).isoformat() if posted else "1970-01-01T00:00:00Z"
    return f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.lang}">
<id>tag:{outlet.domain},2026:feed</id>
<title>{escape(outlet.name)}</title>
<subtitle>{escape(outlet.tagline)}</subtitle>
<link rel="self" href="{base}/feed.xml"/>
<link rel="alternate" type="text/html" href="{base}/"/>
<updated>{updated}</updated>
{"".join(_atom_entry(outlet, post) for post in posted)}</feed>
"""


def _atom_entry(outlet: Outlet, post: Posted) -> str:
    full = ""
    if outlet.full:
        full = f'<content type="html">{escape(content(outlet, post.item))}</content>\n'
    at = post.at.astimezone(LOCAL).isoformat()
    return f"""<entry>
<id>tag:{outlet.domain},2026:{escape(post.item.slug)}</id>
<title type="text">{escape(post.item.title)}</title>
<link rel="alternate" type="text/html" href="{escape(post.url)}"/>
<author><name>{escape(post.item.author)}</name></author>
<published>{at}</published>
<updated>{at}</updated>
<summary type="html">{escape(_teaser(outlet, post))}</summary>
{full}</entry>
"""


def _rdf(outlet: Outlet, base: str, posted: Sequence[Posted]) -> str:
    places = "".join(f'<rdf:li rdf:resource="{escape(post.url)}"/>\n' for post in posted)
    return f"""<?xml version="1.0" encoding="utf-8"?>
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
  xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel rdf:about="{base}/feed.xml">
<title>{escape(outlet.name)}</title>
<link>{base}/</link>
<description>{escape(outlet.tagline)}</description>
<dc:language>{outlet.lang}</dc:language>
<sy:updatePeriod>hourly</sy:updatePeriod>
<sy:updateFrequency>4</sy:updateFrequency>
<items><rdf:Seq>
{places}</rdf:Seq></items>
</channel>
{"".join(_rdf_item(outlet, post) for post in posted)}</rdf:RDF>
"""


def _rdf_item(outlet: Outlet, post: Posted) -> str:
    return f"""<item rdf:about="{escape(post.url)}">
<title>{escape(post.item.title)}</title>
<link>{escape(post.url)}</link>
<description>{escape(_teaser(outlet, post))}</description>
<dc:creator>{escape(post.item.author)}</dc:creator>
<dc:date>{post.at.astimezone(LOCAL).isoformat()}</dc:date>
</item>
"""
