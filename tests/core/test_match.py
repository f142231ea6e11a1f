"""Two texts compared: each kind at its bounds, the same both ways round, on texts as they come."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import texts
from watcher.core import clean, frame
from watcher.core.match import (
    GAP,
    MIN_WORDS,
    MIN_WORDS_SHORT,
    SHORT,
    Kind,
    Match,
    Order,
    Rest,
    Sequence,
    Side,
    compare,
    shared,
)
from watcher.core.text import U64, words

ENGLISH = [texts.HARBOUR, texts.ORCHARD, texts.LIBRARY]


def side(text: str) -> Side:
    """A text as the recorder compares it, with no boilerplate known."""
    found = words(text)

    def rest(matched: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Rest:
        return frame.rest(text, found.line, matched, np.zeros(len(found), dtype=bool))

    return Side(Sequence.of(found.hashes), rest)


def match(a: str, b: str, order: Order = Order.SEEN, *, same_outlet: bool = False) -> Match:
    return compare(side(a), side(b), order=order, same_outlet=same_outlet)


def first_words(text: str, n: int) -> str:
    """The first n words of a text as written."""
    lines: list[str] = []
    for line in text.split("\n"):
        kept = line.split(" ")[: n - sum(len(x.split(" ")) for x in lines)]
        if not kept:
            break
        lines.append(" ".join(kept))
    return "\n".join(lines)


# ---------------------------------------------------------------- the kinds


def test_verbatim() -> None:
    found = match(texts.HARBOUR, texts.HARBOUR)
    assert found.kind is Kind.VERBATIM
    assert (found.paste, found.cut) == (1.0, 1.0)
    assert found.words == found.longest == len(words(texts.HARBOUR))
    assert not found.low_evidence
    assert "word for word" in found.reason


def test_nothing_shared() -> None:
    for a, b in combinations(ENGLISH, 2):
        found = match(a, b)
        assert found.kind is Kind.NONE
        assert found.words < MIN_WORDS


@pytest.mark.parametrize("order", Order)
def test_english_wrapped_in_french(order: Order) -> None:
    # The case that started it: the body word for word, half of the page a frame.
    page = texts.FRENCH_HEAD + texts.HARBOUR + texts.FRENCH_TAIL
    for a, b in ((texts.HARBOUR, page), (page, texts.HARBOUR)):
        found = match(a, b, order)
        assert found.kind is Kind.WRAPPED, found.reason
        assert "frame" in found.reason
        figures = sorted((found.paste, found.cut))
        assert figures[1] == 1.0
        assert figures[0] == pytest.approx(len(words(texts.HARBOUR)) / len(words(page)), abs=0.0001)


@pytest.mark.parametrize("name", ["RUSSIAN", "CHINESE", "THAI", "ARABIC"])
def test_a_french_frame_around_other_scripts(name: str) -> None:
    text = getattr(texts, name)
    found = match(text, texts.FRENCH_HEAD + text + texts.FRENCH_TAIL)
    assert found.kind is Kind.WRAPPED, found.reason


def test_labels_around_the_text_are_a_frame() -> None:
    menu = "Home\nNews\nSport\nWeather today\nShare this\nMost read\nSign in\nContact us\n" * 4
    found = match(texts.HARBOUR, menu + texts.HARBOUR + menu)
    assert found.kind is Kind.WRAPPED, found.reason


def test_a_frame_of_prose_in_the_same_language_is_no_frame() -> None:
    found = match(texts.LIBRARY, texts.ORCHARD + texts.LIBRARY)
    assert found.kind is Kind.CONTAINER, found.reason
    assert "prose" in found.reason


def test_edited() -> None:
    found = match(texts.HARBOUR, texts.reworded(texts.HARBOUR, 9))
    assert found.kind is Kind.EDITED, found.reason
    assert found.paste == pytest.approx(8 / 9, abs=0.02)


def test_edited_inside_a_frame() -> None:
    page = texts.FRENCH_HEAD + texts.reworded(texts.HARBOUR, 7) + texts.FRENCH_TAIL
    found = match(texts.HARBOUR, page)
    assert found.kind is Kind.EDITED, found.reason
    assert found.cut < 0.5 < found.paste


def test_excerpt() -> None:
    part = "\n".join(texts.HARBOUR.split("\n")[:2])
    found = match(texts.HARBOUR, part)
    assert found.kind is Kind.EXCERPT, found.reason
    assert found.cut == 1.0
    assert found.paste < 0.5


def test_a_part_that_came_first_is_no_excerpt() -> None:
    part = "\n".join(texts.HARBOUR.split("\n")[:2])
    found = match(part, texts.HARBOUR)
    assert found.kind is Kind.CONTAINER
    assert (found.paste, found.cut < 0.5) == (1.0, True)
    assert "later text is longer" in found.reason


@pytest.mark.parametrize("flip", [False, True])
def test_a_part_of_unknown_order_is_no_excerpt(flip: bool) -> None:
    pair = [texts.HARBOUR, "\n".join(texts.HARBOUR.split("\n")[:2])]
    a, b = reversed(pair) if flip else pair
    found = match(a, b, Order.UNKNOWN)
    assert found.kind is Kind.CONTAINER
    assert found.paste == 1.0  # what is inside the other is taken for the source
    assert found.swapped is not flip


def test_container_whichever_came_first() -> None:
    roundup = texts.ORCHARD + texts.LIBRARY + texts.HARBOUR
    assert match(texts.LIBRARY, roundup).kind is Kind.CONTAINER
    # The round-up first: then the single report may well have been taken from it.
    assert match(roundup, texts.LIBRARY).kind is Kind.EXCERPT
    assert match(roundup, texts.LIBRARY, Order.UNKNOWN).kind is Kind.CONTAINER


def test_passage() -> None:
    quoted = texts.HARBOUR.split("\n")[2]
    found = match(texts.HARBOUR, texts.ORCHARD + quoted)
    assert found.kind is Kind.PASSAGE, found.reason
    assert found.words == found.longest == len(words(quoted))


@pytest.mark.parametrize(
    ("shared_words", "kind"), [(MIN_WORDS, Kind.PASSAGE), (MIN_WORDS - 1, Kind.NONE)]
)
def test_thirty_words_are_evidence(shared_words: int, kind: Kind) -> None:
    quoted = " ".join(texts.HARBOUR.split()[:shared_words])
    assert len(words(quoted)) == shared_words
    a, b = texts.made_up(1, 10) + "\n" + quoted, texts.made_up(2, 10) + "\n" + quoted
    assert match(a, b).kind is kind


def test_runs_too_short_to_be_evidence() -> None:
    # Five words of the source at a time, and more than an edit's worth of others between them.
    pieces = [" ".join(texts.HARBOUR.split()[i : i + 5]) for i in range(0, 200, 5)]
    spread = [f"{piece} {texts.made_up(i, 1)}" for i, piece in enumerate(pieces)]
    found = match(texts.HARBOUR, "\n".join(spread))
    assert found.words == 0


# Bounds: (matched words of the copy, words of the source, words of the copy).
@pytest.mark.parametrize(
    ("matched", "in_a", "in_b", "order", "kind"),
    [
        (90, 100, 100, Order.SEEN, Kind.VERBATIM),
        (89, 100, 100, Order.SEEN, Kind.EDITED),
        (90, 90, 101, Order.SEEN, Kind.EDITED),  # the rest is prose
        (50, 100, 100, Order.SEEN, Kind.EDITED),
        (49, 100, 100, Order.SEEN, Kind.PASSAGE),
        (60, 200, 100, Order.SEEN, Kind.EXCERPT),
        (59, 200, 100, Order.SEEN, Kind.PASSAGE),
        (60, 100, 200, Order.SEEN, Kind.CONTAINER),
        (59, 100, 200, Order.SEEN, Kind.PASSAGE),
        (60, 200, 100, Order.UNKNOWN, Kind.CONTAINER),
        (60, 200, 100, Order.CLAIMED, Kind.EXCERPT),
        (MIN_WORDS, 300, 300, Order.SEEN, Kind.PASSAGE),
        (MIN_WORDS - 1, 300, 300, Order.SEEN, Kind.NONE),
        # Short texts: near-identity, or as many words as of any text.
        (23, 28, 28, Order.SEEN, Kind.EDITED),
        (22, 28, 28, Order.SEEN, Kind.NONE),
        (MIN_WORDS, SHORT - 1, SHORT - 1, Order.SEEN, Kind.EDITED),
        (MIN_WORDS - 1, 40, SHORT - 1, Order.SEEN, Kind.NONE),
        (54, SHORT - 1, SHORT - 1, Order.SEEN, Kind.VERBATIM),
        (MIN_WORDS_SHORT, 22, 22, Order.SEEN, Kind.VERBATIM),
        (MIN_WORDS_SHORT - 1, 20, 20, Order.SEEN, Kind.NONE),
        (25, 25, 200, Order.SEEN, Kind.NONE),
        (30, 30, 200, Order.SEEN, Kind.CONTAINER),
    ],
)
def test_each_kind_at_its_bound(
    matched: int, in_a: int, in_b: int, order: Order, kind: Kind
) -> None:
    common = list(range(10, 10 + matched))
    a = _numbers([*common, *range(1000, 1000 + in_a - matched)])
    b = _numbers([*common, *range(5000, 5000 + in_b - matched)])
    found = compare(_all_prose(a), _all_prose(b), order=order)
    assert found.kind is kind, found.reason
    assert found.low_evidence is (min(in_a, in_b) < SHORT)


def _numbers(values: list[int]) -> U64:
    return np.array(values, dtype=np.uint64) * np.uint64(2)


def _all_prose(hashes: U64) -> Side:
    return Side(Sequence.of(hashes), lambda matched: Rest(0, int((~matched).sum())))


@pytest.mark.parametrize(
    ("frame_words", "other", "kind"),
    [(100, 0, Kind.WRAPPED), (100, 11, Kind.WRAPPED), (100, 12, Kind.EDITED)],
)
def test_wrapped_at_its_bound(frame_words: int, other: int, kind: Kind) -> None:
    # Of what is not frame, nine words in ten are the source's.
    common = list(range(10, 110))
    a = Side(Sequence.of(_numbers(common)), lambda _: pytest.fail("the inner text has no rest"))
    page = _numbers([*common, *range(1000, 1000 + frame_words + other)])
    b = Side(Sequence.of(page), lambda _: Rest(frame_words, other))
    assert compare(a, b, order=Order.SEEN).kind is kind


# ---------------------------------------------------------------- one outlet


def test_an_outlets_own_text_again_is_a_repost() -> None:
    found = match(texts.HARBOUR, texts.HARBOUR, same_outlet=True)
    assert found.kind is Kind.REPOST
    assert "same outlet" in found.reason


def test_an_outlets_articles_under_one_notice_are_nothing() -> None:
    for a, b in (
        (texts.LIBRARY + texts.NOTICE, texts.ORCHARD + texts.NOTICE),
        (texts.HARBOUR, texts.HARBOUR.split("\n")[0] + texts.HARBOUR.split("\n")[1]),
        (texts.HARBOUR, texts.reworded(texts.HARBOUR, 6)),
    ):
        found = match(a, b, same_outlet=True)
        assert found.kind is Kind.NONE, found.reason
        assert match(a, b).words >= 20


# ---------------------------------------------------------------- short texts


def test_a_short_text_word_for_word() -> None:
    found = match(texts.SHORT, texts.SHORT.upper())
    assert found.kind is Kind.VERBATIM
    assert found.low_evidence


def test_a_headline_is_no_evidence() -> None:
    assert match("Trains will not run on Sunday", "Trains will not run on Sunday").kind is Kind.NONE
    assert match("", "").kind is Kind.NONE
    assert match("", texts.HARBOUR).kind is Kind.NONE


# ---------------------------------------------------------------- paragraphs in another order


@pytest.mark.parametrize("seed", range(4))
def test_reordered_paragraphs_are_the_same_words(seed: int) -> None:
    lines = texts.HARBOUR.strip().split("\n")
    shuffled = lines[:]
    while shuffled == lines:
        random.Random(seed).shuffle(shuffled)
    found = match(texts.HARBOUR, "\n".join(shuffled))
    assert found.kind is Kind.VERBATIM, found.reason
    assert found.longest < len(words(texts.HARBOUR))


# ---------------------------------------------------------------- the same both ways round

PARTS = [line for text in (*ENGLISH, texts.NOTICE, texts.SHORT) for line in text.split("\n")]
PAGES = st.lists(st.sampled_from([*PARTS, texts.FRENCH_TAIL, "Share this"]), max_size=7).map(
    "\n".join
)


@given(PAGES, PAGES, st.sampled_from([2, 3, 5, 8, 1000]))
@settings(max_examples=150, deadline=None)
@example(texts.HARBOUR, texts.HARBOUR, 1000)
@example("la " * 100 + texts.SHORT, texts.SHORT + " la" * 40, 1000)
def test_a_match_is_the_same_either_way_round(a: str, b: str, every: int) -> None:
    b = texts.reworded(b, every)
    one, other = match(a, b, Order.UNKNOWN), match(b, a, Order.UNKNOWN)
    assert (one.kind, one.paste, one.cut, one.words, one.longest) == (
        other.kind,
        other.paste,
        other.cut,
        other.words,
        other.longest,
    )
    assert one.reason == other.reason


# Few blocks, many times: runs overlap, repeat and cross in every way.
BLOCKS = [
    [1, 2, 3, 4, 5, 6, 7, 8],
    [1, 2, 3, 4],
    [5, 6, 7, 8, 9],
    [1, 1, 1],
    [3, 4, 5],
    [9, 8],
    [7],
]
NUMBERS = st.lists(st.sampled_from([*BLOCKS, BLOCKS[0]]), max_size=40).map(
    lambda blocks: [n for block in blocks for n in block]
)


@given(NUMBERS, NUMBERS)
@settings(max_examples=300, deadline=None)
def test_coverage_is_symmetric_and_within_its_bounds(a: list[int], b: list[int]) -> None:
    left, right = Sequence.of(_numbers(a)), Sequence.of(_numbers(b))
    one, other = shared(left, right), shared(right, left)
    assert one.in_a.tolist() == other.in_b.tolist()
    assert one.in_b.tolist() == other.in_a.tolist()
    assert one.longest == other.longest
    if a != b:
        assert sorted(one.runs[:, [2, 3, 0, 1]].tolist()) == other.runs.tolist()


@given(NUMBERS, NUMBERS)
@settings(max_examples=300, deadline=None)
def test_figures_stay_within_their_bounds(a: list[int], b: list[int]) -> None:
    found = compare(_all_prose(_numbers(a)), _all_prose(_numbers(b)), order=Order.UNKNOWN)
    assert 0 <= found.paste <= 1
    assert 0 <= found.cut <= 1
    assert 0 <= found.longest <= max(len(a), len(b))
    assert found.words <= max(len(a), len(b))


@given(PAGES, PAGES, st.sampled_from([5, 9, 1000]))
@settings(max_examples=100, deadline=None)
def test_runs_select_the_same_words_but_for_small_edits(a: str, b: str, every: int) -> None:
    b = texts.reworded(b, every)
    left, right = words(a).hashes, words(b).hashes
    found = shared(Sequence.of(left), Sequence.of(right))
    marked_a, marked_b = np.zeros(len(left), bool), np.zeros(len(right), bool)
    for start_a, end_a, start_b, end_b in found.runs.tolist():
        assert 0 <= start_a < end_a <= len(left)
        assert 0 <= start_b < end_b <= len(right)
        # A run begins and ends with the same words, and holds edits of at most GAP words.
        assert left[start_a] == right[start_b]
        assert left[end_a - 1] == right[end_b - 1]
        for matched in (found.in_a[start_a:end_a], found.in_b[start_b:end_b]):
            assert _longest_gap(matched.tolist()) <= GAP
        marked_a[start_a:end_a] = True
        marked_b[start_b:end_b] = True
    # What is matched lies in a run, and each matched word is one that the other text has.
    assert not (found.in_a & ~marked_a).any()
    assert not (found.in_b & ~marked_b).any()
    assert set(left[found.in_a].tolist()) == set(right[found.in_b].tolist())


def _longest_gap(matched: list[bool]) -> int:
    longest = current = 0
    for m in matched:
        current = 0 if m else current + 1
        longest = max(longest, current)
    return longest


def test_swapped_runs_are_in_the_sources_order() -> None:
    found = match(texts.FRENCH_HEAD + texts.LIBRARY + texts.ORCHARD, texts.LIBRARY, Order.UNKNOWN)
    assert found.swapped
    assert found.runs[0].tolist()[:2] == [0, len(words(texts.LIBRARY))]
    assert found.runs[0].tolist()[2] == len(words(texts.FRENCH_HEAD))


# ---------------------------------------------------------------- repetition


def test_a_text_with_a_refrain_equals_itself() -> None:
    refrain = "Hold the line until the evening comes and let nobody through the eastern gate."
    song = "\n".join(f"{texts.made_up(n, 1)} {refrain}" for n in range(24))
    found = match(song, song)
    assert (found.kind, found.paste, found.cut) == (Kind.VERBATIM, 1.0, 1.0), found.reason


def test_a_word_repeated_equals_itself() -> None:
    assert match("la " * 300, "la " * 300).kind is Kind.VERBATIM


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("a " * 50_000, "a " * 50_000),
        ("a b " * 25_000, "b a " * 25_000),
        ("a b c d e " * 10_000, texts.HARBOUR),
        (texts.HARBOUR * 100, texts.HARBOUR * 100),
        ((texts.SHORT + "\n") * 16, (texts.SHORT + "\n") * 15),
        ("\u4e2d" * 50_000, "\u4e2d" * 50_000),
        ("\n".join(texts.HARBOUR.split()[:200] * 16), " ".join(texts.HARBOUR.split()[:200] * 16)),
    ],
    ids=["a", "ab", "abcde", "harbour", "short", "han", "lines"],
)
def test_texts_made_to_be_slow_are_compared_all_the_same(a: str, b: str) -> None:
    found = match(a, b)
    assert 0 <= found.paste <= 1
    assert 0 <= found.cut <= 1


# ---------------------------------------------------------------- tricks and accidents

TRICKS: dict[str, Callable[[str], str]] = {
    "quotes": lambda t: t.replace('"', "\u00ab").replace("'", "\u2019"),
    "curly quotes": lambda t: t.replace('"', "\u201d"),
    "dashes": lambda t: t.replace(", ", " \u2014 "),
    "upper case": str.upper,
    "full-width": lambda t: "".join(
        chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in t
    ),
    "ligatures": lambda t: t.replace("fi", "\ufb01").replace("fl", "\ufb02"),
    "accents composed": lambda t: unicodedata.normalize("NFC", t.replace("e", "e\u0301")),
    "accents apart": lambda t: unicodedata.normalize("NFD", t.replace("e", "\u00e9")),
    "soft hyphens": lambda t: t.replace("tt", "t\u00adt").replace("er", "e\u00adr"),
    "zero-width spaces": lambda t: t.replace("a", "a\u200b"),
    "joiners": lambda t: t.replace("o", "\u2060o\ufeff"),
    "cyrillic letters": lambda t: t.translate(
        str.maketrans("aeocpxyi", "\u0430\u0435\u043e\u0441\u0440\u0445\u0443\u0456")
    ),
    "greek letters": lambda t: t.replace("o", "\u03bf").replace("v", "\u03bd"),
    "capital look-alikes": lambda t: t.translate(
        str.maketrans("AHMTO", "\u0391\u041d\u041c\u0422\u039f")
    ),
    "hyphenation": lambda t: t.replace("council", "coun-\ncil").replace("harbour", "har-\nbour"),
    "one paragraph": lambda t: t.replace("\n", " "),
    "a line a sentence": lambda t: t.replace(". ", ".\n"),
    "other blanks": lambda t: t.replace(" ", "\u00a0\u2003"),
    "no punctuation": lambda t: t.replace(",", "").replace(".", ""),
}  # fmt: skip


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("cleaned", [True, False])
def test_a_copy_in_disguise_is_a_copy(trick: str, cleaned: bool) -> None:
    copy = TRICKS[trick](texts.HARBOUR)
    found = match(texts.HARBOUR, clean.text(copy) if cleaned else copy)
    assert found.kind is Kind.VERBATIM, found.reason
    assert found.paste >= 0.97
    assert found.cut >= 0.97


def test_left_over_entities() -> None:
    escaped = (
        texts.HARBOUR.replace('"', "&quot;")
        .replace("'", "&amp;#8217;")
        .replace(" the ", "&nbsp;the ")
    )
    assert escaped != texts.HARBOUR
    found = match(texts.HARBOUR, clean.text(escaped))
    assert (found.kind, found.paste, found.cut) == (Kind.VERBATIM, 1.0, 1.0)


@pytest.mark.parametrize("name", texts.SCRIPTS)
def test_every_script(name: str) -> None:
    text = texts.SCRIPTS[name]
    lines = text.strip().split("\n")
    assert match(text, text).kind is Kind.VERBATIM
    assert match(text, unicodedata.normalize("NFD", text)).kind is Kind.VERBATIM
    assert match(text, clean.text(text.replace("\n", "\r\n\u00ad"))).kind is Kind.VERBATIM
    assert match(text, "\n".join(reversed(lines))).kind is Kind.VERBATIM
    other = texts.THAI if name != "thai" else texts.CHINESE
    assert match(text, other).kind is Kind.NONE
    # A paragraph left out: still the same text, edited.
    shorter = match(text, "\n".join(lines[1:]))
    assert shorter.kind in (Kind.EDITED, Kind.EXCERPT), shorter.reason
    assert shorter.cut == 1.0


@pytest.mark.parametrize("name", ["chinese", "japanese", "thai"])
def test_common_characters_are_no_evidence(name: str) -> None:
    characters = [c for c in texts.SPACELESS[name] if c.strip()]
    shuffled = characters[:]
    random.Random(1).shuffle(shuffled)
    assert match("".join(characters), "".join(shuffled)).kind is Kind.NONE
