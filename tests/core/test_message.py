"""Alerts in words: golden messages, and hostile text in every field and every form."""

from __future__ import annotations

import json
import os
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core import message
from watcher.core.message import Earliest, Facts, Totals

GOLDEN = Path(__file__).parents[1] / "golden" / "messages"
AT = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)

RESURFACED = Facts(
    watch="harbour-report",
    condition="resurfaced",
    subtype="new_outlet",
    story=12,
    headline="Leaked report: harbour inspectors & owners met in secret",
    outlet="Le Courrier du Delta",
    family="Delta Médias",
    url="https://courrier.example/monde/harbour?id=7&lang=fr",
    kind="wrapped",
    paste=1.0,
    cut=0.534,
    distance=14,
    claimed_at=datetime(2026, 3, 2, 8, 40, tzinfo=UTC),
    seen_after=AT - timedelta(minutes=15),
    seen_by=AT,
    credit_verdict="partial",
    credit_agent="Morning Post",
    credit_words="Source : Morning Post",
    changed=("headline translated", "two paragraphs added at the end"),
    totals=Totals(5, 4, 3, 2, "12 feeds polled, 1 gap of 3 h, 2 censored starts"),
    earliest=Earliest(
        "Harbour Agency",
        "https://agency.example/2026/02/11/harbour",
        datetime(2026, 2, 11, 6, 0, tzinfo=UTC),
        datetime(2026, 2, 11, 6, 15, tzinfo=UTC),
    ),
    rested_for=16 * 86_400 + 4 * 3_600,
    reason="a story at rest came back after 16 days: a new article at an outlet that lacked it",
    silence="watcher silence add --watch harbour-report --story 12 --for 1d",
)
HOSTILE = Facts(
    watch="harbour-report",
    condition="new_copy",
    story=12,
    headline="<!channel> \x1b[31mBreaking\x1b[0m\r\nBcc: all@victim.example =?utf-8?q?x?=",
    outlet="<script>alert(1)</script> & Sons",
    url="javascript:alert(document.cookie)",
    kind="verbatim",
    paste=1.0,
    cut=1.0,
    distance=0,
    claimed_at=datetime(2031, 1, 1, tzinfo=UTC),
    claimed_note="future",
    seen_by=AT,
    censored=True,
    credit_verdict="wrong",
    credit_agent='"><img src=x onerror=alert(1)>',
    credit_words="<https://evil.example|https://bank.example> ```\u202egnp.exe\u2066",
    changed=tuple(f"<@U0{n}> line {n}" for n in range(9)),
    totals=Totals(1, 2, 2, 1, "1 feed polled"),
    earliest=Earliest("Times | Post>", "https://times.example/a|b<c>?x=1&y=2", None, AT),
    reason="a copy at <!here>",
    silence="watcher silence add --watch harbour-report --for 1d",
)
MINIMAL = Facts(watch="feeds", condition="feed_bad", headline="https://a.example/rss", outlet="A")
CASES = {"resurfaced": RESURFACED, "hostile": HOSTILE, "minimal": MINIMAL}


@pytest.mark.parametrize("name", CASES)
def test_the_golden_messages(name: str) -> None:
    facts = CASES[name]
    title, body = message.plain(facts)
    subject, page = message.html(facts)
    assert title == subject == message.title(facts)
    rendered = {
        "txt": f"{title}\n\n{body}",
        "slack": message.slack(facts) + "\n",
        "html": page,
        "json": json.dumps(facts.to_plain(), indent=2, ensure_ascii=False, sort_keys=True) + "\n",
    }
    for form, text in rendered.items():
        path = GOLDEN / f"{name}.{form}"
        if os.environ.get("WRITE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; see WRITE_GOLDEN"


@pytest.mark.parametrize("facts", CASES.values(), ids=CASES)
def test_a_message_fits_one_screen(facts: Facts) -> None:
    _, body = message.plain(facts, repeat=True)
    assert body.count("\n") <= 24
    assert len(message.slack(facts, repeat=True)) <= 3000


@pytest.mark.parametrize("facts", CASES.values(), ids=CASES)
def test_facts_survive_the_outbox(facts: Facts) -> None:
    assert Facts.from_plain(json.loads(json.dumps(facts.to_plain()))) == facts


def test_an_older_or_newer_payload_is_read() -> None:
    plain = RESURFACED.to_plain()
    del plain["rested_for"]
    plain["a_field_of_tomorrow"] = [1]
    plain["totals"]["another"] = 1
    assert Facts.from_plain(plain) == replace(RESURFACED, rested_for=None)


@pytest.mark.parametrize(
    "payload", [{}, {"watch": "w"}, {**MINIMAL.to_plain(), "seen_by": "2026-03-02T09:15:00"}]
)
def test_a_payload_that_is_no_alert_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Facts.from_plain(payload)


# ---------------------------------------------------------------- hostile text


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def _poisoned(text: str) -> Facts:
    return replace(
        RESURFACED,
        condition="outlet",
        headline=text,
        outlet=text,
        family=text,
        url=text,
        step=text,
        kind=text,
        credit_agent=text,
        credit_words=text,
        changed=(text,),
        totals=replace(RESURFACED.totals, coverage=text),
        earliest=Earliest(text, text, AT, AT),
        reason=text,
        silence=text,
    )


ANYTHING = st.one_of(
    st.text(max_size=80),
    st.text(alphabet="<>!&|@#`*_~\"'=?\r\n\x1b\u202e/:hxtps.", max_size=60),
    st.builds("https://e.example/{}".format, st.text(max_size=30)),
)


@given(ANYTHING)
def test_no_text_reaches_a_terminal_as_control(text: str) -> None:
    title, body = message.plain(_poisoned(text))
    for line in (title, *body.splitlines()):
        assert not any(unicodedata.category(c) in ("Cc", "Cs") for c in line)
        assert not set(line) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@given(ANYTHING)
def test_no_text_becomes_a_second_header(text: str) -> None:
    title = message.title(_poisoned(text))
    assert len(title) <= 150
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in title)
    assert "=?" not in title


