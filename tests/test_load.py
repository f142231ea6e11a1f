"""An archive of articles, line by line: what is read, what is refused, and with which words."""

from __future__ import annotations

import gzip
import io
import json
import os
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from storage import models
from tests import texts
from watcher.archive import Database
from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow
from watcher.core.errors import UsageError
from watcher.load import BATCH, LoadResult, load_file

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SOURCE = {
    "id": "a1",
    "outlet": "wire.example",
    "url": "https://wire.example/1",
    "published": "2026-03-01T08:00:00Z",
    "title": "Harbour plan was altered",
    "text": texts.HARBOUR,
    "lang": "en",
}
COPY = {
    "id": "b1",
    "outlet": "gazette.example",
    "published": "2026-03-01T09:00:00+02:00",
    "text": texts.HARBOUR.upper(),
}

Load = Callable[..., LoadResult]


@pytest.fixture
def load(sqlite_database: Database, tmp_path: Path) -> Load:
    """Writes lines (values as JSON, bytes as they are) to a file and imports it."""

    def run(*lines: Any, name: str = "archive.jsonl", progress: Any = None) -> LoadResult:
        data = b"".join(_line(line) + b"\n" for line in lines)
        path = tmp_path / name
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return _load(sqlite_database, path, progress)

    return run


def _line(line: Any) -> bytes:
    return line if isinstance(line, bytes) else json.dumps(line).encode()


def _load(database: Database, path: Path, progress: Any = None) -> LoadResult:
    return load_file(
        database, path, workers=1, progress=progress or (lambda done, size: None), now=NOW
    )


def rows(database: Database) -> dict[str, ArticleRow]:
    with database.read() as conn:
        ids = list(conn.scalars(select(models.article.c.id)))
        return {str(r.external_id): r for r in store.articles(conn, ids)}


# ---------------------------------------------------------------- what is read


def test_an_archive(load: Load, sqlite_database: Database) -> None:
    done = load(SOURCE, COPY, {"outlet": "other.example", "text": texts.ORCHARD})
    assert (done.articles, done.new, done.matches, done.stories) == (3, 3, 1, 1)
    assert (done.refused, done.faults) == (0, ())
    row = rows(sqlite_database)["a1"]
    assert row.title == "Harbour plan was altered"
    assert (row.url, row.lang, row.words) == (SOURCE["url"], "en", 241)
    assert (row.published_at, row.clock) == (datetime(2026, 3, 1, 8, tzinfo=UTC), "claimed")
    copy = rows(sqlite_database)["b1"]
    assert copy.published_at == datetime(2026, 3, 1, 7, tzinfo=UTC)
    # Without a headline the text begins with one.
    assert copy.title.startswith("THE HARBOUR AUTHORITY")
    assert len(copy.title) <= 200
    undated = rows(sqlite_database)["None"]
    assert (undated.published_at, undated.clock, undated.seen_by) == (None, "seen", NOW)


def test_gzip_is_known_by_its_bytes(load: Load, tmp_path: Path, sqlite_database: Database) -> None:
    assert load(SOURCE, COPY, name="archive.jsonl.gz").new == 2
    other = tmp_path / "no-suffix"
    other.write_bytes(gzip.compress(_line({**SOURCE, "id": "a2"})))
    assert _load(sqlite_database, other).new == 1


def test_an_article_is_imported_once(load: Load, sqlite_database: Database) -> None:
    load(SOURCE, COPY)
    again = load(SOURCE, COPY, SOURCE)
    assert (again.articles, again.new, again.matches) == (3, 0, 0)
    assert len(rows(sqlite_database)) == 2


