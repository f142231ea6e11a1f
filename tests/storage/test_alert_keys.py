"""A database of the first revision keeps its promise: what was raised then is not raised again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from storage.db import Database, open_database
from storage.reads.outbox import list_alerts
from storage.rows import AlertSpec
from storage.writes.outbox import add_alerts

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RAISED = int(NOON.timestamp() * 1e6)
# As the first program wrote them, for story 7 of a watch that follows article 5.
OLD = (
    ("resurfaced", "dam: the leak:7:resurfaced:2"),
    ("first_copy", "dam: the leak:7:first_copy:1"),
    ("reach", "dam: the leak:7:reach:5"),
    ("velocity", "dam: the leak:7:velocity:2.5@2"),
    ("outlet", "dam: the leak:7:outlet:post.example@2"),
    ("new_copy", "dam: the leak:7:new_copy:9"),
    ("reach", "dam: the leak:8:reach:5"),  # of a story that has merged with the other since
)
HELD = ("resurfaced", "dam: the leak:7:resurfaced:2:held:9")


@pytest.fixture
def upgraded(empty_url: str) -> Iterator[Database]:
    """Alerts of the first revision, brought up to date."""
    with open_database(empty_url) as database:
        database.migrate("0001")
        with database.write() as conn:
            conn.execute(
                text(
                    "INSERT INTO watch"
                    " (id, name, target, conditions, notify, origin, created_at, article_id)"
                    " VALUES (1, 'dam: the leak', 'url:x', '[]', '[]', 'config', :at, 5)"
                ),
                {"at": RAISED},
            )
            for condition, key in (*OLD, HELD):
                state = "held" if ":held:" in key else "fired"
                conn.execute(
                    text(
                        "INSERT INTO alert"
                        " (key, watch_id, story_id, condition, at, reason, state, payload)"
                        " VALUES (:key, 1, 7, :condition, :at, '', :state, '{}')"
                    ),
                    {"key": key, "condition": condition, "at": RAISED, "state": state},
                )
        database.upgrade()
        yield database


def again(condition: str, step: str, opener: str | None = None) -> AlertSpec:
    """The same crossing as today's program raises it; `opener`: of an episode by its name."""
    name = "" if opener is None else f"{opener}@20260301T100000"
    return AlertSpec(
        key=f"dam: the leak:a5:{condition}:{step}{name}",
        watch_id=1,
        condition=condition,
        at=NOON + timedelta(minutes=5),
        reason="again",
        receivers=("desk",),
        episode=(name, NOON - timedelta(hours=2)) if name else None,
    )


def test_no_crossing_of_before_is_raised_again(upgraded: Database) -> None:
    crossings = [
        again("resurfaced", "", "9"),
        again("first_copy", "1"),
        again("reach", "5"),
        again("velocity", "2.5@", "9"),
        again("outlet", "post.example@", "9"),
        again("new_copy", "9"),
    ]
    with upgraded.write() as conn:
        assert add_alerts(conn, crossings) == [None] * len(crossings)
        assert add_alerts(conn, [again("reach", "6")]) != [None]
    with upgraded.read() as conn:
        assert len(list_alerts(conn)) == len(OLD) + 2


def test_a_later_episode_is_raised(upgraded: Database) -> None:
    name = "30@20260401T100000"
    later = AlertSpec(
        key=f"dam: the leak:a5:resurfaced:{name}",
        watch_id=1,
        condition="resurfaced",
        at=NOON + timedelta(days=31),
        reason="again",
        receivers=("desk",),
        episode=(name, NOON + timedelta(days=31)),
    )
    with upgraded.write() as conn:
        assert add_alerts(conn, [later]) != [None]
        assert add_alerts(conn, [later]) == [None]
