"""Each format that is read, each charset it comes in, and the repairs of ill-formed ones."""

from __future__ import annotations

import codecs
import re
from datetime import UTC, datetime

import pytest

from tests.parse.documents import DOCUMENTS
from watcher import parse
from watcher.core.errors import ParseError
from watcher.core.values import Entry, ParsedFeed
from watcher.parse import site

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
URL = "https://coast.example/feeds/all.xml"


def read(body: str | bytes, content_type: str = "") -> ParsedFeed:
    data = body.encode() if isinstance(body, str) else body
    return parse.feed(data, url=URL, content_type=content_type, now=NOW)


def rss(items: str, attributes: str = "") -> str:
    return f'<rss version="2.0"{attributes}><channel><title>C</title>{items}</channel></rss>'


def only(items: str, attributes: str = "") -> Entry:
    (entry,) = read(rss(items, attributes)).entries
    return entry


# ------------------------------------------------------------------ formats

UNDATED = {"rss 0.90", "rss 0.91, netscape", "rss 0.91, userland", "rss 0.92", "cdf"}
BODILESS = {"news sitemap"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_format(name: str) -> None:
    version, document = DOCUMENTS[name]
    feed = read(document)
    first, second = feed.entries
    assert (feed.format, feed.title, feed.warnings) == (version, "Coast Daily", ())
    assert (first.title, first.url) == ("Harbour closed", "https://coast.example/1")
    assert (second.title, second.url) == ("Ferry & bridge", "https://coast.example/2")
    assert first.html == ("" if name in BODILESS else "The harbour is closed.")
    at = first.published.at if first.published else None
    assert at == (None if name in UNDATED else datetime(2024, 5, 15, 8, tzinfo=UTC))


def test_a_cdf_says_when_an_item_was_changed() -> None:
    entry = read(DOCUMENTS["cdf"][1]).entries[0]
    assert entry.published is None
    assert entry.updated
    assert entry.updated.at == datetime(2024, 5, 15, 10, tzinfo=UTC)


def test_a_plain_sitemap_has_addresses_and_dates_of_change() -> None:
    feed = read(
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url>'
        "<loc>https://coast.example/1</loc><lastmod>2024-05-15</lastmod></url></urlset>"
    )
    (entry,) = feed.entries
    assert (entry.guid, entry.url, entry.title, entry.published) == (
        "https://coast.example/1",
        "https://coast.example/1",
        "",
        None,
    )
    assert entry.updated
    assert (entry.updated.at, entry.updated.note) == (datetime(2024, 5, 15, tzinfo=UTC), "naive")


@pytest.mark.parametrize(
    ("lost", "titles"), [(5, 2), (9, 2), (20, 1), (150, 1), (400, 0)], ids=lambda n: str(n)
)
def test_a_sitemap_cut_short_gives_its_whole_entries(lost: int, titles: int) -> None:
    feed = read(DOCUMENTS["news sitemap"][1][:-lost])
    assert [e.title for e in feed.entries] == ["Harbour closed", "Ferry & bridge"][:titles]
    assert any("cut short" in warning for warning in feed.warnings) == (titles < 2)
    assert "not well-formed XML" in feed.warnings


@pytest.mark.parametrize("body", ["<urlset", "<urlset<", "<sitemapindex", "<urlset xmlns='"])
def test_the_beginning_of_a_sitemap_holds_nothing(body: str) -> None:
    try:
        entries = read(body).entries
    except ParseError:
        entries = ()
    assert entries == ()


def test_an_index_of_sitemaps_says_what_it_is_and_names_some() -> None:
    index = "".join(f"<sitemap><loc>/{n}.xml</loc></sitemap>" for n in range(7))
    with pytest.raises(ParseError) as caught:
        read(f"<sitemapindex>{index}</sitemapindex>")
    assert str(caught.value) == (
        "an index of 7 sitemaps, not a list of articles: take one of them: "
        + ", ".join(f"https://coast.example/{n}.xml" for n in range(5))
        + ", ..."
    )


def test_an_index_is_searched_for_news() -> None:
    places = ("/tags.xml", "/news/latest.xml", "javascript:x", "/sitemap-news.xml")
    index = "".join(f"<sitemap><loc>{place}</loc></sitemap>" for place in places)
    body = f"<?xml version='1.0'?><sitemapindex>{index}</sitemapindex>".encode()
    assert site.listed(body, URL, "") == (
        "https://coast.example/news/latest.xml",
        "https://coast.example/sitemap-news.xml",
    )
    assert site.listed(rss("").encode(), URL, "") == ()
    assert site.listed(b"", URL, "") == ()


# ------------------------------------------------------------------ charsets

MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16-le": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
    "utf-32-le": codecs.BOM_UTF32_LE,
    "utf-32-be": codecs.BOM_UTF32_BE,
}
FOREIGN = {"utf-8": "Küste 港 🌊", "cp1252": "Küste “eins”", "cp1251": "Берег", "cp932": "港の話"}


