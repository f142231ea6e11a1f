"""Page HTML -> text, claims and the lines that may credit someone."""

from __future__ import annotations

import json
import pickle
from datetime import UTC, datetime

import pytest

from watcher import extract
from watcher.core.errors import ParseError
from watcher.core.values import Page

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
URL = "https://coast.example/2024/harbour"
PARAGRAPHS = [
    f"Officials of the port at pier {n} said on Monday that it would stay closed for {n + 2} "
    f"weeks, because the storm had damaged {3 * n + 1} of its cranes and a part of the breakwater."
    for n in range(8)
]
BODY = "".join(f"<p>{text}</p>" for text in PARAGRAPHS)
DATA = {
    "@context": "https://schema.org",
    "@graph": [
        {"@type": "WebSite", "name": "Coast Daily"},
        {
            "@type": ["NewsArticle"],
            "headline": "Harbour closed &amp; guarded",
            "author": [{"@type": "Person", "name": "Ann Lee"}, {"name": "Coast Agency"}],
            "publisher": {"name": "Coast Daily"},
            "sourceOrganization": {"name": "Coast Agency"},
            "isBasedOn": "https://agency.example/x",
            "mainEntityOfPage": {"@id": "https://agency.example/x"},
            "datePublished": "2024-05-15T09:00:00+02:00",
        },
    ],
}


def html(body: str, head: str = "") -> str:
    return f'<!doctype html><html lang="en_GB"><head>{head}</head><body>{body}</body></html>'


FULL = html(
    f"""<nav><a href="/">Home</a> <a href="/afp">(AFP)</a></nav>
    <article><h1>Harbour closed</h1><p class="byline">By Ann Lee, with Coast Agency</p>
    <figure><img src="x.jpg"><figcaption>POOL / Coast Agency picture</figcaption></figure>
    {BODY}
    <div class="credit-line">Source: Coast Agency</div><div>Copyright © Coast Agency, 2024</div>
    <img id="republication-tracker-tool-source" src="https://agency.example/?pixel=1">
    </article><footer>© 2024 Coast Daily</footer>""",
    f"""<title>Harbour closed | Coast Daily</title>
    <link rel="canonical" href="https://agency.example/x">
    <meta property="og:url" content="/2024/harbour?x=1">
    <meta name="syndication-source" content="/y">
    <script type="application/ld+json">{json.dumps(DATA)}</script>""",
)


def page(source: str | bytes, content_type: str = "text/html") -> Page:
    return extract.page(source, url=URL, content_type=content_type, now=NOW)


def test_the_text_has_one_paragraph_a_line() -> None:
    lines = page(FULL).text.split("\n")
    assert [line for line in lines if line in PARAGRAPHS] == PARAGRAPHS
    assert not any("Home" in line for line in lines)


@pytest.mark.parametrize(
    ("heading", "title", "kept"),
    [
        ("Harbour closed", "Harbour closed | Coast Daily", False),  # as the h1 has it
        ("Storm: “Harbour” closed", "STORM – Harbour closed!", False),  # as the title has it
        ("Harbour closed", "Another headline", False),
        ("", "Harbour closed for weeks", True),
    ],
)
def test_a_first_paragraph_that_is_the_headline_goes(heading: str, title: str, kept: bool) -> None:
    first = heading or "Harbour closed"
    top = f"<h1>{heading}</h1>" if heading else f"<p>{first}</p>"
    got = page(html(f"<article>{top}{BODY}</article>", f"<title>{title}</title>"))
    assert got.text.split("\n") == ([first] if kept else []) + PARAGRAPHS


def test_a_body_that_is_one_paragraph_keeps_it() -> None:
    text = PARAGRAPHS[0]
    assert page(html(f"<article><p>{text}</p></article>", f"<title>{text}</title>")).text == text


def test_claims() -> None:
    got = page(FULL)
    assert got.title == "Harbour closed & guarded"
    assert got.lang == "en-GB"
    assert got.canonical == "https://agency.example/x"
    assert got.byline == "By Ann Lee, with Coast Agency"
    assert got.published
    assert got.published.at == datetime(2024, 5, 15, 7, tzinfo=UTC)
    assert got.meta == (
        ("canonical", "https://agency.example/x"),
        ("og:url", "https://coast.example/2024/harbour?x=1"),
        ("syndication-source", "https://coast.example/y"),
        ("isBasedOn", "https://agency.example/x"),
        ("sourceOrganization", "Coast Agency"),
        ("publisher", "Coast Daily"),
        ("author", "Ann Lee"),
        ("author", "Coast Agency"),
        ("mainEntityOfPage", "https://agency.example/x"),
        ("tracker", "https://agency.example/?pixel=1"),
    )


def test_credits_around_the_body_are_handed_over_wherever_they_ended_up() -> None:
    got = page(FULL)
    everything = (*got.text.split("\n"), *got.edges)
    for line in (
        "By Ann Lee, with Coast Agency",
        "Source: Coast Agency",
        "Copyright © Coast Agency, 2024",
        "© 2024 Coast Daily",
    ):
        assert line in everything
    assert not set(got.edges) & set(got.text.split("\n"))
    assert not any("POOL" in line or "(AFP)" in line for line in got.edges)  # picture, menu


