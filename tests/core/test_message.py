"""Alerts in words: golden messages, groups and digests, mail threads, the feed."""

from __future__ import annotations

import io
import json
import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.slack_limits import markup, refused
from watcher import parse
from watcher.core import message
from watcher.core.message import Earliest, Facts, FeedAlert, Message, Suggested, Totals, said
from watcher.core.message.words import cells, folded

ATOM = "{http://www.w3.org/2005/Atom}"
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
SILENT = Facts(
    watch="feeds",
    condition="feed_bad",
    step="silent",
    headline="Harbour Agency: https://agency.example/rss",
    outlet="Harbour Agency",
    url="https://agency.example/rss",
    seen_by=AT,
    reason="no new entry for 9 days; one every 40 minutes is its rhythm",
    silence="watcher silence add --watch feeds --for 7d",
)
MENTION = Facts(
    watch="crane",
    condition="new_mention",
    headline="الرافعة المتصدعة: الميناء كان يعلم منذ أشهر",
    outlet="港务日报",
    url="https://port.example/7",
    passage="the cracked crane",
    claimed_at=AT,
    seen_by=AT,
    reason="港务日报 mentions it",
    silence="watcher silence add --watch crane --for 7d",
)
TRANSLATED = replace(
    RESURFACED,
    kind="translation",
    paste=0.97,
    cut=0.94,
    distance=31,
    changed=(),
    status="suggested",
    rests_on="9 of 10 and 11 sentences in order, 0.97 and 0.94 of the text; en and fr, "
    "likeness 0.83",
    aligned=(
        ("The inspectors met the owners in secret.", "Les inspecteurs ont vu les armateurs."),
        ("<b>Nobody</b> \x1b[31m*was* told.", "<!channel> Personne n’a été prévenu."),
    ),
    suggested=(
        Suggested("Beacon", "ru", "Портовый отчёт <!here>", "https://beacon.example/1", 0.71,
                  "translation of the whole"),
        Suggested("<script>", "zh", "*港口* 报告", "javascript:alert(1)", 0.66,
                  "translation of a part"),
        Suggested("Third", "", "Informe", "", 0.6),
    ),
)  # fmt: skip


def another(n: int, condition: str = "new_copy", **more: Any) -> Facts:
    """A further alert of the same story, of another copy."""
    fields = {
        "condition": condition,
        "outlet": f"Outlet {n}",
        "family": "",
        "headline": f"Copy number {n}",
        "url": f"https://o{n}.example/{n}",
        "seen_by": AT + timedelta(minutes=n),
        "subtype": None,
        "rested_for": None,
        "reason": f"copy {n}",
    }
    return replace(RESURFACED, **{**fields, **more})


GROUP = Message(
    (
        another(1),
        RESURFACED,
        replace(RESURFACED, condition="credit_stripped", reason="the copy names no source"),
        another(2, "reach", step="3"),
    )
)
DIGEST = Message(
    (
        RESURFACED,
        another(1),
        another(2, "reach", step="5"),
        replace(HOSTILE, watch="other <!here>", story=4),
        SILENT,
        MENTION,
        *(another(n, story=20 + n, watch="many") for n in range(3, 12)),
    ),
    more=7,
    held="quiet hours of desk, 22:00-07:00 Europe/Paris",
    repeat=True,
)
CASES: dict[str, Facts | Message] = {
    "resurfaced": RESURFACED,
    "translation": TRANSLATED,
    "hostile": HOSTILE,
    "minimal": MINIMAL,
    "silent": SILENT,
    "mention": MENTION,
    "group": GROUP,
    "digest": DIGEST,
}
ALONE = {name: case for name, case in CASES.items() if isinstance(case, Facts)}


