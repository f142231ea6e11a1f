"""Forgetting: what goes, what stays, in short steps; and nobody is told anything anew."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from storage import models
from storage.db import open_database
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, resolve_watch
from tests.fakes import T0, FakeClock
from tests.record.pressroom import FEEDS, OUTLETS, Daemon, Piece, Press, carried, rows, sync
from tests.texts import made_up
from watcher.archive import Database, open_archive, retention
from watcher.report import open_reader

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EXAMPLES = int(os.environ.get("HISTORIES", "8"))  # more than a test run has the time for
SOON = retention.Ages(HOUR, HOUR)


def forget(database: Database, now: Any, ages: retention.Ages = SOON) -> retention.Forgotten:
    done = retention.Forgotten()
    for batch in retention.batches(database, ages, now, done):
        batch()
    return done


class Newsroom:
    """Outlets, the program, and a watch on one text."""

    def __init__(self, database: Database) -> None:
        self.clock = FakeClock(T0)
        self.press = Press()
        self.database = database
        self.daemon = Daemon(database, self.press, self.clock)
        sync(database, set(FEEDS), self.clock())
        self.publish("wire", 1)
        self.all()
        [article] = (
            a.id for a in rows(database, models.article) if a.title == self.press.pieces[-1].title
        )
        with database.write() as conn:
            conditions = ({"name": "resurfaced"}, {"name": "first_copy"}, {"name": "new_copy"})
            made = add_watch(conn, WatchSpec("w", "story:1", conditions, ()), self.clock())
            assert made is not None
            resolve_watch(conn, made, article, None)
            conn.execute(models.story.update().where(
                models.story.c.root_id == article).values(tracked=True))  # fmt: skip

    def publish(self, outlet: str, base: int | None) -> Piece:
        n = len(self.press.pieces) + 1
        text = carried(base, "verbatim", n) if base else made_up(3000 + n, 9)
        at = self.clock() - timedelta(minutes=3)
        return self.press.add(outlet, base, "verbatim", text, at, {OUTLETS[outlet][0]})

    def all(self) -> None:
        for feed in FEEDS:
            self.daemon.poll(feed)
        self.clock.forward(minutes=20)

    def alerts(self) -> list[tuple[Any, ...]]:
        a = models.alert.c
        return sorted(tuple(r) for r in rows(self.database, a.key, a.state, a.reason))


STEPS = st.one_of(
    st.tuples(st.just("alone"), st.sampled_from(sorted(OUTLETS))),
    st.tuples(st.just("copy"), st.sampled_from(sorted(OUTLETS))),
    st.tuples(st.just("wait"), st.sampled_from([2, 30, 24 * 8, 24 * 40])),
    st.tuples(
        st.sampled_from(["drop", "guid", "address", "redate", "undate", "edit", "headline"]),
        st.integers(0, 40),
    ),
    st.tuples(st.just("feed drops all"), st.sampled_from(sorted(OUTLETS))),
)


def play(room: Newsroom, steps: list[tuple[str, Any]], *, forgetful: bool) -> None:
    for what, which in steps:
        pieces = room.press.pieces
        piece = pieces[which % len(pieces)] if isinstance(which, int) else pieces[0]
        match what:
            case "alone" | "copy":
                room.publish(which, 1 if what == "copy" else None)
            case "wait":
                room.clock.forward(hours=which)
            case "drop":
                piece.hidden = not piece.hidden
            case "guid":
                piece.guid += 1
            case "address":
                piece.url += 1
            case "redate":
                piece.date = room.clock() - timedelta(minutes=2)
            case "undate":
                piece.date = None
            case "edit":
                piece.text += (
                    "\nThe office said on Friday that it would look into the matter again."
                )
            case "feed drops all":
                for one in pieces:
                    one.hidden = one.hidden or one.outlet == which
        room.all()
        if forgetful:
            forget(room.database, room.clock())


@contextmanager
def newsroom(template: Path, folder: Path, name: str) -> Iterator[Newsroom]:
    path = folder / name
    shutil.copy(template, path)
    with open_database(f"sqlite:///{path}") as database:
        yield Newsroom(database)


@pytest.fixture
def template(_sqlite_template: Path) -> Path:
    """A database with empty tables."""
    return _sqlite_template


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None,
          suppress_health_check=list(HealthCheck))  # fmt: skip
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_histories_with_and_without_forgetting_raise_the_same_alerts(
    template: Path, tmp_path: Path, steps: list[tuple[str, Any]]
) -> None:
    with (
        newsroom(template, tmp_path, "kept.db") as kept,
        newsroom(template, tmp_path, "forgot.db") as forgot,
    ):
        play(kept, steps, forgetful=False)
        play(forgot, steps, forgetful=True)
        assert forgot.alerts() == kept.alerts()
        a = models.article.c
        found = [rows(room.database, a.title, a.url, a.role, a.story_id) for room in (kept, forgot)]
        assert found[0] == found[1]


def test_what_goes_and_what_stays(database_url: str) -> None:
    with open_archive(database_url, create=True) as database:
        room = Newsroom(database)
        room.publish("gazette", 1)  # a copy: both texts are evidence
        alone = room.publish("courier", None)
        room.all()
        texts = {r.version_id for r in rows(database, models.body)}
        room.clock.forward(days=3)
        new = room.publish("herald", None)
        room.all()

        before = retention.forgettable(database, retention.Ages(2 * DAY, 2 * DAY), room.clock())
        done = forget(database, room.clock(), retention.Ages(2 * DAY, 2 * DAY))
        assert (before.bodies, before.polls) == (done.bodies, done.polls)
        assert done.bodies == len(texts) - 2
        left = {r.version_id for r in rows(database, models.body)}
        kept = {
            r.version_id: r.title
            for r in rows(database, models.article)
            if r.version_id in left
        }  # fmt: skip
        assert sorted(kept.values()) == sorted(
            p.title for p in room.press.pieces if p.base == 1 or p is new
        )
        # All that knows an article again is there, and it can be shown.
        for table in (models.identity, models.version, models.sketch):
            assert len(rows(database, table)) >= len(texts) + 1
        [gone] = (r for r in rows(database, models.article) if r.title == alone.title)
        with open_reader(database_url) as reader:
            shown = reader.story(gone.story_id, now=room.clock())
            assert shown is not None
            assert [a.title for a in shown.articles] == [alone.title]
            words = alone.text.split()[3:7]
            found = reader.search(f'"{" ".join(words)}"', now=room.clock())
            assert not found.hits
        # Again: nothing is left to do, and the feeds bring nothing new.
        assert forget(database, room.clock(), retention.Ages(2 * DAY, 2 * DAY)).batches == 0
        count = len(rows(database, models.article))
        alone.date = room.clock()
        alone.guid += 1
        room.all()
        assert len(rows(database, models.article)) == count


def test_polls_go_by_age_and_gaps_stay_with_the_texts(database_url: str) -> None:
    with open_archive(database_url, create=True) as database:
        sync(database, {"w"}, T0)
        ages = retention.Ages(timedelta(days=400), 30 * DAY)
        with database.write() as conn:
            conn.execute(
                insert(models.poll),
                [
                    {"feed_id": 1, "at": T0 + timedelta(hours=n), "took_ms": 1,
                     "outcome": ("ok", "unchanged", "failed", "refused")[n % 4]}
                    for n in range(24 * 500)
                ],
            )  # fmt: skip
        now = T0 + timedelta(days=500)
        done = forget(database, now, ages)
        assert done.polls == 24 * 100 + 24 * 370 // 2
        with database.read() as conn:
            by_outcome = select(models.poll.c.outcome, func.count())
            left = dict(iter(conn.execute(by_outcome.group_by(models.poll.c.outcome))))
            oldest = conn.scalar(
                select(models.poll.c.at).where(models.poll.c.outcome == "ok").limit(1)
            )
        assert left == {"ok": 180, "unchanged": 180, "failed": 2400, "refused": 2400}
        assert oldest == now - 30 * DAY
        assert 1 < done.batches < 1000


def test_what_is_decided_while_it_is_forgotten_stays(database_url: str) -> None:
    with open_archive(database_url, create=True) as database:
        room = Newsroom(database)
        room.clock.forward(days=3)
        work = retention.batches(database, SOON, room.clock(), done := retention.Forgotten())
        batches = [next(work)]
        while not done.polls or not batches:  # polls first; up to the first batch of texts
            batches[-1]()
            batches.append(next(work))
        texts = len(rows(database, models.body))
        with database.write() as conn:
            conn.execute(models.story.update().values(tracked=True))
        batches[-1]()
        assert len(rows(database, models.body)) == texts


@pytest.mark.parametrize("took", [0.0, 1.0])
def test_the_steps_follow_the_time_that_they_take(took: float) -> None:
    pace = retention._Pace()
    for _ in range(20):
        pace.of(took)
    assert round(pace.rows) == (4 if took else 300)