@pytest.mark.parametrize(
    ("name", "charset", "marked"),
    [
        (name, charset, marked)
        for name in ("rss 2.0", "atom 1.0", "cdf", "json feed 1.1", "news sitemap")
        for charset in MARKS
        for marked in (True, False)
        # JSON without a mark is UTF-8 (RFC 8259, section 8.1).
        if marked or charset == "utf-8" or "json" not in name
    ],
)
def test_unicode_with_and_without_its_mark(name: str, charset: str, marked: bool) -> None:
    document = DOCUMENTS[name][1].replace("Harbour closed", "Küste 港 🌊")
    if "json" not in name:
        document = f'<?xml version="1.0" encoding="{charset[:6].upper()}"?>' + re.sub(
            r"<\?xml.*?\?>", "", document
        )
    body = (MARKS[charset] if marked else b"") + document.encode(charset)
    feed = read(body, "application/octet-stream")
    assert (feed.entries[0].title, feed.warnings) == ("Küste 港 🌊", ())


@pytest.mark.parametrize("charset", FOREIGN)
@pytest.mark.parametrize("where", ["header", "declaration", "both", "declaration, header wrong"])
def test_charsets_by_header_and_declaration(charset: str, where: str) -> None:
    document = DOCUMENTS["rss 2.0"][1].replace("Harbour closed", FOREIGN[charset])
    if where != "header":
        document = document.replace('"1.0"?', f'"1.0" encoding="{charset}"?')
    header = {"header": charset, "both": charset, "declaration, header wrong": "utf-8"}.get(where)
    feed = read(document.encode(charset), f"text/xml; charset={header}" if header else "text/xml")
    assert feed.entries[0].title == FOREIGN[charset]
    lied = where.endswith("wrong") and charset != "utf-8"
    assert [w for w in feed.warnings if "charset" in w] == (
        [f"charset declared utf-8, found {charset}"] if lied else []
    )


# ------------------------------------------------------------------ ill-formed


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("?page=1&copy=2&lang=en", "?page=1&copy=2&lang=en"),  # not the sign, not an angle
        ("Fish & chips", "Fish & chips"),
        ("Caf&eacute; &ndash; &Nopq;", "Café – & Nopq;"),  # broken up: nobody unescapes it again
        ("A <![CDATA[B & C]]> &amp; D", "A B & C & D"),
    ],
)
def test_bare_ampersands_and_entities_of_html(written: str, title: str) -> None:
    feed = read(rss(f"<item><title>{written}</title></item><item><title>& two</title></item>"))
    assert [entry.title for entry in feed.entries] == [title, "& two"]
    assert feed.warnings[0].startswith("not well-formed XML")


def test_prefixes_that_are_declared_nowhere() -> None:
    feed = read(
        "<!-- made by <?xml hand -->\n<?xml?xml version='1.0' ??><rss x:version=2.0><x:channel>"
        "<x:title>C</x:title><x:item><x:title>One</x:title><x:guid x:isPermaLink=false>1</x:guid>"
        "<dc:creator>Ann</dc:creator></x:item><x:item><x:title>Two</x:title></x:item>"
        "</x:channel></rss>"
    )
    assert [(e.title, e.guid, e.author) for e in feed.entries] == [
        ("One", "1", "Ann"),
        ("Two", None, ""),
    ]


def test_entries_that_cannot_be_read_are_not_silently_missing() -> None:
    feed = read("<rss><channel><!-- <item><title>One</title></item></channel></rss>")
    assert feed.entries == ()
    assert feed.warnings[-1] == "it names entries, none could be read"


@pytest.mark.parametrize("lost", [1, 2])
def test_the_last_bracket_may_be_missing(lost: int) -> None:
    document = rss("<item><title>One</title></item>") + "\n" * (lost - 1)
    feed = read(document[:-lost])
    assert [entry.title for entry in feed.entries] == ["One"]
    assert not any("cut short" in warning for warning in feed.warnings)


