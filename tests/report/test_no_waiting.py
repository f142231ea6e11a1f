"""No question waits for a write that is under way, on either engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from storage import models
from storage.db import open_database
from tests.record.desk import DAY, HOUR, T0, Desk, Item
from tests.texts import HARBOUR
from watcher.record.prepare import prepare
from watcher.report import open_reader
from watcher.report.asking import StoriesAsked
from watcher.report.reader import Reader

NOW = T0 + 365 * DAY

QUESTIONS: dict[str, Callable[[Reader], Any]] = {
    "stories": lambda r: r.stories(StoriesAsked(outlet="times", kind="verbatim"), now=NOW),
    "story": lambda r: r.story(1, now=NOW),
    "timeline": lambda r: r.timeline(1),
    "search": lambda r: r.search("the OR a", now=NOW).hits,
    "outlets": lambda r: r.outlet_list(whole=True),
    "profile": lambda r: r.outlet_profile(1),
    "status": lambda r: r.status(now=NOW).articles,
    "matches": lambda r: list(r.export_matches()),
    "stories exported": lambda r: list(r.export_stories(now=NOW)),
    "sightings": lambda r: list(r.export_sightings()),
    "graph": lambda r: list(r.export_graph()),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_is_answered_from_before_a_write_that_is_open(
    database_url: str, name: str
) -> None:
    ask = QUESTIONS[name]
    with open_database(database_url) as database:
        desk = Desk(database)
        desk.load([Item(o, o, HARBOUR, T0 + n * HOUR) for n, o in enumerate(("agency", "times"))])
        draft = desk.draft(Item("post", "post", HARBOUR, T0 + DAY))
        # A lock that is asked for fails at once instead of waiting for one that never goes.
        with (
            open_reader(database_url) as reader,
            open_database(database_url, busy_ms=1) as impatient,
        ):
            before = ask(reader)
            assert before
            with database.write() as conn:
                # What a long poll holds: a whole recording, and every row of the tables it touches.
                desk.recorder.record(conn, [prepare(draft)], now=NOW)
                conn.execute(models.story.update().values(title="under way"))
                conn.execute(models.article.update().values(title="under way"))
                assert ask(reader) == before
                assert ask(Reader(impatient)) == before
            assert ask(reader) != before
