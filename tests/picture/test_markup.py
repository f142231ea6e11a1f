"""What outlets wrote is text, whatever they wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from watcher.picture.markup import Markup, el, escape, join, number, void, web_address

HOSTILE = "\"><script>alert('1')</script><!--]]>&amp;&#60;"


def test_text_is_escaped_and_markup_is_not() -> None:
    assert el("p", "a<b", el("b", "&")) == "<p>a&lt;b<b>&amp;</b></p>"
    assert join(["<", el("i"), ">"], " & ") == "&lt; &amp; <i></i> &amp; &gt;"


def test_attributes_are_escaped_renamed_and_left_out() -> None:
    drawn = void("path", class_="o", stroke_width=1.0, aria_label=HOSTILE, d=None, hidden=True)
    assert drawn.startswith('<path class="o" stroke-width="1" aria-label="&quot;&gt;&lt;script')
    assert drawn.endswith(' hidden=""/>')
    assert " d=" not in drawn


@given(st.text())
def test_whatever_is_put_in_comes_out_as_one_text(text: str) -> None:
    """No text makes an element, ends one, or is a character that XML forbids."""
    document = el("p", text, title=text)
    [attribute] = [etree.fromstring(document).get("title")]
    parsed = etree.fromstring(document)
    assert len(parsed) == 0
    assert (parsed.text or "").replace("\r", "") == str(_told(text)).replace("\r", "")
    assert attribute is not None


def _told(text: str) -> str:
    parsed = etree.fromstring(f"<p>{escape(text)}</p>")
    return parsed.text or ""


def test_controls_and_what_turns_text_around_are_shown_as_lost() -> None:
    assert escape("a\x00b\x1b[2Jc\u202ed\ud800") == "a\ufffdb\ufffd[2Jc\ufffdd\ufffd"


def test_markup_is_not_escaped_twice() -> None:
    assert escape(escape("<")) == "&lt;"
    assert isinstance(escape("<"), Markup)


@pytest.mark.parametrize(
    ("value", "written"), [(1.0, "1"), (1.26, "1.3"), (-0.01, "0"), (0.04, "0"), (-2.5, "-2.5")]
)
def test_coordinates_are_short(value: float, written: str) -> None:
    assert number(value) == written


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", " https://a", "//a", "", None]
)
def test_only_addresses_of_the_web_become_links(url: str | None) -> None:
    assert web_address(url) is None
    assert web_address("HTTPS://a.example/<") == "HTTPS://a.example/<"
