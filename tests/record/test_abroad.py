"""A watch that follows a story into other languages: what is raised, what is not."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from storage import models
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, resolve_watch
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from tests.record.test_replay import agrees
from tests.record.test_translations import ENGLISH, FRENCH, RUSSIAN, look
from watcher.archive import articles as store
from watcher.core.message import Facts, plain
from watcher.record.across import Across
from watcher.record.deciding import reject
from watcher.tongues import available

pytestmark = pytest.mark.skipif(not available(), reason="the extra `translation` is missing")

SOURCE = Item("wire", "source", ENGLISH, T0, "https://wire.example/1", title="Ferry aground")
RULES = ("resurfaced", "first_copy", "new_copy", ("reach", 2))
BACK = 20 * DAY  # the story has come to rest


def french(at: timedelta = BACK) -> Item:
    return Item("journal", "whole", FRENCH, T0 + at, "https://journal.example/1", title="Ferry")


def copy(at: timedelta) -> Item:
    return Item("gazette", "copy", ENGLISH, T0 + at, "https://gazette.example/1", title="Ferry")


def watch(desk: Desk, translations: float | None, *rules: Any, name: str = "ferry") -> None:
    article = next(i for i, r in desk.articles().items() if r.url == SOURCE.url)
    listed = [{"name": r} if isinstance(r, str) else {"name": r[0], "value": r[1]} for r in rules]
    spec = WatchSpec(
        name, f"story:{SOURCE.url}", tuple(listed), ("desk",), translations=translations
    )
    with desk.database.write() as conn:
        made = add_watch(conn, spec, T0)
        assert made is not None
        resolve_watch(conn, made, article, None)


def raised(desk: Desk, state: str = "fired", name: str = "ferry") -> Counter[str]:
    a = models.alert
    with desk.database.read() as conn:
        query = select(a.c.condition).where(a.c.state == state, a.c.key.startswith(f"{name}:"))
        return Counter(conn.scalars(query))


def told(desk: Desk, condition: str) -> tuple[str, Facts]:
    a = models.alert
    with desk.database.read() as conn:
        query = select(a.c.reason, a.c.payload).where(a.c.condition == condition)
        ((reason, payload),) = conn.execute(query).all()
    return reason, Facts.from_plain(payload)


@pytest.fixture
def resting(sqlite_desk: Desk) -> Desk:
    """A story of one outlet, looked at, that nobody has copied for weeks."""
    sqlite_desk.poll(SOURCE, now=T0)
    look(sqlite_desk)
    return sqlite_desk


def test_it_resurfaces_in_another_language(resting: Desk) -> None:
    desk = resting
    watch(desk, 0.5, *RULES)
    watch(desk, None, *RULES, name="plain")
    watch(desk, 0.99, *RULES, name="strict")
    desk.poll(french(), now=T0 + BACK)
    assert look(desk, now=T0 + BACK + HOUR) == 1
    # Told beside the resurfacing, which says more than a new copy does.
    assert raised(desk) == {"resurfaced": 1, "first_copy": 1, "reach": 1}
    assert raised(desk, "held") == {"new_copy": 1}
    assert raised(desk, name="plain") == raised(desk, name="strict") == {}
    reason, facts = told(desk, "resurfaced")
    assert reason.startswith("a story at rest came back after 20 days: a new article at an outlet")
    assert "(translation, suggested); rests on 10 of 10 and 10 sentences" in reason
    assert facts.kind == "translation"
    assert facts.status == "suggested"
    assert facts.totals.families == 2
    assert "en and fr, likeness 0." in facts.rests_on
    assert facts.aligned[0][0].endswith("with 214 people on board.")
    assert facts.aligned[0][1].endswith("avec 214 personnes à bord.")
    title, text = plain(facts)
    assert "Resurfaced (translation, suggested) after 20 d, at a new outlet" in title
    assert "Match       translation (suggested), paste 1.00, cut 1.00\n" in text
    # For everybody else it is no part of the story.
    assert desk.together() == set()
    assert desk.story_of(desk.names()[1]).episodes == 1
    # A second look tells nobody again.
    with desk.database.write() as conn:
        store.put_meta(conn, "across.mark", "0")
    look(desk, now=T0 + BACK + 2 * HOUR)
    assert sum(raised(desk).values()) == 3


def test_what_follows_a_translation_has_not_resurfaced_again(resting: Desk) -> None:
    desk = resting
    watch(desk, 0.5, "resurfaced")
    watch(desk, None, "resurfaced", "new_copy", name="plain")
    desk.poll(french(), now=T0 + BACK)
    look(desk, now=T0 + BACK + HOUR)
    desk.poll(copy(BACK + 2 * HOUR), now=T0 + BACK + 2 * HOUR)
    assert raised(desk) == {"resurfaced": 1}
    # Who follows the words alone hears of them now, and of what may be their translation.
    assert raised(desk, name="plain") == {"resurfaced": 1}
    a = models.alert
    with desk.database.read() as conn:
        query = select(a.c.payload).where(a.c.key.startswith("plain:"), a.c.state == "fired")
        facts = Facts.from_plain(conn.execute(query).scalar_one())
    (one,) = facts.suggested
    assert (one.outlet, one.lang, one.headline) == ("journal", "fr", "Ferry")
    assert "Suggested   journal (fr), translation of the whole, likeness 0." in plain(facts)[1]
    # What the rules would have raised is what they raised.
    with desk.database.write() as conn:
        conn.execute(update(models.watch).where(models.watch.c.name == "plain").values(
            removed_at=T0))  # fmt: skip
        ids = select(models.watch.c.id).where(models.watch.c.name == "plain")
        conn.execute(models.delivery.delete())
        conn.execute(models.alert.delete().where(models.alert.c.watch_id.in_(ids)))
    agrees(desk)


def test_months_later_the_followed_text_is_still_compared(resting: Desk) -> None:
    desk = resting
    watch(desk, 0.5, "resurfaced")
    later = 200 * DAY
    desk.poll(french(later), now=T0 + later)
    assert look(desk, now=T0 + later + HOUR) == 1
    assert raised(desk) == {"resurfaced": 1}


@pytest.mark.parametrize(
    ("first", "found_after", "why"),
    [
        (True, HOUR, "a first poll or an import never alerts"),
        (False, 3 * DAY, "found to be a translation days after it was seen"),
    ],
)
def test_held_with_its_reason(resting: Desk, first: bool, found_after: timedelta, why: str) -> None:
    desk = resting
    watch(desk, 0.5, "new_copy")
    desk.poll(french(), now=T0 + BACK, first=first)
    look(desk, now=T0 + BACK + found_after)
    assert raised(desk) == {}
    assert raised(desk, "held") == {"new_copy": 1}
    assert why in told(desk, "new_copy")[0]


def test_a_rejected_one_counts_no_more(resting: Desk) -> None:
    desk, across = resting, Across()
    watch(desk, 0.5, ("reach", 2), ("reach", 3))
    desk.poll(french(HOUR), now=T0 + HOUR)
    look(desk, across, now=T0 + 2 * HOUR)
    assert raised(desk) == {"reach": 1}
    a, b = sorted(desk.articles())
    reject(desk.database, desk.recorder, a, b, author="ada", note="", now=T0 + DAY)
    russian = Item("novosti", "part", RUSSIAN, T0 + DAY, title="Паром")
    desk.poll(russian, now=T0 + DAY)
    look(desk, across, now=T0 + DAY + HOUR)
    assert raised(desk) == {"reach": 1}