def test_edges_are_few_short_and_in_order() -> None:
    tail = "".join(f"<div>Teaser number {n} of others</div>" for n in range(300))
    tail += "<div>Quelle: Küsten-Agentur</div>" + "<div>" + "long " * 100 + "© X</div>"
    edges = page(html(f"<div>Top label</div><h1>T</h1><article>{BODY}</article>{tail}")).edges
    assert len(edges) <= 40
    assert edges[0] == "Top label"
    assert edges[-1] == "Quelle: Küsten-Agentur"
    assert all(len(line) <= 300 for line in edges)


def test_meta_elements_serve_where_there_is_no_json_ld() -> None:
    head = (
        '<meta property="og:title" content="From the meta"><meta name="author" content="Bo Ek">'
        '<meta property="article:published_time" content="nonsense">'
        '<meta name="date" content="2024-05-01"><script type="application/ld+json">{broken</script>'
    )
    got = page(html(f"<article>{BODY}</article>", head))
    assert (got.title, got.byline, got.canonical) == ("From the meta", "Bo Ek", "")
    assert got.published
    assert got.published.raw == "2024-05-01"
    assert ("author", "Bo Ek") in got.meta


def test_a_time_element_and_the_title_element_are_the_last_resort() -> None:
    got = page(
        html(
            f'<article><time datetime="2024-05-02T10:00Z">x</time>{BODY}</article>',
            "<title>T</title>",
        )
    )
    assert got.title == "T"
    assert got.published
    assert got.published.at == datetime(2024, 5, 2, 10, tzinfo=UTC)
    assert (got.byline, got.meta) == ("", ())


def test_a_biography_is_no_byline() -> None:
    bio = "Ann Lee is a reporter who worked for Coast Agency before. " * 6
    assert (
        page(html(f'<article>{BODY}<div class="author-bio author">{bio}</div></article>')).byline
        == ""
    )


def test_bytes_are_decoded_by_what_they_are() -> None:
    source = html(
        f"<article>{BODY.replace('cranes', 'кранов')}</article>", '<meta charset="windows-1251">'
    )
    assert "кранов" in page(source.encode("cp1251")).text


def test_a_page_crosses_the_border_of_a_worker() -> None:
    got = page(FULL)
    assert pickle.loads(pickle.dumps(got)) == got  # noqa: S301 - our own bytes


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("", "empty"),
        ("<!-- only a comment -->", "empty"),
        (html("<nav>Home</nav>"), "nobody"),
        (html("<div>" * 5000 + BODY), "toodeep"),
        (html("<span>" * 20_000), "toodeep"),
        (html("<i>x</i>" * 60_000), "toobig"),
        ("<p>" + "x" * 6_000_000, "toobig"),
        ("<p " + " ".join(f"a{n}=1" for n in range(100_000)) + ">x", "toobig"),
    ],
)
def test_what_holds_no_article_or_is_hostile_is_refused(source: str, reason: str) -> None:
    with pytest.raises(ParseError) as caught:
        page(source)
    assert caught.value.reason == reason


def test_a_picture_is_not_a_page() -> None:
    with pytest.raises(ParseError) as caught:
        page(b"\x89PNG\r\n\x1a\n\x00\x00", "image/png")
    assert caught.value.reason == "nothtml"


def test_deep_json_and_json_of_the_wrong_shape_do_no_harm() -> None:
    for data in (
        "[" * 200_000,
        '{"@type": {"x": 1}, "author": [[["x"]]]}',
        '[1, null, {"@graph": 7}]',
    ):
        got = page(html(BODY, f'<script type="application/ld+json">{data}</script>'))
        assert got.meta == ()


# ------------------------------------------------------------------ fragments


@pytest.mark.parametrize(
    ("source", "want"),
    [
        ("<p>One <b>two</b></p>three<br>four", "One two\nthree\nfour"),
        ("<ul><li>a<li>b</ul>tail <a href=x>link</a>", "a\nb\ntail link"),
        ("a<!-- no -->b<?php no ?>c<script>no</script><style>no</style>", "abc"),
        ("line\nbreaks in\n  source<p>are blanks", "line breaks in source\nare blanks"),
        ("<p hidden>no</p><p style='display: none'>no</p><p>yes", "yes"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1\n2"),
        ("no markup, 1 &lt; 2\nsecond line", "no markup, 1 < 2\nsecond line"),
        ("<h2>Title</h2><div><div>x</div>y</div>", "Title\nx\ny"),
        ("", ""),
        ("<img src=x>", ""),
        ("<div>" * 9000 + "x", ""),
    ],
)
def test_fragment(source: str, want: str) -> None:
    assert extract.fragment(source) == want


# ------------------------------------------------------------------ whole or teaser?

LONG = "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    ("text", "markup", "full"),
    [
        ("", "", False),
        ("Officials said the port is closed.", "<p>x</p>", False),
        (PARAGRAPHS[0] * 4, "<p>x</p>", False),  # one long paragraph: a teaser or not, look
        ("\n".join(PARAGRAPHS[:4]), "<p>x</p>" * 4, True),
        (LONG, "<p>x</p>" * 8, True),
        (LONG + "\nThis goes on…", "", False),
        (LONG + " [...]", "", False),
        (LONG + "\nContinue reading", "", False),
        (LONG + "\nWeiterlesen »", "", False),
        ("\n".join([LONG] * 4) + "\nRead more about ports", "", True),
        (LONG + "\nThe post Harbour closed appeared first on Coast Daily.", "", True),
        ("The post Harbour closed appeared first on Coast Daily.", "", False),
        ("港" * 600, "", True),
    ],
)
def test_is_full(text: str, markup: str, full: bool) -> None:
    got, reason = extract.is_full(text, markup)
    assert got is full, reason
    assert reason
