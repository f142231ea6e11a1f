"""Feed bytes -> entries: every format, and every way in which real feeds are broken."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher import parse
from watcher.core.errors import ParseError
from watcher.core.values import Entry, ParsedFeed

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
URL = "https://coast.example/feeds/all.xml"


def read(body: str | bytes, content_type: str = "", **kwargs: Any) -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    return parse.feed(data, url=URL, content_type=content_type, now=NOW, **kwargs)


def rss(items: str, head: str = "", attributes: str = "") -> str:
    return (
        f'<?xml version="1.0"?><rss version="2.0" {attributes}><channel><title>Coast Daily</title>'
        f"{head}{items}</channel></rss>"
    )


def only(feed: ParsedFeed) -> Entry:
    (entry,) = feed.entries
    return entry


FULL_RSS = rss(
    """
    <item>
      <title>Harbour &amp;amp; port &lt;b&gt;closed&lt;/b&gt;</title>
      <link>/2024/harbour?a=1&amp;b=2</link>
      <guid isPermaLink="false">tag-17</guid>
      <pubDate>Wed, 15 May 2024 10:00:00 CEST</pubDate>
      <dc:creator>Ann Lee</dc:creator>
      <source url="https://agency.example/rss">Coast Agency</source>
      <description>Short.</description>
      <content:encoded><![CDATA[<p>The harbour is <a href="/x">closed</a>.</p><script>x</script>]]>
      </content:encoded>
    </item>""",
    "<language>en-gb</language><ttl>60</ttl>",
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:content="http://purl.org/rss/1.0/modules/content/"',
)


def test_rss() -> None:
    feed = read(FULL_RSS)
    entry = only(feed)
    assert (feed.title, feed.format, feed.lang) == ("Coast Daily", "rss20", "en-gb")
    assert feed.hints.ttl == 3600
    assert feed.warnings == ()
    assert entry.title == "Harbour & port closed"
    assert entry.url == "https://coast.example/2024/harbour?a=1&b=2"
    assert entry.guid == "tag-17"
    assert entry.published
    assert entry.published.at == datetime(2024, 5, 15, 8, tzinfo=UTC)
    assert entry.published.raw == "Wed, 15 May 2024 10:00:00 CEST"
    assert entry.author == "Ann Lee"
    assert (entry.source_title, entry.source_url) == ("Coast Agency", "https://agency.example/rss")
    assert entry.html == '<p>The harbour is <a href="/x">closed</a>.</p><script>x</script>'
    assert entry.lang == "en-gb"


def test_atom_with_bases_languages_and_a_source() -> None:
    entry = only(
        read(
            """<feed xmlns="http://www.w3.org/2005/Atom"
                     xml:base="https://cdn.example/a/" xml:lang="de">
            <title type="html">K&amp;uuml;ste</title><entry xml:base="b/" xml:lang="nl">
            <id>urn:x:1</id><title type="text">1 &lt; 2 and &lt;3</title>
            <link rel="enclosure" href="c.mp3"/>
            <link rel="alternate" type="text/html" href="c.html"/>
            <published>2024-05-15T10:00:00Z</published><updated>2024-05-16T10:00:00+02:00</updated>
            <author><name>Ann Lee</name></author><author><name>Bo Ek</name></author>
            <source><id>x</id><title>Agency</title><link href="https://agency.example/"/></source>
            <summary>Kort.</summary>
            <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">
            <p>Haven <i>dicht</i>.</p></div></content>
            </entry></feed>"""
        )
    )
    assert entry.url == "https://cdn.example/a/b/c.html"
    assert entry.guid == "urn:x:1"
    assert entry.title == "1 < 2 and <3"
    assert entry.author == "Ann Lee, Bo Ek"
    assert entry.updated
    assert entry.updated.at == datetime(2024, 5, 16, 8, tzinfo=UTC)
    assert entry.source_title == "Agency"
    assert entry.source_url == "https://agency.example/"
    assert "<p>Haven <i>dicht</i>.</p>" in entry.html
    assert entry.lang == "nl"


@pytest.mark.parametrize(
    ("document", "name"),
    [
        (
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            'xmlns="http://purl.org/rss/1.0/"><channel><title>C</title></channel>'
            "<item rdf:about='https://a.example/1'><title>One</title>"
            "<link>https://a.example/1</link></item></rdf:RDF>",
            "rdf",
        ),
        (
            '<rss version="0.91"><channel><title>C</title><item><title>One</title>'
            "<link>https://a.example/1</link></item></channel></rss>",
            "rss091u",
        ),
        (
            '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>C</title><entry>'
            '<title>One</title><link rel="alternate" type="text/html" href="https://a.example/1"/>'
            "</entry></feed>",
            "atom03",
        ),
        (
            '<CHANNEL HREF="https://a.example/"><TITLE>C</TITLE>'
            '<ITEM HREF="https://a.example/1"><TITLE>One</TITLE></ITEM></CHANNEL>',
            "cdf",
        ),
    ],
)
def test_older_formats(document: str, name: str) -> None:
    feed = read(document)
    assert feed.format == name
    assert (only(feed).title, only(feed).url) == ("One", "https://a.example/1")


def test_json_feed() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Coast",
        "language": "en",
        "items": [
            {
                "id": 17,
                "url": "/1",
                "title": "One",
                "content_html": "<p>Text</p>",
                "date_published": "2024-05-15T10:00:00Z",
                "authors": [{"name": "Ann"}, {"name": None}],
            },
            {"content_text": "a < b\nc", "author": {"name": "Bo"}, "id": None},
            "not an item",
        ],
    }
    feed = read(json.dumps(document), "application/feed+json")
    one, two = feed.entries
    assert (feed.format, feed.title, feed.lang) == ("json", "Coast", "en")
    assert (one.guid, one.url, one.title, one.html) == (
        "17",
        "https://coast.example/1",
        "One",
        "<p>Text</p>",
    )
    assert (one.author, two.author) == ("Ann", "Bo")
    assert (two.guid, two.url, two.html) == (None, None, "a &lt; b<br>c")


def test_news_sitemap() -> None:
    feed = read(
        """<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
             xmlns:n="http://www.google.com/schemas/sitemap-news/0.9"
             xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
           <url><loc>https://a.example/1</loc>
             <image:image><image:loc>https://a.example/1.jpg</image:loc></image:image>
             <n:news><n:publication><n:name>Coast</n:name><n:language>en</n:language></n:publication>
             <n:publication_date>2024-05-15T10:00:00Z</n:publication_date>
             <n:title>Harbour &amp; port</n:title></n:news></url></urlset>"""
    )
    entry = only(feed)
    assert (feed.format, feed.title) == ("sitemap", "Coast")
    assert (entry.guid, entry.url) == ("https://a.example/1", "https://a.example/1")
    assert (entry.title, entry.lang) == ("Harbour & port", "en")
    assert entry.published
    assert entry.published.at == datetime(2024, 5, 15, 10, tzinfo=UTC)


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b" \n\t", "empty"),
        (b"<!DOCTYPE html><html><body>Sorry</body></html>", "html"),
        (b"<?xml version='1.0'?><!-- x --><html xmlns='http://www.w3.org/1999/xhtml'/>", "html"),
        (b"<opml><body/></opml>", "notfeed"),
        (b"<sitemapindex><sitemap><loc>x</loc></sitemap></sitemapindex>", "notfeed"),
        (b"Service unavailable", "notfeed"),
        (b'{"error": "no"}', "notfeed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "truncated"),
        (b'<rss version="2.0"><channel><item><title>Harb', "truncated"),
        (FULL_RSS.replace("/dc/elements", "/dc\u00a0/elements").encode(), "unreadable"),
        (b"x" * 33_000_000, "toobig"),
    ],
)
def test_what_is_no_feed_says_why(body: bytes, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        read(body)
    assert caught.value.reason == reason


def test_a_page_names_the_feeds_it_advertises() -> None:
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head></html>'
    with pytest.raises(ParseError, match=r"https://coast\.example/rss"):
        read(page)


def test_an_empty_feed_is_a_feed() -> None:
    assert read(rss("")).entries == ()


# ------------------------------------------------------------------ broken but readable

TWO = "<item><guid>1</guid><title>One</title></item><item><guid>2</guid><title>Two</title></item>"


@pytest.mark.parametrize("lost", [len("</channel></rss>"), 30, 45])
def test_a_document_cut_short_gives_its_whole_entries(lost: int) -> None:
    feed = read(rss(TWO)[:-lost])
    assert [e.title for e in feed.entries] == (["One", "Two"] if lost < 20 else ["One"])
    assert any("cut short" in warning for warning in feed.warnings)


def test_ill_formed_xml_is_read_with_a_warning() -> None:
    feed = read(rss("<item><title>Fish & chips &nbsp; &eacute;</title><link>/1</link></item>"))
    assert only(feed).title == "Fish & chips é"
    assert "not well-formed" in feed.warnings[0]


def test_junk_before_the_document_and_forbidden_characters() -> None:
    feed = read("\n\nNotice: undefined x in line 3\n" + rss("<item><title>A\x08B</title></item>"))
    assert only(feed).title == "AB"
    assert len(feed.warnings) == 2


def test_a_charset_that_lies_is_seen_through() -> None:
    body = rss("<item><title>Küste</title></item>").replace('"1.0"', '"1.0" encoding="us-ascii"')
    feed = read(body, "text/xml; charset=iso-8859-1")
    assert only(feed).title == "Küste"
    assert "found utf-8" in feed.warnings[0]


def test_a_guid_that_several_entries_share_is_no_identity() -> None:
    items = "".join(
        f"<item><guid>{guid}</guid><title>{title}</title></item>"
        for guid, title in [("x", "One"), ("x", "Two"), ("y", "Three"), ("y", "Three")]
    )
    feed = read(rss(items))
    assert [(e.guid, e.title) for e in feed.entries] == [
        (None, "One"),
        (None, "Two"),
        ("y", "Three"),
    ]
    assert feed.warnings == (
        "1 entries appear twice",
        "2 entries share 1 guids: these are not used",
    )
    # A guid that is an address is the link too: then neither says which entry it is.
    twice = "".join(
        f"<item><guid>https://a.example/</guid><title>{title}</title></item>" for title in "AB"
    )
    assert [(e.guid, e.url) for e in read(rss(twice)).entries] == [(None, None), (None, None)]


def test_a_link_that_several_headlines_share_is_no_identity() -> None:
    items = "".join(
        f"<item><guid isPermaLink='false'>{n}</guid><link>{link}</link>"
        f"<title>{title}</title></item>"
        for n, (link, title) in enumerate(
            [("/", "One"), ("/", "Two"), ("/three", "Three"), ("/three", "Three")]
        )
    )
    feed = read(rss(items))
    assert [bool(e.url) for e in feed.entries] == [False, False, True, True]
    assert feed.warnings == ("2 entries share 1 links: these are not used",)


def test_entries_without_anything_come_through() -> None:
    entry = only(read(rss("<item><description>Just a line</description></item>")))
    assert (entry.guid, entry.url, entry.published, entry.title) == (None, None, None, "")
    assert entry.html == "Just a line"


def test_a_guid_is_not_made_an_address() -> None:
    entry = only(read(rss("<item><guid>2024/17</guid><title>x</title></item>")))
    assert entry.guid == "2024/17"


def test_links_that_are_no_pages_are_none() -> None:
    entry = only(read(rss("<item><title>x</title><link>javascript:alert(1)</link></item>")))
    assert entry.url is None


def test_more_entries_than_wanted() -> None:
    items = "".join(f"<item><title>{n}</title></item>" for n in range(30))
    feed = read(rss(items), max_entries=10)
    assert [e.title for e in feed.entries] == [str(n) for n in range(10)]
    assert "30 entries" in feed.warnings[0]


def test_content_is_bounded_and_titles_are_clean() -> None:
    body = "<p>" + "word " * 200_000
    description = f"<description><![CDATA[{body}]]></description>"
    entry = only(read(rss(f"<item><title>A\u202e\n  b\u200b</title>{description}</item>")))
    assert len(entry.html) == 500_000
    assert entry.title == "A b"


def test_a_body_that_looks_like_a_path_is_not_opened() -> None:
    for body in (b"/etc/passwd", b"http://127.0.0.1/feed"):
        with pytest.raises(ParseError):
            read(body)


def test_entities_do_not_explode() -> None:
    lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    bomb = (
        f'<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY l0 "lol">{lol}]>'
        + rss("<item><title>&l11;</title></item>").partition("?>")[2]
    )
    assert len(str(read(bomb))) < 10_000


def test_hints() -> None:
    head = (
        "<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>"
        "<skipHours><hour>0</hour><hour>24</hour><hour>7</hour><hour>99</hour></skipHours>"
        "<skipDays><day>Sunday</day><day>monday</day><day>Someday</day></skipDays>"
    )
    hints = read(rss("", head, 'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"')).hints
    assert hints.update_every == 1800
    assert hints.skip_hours == (0, 7)
    assert hints.skip_days == (0, 6)
    always = "".join(f"<hour>{n}</hour>" for n in range(24))
    assert read(rss("", f"<skipHours>{always}</skipHours>")).hints.skip_hours == ()


def test_discover() -> None:
    page = """<base href="https://www.coast.example/de/">
      <link rel="stylesheet" type="text/css" href="x.css">
      <link href='rss.xml' type='application/rss+xml' rel='alternate' title='a'>
      <LINK REL="alternate" TYPE="application/atom+xml; charset=utf-8" HREF="/atom?a=1&amp;b=2">
      <link rel="alternate" hreflang="fr" href="/fr/"><link rel=feed href=/f.json>
      <link rel="alternate" type="application/rss+xml" href="javascript:x">"""
    assert parse.discover(page, "https://coast.example/") == (
        "https://www.coast.example/de/rss.xml",
        "https://www.coast.example/atom?a=1&b=2",
        "https://www.coast.example/f.json",
    )


def test_a_result_crosses_the_border_of_a_worker() -> None:
    feed = read(FULL_RSS + "<broken")
    assert pickle.loads(pickle.dumps(feed)) == feed  # noqa: S301 - our own bytes


@given(st.integers(0, len(FULL_RSS)), st.integers(0, 40), st.binary(max_size=4))
def test_damage_anywhere_is_read_or_refused(start: int, length: int, junk: bytes) -> None:
    body = FULL_RSS.encode()
    reason = None
    try:
        read(body[:start] + junk + body[start + length :])
    except ParseError as error:
        reason = error.reason
    assert reason in {None, "empty", "html", "notfeed", "truncated", "unreadable"}
