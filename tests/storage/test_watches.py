"""Watches: the configuration's come and go with it, the command line's stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.db import Database
from storage.reads.watches import get_watch, list_watches
from storage.rows import WatchSpec
from storage.writes.watches import add_watch, remove_watch, resolve_watch, sync_watches

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def _spec(name: str, target: str = "phrase:the dam", **value: object) -> WatchSpec:
    conditions = ({"name": "resurfaced", "value": None}, {"name": "reach", **value})
    return WatchSpec(name, target, conditions, ("desk",), 3600)


def test_configured_watches_are_added_kept_changed_removed_and_return(database: Database) -> None:
    a, b = _spec("a", value=5), _spec("b", value=5)
    with database.write() as conn:
        assert sync_watches(conn, [a, b], NOON).added == ("a", "b")
        again = sync_watches(conn, [a, b], LATER)
        assert (again.kept, again.changed) == (("a", "b"), ())
        changed = sync_watches(conn, [_spec("a", value=9)], LATER)
        assert (changed.kept, changed.changed, changed.removed) == (("a",), ("a",), ("b",))
        (row,) = list_watches(conn)
        assert row.conditions[1] == {"name": "reach", "value": 9}
        assert (row.notify, row.origin, row.dormant_after_s) == (("desk",), "config", 3600)
        ended = get_watch(conn, "b")
        assert ended is not None
        assert ended.removed_at == LATER
        assert sync_watches(conn, [a, b], LATER).returned == ("b",)
        back = get_watch(conn, "b")
        assert back is not None
        assert (back.id, back.removed_at) == (ended.id, None)


def test_a_new_target_is_looked_for_anew(database: Database) -> None:
    with database.write() as conn:
        sync_watches(conn, [_spec("a", value=5)], NOON)
        watch_id = list_watches(conn)[0].id
        resolve_watch(conn, watch_id, 42, None)
        sync_watches(conn, [_spec("a", value=6)], NOON)
        assert list_watches(conn)[0].article_id == 42
        sync_watches(conn, [_spec("a", "url:https://a.example/1", value=6)], NOON)
        assert list_watches(conn)[0].article_id is None
        resolve_watch(conn, watch_id, None, "no article at that address")
        assert list_watches(conn)[0].problem == "no article at that address"


def test_watches_of_the_command_line_outlive_a_configuration(database: Database) -> None:
    with database.write() as conn:
        made = add_watch(conn, _spec("mine", value=5), NOON)
        assert made is not None
        assert add_watch(conn, _spec("mine", value=5), NOON) is None
        sync_watches(conn, [_spec("a", value=5)], NOON)
        sync_watches(conn, [], NOON)
        assert [row.name for row in list_watches(conn)] == ["mine"]
        assert remove_watch(conn, "mine", LATER) == "removed"
        assert remove_watch(conn, "mine", LATER) == "unknown"
        assert list_watches(conn) == []
        assert [row.name for row in list_watches(conn, removed=True)] == ["a", "mine"]
        assert add_watch(conn, _spec("mine", value=7), LATER) == made
        assert get_watch(conn, "nobody") is None


def test_a_name_that_both_have_is_the_configuration_s(database: Database) -> None:
    with database.write() as conn:
        made = add_watch(conn, _spec("a", value=5), NOON)
        sync_watches(conn, [_spec("a", value=6)], NOON)
        (row,) = list_watches(conn)
        assert (row.id, row.origin) == (made, "config")
        assert remove_watch(conn, "a", NOON) == "config"


def test_a_watch_listed_twice_is_refused(sqlite_database: Database) -> None:
    with (
        sqlite_database.write() as conn,
        pytest.raises(ValueError, match="watch listed twice: a"),
    ):
        sync_watches(conn, [_spec("a"), _spec("a")], NOON)
