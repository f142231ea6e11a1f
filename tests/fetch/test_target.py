"""Addresses taken apart: the short way for usual ones says what the long way says."""

from __future__ import annotations

import re
from importlib import import_module

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from watcher.core.errors import Refused
from watcher.fetch.target import Target, target

PIECES = st.sampled_from(
    [
        "a", "b1", "-", ".", "..", "/", "//", "?", "#", "@", ":", "80", "0443", "443", "65535",
        "65536", "%20", "%", " ", "é", "\t", "[", "]", "::1", "A", "&", "=", ";", "\\", "xn--p1ai",
        "feed.xml", "{", "|", "^", "~", "_", "'", '"', "<", "*", "\x7f", "1.2.3.4", "a" * 70,
    ]
)  # fmt: skip
room = import_module("watcher.fetch.target")  # its name in the package is the function's
NEVER = re.compile(r"(?!)")


def told(url: str) -> tuple[str, ...] | Target:
    try:
        return target(url)
    except Refused as error:
        return ("refused", error.reason, str(error))


@given(st.sampled_from(["http", "https", "HTTP", "ftp"]), st.lists(PIECES, max_size=9))
@example("https", ["a", ".", "b1", ":", "65535", "/", "?"])
@example("https", ["a", "/", "?", "#"])
@example("http", ["a", "-", "/"])
@example("http", ["a", "//", "b1", "?", "?", "/"])
def test_both_ways_say_the_same(scheme: str, pieces: list[str]) -> None:
    url = f"{scheme}://{''.join(pieces)}"
    short = told(url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(room, "_USUAL", NEVER)
        long = told(url)
    assert short == long
    if isinstance(short, Target) and isinstance(long, Target):
        assert str(short.wire) == str(long.wire)


@pytest.mark.parametrize(
    "url",
    [
        "https://times.example/rss",
        "http://news.times.example:8080/a/b.xml?x=1&y=%20",
        "https://1.2.3.4:65535/",
    ],
)
def test_usual_addresses_go_the_short_way(url: str) -> None:
    assert room._USUAL.fullmatch(url)
    assert target(url).url == url
