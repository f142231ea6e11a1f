"""Lanes and lineage: who stands where, what is left out, and trees that are none."""

from __future__ import annotations

from dataclasses import replace

from tests.picture.story import EDGES, HISTORY, SPREAD, crowd
from watcher.picture.growth import by_episode, whole
from watcher.picture.lanes import lanes_of
from watcher.picture.lineage import deepest, lineage_of
from watcher.report.spread_values import TreeEdge


def test_lanes_stand_in_the_order_of_arrival() -> None:
    lanes = lanes_of(HISTORY, 40)
    assert [lane.marks[0].article for lane in lanes.shown] == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [lane.marks[0].kind for lane in lanes.shown][:4] == [
        "root",
        "verbatim",
        "wrapped",
        "edited",
    ]
    assert lanes.shown[0].marks[0].censored
    assert not lanes.shown[1].marks[0].censored
    assert (lanes.outlets_left_out, lanes.articles_left_out) == (0, 0)


def test_of_many_lanes_the_first_and_those_that_opened_an_episode_are_shown() -> None:
    lanes = lanes_of(crowd(300).history, 40)
    assert len(lanes.shown) == 40
    assert {1, 8} <= {mark.article for lane in lanes.shown for mark in lane.marks}
    assert lanes.outlets_left_out == 268
    assert lanes.articles_left_out == 268


def test_two_articles_of_one_outlet_share_its_lane() -> None:
    again = replace(HISTORY.articles[7], outlet="Kestrel Online", family="Kestrel Online")
    lanes = lanes_of(replace(HISTORY, articles=(*HISTORY.articles[:7], again)), 40)
    assert [mark.article for mark in lanes.shown[1].marks] == [2, 8]


def test_an_imported_article_stands_at_its_own_date() -> None:
    imported = replace(HISTORY.articles[1], clock="claimed")
    lanes = lanes_of(replace(HISTORY, articles=(HISTORY.articles[0], imported)), 9)
    [mark] = [m for lane in lanes.shown for m in lane.marks if m.article == 2]
    assert mark.at == imported.claimed.at
    assert mark.after is None
    assert not mark.censored


def test_copies_hang_below_their_sources() -> None:
    rows = lineage_of(SPREAD, 60).rows
    assert [(row.mark.article, row.depth) for row in rows] == [
        (1, 0),
        (2, 1),
        (3, 2),
        (5, 2),
        (8, 2),
        (4, 1),
        (6, 2),
        (7, 1),
    ]
    assert [row.mark.article for row in rows if row.unknown] == [7]
    assert rows[3].rails == (True,)
    assert rows[6].rails == (False,)
    assert deepest(rows) == 2


def test_of_two_sources_the_surer_carries_and_the_other_is_told() -> None:
    other = TreeEdge(3, 1, 1, 1, 0.4, "also this one", "seen")
    found = lineage_of(replace(SPREAD, tree=(other, *EDGES)), 60)
    assert next(row.edge for row in found.rows if row.mark.article == 3) == EDGES[1]
    assert found.more == (other,)


def test_a_circle_is_broken_at_its_weakest_and_nobody_is_lost() -> None:
    back = TreeEdge(1, 3, 1, 1, 0.1, "the wrong way round", "unknown")
    found = lineage_of(replace(SPREAD, tree=(*EDGES, back)), 60)
    assert sorted(row.mark.article for row in found.rows) == list(range(1, 9))
    assert found.more == (back,)


def test_an_edge_to_an_article_of_another_story_is_not_drawn() -> None:
    stray = TreeEdge(99, 1, 1, 1, 0.9, "not ours", "seen")
    orphan = TreeEdge(2, 98, 1, 1, 0.99, "not ours", "seen")
    found = lineage_of(replace(SPREAD, tree=(stray, orphan)), 60)
    assert all(row.depth == 0 for row in found.rows)


def test_of_a_large_tree_the_first_rows_are_drawn() -> None:
    found = lineage_of(crowd(300), 60)
    assert len(found.rows) == 60
    assert found.left_out == 248
    assert {1, 8} <= {row.mark.article for row in found.rows}  # the copy that came back, too
    places = {row.mark.article: n for n, row in enumerate(found.rows)}
    for n, row in enumerate(found.rows):
        assert row.parent is None or row.parent < n
        if row.edge and row.edge.parent is not None:
            assert places[row.edge.parent] == row.parent


def test_growth_never_falls() -> None:
    for curve in (whole(SPREAD), *by_episode(SPREAD)):
        copies = [point.articles for point in curve.points]
        families = [point.families for point in curve.points]
        assert copies == sorted(copies)
        assert families == sorted(families)
    assert [curve.episode for curve in by_episode(SPREAD)] == [1, 2]
    assert whole(replace(SPREAD, figures=())).points == ()
