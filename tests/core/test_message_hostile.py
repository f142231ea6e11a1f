"""Hostile text in every field, in every form of a message."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from tests.core.slack_limits import markup, refused
from tests.core.test_message import AT, ATOM, HOSTILE, MENTION, RESURFACED
from watcher.core import message
from watcher.core.message import Earliest, Facts, FeedAlert, Message, said


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def _poisoned(text: str) -> Facts:
    return replace(
        RESURFACED,
        condition="outlet",
        headline=text,
        outlet=text,
        family=text,
        url=text,
        step=text,
        kind=text,
        credit_agent=text,
        credit_words=text,
        changed=(text,),
        totals=replace(RESURFACED.totals, coverage=text),
        earliest=Earliest(text, text, AT, AT),
        reason=text,
        silence=text,
    )


ANYTHING = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="<>!&|@#`*_~\"'=?\r\n\x1b\u202e/:hxtps.", max_size=60),
    st.builds("https://e.example/{}".format, st.text(max_size=30)),
)


@given(ANYTHING)
def test_no_text_reaches_a_terminal_as_control(text: str) -> None:
    title, body = message.plain(_poisoned(text))
    for line in (title, *body.splitlines()):
        assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in line)
        assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(ANYTHING)
def test_no_text_becomes_a_second_header(text: str) -> None:
    title = message.title(_poisoned(text))
    assert len(title) <= 150
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in title)
    assert "=?" not in title


@given(ANYTHING)
def test_no_text_is_markup_in_slack(text: str) -> None:
    for case in _messages(text):
        body = message.slack(case)
        assert markup(body) == []
        assert body.count("`") % 2 == 0  # the commands, which are ours
        assert refused(message.blocks(case)) == []


def test_the_longest_texts_stay_within_what_slack_takes() -> None:
    for text in ("&" * 2000, "https://e.example/?" + "&" * 980, "字" * 2000, "`" * 500):
        for case in _messages(text):
            assert refused(message.blocks(case)) == []
            assert len(message.slack(case)) <= 4000


@given(ANYTHING)
def test_no_text_is_markup_in_html(text: str) -> None:
    for case in _messages(text):
        for page, tags, attributes in (
            (message.html(case, picture=text)[1], _PAGE_TAGS, _PAGE_ATTRIBUTES),
            (
                message.fragment(said(case).lead),
                _FRAGMENT_TAGS,
                {"href", "align", "valign", "dir"},
            ),
        ):
            seen = _Tags()
            seen.feed(page)
            seen.close()
            assert seen.tags <= tags
            for name, value in seen.attributes:
                assert name in attributes
                assert name != "href" or (value or "").lower().startswith(("http://", "https://"))
                assert name != "src" or value == "cid:adoption.png"


_FRAGMENT_TAGS = {"p", "strong", "table", "tr", "th", "td", "a", "br", "code"}
_PAGE_TAGS = _FRAGMENT_TAGS | {
    *("html", "head", "meta", "title", "style", "body", "div", "h1", "hr", "span", "img")
}
_PAGE_ATTRIBUTES = {
    *("href", "align", "valign", "dir", "style", "class", "lang", "charset", "name", "content"),
    *("role", "width", "cellpadding", "cellspacing", "scope", "src", "alt"),
}


@given(ANYTHING)
def test_no_text_is_markup_in_the_feed(text: str) -> None:
    facts = _poisoned(text)
    alert = FeedAlert(text, AT, text, text, text, facts)
    told = message.atom([alert, replace(alert, facts=None)], of="a test")
    root = ElementTree.fromstring(told)  # noqa: S314 - it is the point that ours is well-formed
    assert len(root.findall(f"{ATOM}entry")) == 2


def _messages(text: str) -> list[Facts | Message]:
    facts = _poisoned(text)
    other = replace(facts, url="https://e.example/other", watch=text or "w")
    return [
        facts,
        Message((facts, replace(facts, url="https://e.example/x"))),
        Message((facts, other, MENTION), more=2, held=text),
    ]


def test_a_faked_link_shows_as_the_text_it_is() -> None:
    body = message.slack(HOSTILE)
    assert "&lt;https://evil.example|https://bank.example&gt;" in body
    assert "javascript:" not in body.replace("javascript:alert(document.cookie)", "")
    assert "<javascript" not in body


def test_a_link_of_ours_carries_the_whole_address() -> None:
    # The bar of an address would end Slack's link; percent-encoded it stays part of it.
    facts = replace(RESURFACED, url="https://e.example/a|b?x=1&y=2")
    assert "<https://e.example/a%7Cb?x=1&amp;y=2|" in message.slack(facts)


def test_joiners_that_spell_words_are_kept() -> None:
    word = "می\u200cخواهم"
    assert message.clean(f"{word}\u200b\u2028{word}") == f"{word} {word}"
