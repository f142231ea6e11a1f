"""Bytes become text by what they are, not by what they are said to be."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.charset import to_text

WORDS = "Der Hafen ist für Tage geschlossen – sagt “Łukasz”"


def declared(name: str, text: str = "für") -> str:
    return f'<?xml version="1.0" encoding="{name}"?><a>{text}</a>'


@pytest.mark.parametrize(
    ("body", "content_type", "want", "warns"),
    [
        (WORDS.encode(), "text/xml; charset=utf-8", WORDS, False),
        (WORDS.encode(), "", WORDS, False),
        (WORDS.encode(), "text/xml; charset=ISO-8859-1", WORDS, True),
        (codecs.BOM_UTF8 + WORDS.encode(), "text/xml", WORDS, False),
        (codecs.BOM_UTF8 + WORDS.encode(), "text/xml; charset=latin1", WORDS, True),
        (codecs.BOM_UTF16_LE + WORDS.encode("utf-16-le"), "", WORDS, False),
        ("<a>ż</a>".encode("utf-16-be"), "", "<a>ż</a>", False),
        (declared("iso-8859-1").encode("latin-1"), "", declared("iso-8859-1"), False),
        (declared("iso-8859-1", "“a”").encode("cp1252"), "", declared("iso-8859-1", "“a”"), False),
        (
            declared("windows-1251", "мир").encode("cp1251"),
            "",
            declared("windows-1251", "мир"),
            False,
        ),
        (declared("gb2312", "中国").encode("gb18030"), "", declared("gb2312", "中国"), False),
        (declared("utf-8", "für").encode("latin-1"), "", declared("utf-8", "für"), True),
        (declared("utf-16", "für").encode(), "", declared("utf-16", "für"), True),
        (
            declared("iso-2022-jp", "港").encode("iso-2022-jp"),
            "",
            declared("iso-2022-jp", "港"),
            False,
        ),
        (declared("base64").encode(), "", declared("base64"), False),
        (b"plain", "text/xml; charset=utf-16", "plain", False),
    ],
)
def test_to_text(body: bytes, content_type: str, want: str, warns: bool) -> None:
    text, warning = to_text(body, content_type)
    assert text == want
    assert (warning is not None) is warns, warning


def test_a_header_that_is_right_beats_a_declaration_that_is_wrong() -> None:
    body = declared("utf-8", "мир").encode("cp1251")
    text, warning = to_text(body, "text/xml; charset=windows-1251")
    assert text == declared("utf-8", "мир")
    assert warning == "charset declared utf-8, found cp1251"


def test_meta_counts_for_pages_only() -> None:
    body = '<meta charset="windows-1251"><p>мир'.encode("cp1251")
    assert "мир" in to_text(body, "text/html", html=True)[0]
    assert "мир" not in to_text(body, "text/html")[0]


def test_a_few_foreign_bytes_and_a_cut_character() -> None:
    mixed = "für ".encode() + "für".encode("cp1252") + " für".encode()
    assert to_text(mixed, "")[0] == "für für für"
    assert to_text("für".encode()[:-1] + b"\xc3", "charset=utf-8")[0] == "fü\ufffd"


@given(
    st.binary(max_size=300), st.sampled_from(["", "charset=utf-8", "charset=cp1251", "charset=x"])
)
def test_never_raises(body: bytes, content_type: str) -> None:
    text, _ = to_text(body, content_type, html=True)
    assert isinstance(text, str)
