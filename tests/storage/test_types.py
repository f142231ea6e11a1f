"""Values come back from either engine as they went in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, insert, select
from sqlalchemy.exc import StatementError

from storage.db import Database
from storage.types import (
    Instant,
    Text,
    Unsigned64,
    from_micros,
    storable,
    to_micros,
    to_signed,
    to_unsigned,
)

sample = Table(
    "sample",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("hash", Unsigned64),
    Column("at", Instant),
    Column("words", Text),
)

hashes = st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**63 - 1, 2**63, 2**64 - 1])
moments = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9, minutes=-30))]))


def _round_trip(database: Database, rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    with database.write() as conn:
        sample.create(conn, checkfirst=True)
        conn.execute(sample.delete())
        conn.execute(insert(sample), [{"id": n, **row} for n, row in enumerate(rows, start=1)])
    with database.read() as conn:
        query = select(sample.c.hash, sample.c.at, sample.c.words).order_by(sample.c.id)
        return [tuple(row) for row in conn.execute(query)]


@settings(
    max_examples=25,
    deadline=None,
    # The table is emptied for each example.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows=st.lists(st.tuples(hashes, moments, st.text()), min_size=1, max_size=20))
def test_hashes_instants_and_text_round_trip(
    database: Database, rows: list[tuple[int, datetime, str]]
) -> None:
    names = ("hash", "at", "words")
    found = _round_trip(database, [dict(zip(names, row, strict=True)) for row in rows])
    assert found == [(hashed, at, storable(words)) for hashed, at, words in rows]
    assert all(at.utcoffset() == timedelta(0) for _, at, _ in found)


@given(value=hashes)
def test_a_hash_and_its_signed_form_are_each_others_inverse(value: int) -> None:
    assert to_unsigned(to_signed(value)) == value
    assert -(2**63) <= to_signed(value) < 2**63


@pytest.mark.parametrize("value", [-1, 2**64])
def test_what_is_no_unsigned_64_bit_value_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="not an unsigned 64-bit value"):
        to_signed(value)


@given(one=moments, other=moments)
def test_instants_keep_their_order(one: datetime, other: datetime) -> None:
    assert from_micros(to_micros(one)) == one
    assert (to_micros(one) < to_micros(other)) == (one < other)


def test_a_naive_datetime_is_refused(sqlite_database: Database) -> None:
    naive = datetime(2026, 3, 1, 12)  # noqa: DTZ001 - the mistake under test
    with pytest.raises(StatementError, match="naive datetime"):
        _round_trip(sqlite_database, [{"hash": 1, "at": naive, "words": ""}])


def test_nothing_stays_nothing(database: Database) -> None:
    assert _round_trip(database, [{"hash": None, "at": None, "words": None}]) == [
        (None, None, None)
    ]


def test_text_that_no_engine_can_hold_is_made_storable(database: Database) -> None:
    rows = [{"hash": 1, "at": None, "words": words} for words in ("a\0b", "x\ud800y", "née\0")]
    assert [words for _, _, words in _round_trip(database, rows)] == ["ab", "x\ufffdy", "née"]
