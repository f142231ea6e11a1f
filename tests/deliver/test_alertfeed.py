"""The Atom feed of alerts in its file: whole, fresh, and the same for the same alerts."""

from __future__ import annotations

import io
import stat
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from lxml import etree
from sqlalchemy import insert, update

from storage import models
from storage.db import Database
from storage.rows import AlertSpec
from tests.core.test_message import HOSTILE, RESURFACED
from tests.fakes import T0
from watcher.archive.outbox import add_alert
from watcher.core.message import Facts
from watcher.deliver.alertfeed import AlertFeed, feed_of, write_atomically

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def archive(database: Database) -> Database:
    """A database with a watch."""
    with database.write() as conn:
        conn.execute(
            insert(models.watch).values(
                id=1, name="w", target="text:x", conditions=[], notify=[], origin="cli",
                created_at=T0,
            )
        )  # fmt: skip
    return database


def raised(database: Database, n: int, facts: Facts = RESURFACED, held: str | None = None) -> None:
    spec = AlertSpec(
        key=f"w:{n}", watch_id=1, condition=facts.condition, at=T0 + timedelta(minutes=n),
        reason="why", receivers=(), payload=facts.to_plain(), held=held,
    )  # fmt: skip
    with database.write() as conn:
        add_alert(conn, spec)


def titles(text: str) -> list[str]:
    parsed = feedparser.parse(io.BytesIO(text.encode()))
    assert not parsed.bozo
    return [entry.title for entry in parsed.entries]


def test_what_fired_is_in_the_feed_and_what_was_held_is_not(archive: Database) -> None:
    raised(archive, 1)
    raised(archive, 2, HOSTILE, held="first poll")
    raised(archive, 3, replace(HOSTILE, headline="Later"))
    found = titles(feed_of(archive))
    assert len(found) == 2
    assert found[0].endswith(": Later")
    assert found[1].endswith(RESURFACED.headline)
    assert len(titles(feed_of(archive, limit=1))) == 1


def test_an_alert_that_cannot_be_read_is_in_the_feed_all_the_same(archive: Database) -> None:
    raised(archive, 1)
    with archive.write() as conn:
        conn.execute(update(models.alert).values(payload={"of": "another version"}))
    assert titles(feed_of(archive)) == ["[w] resurfaced"]
    assert "why" in feed_of(archive)


def test_the_file_is_written_when_there_is_something_new(archive: Database, tmp_path: Path) -> None:
    path = tmp_path / "alerts.atom"
    feed = AlertFeed(path)
    assert feed.refresh(archive) is True
    assert titles(path.read_text()) == []
    assert feed.refresh(archive) is False
    raised(archive, 1)
    assert feed.refresh(archive) is True
    first = path.read_bytes()
    assert len(titles(first.decode())) == 1
    # A restart writes the same bytes: no reader shows an entry twice.
    assert AlertFeed(path).refresh(archive) is True
    assert path.read_bytes() == first
    assert [file.name for file in tmp_path.glob("*atom*")] == ["alerts.atom"]


def test_a_file_that_cannot_be_written_is_said_once_and_tried_again(
    archive: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "public"
    feed = AlertFeed(folder / "alerts.atom")
    assert feed.refresh(archive) is False
    assert feed.refresh(archive) is False
    assert caplog.text.count("cannot be written: No such file or directory") == 1
    folder.mkdir()
    assert feed.refresh(archive) is True


def test_a_reader_sees_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "alerts.atom"
    path.write_text("old")
    with path.open() as reader:
        write_atomically(path, b"new")
        assert reader.read() == "old"
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path, b"x")
    assert [file.name for file in tmp_path.iterdir()] == ["alerts.atom"]


def test_the_feed_keeps_the_rules_of_rfc_4287(archive: Database) -> None:
    for n, facts in enumerate((RESURFACED, HOSTILE, replace(HOSTILE, url="", headline="")), 1):
        raised(archive, n, facts)
    feed = etree.fromstring(feed_of(archive).encode())
    entries = feed.findall(f"{ATOM}entry")
    assert (feed.tag, len(entries)) == (f"{ATOM}feed", 3)
    for element in (feed, *entries):  # 4.1.1, 4.1.2: exactly one of each
        assert [len(element.findall(ATOM + name)) for name in ("id", "title", "updated")] == [1] * 3
        assert datetime.fromisoformat(element.findtext(f"{ATOM}updated") or "").tzinfo  # 3.3
    assert feed.findtext(f"{ATOM}author/{ATOM}name")  # 4.1.1: else each entry needs one
    assert len({entry.findtext(f"{ATOM}id") for entry in entries}) == 3  # 4.2.6
    for entry in entries:
        (content,) = entry.findall(
            f"{ATOM}content"
        )  # without an alternate link there has to be one
        assert (content.get("type"), len(content)) == ("html", 0)  # 4.1.3.3: escaped
        links = [link.get("rel") for link in entry.findall(f"{ATOM}link")]
        assert links in ([], ["alternate"])
        assert all(one.get("term") for one in entry.findall(f"{ATOM}category"))  # 4.2.2.1
