"""Alerts: raised in the recording that gives cause, once, and held ones stand in nobody's way."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from storage import models
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, resolve_watch
from tests import texts
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from watcher.record.deciding import merge, split

SOURCE = Item("wire", "source", texts.HARBOUR, T0, "https://wire.example/1")


def copy(n: int, at: timedelta, outlet: str | None = None) -> Item:
    name = outlet or f"outlet{n}"
    return Item(name, f"copy {n}", texts.HARBOUR, T0 + at, f"https://{name}.example/{n}")


def watch(desk: Desk, *conditions: str | tuple[str, int], name: str = "watch") -> None:
    """A watch that follows SOURCE."""
    article = next(i for i, n in desk.names().items() if n == "source")
    rules = [
        {"name": c} if isinstance(c, str) else {"name": c[0], "value": c[1]} for c in conditions
    ]
    with desk.database.write() as conn:
        made = add_watch(
            conn,
            WatchSpec(name, "url:https://wire.example/1", tuple(rules), ("desk",)),
            T0,
        )
        assert made is not None
        resolve_watch(conn, made, article, None)


def alerts(desk: Desk, state: str = "fired") -> Counter[str]:
    """How often each condition has fired, or was held."""
    a = models.alert
    with desk.database.read() as conn:
        return Counter(conn.scalars(select(a.c.condition).where(a.c.state == state)))


def deliveries(desk: Desk) -> Counter[str]:
    d = models.delivery
    with desk.database.read() as conn:
        return Counter(conn.scalars(select(d.c.state)))


@pytest.fixture
def followed(desk: Desk) -> Desk:
    """A story that came to rest after a copy, and is followed."""
    desk.poll(SOURCE, now=T0)
    desk.poll(copy(1, HOUR), now=T0 + HOUR)
    watch(desk, "resurfaced", "new_copy", "first_copy", ("reach", 3))
    return desk


def test_a_copy_is_told_of(desk: Desk) -> None:
    desk.poll(SOURCE, now=T0)
    watch(desk, "resurfaced", "new_copy", "first_copy", ("reach", 3))
    desk.poll(copy(1, HOUR), now=T0 + HOUR)
    assert alerts(desk) == {"new_copy": 1, "first_copy": 1}
    desk.poll(copy(2, 2 * HOUR), now=T0 + 2 * HOUR)
    assert alerts(desk) == {"new_copy": 2, "first_copy": 1, "reach": 1}


def test_resurfaced_once_however_many_copies_arrive_together(followed: Desk) -> None:
    at = 30 * DAY
    followed.poll(*[copy(n, at) for n in range(2, 7)], now=T0 + at)
    assert alerts(followed) == {"resurfaced": 1, "reach": 1}
    assert deliveries(followed)["pending"] == 2
    assert followed.story_of("source").episodes == 2
    # Nor again with the copies that follow.
    followed.poll(copy(7, at + HOUR), now=T0 + at + HOUR)
    assert alerts(followed)["resurfaced"] == 1
    followed.sound()


def test_two_processes_tell_of_one_return_once(followed: Desk) -> None:
    at = 30 * DAY
    other = Desk(followed.database)
    followed.poll(copy(2, at), now=T0 + at)
    other.poll(copy(3, at), now=T0 + at + timedelta(minutes=1))
    assert alerts(followed)["resurfaced"] == 1


def test_it_rests_and_comes_back_again(followed: Desk) -> None:
    for n, days in ((2, 30), (3, 60)):
        followed.poll(copy(n, days * DAY), now=T0 + days * DAY)
    assert alerts(followed)["resurfaced"] == 2
    assert followed.story_of("source").episodes == 3


def test_a_first_polls_copies_are_held_and_block_nothing(followed: Desk) -> None:
    at = 30 * DAY
    followed.poll(copy(2, HOUR), now=T0 + at, first=True)
    assert alerts(followed) == {}
    assert followed.story_of("source").episodes == 1
    # The real one, a day later.
    followed.poll(copy(3, at + DAY), now=T0 + at + DAY)
    assert alerts(followed)["resurfaced"] == 1


def test_a_held_return_does_not_stand_in_the_way_of_the_real_one(followed: Desk) -> None:
    at = 30 * DAY
    # An import brings a copy that opens the episode: known now, and told to nobody.
    followed.load([copy(2, at)], now=T0 + at)
    assert alerts(followed) == {}
    held = alerts(followed, "held")
    followed.poll(copy(3, at + HOUR), now=T0 + at + HOUR)
    assert alerts(followed)["new_copy"] == 1
    assert alerts(followed, "held") >= held
    assert deliveries(followed)["pending"] == sum(alerts(followed).values())


def test_a_held_and_a_real_one_in_the_same_recording(followed: Desk) -> None:
    at = T0 + 30 * DAY
    items = [copy(2, 30 * DAY), copy(3, 30 * DAY)]
    drafts = [followed.draft(i) for i in items]
    from watcher.core.rules import Arrival

    after = at - timedelta(minutes=15)
    drafts = [
        replace(d, external_id=None, feed_id=1, seen_after=after, seen_by=at, alerts=n == 1)
        for n, d in enumerate(drafts)
    ]
    arrivals = {n: Arrival(after, at, claimed_at=at) for n in range(2)}
    followed.record(drafts, at, arrivals)
    assert alerts(followed)["resurfaced"] == 1
    assert alerts(followed, "held")["resurfaced"] == 1


def test_known_text_at_a_new_address_is_no_return(followed: Desk) -> None:
    moved = copy(1, HOUR)
    moved.url, moved.guid = "https://outlet1.example/moved", "new"
    followed.poll(moved, now=T0 + 30 * DAY)
    assert alerts(followed) == {}


def test_the_outlets_edited_re_issue_without_a_new_date_is_no_return(followed: Desk) -> None:
    again = Item(
        "outlet1",
        "again",
        texts.reworded(texts.HARBOUR, 6),
        T0 + HOUR,
        "https://outlet1.example/again",
    )
    (outcome,) = followed.poll(again, now=T0 + 30 * DAY)
    assert (outcome.story, outcome.counts) == (followed.story_of("source").id, None)
    assert alerts(followed) == {}


def test_an_old_article_issued_again_is_a_return(followed: Desk) -> None:
    again = copy(1, 30 * DAY)
    (outcome,) = followed.poll(again, now=T0 + 30 * DAY)
    assert outcome.counts == "redated"
    assert alerts(followed) == {"resurfaced": 1}


def test_the_same_text_twice_at_one_outlet_in_one_poll_is_one_return(followed: Desk) -> None:
    at = 30 * DAY
    first = copy(2, at, "evening")
    second = Item(
        "evening", "edited", texts.reworded(texts.HARBOUR, 40), T0 + at, "https://evening.example/e"
    )
    outcomes = followed.poll(first, second, now=T0 + at)
    assert [o.counts for o in outcomes] == ["new_outlet", None]
    assert alerts(followed)["resurfaced"] == 1


def test_a_round_up_is_no_copy(followed: Desk) -> None:
    roundup = texts.ORCHARD + texts.LIBRARY + texts.HARBOUR
    followed.poll(
        Item("weekly", "roundup", roundup, T0 + 30 * DAY, "https://weekly.example/1"),
        now=T0 + 30 * DAY,
    )
    assert alerts(followed) == {}
    assert followed.story_of("source").episodes == 1


def test_a_story_nobody_follows_is_told_to_nobody(desk: Desk) -> None:
    desk.poll(SOURCE, now=T0)
    desk.poll(copy(1, HOUR), now=T0 + HOUR)
    assert alerts(desk) == alerts(desk, "held") == {}


def keys(desk: Desk, state: str = "fired") -> list[str]:
    """The keys of the alerts, in order."""
    a = models.alert
    with desk.database.read() as conn:
        return list(conn.scalars(select(a.c.key).where(a.c.state == state).order_by(a.c.id)))


def test_keys_are_anchored_on_the_watched_text_and_the_opening_article(followed: Desk) -> None:
    at = 30 * DAY
    followed.poll(copy(2, at), now=T0 + at)
    assert [k for k in keys(followed) if "resurfaced" in k] == [
        "watch:a1:resurfaced:3@20260401T090000"
    ]


def test_its_own_outlet_dates_it_anew(desk: Desk) -> None:
    """The text itself is no copy, and yet its re-dating wakes the story; each date once."""
    desk.poll(SOURCE, now=T0)
    desk.poll(copy(1, HOUR), now=T0 + HOUR)
    watch(desk, "resurfaced", "redated", "new_copy")
    for days in (30, 60):
        later = replace(SOURCE, at=T0 + days * DAY)
        desk.poll(later, now=T0 + days * DAY)
    assert alerts(desk) == {"resurfaced": 2, "redated": 2}
    assert len(set(keys(desk))) == 4


def test_an_edit_of_the_origin(desk: Desk) -> None:
    source = replace(SOURCE, guid="1")
    desk.poll(source, now=T0)
    desk.poll(replace(copy(1, HOUR), guid="c"), now=T0 + HOUR)
    watch(desk, "origin_edited", "new_copy")
    edited = replace(source, text=texts.HARBOUR + " Nobody was hurt, the harbour master says.")
    desk.poll(edited, now=T0 + 2 * HOUR)
    desk.poll(edited, now=T0 + 3 * HOUR)
    assert alerts(desk) == {"origin_edited": 1}
    a = models.alert
    with desk.database.read() as conn:
        (reason, payload) = conn.execute(select(a.c.reason, a.c.payload)).one()
    assert "edited silently, under the same date: 0 words left out, 7 added" in reason
    assert payload["changed"] == ["new: Nobody was hurt, the harbour master says."]
    # A copy's edit is none of the origin's.
    other = replace(copy(1, HOUR), guid="c", text=texts.HARBOUR + " It has more to come.")
    desk.poll(other, now=T0 + 4 * HOUR)
    assert alerts(desk) == {"origin_edited": 1}


def test_a_split_and_a_merge_raise_nothing_again(followed: Desk) -> None:
    """People part and join stories: what was told is not told again, what comes back later is."""
    at = T0 + 30 * DAY
    followed.poll(copy(2, 30 * DAY), copy(3, 30 * DAY), now=at)
    before = keys(followed)
    names = {n: i for i, n in followed.names().items()}
    who: dict[str, Any] = {"author": "ada", "note": "", "now": at}
    split(followed.database, followed.recorder, names["copy 3"], **who)
    assert followed.story_of("source").id != followed.story_of("copy 3").id
    stories = [followed.story_of("source").id, followed.story_of("copy 3").id]
    merge(followed.database, followed.recorder, *stories, **who)
    assert keys(followed) == before
    followed.poll(copy(4, 30 * DAY + HOUR), now=at + HOUR)
    assert [k for k in keys(followed) if k not in before] == ["watch:a1:new_copy:5"]
    followed.poll(copy(5, 90 * DAY), now=T0 + 90 * DAY)
    assert alerts(followed)["resurfaced"] == 2
    followed.sound()
