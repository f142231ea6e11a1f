"""Phrases that a user adds to the table: literal words around the name of the source."""

from __future__ import annotations

import pytest

from watcher.core.credit import Own, find, own_phrase

OWN = Own(("Harbour Daily",), ("harbour.example",))
PROSE = "The council met on Tuesday to talk about the ferry, and agreed on very little.\n" * 4


@pytest.mark.parametrize(
    ("template", "line", "agent"),
    [
        ("Lifted from the pages of {name}", "Lifted from the pages of Lake Herald.", "Lake Herald"),
        ("Lifted from the pages of {name}", "LIFTED  from the pages of Seebote", "Seebote"),
        ("{name} first told this tale", "Lake Herald first told this tale.", "Lake Herald"),
        ("Hentet hos {name} med lov", "Hentet hos Fjordposten med lov", "Fjordposten"),
        ("本文摘抄于{name}", "本文摘抄于湖畔日报", "湖畔日报"),
    ],
)
def test_an_own_phrase_names_the_source(template: str, line: str, agent: str) -> None:
    assert find(title="", text=PROSE + line, own=OWN) == ()
    (credit,) = find(title="", text=PROSE + line, own=OWN, extra=[own_phrase(template)])
    assert (credit.agent, credit.form) == (agent, "original")
    assert credit.words in line


@pytest.mark.parametrize(
    ("template", "remedy"),
    [
        ("Lifted from somewhere", "write {name} once"),
        ("{name} and {name}", "write {name} once"),
        ("by {name}", "write more words around"),
        ("{name}", "write more words around"),
        ("words " * 50 + "{name}", "at most 200"),
    ],
)
def test_a_phrase_that_would_be_found_everywhere_is_refused(template: str, remedy: str) -> None:
    with pytest.raises(ValueError, match=remedy):
        own_phrase(template)


def test_signs_of_regular_expressions_are_plain_characters() -> None:
    phrase = own_phrase("Taken (with thanks) from {name}")
    text = PROSE + "Taken (with thanks) from Lake Herald"
    assert [c.agent for c in find(title="", text=text, own=OWN, extra=[phrase])] == ["Lake Herald"]
    assert find(title="", text=PROSE + "Taken with thanks from B", own=OWN, extra=[phrase]) == ()
