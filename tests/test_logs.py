"""Log lines: one an event, without secrets, and harmless to terminals and to the journal."""

from __future__ import annotations

import io
import json
import logging
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from watcher import logs

log = logging.getLogger("watcher.poll")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Logging belongs to the process: give it back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def said() -> io.StringIO:
    """What is logged outside of the journal."""
    stream = io.StringIO()
    logs.setup(0, {}, stream)
    return stream


def test_a_line_has_time_level_and_room(said: io.StringIO) -> None:
    log.warning("poll of %s failed", "http://valley.example/rss")
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ WARNING watcher\.poll: "
        r"poll of http://valley\.example/rss failed\n",
        said.getvalue(),
    )


def test_decisions_are_told_when_asked_for(said: io.StringIO) -> None:
    log.debug("known article 7: the same text seen again")
    assert said.getvalue() == ""
    logs.setup(1, {}, said)
    log.debug("known article 7: the same text seen again")
    assert "DEBUG watcher.poll: known article 7" in said.getvalue()


def test_what_came_from_outside_stays_on_its_line(said: io.StringIO) -> None:
    log.warning("title %s", "a\nb\r\x1b[31mred\x00\u202e\u2028 — Été 日本")
    (line,) = said.getvalue().splitlines()
    assert line.endswith(r"title a\nb\r\x1b[31mred\x00\u202e\u2028 — Été 日本")


def test_an_error_and_its_cause_are_one_line(said: io.StringIO) -> None:
    try:
        try:
            raise ValueError("two\nlines")
        except ValueError as cause:
            raise RuntimeError("broke") from cause
    except RuntimeError:
        log.exception("poll broke off")
    (line,) = said.getvalue().splitlines()
    assert re.search(
        r"ERROR watcher\.poll: poll broke off: RuntimeError: broke \(at test_logs\.py:\d+ \w+\) "
        r"<- ValueError: two\\nlines \(at test_logs\.py:\d+ \w+\)$",
        line,
    )


def test_a_line_has_an_end(said: io.StringIO) -> None:
    log.info("x" * 100_000)
    assert len(said.getvalue()) < logs.MOST + 100


@pytest.mark.parametrize(
    "text",
    [
        "cannot reach postgresql://watcher:hunter2hunter2@db.example/news",
        "GET https://user:hunter2hunter2@valley.example/rss",
        "GET https://us@er:hunter2hunter2@valley.example/rss?a=b@c",
        "posting to slack://T0/B0/hunter2hunter2",
        "hunter2hunter2",
    ],
)
def test_no_secret_is_told_wherever_it_stands(said: io.StringIO, text: str) -> None:
    logs.hide(["hunter2hunter2", "xy"])
    log.warning("%s", text)
    try:
        raise OSError(text)
    except OSError:
        log.exception("broke")
    shown = said.getvalue()
    assert "hunter2" not in shown
    assert shown.count(logs.MASK) >= 2
    log.info("an xylophone")
    assert "an xylophone" in said.getvalue(), "a secret of two letters would mask every line"