def test_much_at_once_is_counted_for_the_planner(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.archive.index.SEAL", 2)
    path = tmp_path / "archive.jsonl"
    path.write_bytes(b"".join(_line(line) + b"\n" for line in (SOURCE, COPY)))
    assert _load(database, path).new == 2
    if database.dialect == "postgresql":
        with database.read() as conn:
            counted = "SELECT reltuples FROM pg_class WHERE oid = 'article'::regclass"
            assert conn.exec_driver_sql(counted).scalar() == 2


def test_an_edited_article_is_a_version(load: Load, sqlite_database: Database) -> None:
    load(SOURCE, COPY)
    again = load({**SOURCE, "text": texts.reworded(texts.HARBOUR, 30)})
    assert again.new == 0
    assert rows(sqlite_database)["a1"].version_id != 1


@pytest.mark.parametrize(
    ("data", "new"),
    [(b"", 0), (b"\n\n  \n", 0), (_line(SOURCE), 1), (b"\xef\xbb\xbf" + _line(SOURCE), 1)],
    ids=["empty", "blank lines", "no newline at the end", "byte order mark"],
)
def test_odd_files(tmp_path: Path, sqlite_database: Database, data: bytes, new: int) -> None:
    path = tmp_path / "odd.jsonl"
    path.write_bytes(data)
    done = _load(sqlite_database, path)
    assert (done.new, done.refused) == (new, 0)


def test_more_than_a_batch(load: Load, sqlite_database: Database) -> None:
    seen: list[tuple[int, int | None]] = []
    lines = [
        {"id": n, "outlet": f"o{n % 7}", "text": texts.made_up(n, 4)} for n in range(BATCH + 88)
    ]
    done = load(*lines, progress=lambda at, size: seen.append((at, size)))
    assert done.new == BATCH + 88
    assert len(seen) == 2
    size = (sqlite_database.file or Path()).parent.joinpath("archive.jsonl").stat().st_size
    assert seen[-1] == (size, size)
    assert [a for a, _ in seen] == sorted(a for a, _ in seen)


def test_standard_input(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    data = io.BytesIO(_line(SOURCE) + b"\n{\n")
    stdin = io.TextIOWrapper(io.BufferedReader(data), "utf-8")
    monkeypatch.setattr(sys, "stdin", stdin)
    seen: list[tuple[int, int | None]] = []
    done = _load(sqlite_database, Path("-"), lambda at, size: seen.append((at, size)))
    assert (done.new, done.refused) == (1, 1)
    assert seen == [(len(data.getvalue()), None)]


def test_a_pipe(sqlite_database: Database, tmp_path: Path) -> None:
    # `watcher import <(zcat archive.gz)`
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=lambda: path.write_bytes(gzip.compress(_line(SOURCE))))
    writer.start()
    done = _load(sqlite_database, path)
    writer.join()
    assert done.new == 1


# ---------------------------------------------------------------- what is refused


FAULTS: list[tuple[Any, str]] = [
    (b"{", "not JSON: Expecting property name"),
    (b"[1, 2]", 'not a JSON object; expected {"outlet": ..., "text": ...}'),
    (b'"text"', "not a JSON object"),
    (b"\xff\xfe\x00x", "not JSON: "),
    (b"\xc3\x28", "not JSON: "),
    (b"[" * 100_000, "not JSON: "),
    (b'{"a":' * 100_000, "not JSON: "),
    ({"outlet": "x"}, 'no text; expected a non-empty string "text"'),
    ({"outlet": "x", "text": ""}, "no text"),
    ({"outlet": "x", "text": "\u200b \n\x00"}, "no text"),
    ({"outlet": "x", "text": ["a"]}, "text: found list, expected a string"),
    ({"outlet": "x", "text": True}, "text: found bool, expected a string"),
    ({"outlet": {"name": "x"}, "text": "a"}, "outlet: found dict, expected a string"),
    ({"text": "a", "outlet": "x", "published": ["2020"]}, "published: found list"),
    (
        {"outlet": "x", "text": "a " * (9 << 20)},
        "a line of 18874396 bytes; at most 16777216 are read",
    ),
]


def test_lines_that_are_no_articles(load: Load, tmp_path: Path) -> None:
    done = load(SOURCE, *[line for line, _ in FAULTS], b"", COPY)
    assert (done.articles, done.new, done.refused) == (2, 2, len(FAULTS))
    for number, (told, (_, fault)) in enumerate(zip(done.faults, FAULTS, strict=True), 2):
        assert told.startswith(f"{tmp_path / 'archive.jsonl'}:{number}: {fault}")
        assert len(told) < 500


def test_an_article_that_nobody_signs_is_kept(load: Load) -> None:
    done = load({"text": "a"}, {"text": "b", "outlet": "\u200b\x00"})
    assert (done.articles, done.new, done.refused) == (2, 2, 0)


def test_line_numbers_count_blank_lines(load: Load) -> None:
    done = load(b"", b"{", b"", SOURCE, b"}")
    assert [told.split(":")[1] for told in done.faults] == ["2", "5"]


def test_a_hundred_faults_are_told_and_all_counted(load: Load) -> None:
    done = load(*[b"{"] * 250, SOURCE)
    assert (done.refused, len(done.faults), done.new) == (250, 100, 1)


@pytest.mark.parametrize("cut", [-9, 200])
def test_a_gzip_file_that_was_cut_short(
    tmp_path: Path, sqlite_database: Database, cut: int
) -> None:
    whole = gzip.compress(b"".join(_line({**SOURCE, "id": n}) + b"\n" for n in range(3)))
    path = tmp_path / "cut.gz"
    path.write_bytes(whole[:cut])
    with pytest.raises(UsageError, match="damaged gzip file"):
        _load(sqlite_database, path)


@pytest.mark.parametrize("at", [12, 300, -6])
def test_a_gzip_file_with_flipped_bits(tmp_path: Path, sqlite_database: Database, at: int) -> None:
    data = bytearray(gzip.compress(b"".join(_line({**SOURCE, "id": n}) + b"\n" for n in range(3))))
    data[at] ^= 0xFF
    path = tmp_path / "flipped.gz"
    path.write_bytes(data)
    with pytest.raises(UsageError, match="damaged gzip file"):
        _load(sqlite_database, path)


def test_a_file_that_cannot_be_read(tmp_path: Path, sqlite_database: Database) -> None:
    for path in (tmp_path / "missing.jsonl", tmp_path):
        with pytest.raises(UsageError, match="cannot read"):
            _load(sqlite_database, path)


# ---------------------------------------------------------------- outlets, ids, dates


OUTLETS: list[tuple[dict[str, Any], str]] = [
    ({"outlet": "Example Times"}, "Example Times"),
    ({"url": "https://www.times.example.co.uk/a"}, "example.co.uk"),
    ({"outlet": "A\u0000B \ud800 \x1b[31mred"}, "AB red"),
    ({"outlet": " two\nlines "}, "two lines"),
    ({"outlet": 17}, "17"),
]


def test_outlets(load: Load, sqlite_database: Database) -> None:
    done = load(*[{"text": texts.SHORT, "id": n, **line} for n, (line, _) in enumerate(OUTLETS)])
    assert (done.new, done.faults) == (len(OUTLETS), ())
    with sqlite_database.read() as conn:
        assert [o.domain for o in store.outlets(conn)] == [domain for _, domain in OUTLETS]


def test_an_outlet_name_of_any_length(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "long.jsonl"
    path.write_bytes(_line({"outlet": "\u4e2d" * 20_000, "id": "\ud800" * 5, "text": texts.SHORT}))
    assert _load(database, path).new == 1
    assert _load(database, path).new == 0


def test_ids_may_be_numbers(load: Load, sqlite_database: Database) -> None:
    assert load({"id": 7, "outlet": "x", "text": "a b"}).new == 1
    assert load({"id": "7", "outlet": "x", "text": "a b"}).new == 0
    assert list(rows(sqlite_database)) == ["7"]


DATES: list[tuple[Any, datetime | None, str | None]] = [
    ("2016-09-18", datetime(2016, 9, 18, tzinfo=UTC), "naive"),
    ("2016-09-18T10:00:00", datetime(2016, 9, 18, 10, tzinfo=UTC), "naive"),
    ("2016-09-18T10:00:00-05:00", datetime(2016, 9, 18, 15, tzinfo=UTC), None),
    ("20160918T100000Z", datetime(2016, 9, 18, 10, tzinfo=UTC), None),
    ("Sun, 18 Sep 2016 10:00:00 GMT", datetime(2016, 9, 18, 10, tzinfo=UTC), None),
    (1474192800, datetime(2016, 9, 18, 10, tzinfo=UTC), None),
    ("2031-01-01T00:00:00Z", datetime(2031, 1, 1, tzinfo=UTC), "future"),
    ("0001-01-01T00:00:00+14:00", None, "absurd"),
    ("9999-12-31T23:59:59-14:00", None, "absurd"),
    ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC), "absurd"),
    ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), "future"),
    ("last Tuesday", None, "unparsed"),
    ("x" * 200_000, None, "unparsed"),
    ("2016-13-45", None, "absurd"),
    ("", None, None),
    (None, None, None),
]


def test_dates(load: Load, sqlite_database: Database) -> None:
    done = load(
        *[
            {"id": n, "outlet": f"o{n}", "text": "a b", "published": raw}
            for n, (raw, _, _) in enumerate(DATES)
        ]
    )
    assert (done.new, done.faults) == (len(DATES), ())
    found = rows(sqlite_database)
    for n, (raw, at, note) in enumerate(DATES):
        row = found[str(n)]
        assert row.published_at == at, raw
        assert row.published_note == note, raw


def test_a_date_that_nobody_trusts_orders_nothing(load: Load, sqlite_database: Database) -> None:
    load(
        {**SOURCE, "published": "2031-01-01T00:00:00Z"},
        {**COPY, "published": (NOW - timedelta(days=1)).isoformat()},
    )
    with sqlite_database.read() as conn:
        (match,) = store.matches(conn, [1, 2])
    assert match.order_known == "unknown"
