"""Log lines: one an event, without secrets, and harmless to terminals and to the journal."""

from __future__ import annotations

import io
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
