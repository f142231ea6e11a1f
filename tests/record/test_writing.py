"""A transaction that does not commit leaves no trace in the recorder's memory either."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from storage.db import Database
from tests.texts import HARBOUR
from watcher.archive import articles as store
from watcher.core.values import Draft
from watcher.record.identify import What
from watcher.record.prepare import prepare
from watcher.record.recorder import Recorder

NOW = datetime(2026, 3, 2, tzinfo=UTC)


class _BrokeOffError(Exception):
    """Something after the recording, in the same transaction."""


def test_a_recording_undone_by_what_follows_it_is_forgotten(database: Database) -> None:
    recorder = Recorder()

    def record(*, fail: bool) -> What:
        with recorder.writing(database) as conn:
            outlet = store.ensure_outlet(conn, "times.example", "Times")
            draft = Draft(outlet_id=outlet, title="Harbour", text=HARBOUR, external_id="1")
            recorded = recorder.record(conn, [prepare(draft)], now=NOW)
            if fail:
                raise _BrokeOffError
        return recorded.outcomes[0].what

    with pytest.raises(_BrokeOffError):
        record(fail=True)
    assert record(fail=False) is What.NEW
    with database.read() as conn:
        memory = recorder.memory(conn)
        assert memory.last == store.last_version(conn)
        assert len(memory.simhash) == 4, "postings of the recording that was undone are left"
