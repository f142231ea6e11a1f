"""Ids come in blocks that nobody else has."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import delete, insert, select

from storage.db import Database
from storage.models import decision
from storage.writes.ids import Blocks, allocate

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _row(**given: Any) -> dict[str, Any]:
    return {"verb": "confirm", "a_id": 1, "b_id": 2, "author": "a", "at": NOON, **given}


def test_blocks_follow_each_other_and_rows_inserted_without_one(database: Database) -> None:
    with database.write() as conn:
        first = allocate(conn, decision, 3)
        conn.execute(insert(decision), [_row(id=first + n) for n in range(3)])
        conn.execute(insert(decision), _row())
        second = allocate(conn, decision, 2)
        conn.execute(insert(decision), [_row(id=second + n) for n in range(2)])
        ids = conn.scalars(select(decision.c.id).order_by(decision.c.id)).all()
    assert len(set(ids)) == 6
    assert first >= 1
    assert second > first + 2


def test_a_block_is_not_given_again_when_its_rows_are_gone(database: Database) -> None:
    with database.write() as conn:
        first = allocate(conn, decision, 5)
        conn.execute(insert(decision), [_row(id=first + n) for n in range(5)])
        conn.execute(delete(decision))
    with database.write() as conn:
        assert allocate(conn, decision, 1) >= first + 5


def test_one_block_is_one_at_the_least(database: Database) -> None:
    with database.write() as conn, pytest.raises(ValueError, match="cannot allocate 0"):
        allocate(conn, decision, 0)


def test_writers_at_the_same_time_get_different_blocks(
    database: Database, open_again: Callable[..., Database]
) -> None:
    others = [open_again() for _ in range(3)]

    def take(one: Database) -> list[range]:
        taken = []
        for _ in range(15):
            with one.write() as conn:
                first = allocate(conn, decision, 7)
                conn.execute(insert(decision), [_row(id=first + n) for n in range(7)])
                conn.execute(insert(decision), _row())  # by the table's own default
                taken.append(range(first, first + 7))
        return taken

    with ThreadPoolExecutor(3) as pool:
        blocks = [block for part in pool.map(take, others) for block in part]
    every = [n for block in blocks for n in block]
    assert len(every) == len(set(every)) == 3 * 15 * 7
    with database.read() as conn:
        assert len(conn.scalars(select(decision.c.id)).all()) == 3 * 15 * 8


def test_large_blocks_stay_whole_when_many_draw_at_once(
    database: Database, open_again: Callable[..., Database]
) -> None:
    others = [open_again() for _ in range(3)]

    def take(one: Database) -> list[int]:
        taken = []
        for _ in range(8):
            with one.write() as conn:
                taken.append(allocate(conn, decision, 2000))
        return taken

    with ThreadPoolExecutor(3) as pool:
        starts = sorted(first for part in pool.map(take, others) for first in part)
    assert len(starts) == 24
    assert all(later - earlier >= 2000 for earlier, later in pairwise(starts))


def test_blocks_of_one_transaction_are_remembered_at_its_end(database: Database) -> None:
    with database.write() as conn:
        conn.execute(insert(decision), _row())
        blocks = Blocks(conn)
        first = blocks.take(decision, 3)
        second = blocks.take(decision, 2)
        assert second >= first + 3
        with pytest.raises(ValueError, match="cannot allocate 0"):
            blocks.take(decision, 0)
        conn.execute(insert(decision), [_row(id=first + n) for n in range(3)])
        blocks.close()
        last = allocate(conn, decision, 1)
        assert last >= second + 2
        conn.execute(delete(decision))
    with database.write() as conn:
        again = Blocks(conn)
        assert again.take(decision, 1) > last
        again.close()
        Blocks(conn).close()  # nothing taken, nothing to remember
