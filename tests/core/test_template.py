"""Messages in somebody's own words: fields, escapes, and every fault with its place."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.slack_limits import markup
from tests.core.test_message import DIGEST, GROUP, HOSTILE, RESURFACED, TRANSLATED
from watcher.core.message import FIELDS, Facts, Message, Template, parse_template
from watcher.core.message.template import MOST


def made(text: str, *, is_html: bool = False) -> Template:
    template, faults = parse_template(text, is_html=is_html)
    assert faults == []
    assert template is not None
    return template


def filled(text: str, facts: Facts = RESURFACED, form: str = "text") -> str:
    return made(text).render(Message((facts,)), form)[1]


def test_every_field_can_be_filled() -> None:
    told = filled("\n".join(f"{name}=${{{name}}}" for name in FIELDS)).splitlines()
    values = dict(line.split("=", 1) for line in told)
    assert list(values) == list(FIELDS)
    empty = {name for name, value in values.items() if not value}
    assert empty == {"found", "rests_on", "suggested", "repeat"}
    assert "9 of 10" in filled("$rests_on", TRANSLATED)
    assert "Beacon (ru)" in filled("$suggested", TRANSLATED)
    assert values["match"] == "wrapped, paste 1.00, cut 0.53, distance 14"
    assert values["changed"] == "headline translated; two paragraphs added at the end"
    assert values["earliest_url"] == "https://agency.example/2026/02/11/harbour"


def test_a_subject_line_makes_the_title_and_is_no_part_of_the_text() -> None:
    message = Message((RESURFACED,))
    title, body = made("Subject: $watch, $$5\n\n$what\n").render(message, "text")
    assert (title, body) == (
        "harbour-report, $5",
        "Resurfaced after 16 d 4 h, at a new outlet\n",
    )
    title, _ = made("$what").render(message, "text")
    assert title.startswith("[harbour-report] Resurfaced")
    title, _ = made("Subject: $headline\n$what").render(Message((HOSTILE,)), "slack")
    assert "=?" not in title
    assert "\n" not in title


def test_a_group_is_told_alert_by_alert_and_a_digest_says_why_it_comes_late() -> None:
    body = made("$outlet: $what").render(GROUP, "text")[1]
    assert body.count("\n\n") == len(GROUP.alerts) - 1
    body = made("$outlet").render(DIGEST, "text")[1]
    assert body.startswith("Held back until now: quiet hours of desk")
    assert body.endswith("`watcher alerts list` names them.\n")


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("$what\nsee $headlin now", [
            (2, 5, "a message has no field $headlin: did you mean $headline?")]),
        ("$what ${outlets}\n\n  $5", [
            (1, 7, "a message has no field $outlets: did you mean $outlet?"),
            (3, 3, "a lone $: write $$ for a dollar sign"),
        ]),
        ("${}", [(1, 1, "a lone $: write $$ for a dollar sign")]),
        ("${what.__class__}", [
            (1, 1, "a message has no field $what.__class__, it has title, watch")]),
        (" \n", [(1, 1, "the file is empty: write what a message is to say")]),
        ("x" * (MOST + 1), [(1, 1, "20001 characters, expected at most 20000")]),
    ],
)  # fmt: skip
def test_a_fault_is_named_with_its_place(text: str, faults: list[tuple[int, int, str]]) -> None:
    template, found = parse_template(text)
    assert template is None
    assert len(found) == len(faults)
    for fault, (line, column, words) in zip(found, faults, strict=True):
        assert (fault.line, fault.column) == (line, column)
        assert fault.message.startswith(words)


@given(st.text(max_size=60))
def test_no_text_becomes_markup_through_a_template(text: str) -> None:
    facts = replace(RESURFACED, headline=text, outlet=text, url=text, credit_words=text)
    slack = filled("*$what* $headline $outlet $credit $url", facts, "slack")
    assert markup(slack) == []
    html = filled("<p>$headline|$outlet|$url</p>", facts, "html")
    assert html.count("<") == 2
    assert html.count('"') == 0


@given(st.text(max_size=60))
def test_what_a_text_says_is_never_a_field(text: str) -> None:
    facts = replace(RESURFACED, headline=f"${{watch}} $what {text}")
    assert filled("$headline", facts).startswith("${watch} $what")


def test_an_address_that_is_none_is_left_out() -> None:
    assert filled('<a href="$url">', HOSTILE, "html") == '<a href="">\n'
    barred = replace(RESURFACED, url="https://e.example/a|b")
    assert filled("<$url|x>", barred, "slack") == "<https://e.example/a%7Cb|x>\n"