# ------------------------------------------------------------------ what an entry is


@pytest.mark.parametrize(
    ("item", "guid", "url"),
    [
        ("<guid>abc</guid>", "abc", None),  # not an address, whatever isPermaLink says
        ("<guid>https://c.example/1</guid>", "https://c.example/1", "https://c.example/1"),
        ('<guid isPermaLink="false">https://c.example/1</guid>', "https://c.example/1", None),
        ("<guid>x</guid><link>/2</link>", "x", "https://coast.example/2"),
        ('<link uri="at://did:plc:x/1">/3</link>', None, "https://coast.example/3"),
        ("<link>/4</link><link>/5</link>", None, "https://coast.example/4"),
    ],
)
def test_guids_and_links(item: str, guid: str | None, url: str | None) -> None:
    entry = only(f"<item><title>T</title>{item}</item>")
    assert (entry.guid, entry.url) == (guid, url)


def test_an_atom_id_is_a_link_only_where_it_is_an_address() -> None:
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom">'
        "<entry><id>https://c.example/1</id></entry><entry><id>relative/2</id></entry></feed>"
    )
    assert [(e.guid, e.url) for e in feed.entries] == [
        ("https://c.example/1", "https://c.example/1"),
        ("relative/2", None),
    ]


def test_the_date_of_dublin_core_is_publication_and_atoms_update_is_not() -> None:
    dc = ' xmlns:dc="http://purl.org/dc/elements/1.1/"'
    entry = only("<item><title>T</title><dc:date>2024-05-15T10:00Z</dc:date></item>", dc)
    assert entry.published
    assert entry.published.at == datetime(2024, 5, 15, 10, tzinfo=UTC)
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id>'
        "<updated>2024-05-15T10:00:00Z</updated></entry></feed>"
    )
    assert feed.entries[0].published is None
    assert feed.entries[0].updated is not None


def test_a_date_is_read_in_the_language_of_its_feed() -> None:
    item = "<item><title>T</title><pubDate>15 listopada 2023</pubDate></item>"
    months = {}
    for lang in ("hr", "pl", ""):
        entry = only(f"<language>{lang}</language>{item}")
        assert entry.published
        months[lang] = entry.published.at.month if entry.published.at else None
    assert months == {"hr": 10, "pl": 11, "": None}


def test_code_in_a_title_is_not_text() -> None:
    title = "Safe <script type='x'>alert(1)</script>and <style>b{}</style>sound <b>title"
    assert only(f"<item><title><![CDATA[{title}]]></title></item>").title == "Safe and sound title"
    # What looks like code may be the headline; Atom says so.
    feed = read(
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="text">'
        "The &lt;script&gt;x&lt;/script&gt; element</title></entry></feed>"
    )
    assert feed.entries[0].title == "The <script>x</script> element"


def test_languages_are_bounded() -> None:
    entry = only(f"<item><description xml:lang='{'x' * 5000}'>T</description></item>")
    assert len(entry.lang or "") <= 40


# ------------------------------------------------------------------ where a site's feeds are


def test_links_of_a_page_that_look_like_feeds() -> None:
    page = (
        '<link rel="alternate" type="application/rss+xml" href="/all.xml">'
        '<a href="/sport/rss">S</a><a href="/feedback">F</a><a href="/atom.xml">A</a>'
        '<a href="https://other.example/feed">O</a><a href="http://feeds.feedburner.com/c">B</a>'
        '<a href="//m.coast.example/feed/">M</a><a href="javascript:feed()">J</a>'
    )
    assert site.links(page.encode(), "https://coast.example/", "text/html") == (
        "https://coast.example/all.xml",
        "https://coast.example/sport/rss",
        "https://coast.example/atom.xml",
        "http://feeds.feedburner.com/c",
        "https://m.coast.example/feed/",
    )


def test_sitemaps_of_a_robots_txt() -> None:
    robots = b"User-agent: *\nDisallow: /\nSitemap: /a.xml\n  sitemap: https://c.example/news.xml\n"
    assert site.sitemaps(robots + b"Sitemap: javascript:x\n", "https://c.example/robots.txt") == (
        "https://c.example/news.xml",
        "https://c.example/a.xml",
    )
