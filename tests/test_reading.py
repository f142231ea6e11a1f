"""Articles made with the document that shows them are those that would be made one step a time."""

from __future__ import annotations

import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.texts import HARBOUR, LIBRARY, ORCHARD, SHORT
from watcher import reading
from watcher.parse import known
from watcher.record.drafting import Source, draft, entry_key
from watcher.record.prepare import key

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
URL = "https://times.example/rss"
SOURCE = Source(7, 3, "Times", "times.example", NOW - timedelta(hours=1), first=False)
MAKING = reading.Making(SOURCE, "auto", ())


def document(*texts: str, empty: bool = False) -> bytes:
    items = "".join(
        f"<item><title>{text[:40]}</title><link>https://times.example/{len(text)}</link>"
        f"<guid>g{len(text)}</guid><content:encoded><![CDATA["
        + "".join(f"<p>{line}</p>" for line in text.splitlines())
        + "]]></content:encoded></item>"
        for text in texts
    )
    if empty:
        items += "<item><guid>nothing</guid></item>"
    head = '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
    return f"{head}<title>Times</title>{items}</channel></rss>".encode()


def news(body: bytes, remembered: bytes = b"", making: Any = MAKING) -> reading.News:
    return reading.read_news(body, URL, "application/rss+xml", NOW, remembered, making)


def remembered(body: bytes) -> bytes:
    read = news(body).read
    return known.remember(read, [key("entry", entry_key(e)) for e in read.parsed.entries])


def test_what_is_made_at_once_is_what_is_made_step_by_step() -> None:
    before = remembered(document(HARBOUR, ORCHARD))
    got = news(document(LIBRARY, HARBOUR, ORCHARD, empty=True), before)
    assert len(got.read.known) == 2
    entries = got.read.parsed.entries
    contents = reading.read_entries(entries)
    assert [content for content, _ in got.made] == list(contents)
    drafts = [
        draft(SOURCE, e, entry_key(e), c, None, got.read.parsed, NOW)
        for e, c in zip(entries, contents, strict=True)
    ]
    assert drafts[-1] is None  # neither title nor text
    assert got.made[-1][1] is None
    apart = reading.prepare_drafts(tuple(d for d in drafts if d), ())
    together = [item for _, item in got.made if item]
    assert pickle.dumps(together) == pickle.dumps(apart)


def test_nothing_is_made_of_what_may_be_known() -> None:
    # After a restart nothing is remembered, and the archive knows nearly all of a document.
    assert news(document(HARBOUR, ORCHARD)).made == ()
    assert news(document(LIBRARY, HARBOUR), remembered(document(HARBOUR)), making=None).made == ()
    first = replace(MAKING, source=SOURCE._replace(first=True))
    assert len(news(document(HARBOUR, ORCHARD), making=first).made) == 2


@pytest.mark.parametrize(("rule", "made"), [("auto", 1), ("always", 0), ("never", 2)])
def test_an_entry_that_needs_its_page_waits_for_it(rule: str, made: int) -> None:
    before = remembered(document(HARBOUR))
    got = news(document(ORCHARD, SHORT[:60], HARBOUR), before, replace(MAKING, rule=rule))
    assert len(got.made) == 2
    assert sum(item is not None for _, item in got.made) == made


def test_what_takes_long_is_left_for_later(monkeypatch: pytest.MonkeyPatch) -> None:
    before = remembered(document(HARBOUR))
    body = document(ORCHARD, LIBRARY, SHORT, HARBOUR)
    clock = iter([0.0, 0.1, reading.MAKING_S + 0.1])
    # The room's own name for the module: others look at the clock meanwhile.
    monkeypatch.setattr(reading, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    assert len(news(body, before).made) == 1
    monkeypatch.undo()
    monkeypatch.setattr(reading, "LONG", len(LIBRARY))  # its markup comes on top
    assert len(news(document(SHORT, LIBRARY, ORCHARD, HARBOUR), before).made) == 1
    monkeypatch.undo()
    monkeypatch.setattr(reading, "MADE", 2)
    assert len(news(body, before).made) == 2
