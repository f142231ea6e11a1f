"""Words: which spellings are one word, where words stand, and what a paragraph's hash sees."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import texts
from watcher.core.text import mix, normal, paragraphs, shingles, spans, words
from watcher.core.text.cut import cut
from watcher.core.text.hashing import LONGEST, runs, word_hash
from watcher.core.text.quick import quick

ALL_TEXTS = {
    name: text for name, text in vars(texts).items() if name.isupper() and isinstance(text, str)
}


def hashes(text: str) -> list[int]:
    found: list[int] = words(text).hashes.tolist()
    return found


def one(text: str) -> int:
    """The hash of a text that is one word."""
    found = hashes(text)
    assert len(found) == 1, (text, found)
    return found[0]


def said(text: str) -> list[str]:
    return [text[start:end] for start, end in spans(text)]


# ---------------------------------------------------------------- what is a word


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("\n \n", []),
        ("... -- !? \u2026", []),
        ("One, two; THREE.", ["One", "two", "THREE"]),
        ("snake_case", ["snake", "case"]),
        ("half-life", ["half", "life"]),
        ("don't rock 'n' roll", ["don't", "rock", "n", "roll"]),
        ("l\u2019homme d\u02bcun jour", ["l\u2019homme", "d\u02bcun", "jour"]),
        ("it cost 3.50 in 2019", ["it", "cost", "3", "50", "in", "2019"]),
        ("Z\u00fcrich, na\u0308ive", ["Z\u00fcrich", "na\u0308ive"]),
        ("\u4e2d\u56fd2024\u5e74", ["\u4e2d", "\u56fd", "2024", "\u5e74"]),
        ("iPhone\u3092\u8cb7\u3046", ["iPhone", "\u3092", "\u8cb7", "\u3046"]),
        ("\u304b\u3099\u3063", ["\u304b\u3099", "\u3063"]),  # ga, decomposed
        ("\u0e01\u0e34\u0e19", ["\u0e01\u0e34", "\u0e19"]),  # Thai: a vowel above is no word
        ("\u1780\u17d2\u1793\u17bb\u1784", ["\u1780\u17d2", "\u1793\u17bb", "\u1784"]),  # Khmer
        ("\ud55c\uad6d \ub274\uc2a4", ["\ud55c\uad6d", "\ub274\uc2a4"]),  # Korean has spaces
        ("\u0939\u093f\u0928\u094d\u0926\u0940 \u092e\u0947\u0902", None),  # Hindi: two words
    ],
)
def test_words_are_runs_of_letters(text: str, expected: list[str] | None) -> None:
    if expected is None:
        expected = text.split()
    assert said(text) == expected


@pytest.mark.parametrize("name", texts.SPACELESS)
def test_each_character_is_a_word_where_none_are_written(name: str) -> None:
    text = texts.SPACELESS[name]
    letters = [c for c in text if unicodedata.category(c) in ("Lo", "Lm")]
    assert len(words(text)) == len(letters)
    assert all(h & 1 for h in hashes(text.replace(" ", "")))


@pytest.mark.parametrize("name", texts.SPACED)
def test_scripts_with_spaces_have_words(name: str) -> None:
    text = texts.SPACED[name]
    bare = "".join(c if unicodedata.category(c)[0] in "LM" else " " for c in text)
    assert said(text) == bare.split()
    assert not any(h & 1 for h in hashes(text))


# ---------------------------------------------------------------- which spellings are one word


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("HARBOUR", "harbour"),
        ("Stra\u00dfe", "STRASSE"),
        ("caf\u00e9", "cafe\u0301"),
        ("caf\u00e9", "cafe"),
        ("na\u00efve", "NAI\u0308VE"),
        ("\ufb01nancial", "financial"),  # ligature
        ("o\ufb03ce", "office"),
        ("\uff28\uff21\uff32\uff22\uff2f\uff35\uff32", "harbour"),  # full-width
        ("har\u00adbour", "harbour"),  # soft hyphen
        ("har\u200bbour", "harbour"),  # zero-width space
        ("har\u2060b\ufeffour", "harbour"),
        ("don\u2019t", "don't"),
        ("don\u2019t", "dont"),
        ("don\u00ad\u2019t", "don't"),  # unseen beside an apostrophe
        ("don\u2019\u200bt", "don't"),
        ("O\u02bcBrien", "O'Brien"),
        ("exam-\nple", "example"),
        ("exam\u2010\nple", "example"),
        ("exam\u00ad-\nple", "example"),
        ("h\u0430rb\u043eur", "harbour"),  # Cyrillic a, o
        ("h\u03b1rb\u03bfur", "harbour"),  # Greek alpha, omicron
        ("\u041d\u0430rbour", "Harbour"),  # a Cyrillic capital in a Latin word
        ("\u0397arbour", "Harbour"),  # a Greek one
        ("h\u0251rbour", "harbour"),  # Latin alpha
        ("\u0660\u0661\u0662", "012"),  # Arabic-Indic digits
        ("\u06f3\u06f4", "34"),
        ("\u0967\u0968", "12"),  # Devanagari
        ("\u0e52\u0e55\u0e56\u0e57", "2567"),  # Thai
        ("\u17e2\u17e0", "20"),  # Khmer
        ("\uff12\uff10", "20"),
        ("\u0130stanbul", "istanbul"),  # Turkish dotted capital
        ("\u0131\u015f\u0131k", "isik"),
        ("co\u0140laboraci\u00f3", "col\u00b7laboraci\u00f3"),  # Catalan
        ("co\u0140laboraci\u00f3", "col\u00b7laboracio\u0301"),
        ("\u0149", "\u02bcn"),
        ("\u03a3\u039f\u03a6\u039f\u03a3", "\u03c3\u03bf\u03c6\u03cc\u03c2"),  # final sigma
        ("\u0395\u03bb\u03bb\u03ac\u03b4\u03b1", "\u03b5\u03bb\u03bb\u03b1\u03b4\u03b1"),
        ("\u0451\u043b\u043a\u0430", "\u0435\u043b\u043a\u0430"),  # Russian yo, as printed
        ("\u0643\u062a\u0627\u0628", "\u0643\u0640\u0640\u062a\u0627\u0628"),  # tatweel
        ("\u0639\u064f\u062f\u0651\u0650\u0644\u062a", "\u0639\u062f\u0644\u062a"),  # vowel points
        ("\ufedb\ufe98\ufe8e\ufe8f", "\u0643\u062a\u0627\u0628"),  # presentation forms
        ("\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd", "\u05e9\u05dc\u05d5\u05dd"),
        ("\u0915\u093c", "\u0958"),  # Hindi nukta
        ("\u091c\u093c", "\u091c"),  # which print leaves out
        ("\u0645\u0635\u0637\u0641\u0649", "\u0645\u0635\u0637\u0641\u064a"),  # Egypt's final yeh
        ("\u0639\u0644\u06cc", "\u0639\u0644\u064a"),  # typed on a Persian keyboard
        ("\u06a9\u062a\u0627\u0628", "\u0643\u062a\u0627\u0628"),
        ("\u0645\u062f\u0631\u0633\u0629", "\u0645\u062f\u0631\u0633\u0647"),  # teh marbuta
        ("\u0623\u062d\u0645\u062f", "\u0627\u062d\u0645\u062f"),  # alef with its hamza
        ("\u0622\u0645\u0627\u0644", "\u0627\u0645\u0627\u0644"),
        (
            "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
            "\u0645\u064a\u062e\u0648\u0627\u0647\u0645",
        ),
        ("St\u00f8re", "Store"),
        ("\u0141\u00f3d\u017a", "Lodz"),
        ("\u0110\u1ea3ng", "Dang"),
        ("Vi\u1ec7t", "Vie\u0323\u0302t"),
        ("\u00c6r\u00f8", "Aero"),
        ("\u017faid", "said"),  # long s
        ("\uff76\uff9e", "\u30ac"),  # half-width kana with its voicing mark
        ("\u304b\u3099", "\u304c"),
        ("\uf900", "\u8c48"),  # compatibility ideograph
        ("\ud55c", "\u1112\u1161\u11ab"),  # Hangul, decomposed
    ],
)
def test_two_spellings_of_one_word(a: str, b: str) -> None:
    assert one(a) == one(b)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("harbour", "harbours"),
        ("h1", "hl"),
        ("\u0915\u093f", "\u0915\u0940"),  # Hindi vowel signs are letters to their readers
        ("\u0e01\u0e34", "\u0e01\u0e37"),  # and so are Thai ones
        ("\u304b", "\u304c"),  # ka, ga
        ("12", "21"),
        ("\u4e2d", "\u56fd"),
    ],
)
def test_two_words(a: str, b: str) -> None:
    assert one(a) != one(b)


def test_a_hyphen_within_a_line_is_no_break() -> None:
    assert len(words("well-known")) == 2
    assert len(words("1995-\n1998")) == 2  # a range of years
    assert len(words("end -\nbegin")) == 2  # a dash


def test_a_broken_word_stands_in_the_line_where_it_ends() -> None:
    found = words("one exam-\nple two\nthree")
    assert found.line.tolist() == [0, 1, 1, 2]
    assert found.hashes.tolist() == hashes("one example two three")


def test_lookalikes_make_equal_words_of_nothing_else() -> None:
    # Folding is the same on both sides: a text all in Cyrillic still equals itself, and
    # no Russian word of two or more letters that are not all look-alikes becomes Latin.
    assert one("\u043f\u043e\u0440\u0442") == one("\u041f\u041e\u0420\u0422")
    assert one("\u043f\u043e\u0440\u0442") != one("port")


def test_normal_says_what_a_word_says() -> None:
    assert normal("Don\u2019t") == "dont"
    assert normal("\u00c9COLE") == "ecole"
    assert normal("\u00ad") == ""


# ---------------------------------------------------------------- offsets


@pytest.mark.parametrize("name", ALL_TEXTS)
def test_each_span_holds_the_word_that_words_gives(name: str) -> None:
    text = ALL_TEXTS[name]
    found = words(text)
    pieces = said(text)
    assert len(pieces) == len(found) > 0
    assert [one(piece) for piece in pieces] == found.hashes.tolist()
    starts = [start for start, _ in spans(text)]
    assert [text.count("\n", 0, start) for start in starts] == found.line.tolist()


# Letters that readers use, without the alphabets whose letters are drawn alike: there case and
# spelling may not matter at all.
LETTERS = st.one_of(
    st.characters(
        min_codepoint=0x20,
        max_codepoint=0x24F,
        categories=("L", "Nd", "Zs", "P", "S"),
        exclude_characters="\u00b5",  # micro: a Greek letter
    ),
    st.characters(min_codepoint=0x5D0, max_codepoint=0x6D3, categories=("L", "M", "Nd", "P")),
    st.characters(min_codepoint=0x904, max_codepoint=0xDFF, categories=("L", "M", "Nd")),
    st.characters(min_codepoint=0xE01, max_codepoint=0x10FF, categories=("L", "M", "Nd")),
    st.characters(min_codepoint=0x1780, max_codepoint=0x17E9, categories=("L", "M", "Nd")),
    st.characters(min_codepoint=0x1E00, max_codepoint=0x1EFF, categories=["L"]),
    st.characters(min_codepoint=0x3041, max_codepoint=0x30FF, categories=("L", "M")),
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF, categories=["L"]),
    st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3, categories=["L"]),
    st.characters(min_codepoint=0xFF01, max_codepoint=0xFF9F, categories=("L", "Nd")),
    st.sampled_from("\n -'\u2019aeiou\u0301\u0308"),
)
READABLE = st.text(LETTERS, max_size=60)
UNSEEN = st.sampled_from(["\u00ad", "\u200b", "\u2060", "\ufeff", "\u200b\u00ad"])
ANYTHING = st.text(st.characters(codec=None), max_size=80)


@given(READABLE)
@settings(max_examples=300, deadline=None)
@example("e\u0301\u0323")
def test_words_do_not_see_how_accents_are_composed(text: str) -> None:
    assert hashes(unicodedata.normalize("NFC", text)) == hashes(unicodedata.normalize("NFD", text))


@given(READABLE)
@settings(max_examples=300, deadline=None)
@example("\u00dfa \u0149b \u0133c \u01c4d")
def test_words_do_not_see_case(text: str) -> None:
    assert hashes(text) == hashes(text.upper()) == hashes(text.lower())


@given(READABLE, st.lists(st.tuples(st.integers(0, 60), UNSEEN), max_size=5))
@settings(max_examples=300, deadline=None)
@example("don't", [(3, "\u200b"), (4, "\u00ad")])
@example("exam-\nple", [(5, "\u200b")])
def test_words_do_not_see_what_readers_cannot(text: str, inserted: list[tuple[int, str]]) -> None:
    dirty = text
    for at, unseen in inserted:
        # Between an alphabet's letter and a mark, or inside "-\n", it changes what is drawn.
        dirty = dirty[:at] + unseen + dirty[at:]
    assert hashes(dirty) == hashes(text)


@given(ANYTHING)
@settings(max_examples=500, deadline=None)
@example("\ud800")
@example("a\ud800b \udfff\u0301")
@example("\u0301")
@example("-\n-\na")
def test_any_text_has_as_many_spans_as_words(text: str) -> None:
    found = words(text)
    pieces = spans(text)
    assert len(pieces) == len(found) == len(found.line)
    assert all(0 <= start < end <= len(text) for start, end in pieces)
    assert all(a[1] <= b[0] for a, b in pairwise(pieces))
    assert (np.diff(found.line) >= 0).all()
    assert not len(found) or 0 <= found.line[0] <= found.line[-1] <= text.count("\n")


def test_long_runs_of_nothing_take_no_time() -> None:
    for nothing in ("\u200b" * 50_000, "-\n" * 50_000, "'" * 50_000, "\u0301" * 50_000):
        assert len(words("a" + nothing + " b")) == 2


# ---------------------------------------------------------------- shingles and paragraphs


def test_a_shingle_sees_its_words_and_their_order() -> None:
    a, b = words("one two three four five").hashes, words("one two three five four").hashes
    assert len(shingles(a, 3)) == 3
    assert shingles(a, 3)[0] == shingles(b, 3)[0]
    assert not set(shingles(a, 3)[1:].tolist()) & set(shingles(b, 3).tolist())
    assert len(shingles(a, 6)) == 0
    assert len(shingles(a, 5)) == 1
    assert shingles(a, 1).tolist() == mix(a).tolist()


def test_a_shingle_is_the_same_wherever_it_stands() -> None:
    inner = shingles(words(texts.SHORT).hashes, 4)
    around = shingles(words(f"Before it.\n{texts.SHORT} After it.").hashes, 4)
    assert around[2 : 2 + len(inner)].tolist() == inner.tolist()


def test_a_paragraph_sees_the_order_of_its_words() -> None:
    first, _, _ = paragraphs(words("the dog bit the man"))
    second, _, _ = paragraphs(words("the man bit the dog"))
    same, _, _ = paragraphs(words("The DOG bit \u2014 the man!"))
    assert first.tolist() != second.tolist()
    assert first.tolist() == same.tolist()


def test_paragraphs_are_lines_with_words() -> None:
    text = "one two\n\n---\nthree\none  two"
    found, lines, sizes = paragraphs(words(text))
    assert lines.tolist() == [0, 3, 4]
    assert sizes.tolist() == [2, 1, 2]
    assert found[0] == found[2] != found[1]


def test_no_words_have_no_paragraphs() -> None:
    found, lines, sizes = paragraphs(words("\n..."))
    assert len(found) == len(lines) == len(sizes) == 0


def test_equal_words_repeated_do_not_cancel_out() -> None:
    found = [paragraphs(words("la " * n))[0].tolist() for n in range(1, 6)]
    assert len({tuple(f) for f in found}) == 5


# ---------------------------------------------------------------- the quick way

# Everything that decides something: spaces, breaks, apostrophes, hyphens, marks, the invisible,
# alphabets that pass for each other, scripts without spaces, characters that fold to several.
_TELLING = (
    "aZ09 \n\r\t'\u2019`\u00b7-\u2010_.,\u00ad\u200b\u0301\u00e9\u00df\ufb01\u0130\uff21"
    "\u0410\u0430\u0441\u03bf\u0391\u4e2d\u6587\u3042\u30fc\u0e01\u0e34\ud55c\u1100\u1161\u3131\u0661\u00bd\u00b2\u05d0\u0639"
    "\U0001f600"
)


@settings(max_examples=400)
@given(st.text(st.one_of(st.sampled_from(_TELLING), st.characters()), max_size=60))
@example("don't \u2018quote\u2019 rock 'n' roll's\n'x'")
@example("p\u0430ypal and \u041f\u0440\u0430\u0432\u0434\u0430")
@example("\u4e2d'\u6587a'b'c\n\n")
def test_the_quick_way_gives_what_the_definition_gives(text: str) -> None:
    found = quick(text)
    if found is not None:
        expected = cut(text)
        assert found[0].tolist() == expected[0].tolist()
        assert found[1].tolist() == expected[1].tolist()
    assert len(spans(text)) == len(words(text))


@pytest.mark.parametrize("name", sorted(ALL_TEXTS))
def test_most_text_goes_the_quick_way(name: str) -> None:
    found = quick(ALL_TEXTS[name])
    if found is not None:
        assert found[0].tolist() == cut(ALL_TEXTS[name])[0].tolist()


@pytest.mark.parametrize(
    ("text", "goes"),
    [
        ("Plain words, and the mayor's.", True),
        ("Fa\u00e7ade of \u201ccurly\u201d quotes", True),
        ("\u0421\u043e\u0432\u0435\u0442 \u0438 NATO", True),
        ("\u4e2d\u56fd 2024", True),
        ("\ud55c\uad6d \ub274\uc2a4", True),
        ("p\u0430ypal", False),  # a Cyrillic a in a Latin word
        ("na\u0308ive", False),  # a mark
        ("soft\u00adhyphen", False),
        ("bro-\nken", False),
        ("stra\u00dfe, o\ufb03ce", True),  # one character for several letters
        ("\u00bd", False),
        ("\U0001f600 grin", False),
    ],
)
def test_what_has_to_go_the_long_way(text: str, goes: bool) -> None:
    assert (quick(text) is not None) is goes


def test_a_word_longer_than_the_tables_is_hashed_whole() -> None:
    long = "ab" * (LONGEST // 2 + 1)
    assert word_hash(long, spaceless=False) != word_hash(long[:-1], spaceless=False)
    assert words(long).hashes.tolist() == [word_hash(long, spaceless=False)]


def test_a_line_longer_than_the_tables_has_the_hash_of_its_words() -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 2**63, LONGEST + 10, dtype=np.uint64)
    starts = np.array([0, 5, LONGEST - 3])
    whole = runs(values, starts)
    assert whole[0] == runs(values[:5], np.array([0]))[0]
    assert whole[2] == runs(values[LONGEST - 3 :], np.array([0]))[0]