@pytest.mark.parametrize("name", CASES)
def test_the_golden_messages(name: str) -> None:
    case = CASES[name]
    title, body = message.plain(case)
    _, loose = message.plain(case, width=None)
    named, page = message.html(case)
    assert title == named == message.title(case)
    rendered = {
        "txt": f"{message.subject(case)}\n{title}\n\n{body}",
        "loose.txt": loose,
        "slack": message.slack(case) + "\n",
        "blocks.json": _json(message.blocks(case)),
        "html": page,
    }
    if isinstance(case, Facts):
        rendered["fragment.html"] = message.fragment(case)
        rendered["json"] = _json(case.to_plain())
    for form, text in rendered.items():
        path = GOLDEN / f"{name}.{form}"
        if os.environ.get("WRITE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs; see WRITE_GOLDEN"


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_message_fits_one_screen(case: Facts | Message) -> None:
    _, body = message.plain(replace(said(case), repeat=True))
    assert body.count("\n") <= 40
    for line in body.splitlines():
        # Addresses and commands stay whole: people copy them.
        assert cells(line) <= 80 or "://" in line or "watcher silence" in line
    assert len(message.slack(case)) <= 3000


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_slack_takes_the_blocks(case: Facts | Message) -> None:
    assert refused(message.blocks(case)) == []
    assert refused(message.blocks(replace(said(case), repeat=True))) == []
    assert markup(message.slack(case)) == []


@pytest.mark.parametrize(
    ("broken", "fault"),
    [
        ({"type": "header", "text": {"type": "plain_text", "text": "x" * 151, "emoji": True}},
         "151 characters of 150"),
        ({"type": "section", "text": {"type": "mrkdwn", "text": "<!here>", "verbatim": True}},
         "a bare <"),
        ({"type": "section", "fields": []}, "0 fields"),
        ({"type": "image"}, "an unknown type image"),
    ],
)  # fmt: skip
def test_the_check_of_blocks_can_fail(broken: dict[str, Any], fault: str) -> None:
    assert fault in str(refused([broken]))
    assert refused([]) == ["0 blocks"]


@pytest.mark.parametrize("facts", ALONE.values(), ids=ALONE)
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
    assert message.interval(AT, AT + timedelta(seconds=9)) == "2026-03-02 09:15 UTC"
    assert message.interval(None, None) == "not seen in a feed"


def test_long_lines_are_folded_at_spaces_and_wide_letters_count_twice() -> None:
    assert folded("one two three", 8, "  ") == ["one two", "  three"]
    assert folded("港务局早在数月前", 8) == ["港务局早", "在数月前"]
    assert folded("see https://a.example/a/very/long/one now", 12, " ") == [
        "see", " https://a.example/a/very/long/one", " now"]  # fmt: skip
    assert folded("", 8) == [""]
    assert (cells("日a\u0301"), cells("\u200d")) == (3, 0)


@given(st.text(max_size=60), st.integers(4, 30))
def test_folding_loses_nothing(text: str, width: int) -> None:
    lines = folded(text, width)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert all(cells(line) <= width or "://" in line for line in lines)


# ---------------------------------------------------------------- several alerts


def test_a_group_leads_with_what_is_gravest_and_tells_the_rest_in_short() -> None:
    title, body = message.plain(GROUP)
    assert title.startswith("[harbour-report] Resurfaced after 16 d 4 h, at a new outlet (+3): ")
    assert body.startswith("Resurfaced after 16 d 4 h")
    assert "- New copy: Copy number 1\n" in body
    # The same copy is not told twice: what else it raised, and why.
    assert "- Copy without a credit\n  the copy names no source\n" in body


def test_another_copy_is_told_once_with_all_that_happened_to_it() -> None:
    end = "paste 1.00, cut 0.53: in a frame"
    lead = replace(RESURFACED, reason=f"it came back; {end}")
    same = replace(RESURFACED, condition="reach", step="5", reason=f"5 have it; asked for 5; {end}")
    others = [another(3, name) for name in ("credit_wrong", "new_copy", "family")]
    page = message.plain(Message((lead, same, *others)))[1]
    items = page.partition("\n- ")[2].partition("\n\n")[0].split("\n- ")
    assert items[0] == "Reached 5 families\n  5 have it; asked for 5"
    assert items[1].split(":")[0] == (
        "Copy credits somebody else; New copy; Copied in the family Outlet 3"
    )
    assert len(items) == 2
    assert "more" not in page
    assert end in " ".join(page.split())


def test_mentions_of_one_phrase_are_named_by_their_watch() -> None:
    mentions = [replace(another(n, "new_mention"), story=None) for n in (1, 2)]
    assert message.title(Message(tuple(mentions))) == f"[{mentions[0].watch}] 2 alerts"


def test_of_two_as_grave_the_latest_leads() -> None:
    assert Message((another(1), another(2))).lead.outlet == "Outlet 2"
    assert Message((another(1, "unheard_of"), another(2))).lead.outlet == "Outlet 2"


def test_what_is_not_listed_is_counted() -> None:
    many = Message(tuple(another(n) for n in range(20)), more=5)
    _, body = message.plain(many)
    assert body.count("- New copy") == 8
    assert "+16 more: `watcher alerts list` names them." in body
    _, body = message.plain(DIGEST)
    assert body.startswith(
        "Held back until now: quiet hours of desk, 22:00-07:00 Europe/Paris.\n"
        "22 alerts of 5 watches\n"
    )
    # Listed are 8 subjects, the first with three alerts: 10 of 15; 7 more were only counted.
    assert "+12 more: `watcher alerts list` names them." in body


def test_one_alert_that_was_held_back_says_so_and_is_told_in_full() -> None:
    title, body = message.plain(Message((RESURFACED,), held="the hourly cap of 20"))
    assert title == message.title(RESURFACED)
    assert body.startswith("Held back until now: the hourly cap of 20.\nResurfaced")


@pytest.mark.parametrize("wrong", [{"alerts": ()}, {"alerts": (RESURFACED,), "more": -1}])
def test_a_message_says_something(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        Message(**wrong)


# ---------------------------------------------------------------- mail


def test_a_story_is_one_mail_thread() -> None:
    root = "<story-12.syndication-watch@desk.example>"
    assert message.thread_headers(RESURFACED, "desk.example") == {
        "References": root,
        "In-Reply-To": root,
    }
    assert message.thread_headers(GROUP, "desk.example")["References"] == root
    assert message.thread_headers(RESURFACED, "a b\r\nBcc: x") == message.thread_headers(RESURFACED)
    assert message.thread_headers(MINIMAL) == message.thread_headers(DIGEST) == {}


def test_a_story_keeps_its_subject_whatever_happens_to_it() -> None:
    told = replace(RESURFACED, story_title="Harbour inspectors met owners in secret")
    other = replace(told, condition="reach", headline="Another headline")
    subject = "[harbour-report] Harbour inspectors met owners in secret"
    assert message.subject(told) == message.subject(Message((other, told))) == subject
    assert message.subject(SILENT) == message.title(SILENT)
    assert "=?" not in message.subject(replace(told, story_title="=?utf-8?q?x?="))
    assert message.subject(DIGEST).startswith("Syndication Watch: 22 alerts held back: quiet hours")


@pytest.mark.parametrize(
    ("watch", "listed"),
    [
        ("harbour-report", "<harbour-report.syndication-watch.desk.example>"),
        ("Le Courrier", "<le-courrier-275be2b5.syndication-watch.desk.example>"),
        ("港务", "<1ff6effb.syndication-watch.desk.example>"),
    ],
)
def test_a_watch_is_a_list_of_its_own(watch: str, listed: str) -> None:
    headers = message.list_headers(replace(RESURFACED, watch=watch), "desk.example")
    assert headers["List-Id"] == listed
    assert headers["Auto-Submitted"] == "auto-generated"


def test_a_picture_stands_in_the_mail_only_where_one_is_attached() -> None:
    assert "<img" not in message.html(RESURFACED)[1]
    page = message.html(RESURFACED, picture='5 articles "at" 4 families')[1]
    assert 'src="cid:adoption.png" alt="5 articles &quot;at&quot; 4 families"' in page


# ---------------------------------------------------------------- the feed


def _feed(*alerts: FeedAlert) -> ElementTree.Element:
    return ElementTree.fromstring(message.atom(alerts, of="a test"))  # noqa: S314 - made here


def test_the_feed_is_bounded_and_the_same_for_the_same_alerts() -> None:
    alerts = [
        FeedAlert(f"key {n}", AT + timedelta(minutes=n), "w", "new_copy", "r", another(n))
        for n in range(5)
    ]
    told = message.atom(alerts, of="here", limit=3)
    assert told == message.atom(reversed(alerts), of="here", limit=3)
    root = ElementTree.fromstring(told)  # noqa: S314 - made here
    titles = [entry.findtext(f"{ATOM}title") or "" for entry in root.findall(f"{ATOM}entry")]
    assert [title.rpartition(" ")[2] for title in titles] == ["4", "3", "2"]
    assert root.findtext(f"{ATOM}updated") == "2026-03-02T09:19:00Z"


def test_an_entry_keeps_its_id_and_no_two_share_one() -> None:
    first = FeedAlert("key 1", AT, "w", "new_copy", "r", RESURFACED)
    second = replace(first, key="key 2")
    one, both = _feed(first), _feed(first, second)

    def ids(root: ElementTree.Element) -> list[str | None]:
        return [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]

    assert ids(one)[0] in ids(both)
    assert len(set(ids(both))) == 2
    elsewhere = ElementTree.fromstring(message.atom([first], of="there"))  # noqa: S314 - made here
    assert ids(elsewhere) != ids(one)
    assert one.findtext(f"{ATOM}id") != elsewhere.findtext(f"{ATOM}id")


def test_a_feed_of_nothing_is_a_feed() -> None:
    root = _feed()
    assert root.findtext(f"{ATOM}title") == "Alerts of Syndication Watch"
    assert root.findtext(f"{ATOM}updated") == "1970-01-01T00:00:00Z"


def test_our_own_parser_and_feedparser_read_the_feed_back() -> None:
    alert = FeedAlert("k", AT, HOSTILE.watch, "new_copy", "r", HOSTILE)
    text = message.atom([alert, replace(alert, key="k2", facts=RESURFACED)], of="here")
    parsed = feedparser.parse(io.BytesIO(text.encode()))
    assert not parsed.bozo
    assert [entry.title for entry in parsed.entries] == [
        message.title(HOSTILE),
        message.title(RESURFACED),
    ]
    assert not parsed.entries[0].get("links")  # javascript: is no address
    assert parsed.entries[1].link == RESURFACED.url
    ours = parse.feed(text.encode(), url="https://a.example/alerts.atom", content_type="", now=AT)
    assert [entry.title for entry in ours.entries] == [
        message.title(HOSTILE),
        message.title(RESURFACED),
    ]
    assert ours.entries[1].published is not None
    assert ours.entries[1].published.at == AT


# ---------------------------------------------------------------- repeats


def test_a_possible_repeat_says_so() -> None:
    again = Message((RESURFACED,), repeat=True)
    assert "may be a repeat" in message.plain(again)[1]
    assert "may be a repeat" not in message.plain(RESURFACED)[1]
    assert "may be a repeat" in message.slack(again)
    assert "may be a repeat" in str(message.blocks(again))
    assert "may be a repeat" in message.html(again)[1]
