"""Details are kept and shown: what a receiver's URL keeps secret must not be in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.deliver.secrets import DETAIL_CAP, MASK, scrub


@pytest.mark.parametrize(
    ("url", "text", "kept"),
    [
        (
            "slack://T0SECRET/B0SECRET/Zz12345/#desk",
            "POST https://hooks.slack.com/services/T0SECRET/B0SECRET/Zz12345 failed",
            "POST https://hooks.slack.com/services/***/***/*** failed",
        ),
        (
            "mailtos://user:p%40ssword@smtp.example:465/?to=desk@b.example",
            "login as user with p@ssword (p%40ssword) at smtp.example failed for desk@b.example",
            "login as user with *** (***) at smtp.example failed for ***",
        ),
        (
            "https://hooks.example/in/ABCDEFGH?key=hush-hush",
            "hooks.example said no to abcdefgh, hush-hush",
            "hooks.example said no to ***, ***",
        ),
    ],
)
def test_secrets_are_masked_and_the_rest_is_kept(url: str, text: str, kept: str) -> None:
    assert scrub(text, url) == kept


def test_a_detail_is_one_short_printable_line() -> None:
    line = scrub("a\r\nb\x1b[31m" + "x" * 900, "json://h.example")
    assert line.startswith("a b [31mxxx")
    assert len(line) == DETAIL_CAP
    assert line.isprintable()


@given(
    st.text("abcdefghijklmnopqrstuvwxyzABCDEFGH0123456789", min_size=5, max_size=40),
    st.text(max_size=40),
    st.text(max_size=40),
)
def test_a_token_never_survives(token: str, before: str, after: str) -> None:
    for url in (
        f"json://h.example/{token}",
        f"json://u:{token}@h.example",
        f"x://h.example?k={token}",
    ):
        assert token not in scrub(before + token + after, url).replace(MASK, "")
