"""Frame or prose: what stands around a copied text, told without knowing its language."""

from __future__ import annotations

import numpy as np
import pytest

from tests import texts
from watcher.core.frame import LABEL, rest
from watcher.core.match import Rest
from watcher.core.text import words


def around(body: str, before: str = "", after: str = "", *, known: str = "") -> Rest:
    """What the words around `body` are, `body` being matched and lines of `known` boilerplate."""
    text = before + body + after
    found = words(text)
    start = len(words(before))
    matched = np.zeros(len(found), dtype=bool)
    matched[start : start + len(words(body))] = True
    lines = text.split("\n")
    learned = np.array([lines[n] in known.split("\n") and lines[n] != "" for n in found.line])
    return rest(text, found.line, matched & ~learned, learned.astype(bool))


def count(text: str) -> int:
    return len(words(text))


def test_nothing_around() -> None:
    assert around(texts.HARBOUR) == Rest(0, 0)


def test_another_language_is_frame() -> None:
    found = around(texts.HARBOUR, texts.FRENCH_HEAD, texts.FRENCH_TAIL)
    assert found == Rest(count(texts.FRENCH_HEAD) + count(texts.FRENCH_TAIL), 0)


@pytest.mark.parametrize("name", texts.SCRIPTS)
def test_another_script_is_frame(name: str) -> None:
    block = texts.SCRIPTS[name]
    assert around(texts.HARBOUR, after=block) == Rest(count(block), 0)
    if name != "korean":  # too short a body to tell a language by
        assert around(block * 2, after=texts.HARBOUR) == Rest(count(texts.HARBOUR), 0)


def test_the_same_language_is_prose() -> None:
    assert around(texts.HARBOUR, after=texts.ORCHARD) == Rest(0, count(texts.ORCHARD))


def test_a_notice_in_the_bodys_language_is_prose_until_it_is_known() -> None:
    assert around(texts.HARBOUR, after=texts.NOTICE) == Rest(0, count(texts.NOTICE))
    # Known boilerplate is neither matched nor counted.
    assert around(texts.HARBOUR, after=texts.NOTICE, known=texts.NOTICE) == Rest(0, 0)


@pytest.mark.parametrize(
    ("line", "is_frame"),
    [
        ("Share this article", True),
        ("By our own correspondent", True),
        ("Source: Ellery News Agency", True),
        ("He left.", False),
        ("Did anybody ask why?", False),
        ("\u4ed6\u8d70\u4e86\u3002", False),
        (" ".join(["word"] * (LABEL - 1)), True),
        (" ".join(["word"] * LABEL), False),
        ("Copyright \u00a9 Port Ellery Gazette and its licensors. All rights reserved.", True),
        ("Read it first at https://gazette.example/harbour every morning of the week.", True),
        ("Write to the desk (desk@gazette.example) if you know more about this matter.", True),
    ],
)
def test_one_line(line: str, is_frame: bool) -> None:
    n = count(line)
    assert around(texts.HARBOUR, after=line) == (Rest(n, 0) if is_frame else Rest(0, n))


def test_a_long_paragraph_with_an_address_is_prose() -> None:
    line = texts.ORCHARD.replace("\n", " ") + "See gazette.example.com for more."
    assert around(texts.HARBOUR, after=line) == Rest(0, count(line))


def test_words_changed_inside_a_shared_paragraph_are_prose() -> None:
    text = "\n".join([texts.HARBOUR.split("\n")[0], "Share this"])
    found = words(text)
    matched = np.ones(len(found), dtype=bool)
    matched[3:9] = False
    matched[found.line == 1] = False
    assert rest(text, found.line, matched, np.zeros(len(found), dtype=bool)) == Rest(2, 6)


def test_blocks_are_judged_together() -> None:
    # A sentence alone is too little to tell a language by; a dozen of them are not.
    sentences = texts.FRENCH_TAIL.replace(", ", ".\n")
    assert around(texts.HARBOUR, after="\nElle est partie hier.") == Rest(0, 4)
    assert around(texts.HARBOUR, after=sentences) == Rest(count(sentences), 0)


def test_too_little_body_to_tell_a_language_by() -> None:
    assert around("It rained.", after="\n" + texts.FRENCH_TAIL).prose > 0


def test_empty_texts() -> None:
    none = np.zeros(0, dtype=bool)
    assert rest("", words("").line, none, none) == Rest(0, 0)
    assert rest("\n\n...\n", words("\n\n...\n").line, none, none) == Rest(0, 0)


def test_all_of_it_known() -> None:
    found = words(texts.NOTICE)
    everything = np.ones(len(found), dtype=bool)
    assert rest(texts.NOTICE, found.line, ~everything, everything) == Rest(0, 0)
