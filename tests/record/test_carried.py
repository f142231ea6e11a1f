"""A text that a watch was given, found whole inside of longer articles."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from storage import models
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, resolve_watch
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from tests.texts import made_up
from watcher.archive import articles as store
from watcher.core.values import TRACKED_DOMAIN, Draft
from watcher.record.recorder import Recorder
from watcher.record.replay import replay
from watcher.report import open_reader

CLAIM = made_up(1, 60)  # 60 words that nobody else has
REST = 2 * DAY


def longer(n: int, outlet: str, text: str = CLAIM) -> Item:
    """A long article of an outlet's own, with a text in it."""
    return Item(
        outlet,
        f"{outlet} {n}",
        f"{made_up(100 + n, 120)}\n{text}\n{made_up(200 + n, 90)}",
        url=f"https://{outlet}.example/{n}",
    )


def follow(desk: Desk, *conditions: str | tuple[str, Any], rest: timedelta | None = REST) -> int:
    """A watch on a text as `watcher track -` makes it; its id."""
    with desk.database.write() as conn:
        store.ensure_outlet(conn, TRACKED_DOMAIN, TRACKED_DOMAIN)
        home = next(o.id for o in store.outlets(conn) if o.domain == TRACKED_DOMAIN)
    draft = Draft(home, "claim", CLAIM, external_id="watch:claim", seen_by=T0 - HOUR, alerts=False)
    article = desk.record([draft], T0 - HOUR).outcomes[0].article
    rules = tuple(
        {"name": c} if isinstance(c, str) else {"name": c[0], "value": c[1]} for c in conditions
    )
    seconds = None if rest is None else int(rest.total_seconds())
    spec = WatchSpec("claim", f"text:{CLAIM}", rules, ("desk",), seconds)
    with desk.database.write() as conn:
        made = add_watch(conn, spec, T0 - HOUR)
        assert made is not None
        resolve_watch(conn, made, article, None)
    desk.recorder.forget()
    return made


def alerts(desk: Desk, state: str = "fired") -> Counter[str]:
    a = models.alert
    with desk.database.read() as conn:
        return Counter(conn.scalars(select(a.c.condition).where(a.c.state == state)))


def replayed(desk: Desk, made: int) -> Counter[str]:
    with desk.database.read() as conn:
        watch = next(w for w in store.list_watches(conn) if w.id == made)
        found = replay(conn, watch, T0 - DAY, T0 + 90 * DAY)
    assert all(line.really == "fired" for line in found if line.verdict == "fires")
    return Counter(line.condition for line in found if line.verdict == "fires")


def test_longer_articles_with_the_text_raise_and_glue_no_stories(desk: Desk) -> None:
    made = follow(desk, "first_copy", "new_copy", ("reach", 2), ("outlet", "coast.example"))
    desk.poll(longer(1, "wire"), now=T0)
    assert alerts(desk) == {"first_copy": 1, "new_copy": 1}
    desk.poll(longer(2, "coast"), now=T0 + HOUR)
    assert alerts(desk) == {"first_copy": 1, "new_copy": 2, "reach": 1, "outlet": 1}
    assert desk.together() == set(), "two articles that carry one text are not one story"
    desk.poll(longer(2, "coast"), now=T0 + 2 * HOUR)
    assert alerts(desk).total() == 5, "seen again is not new"
    with open_reader(desk.database.url) as reader:
        (line,) = reader.tracked(now=T0 + 3 * HOUR)
        assert (line.state, line.reach, line.last_copy) == ("active", 2, T0 + HOUR)
        (line,) = reader.tracked(now=T0 + 3 * DAY)
        assert (line.state, line.reach) == ("dormant", 2)
    assert replayed(desk, made) == alerts(desk)
    with desk.database.read() as conn:
        payload = conn.scalars(select(models.alert.c.payload)).first()
    assert payload["kind"] == "container"
    assert payload["story"] == desk.story_of("watch:claim").id


def test_a_part_of_the_text_or_a_first_poll_raises_nothing(desk: Desk) -> None:
    follow(desk, "first_copy")
    half = " ".join(CLAIM.split()[:35])
    desk.poll(longer(1, "wire", half), now=T0)
    desk.poll(longer(2, "coast"), now=T0 + HOUR, first=True)
    desk.load([longer(3, "hill")], now=T0 + HOUR)
    assert alerts(desk) == {}
    assert alerts(desk, "held") == {"first_copy": 1}, "of those that carry it, the first is known"


def test_it_rests_and_resurfaces_once(desk: Desk) -> None:
    made = follow(desk, "resurfaced", "new_copy")
    desk.poll(longer(1, "wire"), now=T0)
    at = T0 + 5 * DAY
    desk.poll(longer(2, "coast"), longer(3, "coast"), now=at)
    assert alerts(desk) == {"new_copy": 1, "resurfaced": 1}
    other = Desk(desk.database, Recorder())  # as after a restart
    other.poll(longer(4, "valley"), now=at + HOUR)
    assert alerts(desk) == {"new_copy": 2, "resurfaced": 1}
    assert replayed(desk, made) == alerts(desk)


def test_copies_and_carriers_keep_one_another_from_resting(desk: Desk) -> None:
    follow(desk, "resurfaced", "first_copy")
    bare = Item("wire", "bare", CLAIM, url="https://wire.example/bare")
    desk.poll(bare, now=T0)
    assert alerts(desk) == {"first_copy": 1}
    desk.poll(longer(1, "coast"), now=T0 + 1.5 * DAY)
    desk.poll(Item("hill", "hill bare", CLAIM, url="https://hill.example/b"), now=T0 + 3 * DAY)
    desk.poll(longer(2, "valley"), now=T0 + 4.5 * DAY)
    assert alerts(desk) == {"first_copy": 1}, "never at rest for two days"
    desk.poll(longer(3, "gulf"), now=T0 + 8 * DAY)
    assert alerts(desk) == {"first_copy": 1, "resurfaced": 1}


def test_an_edit_that_brings_the_text_counts(desk: Desk) -> None:
    follow(desk, "new_copy")
    desk.poll(longer(1, "wire", "Nothing of it."), now=T0)
    assert alerts(desk) == {}
    desk.poll(longer(1, "wire"), now=T0 + HOUR)
    assert alerts(desk) == {"new_copy": 1}
