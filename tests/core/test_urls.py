"""Addresses: one spelling, the same identity after a move, and nothing that raises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core import urls
from watcher.domains import registrable


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("HTTP://Times.Example:80/A", "http://times.example/A"),
        ("https://times.example:443", "https://times.example/"),
        ("https://times.example:8443/a", "https://times.example:8443/a"),
        ("  https://times.example/a\n", "https://times.example/a"),
        ("https://times.example/a#comments", "https://times.example/a"),
        ("https://times.example/a?", "https://times.example/a"),
        ("https://times.example/a?&&", "https://times.example/a"),
        ("https://times.example./a", "https://times.example/a"),
        ("https://desk:pass@times.example/a", "https://times.example/a"),
        (
            "https://times.example/?p=7&utm_source=rss&id=3&fbclid=x",
            "https://times.example/?p=7&id=3",
        ),
        ("https://times.example/?id=3&p=7", "https://times.example/?id=3&p=7"),
        ("https://times.example/a?UTM_Medium=x&mc_cid=1&GCLID=2", "https://times.example/a"),
        ("https://times.example/a?p=1&amp;utm_source=x&amp;b=2", "https://times.example/a?p=1&b=2"),
        ("https://times.example/a?p=1?utm_source=x", "https://times.example/a?p=1"),
        ("https://times.example/a?ref=rss", "https://times.example/a"),
        ("https://times.example/a?ref=4711", "https://times.example/a?ref=4711"),
        ("https://times.example/a?at_medium=RSS&at_campaign=K", "https://times.example/a"),
        ("https://times.example/a/../b/./c/..", "https://times.example/b/"),
        ("https://times.example/../..", "https://times.example/"),
        ("https://times.example/%7euser/%e9t%C3%A9", "https://times.example/~user/%E9t%C3%A9"),
        ("https://times.example/été à", "https://times.example/%C3%A9t%C3%A9%20%C3%A0"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://[::1]:8080/feed", "http://[::1]:8080/feed"),
        # Not web addresses: trimmed, otherwise untouched.
        (" tag:times.example,2016:1 ", "tag:times.example,2016:1"),
        ("http://[broken", "http://[broken"),
        ("http://times.example:99999/", "http://times.example:99999/"),
        ("", ""),
    ],
)
def test_canonical(written: str, kept: str) -> None:
    assert urls.canonical(written) == kept


@pytest.mark.parametrize(
    "other",
    [
        "http://times.example/a/b",
        "https://www.times.example/a/b",
        "http://WWW.times.example:80/a/b/",
        "https://times.example/a/b?utm_campaign=x#top",
    ],
)
def test_key_survives_a_move(other: str) -> None:
    assert urls.key(other) == urls.key("https://times.example/a/b")


@pytest.mark.parametrize(
    "other",
    [
        "https://times.example/a/B",
        "https://times.example/a/b?id=1",
        "https://news.times.example/a/b",
        "https://times.example:8443/a/b",
    ],
)
def test_key_tells_pages_apart(other: str) -> None:
    assert urls.key(other) != urls.key("https://times.example/a/b")


def test_key_keeps_a_domain_that_is_only_www() -> None:
    assert urls.key("https://www.example/") == "www.example"


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Times.Example:8443/a", "news.times.example"),
        ("http://[::1]:8080/", "::1"),
        ("http://trusted.example@evil.example/", "evil.example"),
        ("ftp://times.example/", ""),
        ("//times.example/", ""),
        ("times.example", ""),
        ("http://a b/", ""),
        ("http:///path", ""),
    ],
)
def test_host(url: str, host: str) -> None:
    assert urls.host(url) == host
    assert urls.is_http(url) is bool(host)


@pytest.mark.parametrize(
    ("base", "ref", "joined"),
    [
        ("https://times.example/rss/world.xml", "../a.html", "https://times.example/a.html"),
        ("https://times.example/rss", "//cdn.example/x", "https://cdn.example/x"),
        ("https://times.example/rss", "?page=2", "https://times.example/rss?page=2"),
        ("https://times.example/rss", " http://other.example/ ", "http://other.example/"),
        ("https://times.example/rss", "", ""),
        ("https://times.example/rss", "mailto:desk@times.example", ""),
        ("https://times.example/rss", "javascript:void(0)", ""),
        ("https://times.example/rss", "http://[", ""),
        ("", "/a", ""),
    ],
)
def test_join(base: str, ref: str, joined: str) -> None:
    assert urls.join(base, ref) == joined


@pytest.mark.parametrize(
    ("given_", "domain"),
    [
        ("https://feeds.bbci.co.uk/news/rss.xml", "bbci.co.uk"),
        ("WWW.Times.Example.", "times.example"),
        ("times.example:8080/feed", "times.example"),
        ("desk.github.io", "desk.github.io"),
        ("https://a.bücher.example", "xn--bcher-kva.example"),
        ("co.uk", "co.uk"),
        ("http://localhost:8080/feed", "localhost"),
        ("http://127.0.0.1:8080/feed", "127.0.0.1"),
        ("http://[::1]:8080/feed", "::1"),
        (" Not A Host ", "not a host"),
        ("", ""),
    ],
)
def test_registrable(given_: str, domain: str) -> None:
    assert registrable(given_) == domain


_LINKS = st.one_of(
    st.text(max_size=60),
    st.builds(
        lambda scheme, host, tail: f"{scheme}://{host}{tail}",
        st.sampled_from(["http", "https", "HTTPS", "ftp"]),
        st.sampled_from(["times.example", "WWW.times.example:443", "[::1]:9", "ü.example", "a..b"]),
        st.text(alphabet="/.%?&=;#aZ2e5amp utm_é~+\ud800\n", max_size=40),
    ),
)


@settings(deadline=None)
@given(_LINKS)
def test_canonical_is_idempotent_and_agrees_with_key(url: str) -> None:
    kept = urls.canonical(url)
    assert urls.canonical(kept) == kept
    assert urls.key(kept) == urls.key(url)
    assert urls.host(kept) == urls.host(url)
    assert urls.is_http(kept) is urls.is_http(url)


@settings(deadline=None)
@given(_LINKS, _LINKS)
def test_nothing_raises(base: str, ref: str) -> None:
    joined = urls.join(base, ref)
    assert joined == "" or urls.is_http(joined)
    assert registrable(joined) == registrable(urls.host(joined))
