"""Returns that random histories found missed, misnamed or misplaced (tests/record/states.py)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import select

from storage import models
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, resolve_watch
from tests import texts
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from watcher.core.rules import Arrival
from watcher.core.values import Date

SOURCE = Item("wire", "source", texts.HARBOUR, T0, "https://wire.example/1")
COPY = Item("gazette", "copy", texts.HARBOUR, T0 + HOUR, "https://gazette.example/1")


def copy(name: str, at: datetime, text: str = texts.HARBOUR, page: str = "1") -> Item:
    return Item(name, f"{name} {page}", text, at, f"https://{name}.example/{page}")


def watch(desk: Desk, *, rest: int | None = None) -> None:
    article = next(i for i, n in desk.names().items() if n == "source")
    with desk.database.write() as conn:
        rules = ({"name": "resurfaced"},)
        spec = WatchSpec("watch", "url:https://wire.example/1", rules, ("desk",), rest)
        made = add_watch(conn, spec, T0)
        assert made is not None
        resolve_watch(conn, made, article, None)


def resurfaced(desk: Desk) -> list[str]:
    a = models.alert.c
    with desk.database.read() as conn:
        return list(conn.scalars(select(a.state).where(a.condition == "resurfaced")))


def opened(desk: Desk) -> list[tuple[str, datetime]]:
    e = models.episode.c
    with desk.database.read() as conn:
        return [(s, at) for s, at in conn.execute(select(e.subtype, e.opened_at).order_by(e.n))]


def test_a_watch_with_a_rest_of_its_own_that_is_younger_than_the_story(desk: Desk) -> None:
    desk.poll(SOURCE, now=T0)
    desk.poll(COPY, now=T0 + HOUR)
    watch(desk, rest=2 * 86_400)
    desk.poll(copy("courier", T0 + 4 * DAY), now=T0 + 4 * DAY)
    assert resurfaced(desk) == ["fired"]
    assert len(opened(desk)) == 2


def test_what_comes_to_a_resting_story_and_does_not_count_is_held_with_its_reason(
    sqlite_desk: Desk,
) -> None:
    desk = sqlite_desk
    desk.poll(SOURCE, now=T0)
    desk.poll(COPY, now=T0 + HOUR)
    watch(desk)
    desk.poll(copy("courier", T0 + 2 * HOUR), now=T0 + 30 * DAY, first=True)
    backlog = T0 + 31 * DAY
    desk.poll(copy("herald", T0), now=backlog, since=20 * DAY)
    assert resurfaced(desk) == ["held", "held"]
    a = models.alert.c
    with desk.database.read() as conn:
        said = list(conn.scalars(select(a.reason).order_by(a.id)))
    assert "first poll" in said[0]
    assert len(opened(desk)) == 1
    desk.poll(copy("echo", backlog + HOUR), now=backlog + HOUR)
    assert resurfaced(desk) == ["held", "held", "fired"]


def test_what_one_outlet_alone_had_comes_back_like_any_story(sqlite_desk: Desk) -> None:
    sqlite_desk.poll(SOURCE, now=T0)
    watch(sqlite_desk)
    sqlite_desk.poll(copy("courier", T0 + 30 * DAY), now=T0 + 30 * DAY)
    assert [s for s, _ in opened(sqlite_desk)] == ["first", "new_outlet"]
    assert resurfaced(sqlite_desk) == ["fired"]


def with_date(desk: Desk, item: Item, date: Date | None, now: datetime) -> str | None:
    """A poll of one entry with this very date; as what it counts."""
    after = now - timedelta(minutes=15)
    draft = replace(
        desk.draft(item),
        external_id=None,
        feed_id=1,
        seen_after=after,
        seen_by=now,
        alerts=True,
        published=date,
    )
    at, note = (date.at, date.note) if date else (None, None)
    arrival = Arrival(after, now, claimed_at=at, claimed_note=note)
    (outcome,) = desk.record([draft], now, {0: arrival}).outcomes
    return outcome.counts


def test_a_date_in_the_future_hides_no_later_re_issue(sqlite_desk: Desk) -> None:
    desk, ahead = sqlite_desk, T0 + 400 * DAY
    desk.poll(SOURCE, now=T0)
    assert with_date(desk, COPY, Date("", ahead, "future"), T0 + HOUR) == "new_outlet"
    corrected = T0 + HOUR
    assert with_date(desk, COPY, Date("", corrected), T0 + 2 * HOUR) is None
    assert with_date(desk, COPY, Date("", T0 + 30 * DAY), T0 + 30 * DAY) == "redated"


def test_the_first_date_of_an_undated_article_is_remembered(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.poll(SOURCE, now=T0)
    assert with_date(desk, COPY, None, T0 + HOUR) == "new_outlet"
    assert with_date(desk, COPY, Date("", T0 + HOUR), T0 + 2 * HOUR) is None
    assert with_date(desk, COPY, Date("", T0 + 30 * DAY), T0 + 30 * DAY) == "redated"


def test_a_re_post_is_measured_by_the_latest_issue(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.poll(SOURCE, now=T0)
    desk.poll(COPY, now=T0 + HOUR)
    again = T0 + 20 * DAY
    assert desk.poll(replace(COPY, at=again), now=again)[0].counts == "redated"
    later = copy("gazette", again + 12 * HOUR, texts.reworded(texts.HARBOUR, 30), "2")
    assert desk.poll(later, now=again + 13 * HOUR)[0].counts is None


def test_the_names_of_returns(sqlite_desk: Desk) -> None:
    desk = sqlite_desk
    desk.poll(SOURCE, now=T0)
    desk.poll(replace(COPY, guid="g"), now=T0 + HOUR)
    days = [T0 + n * DAY for n in (0, 10, 20, 30, 40)]
    moved = replace(COPY, guid="g", url="https://gazette.example/2", at=days[1])
    edited = replace(moved, text=texts.reworded(texts.HARBOUR, 30), at=days[2])
    anew = copy("gazette", days[3], texts.reworded(texts.HARBOUR, 40, seed=5), "3")
    assert desk.poll(moved, now=days[1])[0].counts == "readdressed"
    assert desk.poll(edited, now=days[2])[0].counts == "edited_return"
    assert desk.poll(anew, now=days[3])[0].counts == "edited_return"
    assert desk.poll(replace(anew, at=days[4]), now=days[4])[0].counts == "redated"


def test_an_imported_article_that_a_feed_issues_again_stays_where_that_was(desk: Desk) -> None:
    desk.load([SOURCE, COPY], now=T0 + DAY)
    now = T0 + 30 * DAY
    assert desk.poll(replace(COPY, at=now - 20 * HOUR), now=now)[0].counts == "redated"
    before = opened(desk)
    assert before[-1] == ("redated", now)
    desk.poll(copy("courier", now + HOUR), now=now + HOUR)
    assert opened(desk) == before