def test_the_journal_gets_priorities_and_no_times(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w+") as stream:
        found = os.fstat(stream.fileno())
        logs.setup(1, {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}"}, stream)
        for level in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR, 50):
            log.log(level, "it is so")
        stream.seek(0)
        assert stream.read().splitlines() == [
            f"<{n}>watcher.poll: it is so" for n in (7, 6, 4, 3, 2)
        ]


def test_a_journal_of_somebody_else_is_none(tmp_path: Path) -> None:
    # A shell that a service started inherits the variable, and a terminal is no journal.
    with (tmp_path / "terminal").open("w+") as stream:
        logs.setup(0, {"JOURNAL_STREAM": "8:1"}, stream)
        log.info("it is so")
        stream.seek(0)
        assert " INFO watcher.poll: it is so" in stream.read()


def test_libraries_are_heard_only_when_something_is_wrong(said: io.StringIO) -> None:
    logs.setup(2, {}, said)
    for name in ("aiohttp.access", "trafilatura.core", "alembic.runtime", "urllib3.connectionpool"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble with %s", name)
    logging.getLogger("apscheduler.scheduler").warning("maximum number of running instances")
    assert "chatter" not in said.getvalue()
    assert said.getvalue().count("trouble with") == 4
    assert "instances" not in said.getvalue()


# ---------------------------------------------------------------- objects


def test_for_programs_each_event_is_an_object() -> None:
    stream = io.StringIO()
    logs.setup(0, {"WATCHER_LOG": "json"}, stream)
    logs.hide(["hunter2hunter2"])
    try:
        raise OSError("no\nroute")
    except OSError:
        log.exception(
            "poll of %s failed",
            "http://u:hunter2hunter2@valley.example/\x1b[31m",
            extra={"fields": {"feed": "a\nhunter2hunter2", "entries": 3, "next_at": None}},
        )
    (line,) = stream.getvalue().splitlines()
    said = json.loads(line)
    assert "hunter2" not in line
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", said.pop("at"))
    assert re.fullmatch(r"OSError: no\\nroute \(at test_logs\.py:\d+ \w+\)", said.pop("error"))
    assert said == {
        "level": "error",
        "room": "watcher.poll",
        "event": "poll of %s failed",
        "text": r"poll of http://***@valley.example/\x1b[31m failed",
        "feed": r"a\n***",
        "entries": 3,
        "next_at": None,
    }


def test_in_the_journal_an_object_has_its_priority_too(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w+") as stream:
        found = os.fstat(stream.fileno())
        env = {"JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}", "WATCHER_LOG": "json"}
        logs.setup(0, env, stream)
        log.warning("it is so")
        stream.seek(0)
        line = stream.read()
    assert line.startswith("<4>{")
    assert json.loads(line[3:])["text"] == "it is so"


# ---------------------------------------------------------------- repeats


class Clock:
    """Seconds that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def timed() -> tuple[io.StringIO, Clock]:
    """What is logged, and the clock that repeats are counted by."""
    stream, clock = io.StringIO(), Clock()
    logs.setup(1, {}, stream, clock=clock)
    return stream, clock


def texts(stream: io.StringIO) -> list[str]:
    return [line.split(": ", 1)[1] for line in stream.getvalue().splitlines()]


def test_a_line_that_repeats_is_told_once_and_counted(timed: tuple[io.StringIO, Clock]) -> None:
    stream, clock = timed
    for _ in range(50):
        log.error("the database is locked by %s", "somebody")
        clock.now += 1
    log.info("another matter")
    assert texts(stream) == ["the database is locked by somebody", "another matter"]
    clock.now += logs.WINDOW_S
    log.error("the database is locked by %s", "somebody")
    assert texts(stream)[2:] == [
        "49 times more within a minute: the database is locked by somebody",
        "the database is locked by somebody",
    ]
    assert stream.getvalue().splitlines()[2].split()[1] == "ERROR"


def test_a_flood_of_one_event_is_cut_off_and_counted(timed: tuple[io.StringIO, Clock]) -> None:
    stream, clock = timed
    for n in range(1000):
        log.warning("poll of %d failed", n)
    log.warning("another matter")
    assert len(texts(stream)) == logs.BURST + 1
    clock.now += logs.WINDOW_S
    log.info("done")
    assert texts(stream)[-2:] == [
        f"{1000 - logs.BURST} lines more within a minute like: poll of %d failed",
        "done",
    ]


def test_what_was_asked_for_is_not_held_back(timed: tuple[io.StringIO, Clock]) -> None:
    stream, _ = timed
    for _ in range(200):
        log.debug("known article 7")
    for n in range(200):
        log.info("poll of %d ok", n)
    assert len(texts(stream)) == 400


def test_what_is_counted_is_told_at_the_end(timed: tuple[io.StringIO, Clock]) -> None:
    stream, _ = timed
    log.warning("again")
    log.warning("again")
    for handler in logging.getLogger().handlers:
        handler.close()
    assert texts(stream) == ["again", "1 times more within a minute: again"]


def test_what_is_remembered_of_lines_is_bounded(timed: tuple[io.StringIO, Clock]) -> None:
    stream, _ = timed
    log.info("first")
    log.info("first")
    for n in range(logs.MOST_RUNS):
        log.info("line %d", n)
    assert "1 times more within a minute: first" in texts(stream)


def test_a_line_that_cannot_be_made_ends_nothing() -> None:
    stream = io.StringIO()
    handler = logs.Handler(stream, clock=Clock())
    handler.setFormatter(logs.Line(journal=True))
    # Not through a logger: pytest's own handlers would raise.
    handler.handle(logging.LogRecord("watcher", 30, __file__, 1, "%d polls", ("many",), None))
    handler.handle(logging.LogRecord("watcher", 30, __file__, 1, "on it goes", (), None))
    first, second = stream.getvalue().splitlines()
    assert first.startswith("<4>watcher: a line of the log, '%d polls', could not be made: ")
    assert second == "<4>watcher: on it goes"
