"""Cleaning removes what a reader cannot see and nothing else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import clean

# Characters that interact: entity parts, escapes, joiners, combining marks, blanks, a surrogate.
PIECES = [
    *"&#;xamplt3840 \n\t\re[]",
    *("&amp;", "&lt;", "&#8203;", "&semi;", "&num;", "31m", "\x1b", "\x07", "\x00", "\x9b"),
    *("\u200b", "\u200c", "\u200d", "\u202e", "\u2066", "\ufeff", "\ud83d", "\u2028", "\u00a0"),
    *("\u0301", "\u094d", "क", "👩", "\ufe0f", "ی", "\u037e"),
]
NASTY = st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=60).map("".join)


@pytest.mark.parametrize(
    ("raw", "want"),
    [
        ("AT&amp;amp;T", "AT&T"),
        ("caf&eacute; &#8211; bar", "café – bar"),
        ("R&D; and Q&A", "R&D; and Q&A"),
        ("?a=1&copy=2", "?a=1&copy=2"),
        ("pass\u00adword pass\u200bword \ufeffx", "password password x"),
        ("\u202eevil\u202c \u2066x\u2069", "evil x"),
        ("\x1b[31mred\x1b[0m \x1b]0;title\x07rest", "red rest"),
        ("nul\x00l and \ud83d lone", "null and lone"),
        (
            "one\r\n\r\n  two \t three\u00a0four  \n\n\nfive\u2029six",
            "one\ntwo three four\nfive\nsix",
        ),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ക്\u200d", "ക്\u200d"),
        ("👩\u200d🚀 and p\u200dlain", "👩\u200d🚀 and plain"),
        ("e\u0301te\u0301", "été"),
        ("“Quotes” stay, and CASE", "“Quotes” stay, and CASE"),
        ("  \n \t ", ""),
    ],
)
def test_text(raw: str, want: str) -> None:
    assert clean.text(raw) == want


def test_an_escaped_zero_width_space_goes_too() -> None:
    assert clean.text("a&#8203;b &amp;#x202E;c") == "ab c"


def test_text_escaped_more_than_twice_is_left_readable_but_inert() -> None:
    once = clean.text("&amp;amp;amp;lt;")
    assert "&lt;" not in once
    assert clean.text(once) == once


def test_limit_cuts_without_a_trailing_blank() -> None:
    assert clean.text("abc def", limit=4) == "abc"
    assert len(clean.text("x" * 2_000_000)) == clean.LIMIT


def test_line_is_one_line_and_shows_that_it_was_cut() -> None:
    assert clean.line(" A\n title \n") == "A title"
    assert clean.line("word " * 200, limit=12) == "word word w…"


@given(NASTY)
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    once = clean.text(raw)
    assert clean.text(once) == once
    short = clean.line(raw, limit=20)
    assert clean.line(short, limit=20) == short


@given(NASTY)
def test_clean_text_is_composed_printable_and_encodable(raw: str) -> None:
    got = clean.text(raw)
    assert unicodedata.is_normalized("NFC", got)
    assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in got if c != "\n")
    got.encode()
    assert got == got.strip()
    assert "\n\n" not in got
    assert "  " not in got
