"""Phrases: what is found where, what is not read and why, and the bounds that they keep."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watcher.core.errors import UsageError
from watcher.core.phrase import MOST_CHARACTERS, MOST_PARTS, parse
from watcher.core.search import said

TITLE = "Talks on the old dam"
TEXT = (
    "The peace talks at Geneva's hotel resumed after a leaked memo.\n"
    "和平谈判在日内瓦开始。 Über Friedensgespräche sprach auch L’Été.\n"
    "Переговоры о мире продолжились."
)

BRACKETS = (
    "brackets are not read: OR binds closer than the space between two parts,"
    " so a OR b c means (a or b) and c"
)
COMMON = "would be found in nearly every text: write at least 3 letters beside the star"


def fits(phrase: str, title: str = TITLE, text: str = TEXT) -> bool:
    return parse(phrase).fits(*said(title, text))


@pytest.mark.parametrize(
    "phrase",
    [
        "peace talks",
        "TALKS Peace",  # all of them, in any order
        '"peace talks"',
        '"peace talks" memo',
        "dam",  # the headline counts
        "dam memo",  # one part here, the other there
        "moon OR memo",
        "moon | memo",
        "moon OR sun OR memo peace",
        "memo -moon",
        "memo NOT moon",
        'memo -"talks peace"',
        "leak*",
        "*eaked",
        "*riedensgesp*",
        '"leaked mem*"',
        '"peace tal"*',
        '"*ace talks"',
        "FRIEDENSGESPRACHE",  # accents and case are spelling
        "l'ete",
        '"geneva\'s hotel"',
        "geneva",
        "和平谈判",
        "日内",
        "判",
        "переговоры",
        '"memo leaked"~0',
        '"talks geneva hotel"~2',
        '"resumed after a leaked"~0',
        "memo NEAR/3 resumed",
        "memo NEAR resumed",
        "peace NEAR/5 geneva NEAR/5 hotel",
        '"peace talks" NEAR/4 resumed',
        '"pe* talk*"~0',
        "leaked AND memo",
    ],
)
def test_it_is_found(phrase: str) -> None:
    assert fits(phrase)


@pytest.mark.parametrize(
    "phrase",
    [
        "peace moon",
        '"talks peace"',
        '"dam the"',  # not from the headline over into the text
        '"dam peace"~5',
        "moon OR sun",
        "memo -leaked",
        "leak",
        "eaked*",
        "平和",
        "谈平",
        '"talks geneva hotel"~1',
        "memo NEAR/2 resumed",
        '"leaked memo leaked"~0 moon',
    ],
)
def test_it_is_not_found(phrase: str) -> None:
    assert not fits(phrase)


def test_nearness_needs_a_word_for_each_part() -> None:
    assert not fits('"talk* talks"~3', text="The talks went on.", title="")
    assert fits('"talk* talks"~3', text="The talks about talks went on.", title="")


@pytest.mark.parametrize(
    ("phrase", "why"),
    [
        ("", "it holds no word to look for"),
        ("   ", "it holds no word to look for"),
        ("-moon", "it only says what must not be there: name a word to look for"),
        ('dam "talks', 'the quotation that begins with "talks has no end'),
        ("(dam OR talks)", BRACKETS),
        ("OR dam", "nothing stands before OR"),
        ("-dam OR talks", "nothing that it can bind stands before OR"),
        ("dam OR", "nothing follows OR: write a word after it"),
        ("dam NEAR", "nothing follows NEAR: write a word after it"),
        ("dam OR NEAR talks", "NEAR follows OR: write a word between them"),
        ("dam OR -talks", "a minus follows OR: put what must not be there apart"),
        ("dam NEAR -talks", "a minus follows NEAR: what is not there is near nothing"),
        ("-OR dam", "a minus stands before OR: put it before a word"),
        ("a OR b NEAR c", "OR and NEAR stand side by side: which comes first is not said"),
        ("a NEAR b OR c", "OR and NEAR stand side by side: which comes first is not said"),
        ("a NEAR/4 b NEAR/5 c",
         "one nearness has two distances: write the same number each time"),
        ('"a b"~4 NEAR c', "a nearness stands within another: write one of them"),
        ("a NEAR/101 b", "a nearness of 101 words: write a number from 0 to 100"),
        ('"a b"~101', "a nearness of 101 words: write a number from 0 to 100"),
        ('"a b"~x', '"a b"~x has no whole number after the ~: write "a b"~5'),
        ('"dam"~3', '"dam"~3 names one word only: nearness needs two'),
        ('"dam dam"~3', '"dam dam"~3 names one word only: nearness needs two'),
        ("dam~5", 'dam~5: a nearness stands after a quotation, as in "a b"~5'),
        ("d*", "d* would be found in nearly every text: write at least 2 letters beside the star"),
        ("*m*", "*m* " + COMMON),
        ("*am", "*am " + COMMON),
        ("d*m", "d*m has a star inside: stars stand at a word's ends"),
        ("...", "... holds no letter: it can be found nowhere"),
        ("*", "* holds no letter: it can be found nowhere"),
        ("NOT NOT dam", "NOT follows NOT: write a word between them"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_said_exactly(phrase: str, why: str) -> None:
    with pytest.raises(UsageError) as error:
        parse(phrase)
    assert str(error.value) == why


def test_bounds() -> None:
    with pytest.raises(UsageError, match="at most 2,000 are read"):
        parse("a" * (MOST_CHARACTERS + 1))
    many = " ".join(f"word{n}" for n in range(MOST_PARTS + 1))
    with pytest.raises(UsageError, match="33 parts, at most 32"):
        parse(many)


def test_what_is_found_is_shown_as_the_article_has_it() -> None:
    assert parse('"geneva\'s hotel"').found_in(TITLE, TEXT) == (
        "The peace talks at Geneva's hotel resumed after a leaked memo. 和平 …"
    )
    assert parse("dam").found_in(TITLE, TEXT) == "Talks on the old dam"
    assert parse("moon").found_in(TITLE, TEXT) is None


def test_it_tells_what_it_looks_for() -> None:
    told = parse('peace "old dam"~3 moon OR sun -rain').told()
    assert told == 'peace, and "old dam"~3, and moon or sun, and not rain'


WORDS = ("dam", "talks", "water", "river")
texts = st.lists(st.sampled_from((*WORDS, "x")), max_size=14)


@given(texts, st.lists(st.sampled_from(WORDS), min_size=2, max_size=3, unique=True),
       st.integers(0, 6))  # fmt: skip
def test_nearness_agrees_with_its_definition(
    text: list[str], wanted: list[str], between: int
) -> None:
    """Some choice of one place for each word spans at most `between` others."""
    places = [[i for i, word in enumerate(text) if word == one] for one in wanted]
    expected = any(
        max(choice) - min(choice) + 1 - len(wanted) <= between
        for choice in itertools.product(*places)
    )
    phrase = parse(f'"{" ".join(wanted)}"~{between}')
    assert phrase.fits("", " ".join(text)) is expected


@given(texts, st.lists(st.sampled_from(WORDS), min_size=1, max_size=3))
def test_side_by_side_agrees_with_its_definition(text: list[str], wanted: list[str]) -> None:
    expected = any(text[i : i + len(wanted)] == wanted for i in range(len(text) - len(wanted) + 1))
    assert parse(f'"{" ".join(wanted)}"').fits("", " ".join(text)) is expected


@settings(max_examples=300)
@given(st.text('abα和 "*~-|()5ORNEAT/', max_size=24), st.text("abα和 \n'", max_size=40))
def test_any_string_is_read_or_refused_and_shows_what_it_found(phrase: str, text: str) -> None:
    try:
        read = parse(phrase)
    except UsageError:
        return
    found = read.found_in("ab a", text)
    assert (found is not None) is read.fits(*said("ab a", text))
    assert read.told()
