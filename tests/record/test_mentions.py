"""A phrase's watch: its mentions, how they stand, and what they raise."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from storage import models
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, sync_watches
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from tests.texts import made_up
from watcher.record.prepare import prepare
from watcher.record.recorder import Recorder

TALKS = "The old dam talks went on by the river until the evening came."


def text(n: int, words: str = TALKS) -> str:
    # A paragraph of its own: one that an outlet repeats is boilerplate.
    return f"{made_up(n, 6)}\n{words} {made_up(n + 900, 1)}\n{made_up(n + 500, 6)}"


def item(n: int, outlet: str, words: str = TALKS, at: datetime | None = None) -> Item:
    name = f"{outlet} {n}"
    return Item(outlet, name, text(n, words), at, f"https://{outlet}.example/{n}")


def watch(
    desk: Desk,
    *conditions: str | tuple[str, Any],
    phrase: str = '"dam talks"',
    rest: timedelta | None = None,
    name: str = "dam",
) -> int:
    rules = tuple(
        {"name": c} if isinstance(c, str) else {"name": c[0], "value": c[1]} for c in conditions
    )
    seconds = None if rest is None else int(rest.total_seconds())
    with desk.database.write() as conn:
        made = add_watch(conn, WatchSpec(name, f"phrase:{phrase}", rules, ("desk",), seconds), T0)
    assert made is not None
    return made


def alerts(desk: Desk, state: str = "fired") -> Counter[str]:
    a = models.alert
    with desk.database.read() as conn:
        return Counter(conn.scalars(select(a.c.condition).where(a.c.state == state)))


def reasons(desk: Desk) -> list[str]:
    a = models.alert
    with desk.database.read() as conn:
        return list(conn.scalars(select(a.c.reason).order_by(a.c.id)))


def mentions(desk: Desk) -> list[Any]:
    m = models.mention
    with desk.database.read() as conn:
        return list(conn.execute(select(m).order_by(m.c.watch_id, m.c.n)))


def test_each_new_article_with_the_words_is_a_mention(desk: Desk) -> None:
    watch(desk, "new_mention", "first_copy", ("reach", 2))
    desk.poll(item(1, "wire"), item(2, "wire", "Nothing of it."), now=T0)
    assert alerts(desk) == {"new_mention": 1, "first_copy": 1}
    desk.poll(item(3, "valley"), now=T0 + HOUR)
    assert alerts(desk) == {"new_mention": 2, "first_copy": 1, "reach": 1}
    assert [(m.n, m.families, m.episode, m.counts) for m in mentions(desk)] == [
        (1, 1, 1, True),
        (2, 2, 1, True),
    ]
    assert "The old dam talks went on by the river" in reasons(desk)[0]
    # The same entry again, and the same words after an edit elsewhere, are no other mention.
    again = item(3, "valley", TALKS + " More of it was said later on.")
    desk.poll(again, now=T0 + 2 * HOUR)
    assert len(mentions(desk)) == 2


def test_a_first_poll_and_an_import_are_known_and_raise_nothing(desk: Desk) -> None:
    watch(desk, "new_mention", "first_copy")
    desk.poll(item(1, "wire"), now=T0, first=True)
    desk.load([item(2, "coast", at=T0 - DAY)], now=T0 + HOUR)
    assert alerts(desk) == {}
    assert alerts(desk, "held")["new_mention"] == 2
    assert [m.counts for m in mentions(desk)] == [False, False]
    desk.poll(item(3, "valley"), now=T0 + 2 * HOUR)
    assert alerts(desk) == {"new_mention": 1}


def test_a_backlog_behind_an_outage_is_held(desk: Desk) -> None:
    watch(desk, "new_mention")
    desk.poll(item(1, "wire", at=T0), now=T0)
    at = T0 + 3 * DAY
    old = item(2, "valley", at=T0 - HOUR)
    desk.poll(old, now=at, since=3 * DAY)
    assert alerts(desk) == {"new_mention": 1}
    assert "in the backlog of an outage" in reasons(desk)[-1]
    # Published after the last mention: late, and news.
    desk.poll(item(3, "coast", at=at - HOUR), now=at + HOUR, since=3 * DAY)
    assert alerts(desk) == {"new_mention": 2}


def test_it_rests_and_resurfaces_once(desk: Desk) -> None:
    watch(desk, "resurfaced", "new_mention")
    desk.poll(item(1, "wire"), now=T0)
    at = T0 + 8 * DAY
    desk.poll(item(2, "wire"), item(3, "wire"), now=at)
    assert alerts(desk) == {"new_mention": 1, "resurfaced": 1}
    assert alerts(desk, "held")["new_mention"] == 2, "inhibited: it says less"
    desk.poll(item(4, "coast"), now=at + HOUR)
    assert alerts(desk) == {"new_mention": 2, "resurfaced": 1}
    assert [m.episode for m in mentions(desk)] == [1, 2, 2, 2]
    # Another recorder, as after a restart, goes on where this one was.
    other = Desk(desk.database, Recorder())
    other.poll(item(5, "valley"), now=at + 9 * DAY)
    assert alerts(desk)["resurfaced"] == 2


def test_its_own_rest(desk: Desk) -> None:
    watch(desk, "resurfaced", rest=DAY)
    desk.poll(item(1, "wire"), now=T0)
    desk.poll(item(2, "coast"), now=T0 + DAY)
    assert alerts(desk) == {"resurfaced": 1}


def test_velocity_lists_and_families(desk: Desk) -> None:
    watch(desk, ("velocity", 0.5), ("outlet", "coast.example"), ("family", "Group\nOther"))
    desk.outlet("hill", "Group")
    for n, outlet in enumerate(("wire", "coast", "hill", "valley")):
        desk.poll(item(n, outlet), now=T0 + n * HOUR)
    assert alerts(desk) == {"velocity": 1, "outlet": 1, "family": 1}


def test_an_edit_that_brings_the_words_is_a_mention(desk: Desk) -> None:
    watch(desk, "new_mention")
    before, after = item(1, "wire", "It went on."), item(1, "wire", TALKS)
    desk.poll(before, now=T0)
    assert mentions(desk) == []
    desk.poll(after, now=T0 + HOUR)
    assert alerts(desk) == {"new_mention": 1}
    assert mentions(desk)[0].reason == "a new article that has the phrase"


def test_words_that_stood_there_before_the_watch_are_old(desk: Desk) -> None:
    desk.poll(item(1, "wire"), now=T0)
    watch(desk, "new_mention")
    desk.poll(item(1, "wire", TALKS + " Then all of them went home again."), now=T0 + HOUR)
    assert alerts(desk) == {}
    assert [m.reason for m in mentions(desk)] == ["the phrase stood in it before"]


def test_boilerplate_mentions_nothing(desk: Desk) -> None:
    line = "Read more about the dam talks and other news of the river in our daily letter."

    def plain(n: int, words: str) -> Item:
        return Item("wire", f"w{n}", f"{made_up(n, 8)}\n{words}", None, f"https://wire.example/{n}")

    for n in range(4):
        desk.poll(plain(n, line), now=T0 + n * HOUR)
    assert ("wire", line) in desk.boilerplate()
    watch(desk, "new_mention")
    desk.poll(plain(9, line), now=T0 + 5 * HOUR)
    assert alerts(desk) == {}
    assert mentions(desk) == []
    desk.poll(plain(10, line + "\n" + TALKS), now=T0 + 6 * HOUR)
    assert alerts(desk) == {"new_mention": 1}


def test_other_words_begin_anew(desk: Desk) -> None:
    rules = ({"name": "new_mention"}, {"name": "first_copy"})

    def configured(phrase: str) -> None:
        with desk.database.write() as conn:
            sync_watches(conn, [WatchSpec("dam", f"phrase:{phrase}", rules, ())], T0)

    configured("dam talks")
    desk.poll(item(1, "wire"), now=T0)
    configured("dam river")
    assert mentions(desk) == []
    desk.poll(item(2, "wire"), now=T0 + HOUR)
    assert alerts(desk) == {"new_mention": 2, "first_copy": 2}


def test_a_rolled_back_recording_leaves_no_mention(desk: Desk) -> None:
    watch(desk, "new_mention")
    drafts = [desk.draft(item(1, "wire"))]

    class CrashError(Exception):
        pass

    def crash() -> None:
        with desk.database.write() as conn:
            desk.recorder.record(conn, [prepare(d) for d in drafts], now=T0)
            raise CrashError

    with pytest.raises(CrashError):
        crash()
    desk.recorder.forget()
    assert mentions(desk) == []
    desk.poll(item(1, "wire"), now=T0)
    assert alerts(desk) == {"new_mention": 1}