@given(ANYTHING)
def test_no_text_is_markup_in_slack(text: str) -> None:
    body = message.slack(_poisoned(text))
    for opened in body.split("<")[1:]:
        inside, closed, _ = opened.partition(">")
        address, bar, _label = inside.partition("|")
        assert closed
        assert bar
        assert address.startswith(("http://", "https://", "HTTP", "Http"))
    assert "&" not in body.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert body.count("`") in (0, 2)  # the silencing command, which is ours


@given(ANYTHING)
def test_no_text_is_markup_in_html(text: str) -> None:
    _, page = message.html(_poisoned(text))
    seen = _Tags()
    seen.feed(page)
    seen.close()
    assert seen.tags <= {"p", "strong", "h2", "table", "tr", "th", "td", "a", "br", "code"}
    for name, value in seen.attributes:
        assert name in ("href", "align", "valign")
        assert name != "href" or (value or "").lower().startswith(("http://", "https://"))


def test_a_faked_link_shows_as_the_text_it_is() -> None:
    body = message.slack(HOSTILE)
    assert "&lt;https://evil.example|https://bank.example&gt;" in body
    assert "javascript:" not in body.replace("javascript:alert(document.cookie)", "")
    assert "<javascript" not in body


def test_a_link_of_ours_carries_the_whole_address() -> None:
    # The bar of an address would end Slack's link; percent-encoded it stays part of it.
    facts = replace(RESURFACED, url="https://e.example/a|b?x=1&y=2")
    assert "<https://e.example/a%7Cb?x=1&amp;y=2|" in message.slack(facts)


def test_joiners_that_spell_words_are_kept() -> None:
    word = "می\u200cخواهم"
    assert message.clean(f"{word}\u200b\u2028{word}") == f"{word} {word}"


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.6, "1 min"), (61, "1 min 1 s"), (3_600, "1 h"), (90_000, "1 d 1 h"),
     (86_460, "1 d"), (-5, "0 s")],
)  # fmt: skip
def test_durations(seconds: float, words: str) -> None:
    assert message.duration(seconds) == words


def test_intervals_say_what_is_not_known() -> None:
    assert message.interval(None, AT) == "by 2026-03-02 09:15 UTC, start unknown"
    assert message.interval(AT - timedelta(minutes=15), AT) == "2026-03-02 09:00 to 09:15 UTC"
    assert (
        message.interval(AT - timedelta(days=1), AT) == "2026-03-01 09:15 to 2026-03-02 09:15 UTC"
    )
    assert message.interval(None, None) == "not seen in a feed"


def test_a_story_is_one_mail_thread() -> None:
    assert message.thread_headers(RESURFACED) == {
        "References": "<story-12@syndication-watch>",
        "In-Reply-To": "<story-12@syndication-watch>",
    }
    assert message.thread_headers(MINIMAL) == {}


def test_a_possible_repeat_says_so() -> None:
    assert "may be a repeat" in message.plain(RESURFACED, repeat=True)[1]
    assert "may be a repeat" not in message.plain(RESURFACED)[1]
    assert "may be a repeat" in message.slack(RESURFACED, repeat=True)
    assert "may be a repeat" in message.html(RESURFACED, repeat=True)[1]
