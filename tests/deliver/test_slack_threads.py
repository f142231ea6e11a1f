"""A Slack bot through Apprise: a thread for each story, in each channel."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from storage.db import Database
from tests.core.test_message import RESURFACED
from tests.deliver.test_sender import slack_sender, with_sink
from tests.fakes import FakeReceiver, receiver
from watcher.archive.threads import Threads
from watcher.core.errors import StorageBusy, StorageError
from watcher.core.message import Facts
from watcher.deliver import SendResult
from watcher.demo.sinks import Answer, SlackSink

# Apprise's mail plugin imports it on Python 3.11 and 3.12.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")


BOT = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk/#night")


def taken(ts: str) -> Answer:
    return Answer(200, json.dumps({"ok": True, "channel": "C1", "ts": ts}))


def refusal(error: str) -> Answer:
    return Answer(200, json.dumps({"ok": False, "error": error}))


def bot_posts(
    script: list[Answer], *said: Facts, to: FakeReceiver = BOT, **more: Any
) -> tuple[list[SendResult], list[dict[str, Any]]]:
    async def act(sink: SlackSink) -> tuple[list[SendResult], list[dict[str, Any]]]:
        send = slack_sender(sink, **more)
        results = [await send(to, facts, maybe_repeat=False) for facts in said]
        assert {post.path for post in sink.posts} == {"/services/chat.postMessage"}
        return results, [post.payload for post in sink.posts]

    return with_sink(script, act)


def hung_on(posts: list[dict[str, Any]]) -> list[tuple[str, str | None, bool]]:
    return [
        (post["channel"], post.get("thread_ts"), post.get("reply_broadcast", False))
        for post in posts
    ]


def test_a_story_is_one_thread_in_each_channel() -> None:
    other = replace(RESURFACED, story=13)
    copied = replace(RESURFACED, condition="new_copy")
    script = [taken(f"{n}.0") for n in range(1, 7)]
    results, posts = bot_posts(script, copied, RESURFACED, other)
    assert [result.outcome for result in results] == ["sent"] * 3
    assert hung_on(posts) == [
        ("#desk", None, False),
        ("#night", None, False),
        # What came back after weeks is shown in the channel as well: nobody reads old threads.
        ("#desk", "1.0", True),
        ("#night", "2.0", True),
        ("#desk", None, False),
        ("#night", None, False),
    ]


def test_a_thread_of_the_receivers_own_is_left_alone() -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk:77.5")
    _, posts = bot_posts([taken("1.0"), taken("2.0")], RESURFACED, RESURFACED, to=to)
    assert hung_on(posts) == [("#desk", "77.5", False)] * 2


def test_what_is_of_no_story_is_in_no_thread() -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    lone = replace(RESURFACED, story=None)
    _, posts = bot_posts([taken("1.0"), taken("2.0")], lone, lone, to=to)
    assert hung_on(posts) == [("#desk", None, False)] * 2


@pytest.mark.parametrize("error", ["thread_not_found", "restricted_action_thread_locked"])
def test_a_thread_that_is_gone_is_begun_anew(error: str) -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    script = [taken("1.0"), refusal(error), taken("3.0"), taken("4.0")]
    results, posts = bot_posts(script, RESURFACED, RESURFACED, RESURFACED, to=to)
    assert [result.outcome for result in results] == ["sent"] * 3
    assert [thread for _, thread, _ in hung_on(posts)] == [None, "1.0", None, "3.0"]


def test_another_refusal_is_a_failure_and_says_what_slack_said() -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    (result,), posts = bot_posts([refusal("not_in_channel")], RESURFACED, to=to)
    assert (result.outcome, result.retry) == ("error", True)
    assert "not_in_channel" in result.detail
    assert len(posts) == 1


class _Broken:
    """Threads that cannot be kept."""

    def find(self, receiver: str, place: str, story: int) -> str | None:
        raise StorageBusy("another program has it")

    def keep(self, receiver: str, place: str, story: int, anchor: str) -> None:
        raise StorageError("the disk is full")

    def forget(self, receiver: str, place: str, story: int) -> None:
        raise StorageError("the disk is full")


def test_a_message_is_taken_even_where_its_thread_cannot_be_kept(
    caplog: pytest.LogCaptureFixture,
) -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    results, _ = bot_posts([taken("1.0")], RESURFACED, to=to, threads=_Broken())
    assert results[0].outcome == "sent"
    assert "the disk is full" in caplog.text


def test_threads_outlive_the_program(database: Database) -> None:
    to = receiver("desk", "slack://xoxb-1234-1234-abcdefghijklmnopqrstuvwx/#desk")
    _, first = bot_posts([taken("1.0")], RESURFACED, to=to, threads=Threads(database))
    _, second = bot_posts([taken("2.0")], RESURFACED, to=to, threads=Threads(database))
    assert [thread for _, thread, _ in hung_on(first + second)] == [None, "1.0"]
    kept = Threads(database)
    kept.keep("desk", "#desk", 12, "9.0")
    assert (kept.find("desk", "#desk", 12), kept.find("mail", "#desk", 12)) == ("9.0", None)
    kept.forget("desk", "#desk", 12)
    assert kept.find("desk", "#desk", 12) is None
