"""Side by side: runs in order, runs that moved, single words in the gaps, paragraphs in rows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.picture.story import PARAGRAPHS, TEXTS, texts
from watcher.picture.alike import Line, Reading, aligned, beside, blocks, chain
from watcher.picture.page.reading import pages
from watcher.report.spread_values import VersionText


def readings(*bodies: str) -> list[Reading]:
    """These texts with words numbered as on one page."""
    versions = [VersionText(n, 1, n, "o", "t", None, body) for n, body in enumerate(bodies)]
    return [page.reading for page in pages(versions)]


def told(lines: tuple[Line, ...], own: str) -> str:
    """Lines with what is only here in brackets, and what moved in tildes."""
    marks = {"same": ("", ""), "own": (f"[{own}", f"{own}]"), "moved": ("~", "~")}
    return "\n".join(
        "".join(f"{marks[state][0]}{text}{marks[state][1]}" for state, text, _ in line)
        for line in lines
    )


def test_a_changed_word_is_found_between_runs() -> None:
    left, right = readings(TEXTS[1], TEXTS[10])
    rows = beside(left, right).rows
    assert len(rows) == len(PARAGRAPHS)
    assert "[-Seven-] more people were hurt" in told(rows[1].left, "-")
    assert "[+Nine+] more people were hurt" in told(rows[1].right, "+")


def test_case_and_accents_make_no_difference() -> None:
    left, right = readings("La sécurité des GRUES du port", "la securite des grues du port")
    [row] = beside(left, right).rows
    assert told(row.right, "+") == "la securite des grues du port"


def test_marks_that_touch_a_word_are_part_of_it() -> None:
    left, right = readings("one two three four", 'BELMAREN (TARPA) – one two "big" three four')
    [row] = beside(left, right).rows
    assert told(row.right, "+") == '[+BELMAREN (TARPA)+] – one two [+"big"+] three four'


def test_what_moved_has_a_number_that_finds_it_again() -> None:
    left, right = readings(TEXTS[10], TEXTS[4])
    found = beside(left, right)
    moved = {
        side: {(text, run) for row in found.rows for line in getattr(row, side)
               for state, text, run in line if state == "moved"}
        for side in ("left", "right")
    }  # fmt: skip
    assert {run for _, run in moved["left"]} == {run for _, run in moved["right"]} == {1, 2}
    heads = {text.split(".")[0][:20] for text, _ in moved["right"]}
    assert "The inspectors had f" in heads


def test_paragraphs_that_share_words_stand_in_one_row() -> None:
    left, right = readings(TEXTS[10], TEXTS[3])
    rows = beside(left, right).rows
    assert [(len(row.left), len(row.right)) for row in rows] == [
        (0, 1),
        *[(1, 1)] * len(PARAGRAPHS),
        (0, 1),
    ]


def test_scripts_without_spaces_are_compared_by_character() -> None:
    left, right = readings(
        "港务局早在数月前就知道起重机有裂缝", "据悉港务局早在数月前知道起重机有裂缝"
    )
    [row] = beside(left, right).rows
    assert told(row.left, "-") == "港务局早在数月前[-就-]知道起重机有裂缝"
    assert told(row.right, "+") == "[+据悉+]港务局早在数月前知道起重机有裂缝"


def test_texts_that_share_nothing_stand_apart() -> None:
    left, right = readings("one two three four five", "six seven eight nine ten")
    found = beside(left, right)
    assert found.shared == 0
    assert [(len(row.left), len(row.right)) for row in found.rows] == [(0, 1), (1, 0)]


def test_a_refrain_does_not_take_for_ever() -> None:
    left, right = readings(*(" ".join(["la"] * 3000) + f" {end}" for end in ("x", "y")))
    assert beside(left, right).shared <= 3000


words = st.lists(st.integers(0, 5), max_size=60)


@given(words, words)
def test_runs_overlap_in_neither_text_and_say_the_same(a: list[int], b: list[int]) -> None:
    found = blocks(a, b)
    for i, j, n in found:
        assert a[i : i + n] == b[j : j + n]
    for side in (0, 1):
        taken = [k for run in found for k in range(run[side], run[side] + run[2])]
        assert len(taken) == len(set(taken))
    kept = chain(found)
    assert [run[1] for run in kept] == sorted(run[1] for run in kept)


@given(words, words)
def test_each_word_is_paired_once_with_one_that_says_the_same(a: list[int], b: list[int]) -> None:
    to_b, moved = aligned(a, b)
    pairs = [(i, j) for i, j in enumerate(to_b) if j >= 0]
    assert len({j for _, j in pairs}) == len(pairs)
    assert all(a[i] == b[j] for i, j in pairs)
    in_order = [j for i, j in pairs if not moved[i]]
    assert in_order == sorted(in_order)


@given(words)
def test_a_text_is_itself(a: list[int]) -> None:
    to_b, moved = aligned(a, a)
    assert sum(j >= 0 for j in to_b) >= len(a) - 3
    if len(a) < 12:
        assert moved == [0] * len(a)


letters = st.text(alphabet="ab \n.é漢", max_size=80)


@given(letters, letters)
def test_nothing_of_either_text_is_lost(a: str, b: str) -> None:
    found = readings(a, b)
    if len(found) < 2:
        return
    left, right = found
    rows = beside(left, right).rows
    for side, reading in (("left", left), ("right", right)):
        shown = [
            "".join(text for _, text, _ in line) for row in rows for line in getattr(row, side)
        ]
        assert shown == ["".join(paragraph.pieces) for paragraph in reading]


def test_the_pages_of_the_story_are_whole() -> None:
    for page, version in zip(pages(texts()), texts(), strict=True):
        assert page.cut == 0
        shown = "\n".join("".join(paragraph.pieces) for paragraph in page.reading)
        assert shown.count("\n") == (version.text or "").count("\n")
