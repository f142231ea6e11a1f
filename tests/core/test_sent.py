"""What crosses the border to a worker comes back as it was, by a call of its class."""

from __future__ import annotations

import pickle
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from tests.texts import made_up
from watcher import reading
from watcher.core import text, values
from watcher.core.sent import sent
from watcher.parse import known
from watcher.record import drafting, prepare

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
CLASSES: tuple[Any, ...] = (
    values.Date, values.Entry, values.Hints, values.ParsedFeed, values.Page, values.Draft,
    values.Credit, values.Fingerprint, text.Words, known.Known, known.Reading,
    drafting.Content, reading.Making, reading.News, prepare.Prepared,
)  # fmt: skip


@sent
@dataclass(frozen=True, slots=True)
class Pair:
    """Anything."""

    one: int
    other: str = "x"


@pytest.mark.parametrize("cls", CLASSES, ids=lambda cls: cls.__name__)
def test_all_fields_are_of_the_call(cls: Any) -> None:
    assert len(fields(cls)) > 1
    assert all(one.init for one in fields(cls))
    assert cls.__reduce__ is not object.__reduce__


def test_a_value_comes_back_equal_and_frozen() -> None:
    back = pickle.loads(pickle.dumps(Pair(3, "y")))  # noqa: S301 - our own bytes
    assert back == Pair(3, "y")
    with pytest.raises(AttributeError):
        back.one = 4


def test_a_prepared_article_comes_back_whole() -> None:
    draft = values.Draft(outlet_id=1, title="Bridge closed", text=made_up(3), feed_id=7)
    made = prepare.prepare(draft)
    back = pickle.loads(pickle.dumps(made))  # noqa: S301 - our own bytes
    assert back.draft == made.draft
    assert back.keys == made.keys
    assert back.credits == made.credits
    assert np.array_equal(back.words.hashes, made.words.hashes)
    assert np.array_equal(back.fingerprint.sketch, made.fingerprint.sketch)
