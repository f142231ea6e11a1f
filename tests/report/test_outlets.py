"""Outlets: who takes from whom, judged on small stories written out, and on a recorded archive."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from storage import models
from storage.db import Database
from tests.record.desk import DAY, HOUR, POLL, T0, Desk, Item
from tests.texts import HARBOUR, LIBRARY, ORCHARD
from watcher.archive import questions
from watcher.core.spread import Seen
from watcher.core.spread.taking import Member, Shared, taken
from watcher.core.values import Span
from watcher.record.deciding import merge, split
from watcher.report import open_reader
from watcher.report.outlet_values import OutletFigures, Pair
from watcher.report.reader import Reader

NOW = T0 + 365 * DAY
CREDIT = "\nThis report was first published by Agency."


def seen(hours: float, *, known: bool = True) -> Seen:
    at = T0 + hours * HOUR
    return Seen(at - POLL if known else None, at, None, "seen")


def member(id_: int, hours: float, outlet: int | None = None) -> Member:
    return Member(id_, outlet or id_, seen(hours))


def shared(a: int, b: int, words: int, *, ordered: bool = True, kind: str = "verbatim") -> Shared:
    return Shared(a, b, kind, words, 0.9, 0.5, ordered)


# ---------------------------------------------------------------- from whom


def test_a_copy_is_taken_from_the_earlier_text_with_most_words_in_common() -> None:
    members = {m.id: m for m in (member(1, 0), member(2, 1), member(3, 2))}
    found = taken(members, 1, [shared(1, 2, 90), shared(1, 3, 60), shared(2, 3, 95)])
    assert found[1].source is None
    assert (found[1].kind, found[2].source, found[3].source) == ("root", 1, 2)
    assert found[2].lag == Span(2700.0, 4500.0)


def test_of_equal_texts_the_earliest_is_the_source() -> None:
    members = {m.id: m for m in (member(1, 0), member(2, 1), member(3, 2))}
    found = taken(members, 1, [shared(1, 2, 90), shared(2, 3, 90), shared(1, 3, 90)])
    assert found[3].source == 1


def test_where_no_order_is_known_no_source_is_claimed() -> None:
    members = {m.id: m for m in (member(1, 0), member(2, 0.1))}
    found = taken(members, 1, [shared(1, 2, 90, ordered=False)])
    assert (found[2].source, found[2].lag, found[2].kind) == (None, None, "verbatim")
    other = taken(members, 2, [shared(1, 2, 90, ordered=False)])
    assert (other[1].kind, other[1].cut) == ("verbatim", 0.9)


def test_an_outlet_does_not_take_from_itself() -> None:
    members = {m.id: m for m in (member(1, 0, 7), member(2, 1, 7), member(3, 2, 8))}
    found = taken(members, 1, [shared(1, 2, 90, kind="repost"), shared(1, 3, 80), shared(2, 3, 90)])
    assert (found[2].source, found[2].kind, found[3].source) == (None, "repost", 2)


def test_an_article_that_a_person_put_here_is_a_copy_of_no_kind() -> None:
    found = taken({1: member(1, 0), 2: member(2, 1)}, 1, [shared(1, 9, 50)])
    assert (found[2].kind, found[2].source) == ("copy", None)


# ---------------------------------------------------------------- recorded


@pytest.fixture
def desk(database: Database) -> Desk:
    """Three rounds of polls: Agency first, Times an hour later with a credit, Post a day later."""
    desk = Desk(database)
    rounds = [
        ("agency", timedelta(), ""),
        ("times", HOUR, CREDIT),
        ("post", DAY, ""),
    ]
    for outlet, _, _ in rounds:
        desk.poll(Item(outlet, f"{outlet} start", f"{outlet} begins here"), now=T0, first=True)
    for n, text in enumerate((HARBOUR, ORCHARD), 1):
        for outlet, later, credit in rounds:
            url = f"https://{outlet}.example/{n}"
            desk.poll(
                Item(outlet, f"{outlet} {n}", text + credit, url=url, title=f"{outlet} {n}"),
                now=T0 + n * 10 * DAY + later,
            )
    own = Item("post", "own", LIBRARY, url="https://post.example/own", title="own")
    desk.poll(own, now=T0 + 30 * DAY)
    return desk


@pytest.fixture
def reader(desk: Desk, database_url: str) -> Iterator[Reader]:
    with open_reader(database_url) as reader:
        yield reader


def figures(reader: Reader) -> dict[str, OutletFigures]:
    return {o.outlet: o for o in reader.outlet_list().outlets}


def test_the_figures_of_each_outlet(reader: Reader) -> None:
    found = figures(reader)
    agency, times, post = found["agency"], found["times"], found["post"]
    assert (agency.taken, agency.given, agency.own, agency.lag) == (0, 4, 1.0, None)
    assert (times.taken, times.given, times.credit_rate) == (2, 0, 1.0)
    assert times.lag == Span(2700.0, 4500.0)
    assert (post.taken, post.articles, post.credit_rate) == (2, 4, 0.0)
    assert post.lag == Span(DAY.total_seconds() - 900, DAY.total_seconds() + 900)
    assert times.own is not None
    assert post.own is not None
    assert times.own < post.own < 1


def test_the_matrix_is_of_the_busiest_and_whole_on_request(reader: Reader) -> None:
    whole = reader.outlet_list(whole=True)
    assert whole.pairs == (
        Pair("agency.example", "times.example", 2, 2, 2),
        Pair("agency.example", "post.example", 2, 0, 2),
    )
    assert whole.top[0] == "agency.example"
    two = reader.outlet_list(top=2)
    assert set(two.top) == {"agency.example", "times.example"} or len(two.top) == 2
    assert {p.copier for p in two.pairs} | {p.source for p in two.pairs} <= set(two.top)


def test_the_profile_of_one(reader: Reader) -> None:
    [agency] = reader.outlets("agency")
    profile = reader.outlet_profile(agency.outlet)
    assert [(p.copier, p.copies) for p in profile.copiers] == [
        ("times.example", 2),
        ("post.example", 2),
    ]
    assert profile.sources == ()
    # Of two copies after an hour and two after a day, the second is the median.
    assert profile.lag_given == Span(2700.0, 4500.0)
    assert sorted((m.title, m.copies) for m in profile.most_copied) == [
        ("agency 1", 2),
        ("agency 2", 2),
    ]
    [post] = reader.outlets("post")
    taker = reader.outlet_profile(post.outlet)
    assert taker.credits == (("stripped", 2),)
    assert [p.source for p in taker.sources] == ["agency.example"]
    assert sum(n for _, n in taker.languages) == taker.figures.articles
    first, last = taker.recorded
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    assert first < last


def test_a_decision_moves_a_copy_out_of_the_figures(desk: Desk, database_url: str) -> None:
    with open_reader(database_url) as reader:
        before = figures(reader)["times"]
    [row] = [row for row in desk.articles().values() if row.title == "times 1"]
    split(desk.database, desk.recorder, row.id, author="me", note="", now=NOW)
    with open_reader(database_url) as reader:
        after = figures(reader)["times"]
    assert (before.taken, after.taken) == (2, 1)
    assert after.own is not None
    assert before.own is not None
    assert after.own > before.own


def test_an_outlet_that_only_copies_unordered_texts_has_taken_from_nobody(
    database: Database, database_url: str
) -> None:
    desk = Desk(database)
    for outlet in ("times", "post"):
        desk.poll(Item(outlet, outlet, HARBOUR), now=T0, first=True)
    with open_reader(database_url) as reader:
        assert [(o.taken, o.given, o.lag) for o in reader.outlet_list().outlets] == [
            (0, 0, None),
            (0, 0, None),
        ]


# ---------------------------------------------------------------- kept as recorded


def kept(database: Database) -> list[list[tuple[object, ...]]]:
    with database.read() as conn:
        return [
            [tuple(row) for row in conn.execute(table.select().order_by(*table.primary_key))]
            for table in (models.taken, models.facet, models.tally)
        ]


def test_what_is_kept_step_by_step_is_what_a_filling_makes(database: Database) -> None:
    desk = Desk(database)
    texts = (HARBOUR, HARBOUR + CREDIT, HARBOUR.split("\n", 1)[1], ORCHARD)
    for n in range(24):
        outlet = f"outlet{n}"
        desk.poll(Item(outlet, f"start {n}", f"{outlet} begins"), now=T0, first=True)
        url = f"https://{outlet}.example/1"
        item = Item(outlet, f"copy {n}", texts[n % 4], url=url, title=f"copy {n}")
        desk.poll(item, now=T0 + DAY + n * HOUR)
        if n % 5 == 0:  # an edit, which may lead to another story
            edited = replace(item, text=texts[(n + 1) % 4] + f"\nEdited by {outlet}.")
            desk.poll(edited, now=T0 + DAY + n * HOUR + POLL)
    desk.poll(Item("outlet1", "library", LIBRARY, title="library"), now=T0 + 9 * DAY)
    rows = {row.title: row for row in desk.articles().values()}
    split(desk.database, desk.recorder, rows["copy 1"].id, author="me", note="", now=NOW)
    merge(
        desk.database,
        desk.recorder,
        rows["copy 3"].story_id,
        rows["library"].story_id,
        author="me",
        note="",
        now=NOW,
    )
    step_by_step = kept(database)
    assert len(step_by_step[0]) > 16
    with database.write() as conn:
        questions.fill(conn)
    afresh = kept(database)
    assert afresh == step_by_step
