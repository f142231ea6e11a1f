"""Apprise for real, against a webhook on loopback."""

from __future__ import annotations

import asyncio
import io
import logging
import threading
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, TypeVar

import pytest

from tests.core.test_message import HOSTILE, RESURFACED
from tests.deliver.conftest import Bench
from tests.fakes import FakeClock, receiver
from watcher.core import message
from watcher.core.message import Facts
from watcher.deliver import AppriseSender, SendResult, deliver_due
from watcher.demo.sinks import Answer, SlackSink

# Apprise's mail plugin imports it on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

T = TypeVar("T")

TOKENS = ("T0SECRETA", "B0SECRETB", "SecretTokenC123456789abc")
DESK = receiver("desk", "slack://{}/{}/{}/".format(*TOKENS))
# What Apprise waits between two sends to one receiver is tested where it is read, not slept.
QUICK = {"spacing_s": 0.0}


def with_sink(script: list[Answer], act: Callable[[SlackSink], Coroutine[Any, Any, T]]) -> T:
    async def play() -> T:
        sink = SlackSink(script)
        await sink.start()
        try:
            return await act(sink)
        finally:
            await sink.stop()

    return asyncio.run(play())


def slack_sender(sink: SlackSink, **more: Any) -> AppriseSender:
    return AppriseSender(endpoints={"desk": sink.url}, **{**QUICK, **more})


def send_once(script: list[Answer], facts: Facts = RESURFACED, **more: Any) -> SendResult:
    async def act(sink: SlackSink) -> SendResult:
        return await slack_sender(sink, **more)(DESK, facts, maybe_repeat=False)

    return with_sink(script, act)


# ---------------------------------------------------------------- Slack


@pytest.mark.parametrize("facts", [RESURFACED, HOSTILE], ids=["resurfaced", "hostile"])
@pytest.mark.parametrize("query", ["", "?blocks=yes", "?footer=no"])
def test_slack_gets_our_blocks_and_the_same_as_text(facts: Facts, query: str) -> None:
    to = receiver("desk", DESK.url.reveal() + query)

    async def act(sink: SlackSink) -> tuple[SendResult, dict[str, Any], str]:
        result = await slack_sender(sink)(to, facts, maybe_repeat=False)
        return result, sink.posts[0].payload, sink.posts[0].path

    result, payload, path = with_sink([], act)
    assert (result.outcome, result.detail) == ("sent", "HTTP 200")
    assert path == "/services/" + "/".join(TOKENS)
    assert payload == {
        "text": message.slack(facts),
        "blocks": message.blocks(facts),
        "unfurl_links": False,
        "unfurl_media": False,
    }


def test_a_message_whose_blocks_are_refused_goes_out_as_text() -> None:
    async def act(sink: SlackSink) -> tuple[SendResult, list[dict[str, Any]]]:
        result = await slack_sender(sink)(DESK, RESURFACED, maybe_repeat=False)
        return result, [post.payload for post in sink.posts]

    result, posts = with_sink([Answer(400, "invalid_blocks")], act)
    assert result.outcome == "sent"
    assert "blocks" in posts[0]
    assert "blocks" not in posts[1]
    assert posts[0]["text"] == posts[1]["text"]


def test_a_possible_repeat_says_so_on_the_wire() -> None:
    async def act(sink: SlackSink) -> list[str]:
        await slack_sender(sink)(DESK, RESURFACED, maybe_repeat=True)
        return sink.texts

    assert "may be a repeat" in with_sink([], act)[0]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (Answer(429, "rate_limited", "37"), ("refused", True, 37.0, False)),
        (Answer(503, "down"), ("refused", True, None, False)),
        (Answer(404, "no_service"), ("refused", True, None, False)),
        (Answer(400, "invalid_payload"), ("refused", False, None, False)),
        (Answer(drop=True), ("error", True, None, True)),
    ],
    ids=["429", "503", "404", "400", "drop"],
)
def test_a_failure_is_told_by_its_kind(
    answer: Answer, expected: tuple[str, bool, float | None, bool]
) -> None:
    result = send_once([answer])
    assert (result.outcome, result.retry, result.retry_after, result.maybe) == expected
    if not answer.drop:
        assert f"HTTP {answer.status}" in result.detail
        assert answer.text in result.detail


def test_a_retry_after_that_is_a_date_is_read() -> None:
    now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    date = format_datetime(now + timedelta(seconds=90), usegmt=True)
    result = send_once([Answer(429, "rate_limited", date)], clock=lambda: now)
    assert result.retry_after == 90.0
    assert send_once([Answer(429, "rate_limited", "soon")]).retry_after is None


