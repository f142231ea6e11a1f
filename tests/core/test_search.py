"""Words of the index, queries as read, snippets: in every script, whatever is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.texts import HARBOUR, SCRIPTS
from watcher.core.search import Query, Term, indexed, parse, said, snippet, tokens


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Naïve CAFÉ's", ["naive", "cafe", "s"]),
        ("l’homme d'État", ["l", "homme", "d", "etat"]),
        ("wind-fall exam-\nple", ["wind", "fall", "example"]),
        ("3.5 % of 1⁄2", ["3", "5", "of", "1", "2"]),
        ("⑴ ½ ﬁn", ["1", "1⁄2", "fin"]),
        ("发布会", ["发布", "布会", "会"]),
        ("iPhone 发布会 now", ["iphone", "发布", "布会", "会", "now"]),
        ("发布 会", ["发布", "布", "会"]),
        ("会", ["会"]),
        ("", []),
        ("\x00 -- ''", []),
    ],
)
def test_the_words_of_a_text(text: str, words: list[str]) -> None:
    assert tokens(text) == words
    assert indexed(text).split() == words


@given(st.text(max_size=200))
def test_words_hold_nothing_that_an_engine_would_cut_at(text: str) -> None:
    for word in tokens(text):
        assert word
        assert not set(word) & set("'\"\\&|!:*()<>^{} \t\n\x00")
        assert len(word) <= 120
    assert indexed(text).split() == tokens(text)


@pytest.mark.parametrize("text", [*SCRIPTS.values(), HARBOUR])
def test_a_text_is_the_same_word_by_word_and_piece_by_piece(text: str) -> None:
    assert indexed(text).split() == tokens(text)


def test_a_text_without_end_is_cut_at_a_word() -> None:
    words = indexed("word " * 20_000).split()
    assert len(words) == 15_000
    assert len(said("word " * 1000, "")[0].split()) == 400
    long = indexed(" ".join(f"{n:050d}" for n in range(20_000)))
    assert len(long) <= 150_000
    assert {len(word) for word in long.split()} == {50}
    assert len(tokens("x" * 5000)[0]) == 60


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("strike bridge", Query(((Term(("strike",)),), (Term(("bridge",)),)))),
        ("strike AND bridge", Query(((Term(("strike",)),), (Term(("bridge",)),)))),
        ("a OR b | c d", Query(((Term(("a",)), Term(("b",)), Term(("c",))), (Term(("d",)),)))),
        ("OR a OR", Query(((Term(("a",)),),))),
        ('"Air Strike"', Query(((Term(("air", "strike")),),))),
        ('x -"air strike" -y', Query(((Term(("x",)),),), (Term(("air", "strike")), Term(("y",))))),
        ("x \u2212y", Query(((Term(("x",)),),), (Term(("y",)),))),
        ("bomb*", Query(((Term(("bomb",), True),),))),
        ('"air str*"', Query(((Term(("air", "str"), True),),))),
        ('"air str"*', Query(((Term(("air", "str"), True),),))),
        ("b*", Query(((Term(("b",)),),))),
        ("空袭", Query(((Term(("空袭",)),),))),
        ("空", Query(((Term(("空",), True),),))),
        ("空袭了", Query(((Term(("空袭", "袭了")),),))),
        ('"unfinished business', Query(((Term(("unfinished", "business")),),))),
        ("u.s.", Query(((Term(("u", "s")),),))),
        ("a a OR a", Query(((Term(("a",)),), (Term(("a",)),)))),
    ],
)
def test_how_a_query_is_read(text: str, query: Query) -> None:
    assert parse(text) == query


def shown(words: str, text: str) -> str:
    return "".join(f"[{p.text}]" if p.hit else p.text for p in snippet(parse(words), text))


def test_a_snippet_marks_what_was_found() -> None:
    text = "Nobody was hurt.\n" * 20 + "Then the old bridges fell, said l'homme.\n" + "Later. " * 60
    assert "[bridges] fell" in shown("bridge*", text)
    assert "[bridges fell]" in shown('"bridges fell"', text)
    assert "l'[homme]" in shown("homme", text)
    assert shown("bridges", text).startswith("… ")
    assert shown("bridges", text).endswith(" …")
    assert "\n" not in shown("bridges", text)
    assert shown("absent", "Short.\nText.") == "Short. Text."
    assert shown("absent", "") == ""


def test_a_snippet_in_a_script_without_spaces() -> None:
    assert shown("空袭", "文件显示空袭并非意外") == "文件显示[空袭]并非意外"
    assert shown("空", "文件显示空袭并非意外") == "文件显示[空]袭并非意外"
    assert shown("外", "文件显示空袭并非意外") == "文件显示空袭并非意[外]"


def test_the_place_with_most_of_the_words_is_shown() -> None:
    text = "A bridge. " + "Filler words stand here. " * 30 + "The bridge and the crane fell."
    assert "[bridge] and the [crane]" in shown("bridge crane", text)


@given(st.text(max_size=300), st.sampled_from(["a", "空", '"a b"', "ab*"]))
def test_a_snippet_is_made_of_the_text(text: str, words: str) -> None:
    pieces = snippet(parse(words), text)
    assert all(piece.text for piece in pieces)
    inner = "".join(p.text for p in pieces if p.text not in ("… ", " …"))
    assert inner in text.replace("\n", " ") or "…" in text