def test_an_answer_that_does_not_come_ends_at_the_read_timeout() -> None:
    result = send_once([Answer(hang=True)], read_timeout_s=0.2)
    assert (result.outcome, result.maybe) == ("timeout", True)
    assert "ReadTimeout" in result.detail


def test_a_hanging_receiver_is_bounded_and_holds_up_nobody() -> None:
    async def act(sink: SlackSink) -> list[SendResult]:
        other = receiver("other", DESK.url.reveal())
        sender = AppriseSender(
            deadline_s=0.5, read_timeout_s=30.0, endpoints={"desk": sink.url, "other": sink.url}
        )
        first = await sender(DESK, RESURFACED, maybe_repeat=False)
        second = await sender(DESK, RESURFACED, maybe_repeat=False)
        third = await sender(other, RESURFACED, maybe_repeat=False)
        assert len(sink.posts) == 2  # the second was never begun: its receiver's thread hangs
        return [first, second, third]

    first, second, third = with_sink([Answer(hang=True)], act)
    assert (first.outcome, first.maybe) == ("timeout", True)
    assert (second.outcome, second.maybe) == ("timeout", False)
    assert third.outcome == "sent"
    for thread in threading.enumerate():
        if thread.name == "deliver-desk":  # let go when the sink went away
            thread.join(10)
            assert not thread.is_alive()


@pytest.mark.parametrize(
    "script", [[Answer(503, "down {} {} {}".format(*TOKENS))], [Answer(drop=True)]]
)
def test_no_secret_reaches_a_detail_or_a_log(script: list[Answer]) -> None:
    # Not caplog, which listens to loggers that do not propagate: the journal does not.
    journal = io.StringIO()
    handler = logging.StreamHandler(journal)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        result = send_once(script)
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
    assert result.detail
    assert "asyncio" in journal.getvalue()  # it did listen
    for token in TOKENS:
        assert token not in result.detail
        assert token not in journal.getvalue()
    assert "\n" not in result.detail


def test_nothing_listens_there() -> None:
    sender = AppriseSender(endpoints={"desk": "http://127.0.0.1:9/x"}, **QUICK)  # type: ignore[arg-type]
    result = asyncio.run(sender(DESK, RESURFACED, maybe_repeat=False))
    assert (result.outcome, result.retry, result.maybe) == ("error", True, False)
    assert "ConnectionError" in result.detail


@pytest.mark.parametrize("url", ["nosuch://x", "slack://only-one", ""])
def test_a_url_that_apprise_does_not_take(url: str) -> None:
    result = asyncio.run(AppriseSender()(receiver("x", url), RESURFACED, maybe_repeat=False))
    assert (result.outcome, result.retry) == ("error", True)
    assert "does not understand" in result.detail


def test_the_timeout_of_the_url_wins_over_ours() -> None:
    sender = AppriseSender(read_timeout_s=20.0)
    ours = sender._service("a", DESK.url.reveal())
    theirs = sender._service("b", DESK.url.reveal() + "?rto=7")
    assert (ours.plugin.socket_read_timeout, theirs.plugin.socket_read_timeout) == (20.0, 7.0)
    assert ours.plugin.request_rate_per_sec == 1.2  # Slack's own pace, unless told otherwise
    assert sender._service("a", DESK.url.reveal()) is ours
    assert sender._service("a", DESK.url.reveal() + "?rto=9") is not ours  # after a reload


# ---------------------------------------------------------------- any other


def test_any_other_receiver_gets_plain_text() -> None:
    async def act(sink: SlackSink) -> dict[str, Any]:
        to = receiver("json", sink.url.replace("http://", "json://"))
        result = await AppriseSender()(to, HOSTILE, maybe_repeat=False)
        assert result.outcome == "sent"
        return sink.posts[0].payload

    payload = with_sink([], act)
    title, body = message.plain(HOSTILE, width=None)
    assert payload["title"] == title
    assert payload["message"].rstrip() == body.rstrip()


# ---------------------------------------------------------------- all of it


def test_from_the_outbox_to_slack_through_a_bad_hour(bench: Bench) -> None:
    """Refused, then dropped after reading, then taken: three attempts, one of them in doubt."""
    number = bench.add("desk", RESURFACED)
    clock = FakeClock()

    async def act(sink: SlackSink) -> list[str]:
        sender = slack_sender(sink)
        for _ in range(3):
            await deliver_due(bench.outbox, {"desk": DESK}, now=clock, send=sender, owner="one")
            clock.forward(hours=1)
        return sink.texts

    texts = with_sink([Answer(429, "rate_limited", "120"), Answer(drop=True)], act)
    assert bench.outcomes(number) == ["refused", "error", "sent"]
    assert bench.state(number) == ("sent", 3, True)
    assert len(texts) == 1
    assert "may be a repeat" in texts[0]
