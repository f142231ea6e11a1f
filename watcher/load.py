"""An archive of articles (JSON Lines) through the same path as a poll, at full speed."""

from __future__ import annotations

import gzip
import json
import sys
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BufferedReader
from pathlib import Path
from typing import Any, cast

from watcher.archive import Database, index
from watcher.archive import articles as store
from watcher.archive.articles import Connection
from watcher.core import clean, dates
from watcher.core.errors import UsageError
from watcher.core.values import Date, Draft
from watcher.domains import registrable
from watcher.garbage import seldom_sought
from watcher.record.foretold import Foretold
from watcher.record.prepare import Prepared, prepare
from watcher.record.recorder import Recorder
from watcher.workers import Workers

BATCH = 512  # articles a transaction
CHUNK = 128  # lines handed to a worker
_MOST_LINE = 16 << 20  # bytes of one line
_MOST_NAME = 200  # characters of an outlet's name
_FUTURE = timedelta(days=1)
_OLDEST = datetime(1605, 1, 1, tzinfo=UTC)  # of newspapers; the year 1 is some programs' "never"
UNKNOWN = "unknown"  # the outlet of lines that name neither outlet nor address
MOST_FAULTS = 100  # lines that are described; all are counted


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What an import did. `faults` describe lines that were left out, at most a hundred of them."""

    articles: int  # lines that were articles
    new: int
    matches: int
    stories: int  # of more than one article, that this import touched
    seconds: float
    faults: tuple[str, ...]
    refused: int  # lines left out


def load_file(
    database: Database,
    path: Path,
    *,
    workers: int,
    progress: Callable[[int, int | None], None],
    now: datetime,
) -> LoadResult:
    """Import a JSON Lines file, plain or gzipped; "-" reads standard input.

    Each line: `text`, `outlet` (else the address's domain, else "unknown"), and where known `id`,
    `url`, `title`, `published` (ISO 8601), `lang`. `progress` is told of
    bytes (of the file as it lies) read so far and in all. An article that was imported before
    is known by its id. Raises UsageError where the file cannot be read.
    """
    started = time.monotonic()
    landing = Landing(database, now)
    refused = 0
    faults: list[str] = []
    pool = Workers(workers)
    try:
        with seldom_sought(), _open(path) as (lines, size, told):
            for chunk in pool.map_chunks(read_many, _chunks(lines, now), ahead=3 * workers):
                for number, outlet, item, fault in chunk:
                    if item is not None:
                        landing.batch.append((outlet, item))
                        continue
                    refused += 1
                    if len(faults) < MOST_FAULTS:
                        faults.append(f"{path}:{number}: {fault}")
                if len(landing.batch) >= BATCH:
                    landing.flush()
                    progress(told(), size)
            landing.flush()
            progress(told(), size)
        landing.close()
    finally:
        pool.close()
    return LoadResult(
        landing.done,
        landing.new,
        landing.matches,
        len(landing.stories),
        time.monotonic() - started,
        tuple(faults),
        refused,
    )


class Landing:
    """Prepared articles into the database, a batch at a time, and what that came to.

    `foretold`: comparisons that were made beforehand.
    """

    def __init__(self, database: Database, now: datetime, foretold: Foretold | None = None) -> None:
        self._database = database
        self._now = now
        self._recorder = Recorder(foretold)
        self._outlets: dict[str, int] = {}
        self._unsealed = 0
        self.batch: list[tuple[str, Prepared]] = []  # the outlet's name, and the article
        self.done = self.new = self.matches = 0
        self.stories: set[int] = set()

    def flush(self, also: Callable[[Connection], None] = lambda conn: None) -> None:
        """Record the batch, if there is any, in one transaction; `also` is done in the same."""
        if not self.batch:
            return
        with self._recorder.writing(self._database) as conn:
            items = [_placed(conn, self._outlets, name, item) for name, item in self.batch]
            result = self._recorder.record(conn, items, now=self._now)
            also(conn)
        self.done += len(self.batch)
        self.new += result.fresh
        self.matches += result.matches
        self.stories.update(result.joined)
        self.batch.clear()
        self._unsealed += result.fresh
        if self._unsealed >= 2 * index.SEAL:
            # As housekeeping would: questions asked meanwhile read the index, not a tail.
            index.seal(self._database)
            self._unsealed = 0

    def close(self) -> None:
        """Bring the index and the planner's statistics up to date."""
        index.seal(self._database)
        if self.new >= index.SEAL:
            self._database.analyze()


@contextmanager
def _open(path: Path) -> Iterator[tuple[Iterable[bytes], int | None, Callable[[], int]]]:
    """The lines, the size in bytes where it is known, and how far they have been read."""
    with _raw(path) as raw:
        source: Iterable[bytes] = raw
        if raw.peek(2)[:2] == b"\x1f\x8b":
            source = gzip.GzipFile(fileobj=raw)
        try:
            if path.is_file():
                yield source, path.stat().st_size, raw.tell
            else:  # a pipe: it has no end yet, and does not know where it is
                counted = _Counted(source)
                yield counted, None, lambda: counted.read
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise UsageError(f"{path} is a damaged gzip file: {error}") from error


@contextmanager
def _raw(path: Path) -> Iterator[BufferedReader]:
    if str(path) == "-":
        yield cast(BufferedReader, sys.stdin.buffer)  # not ours to close
        return
    try:
        raw = path.open("rb")
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    with raw:
        yield raw


class _Counted:
    """Lines, and how many bytes of them have been read."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self.read = 0

    def __iter__(self) -> Iterator[bytes]:
        for line in self._lines:
            self.read += len(line)
            yield line


_Raw = tuple[int, bytes]


def _chunks(lines: Iterable[bytes], now: datetime) -> Iterator[tuple[list[_Raw], datetime]]:
    chunk: list[_Raw] = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            chunk.append((number, line))
        if len(chunk) == CHUNK:
            yield chunk, now
            chunk = []
    if chunk:
        yield chunk, now


def read_many(
    chunk: tuple[list[_Raw], datetime],
) -> list[tuple[int, str, Prepared | None, str]]:
    """In a worker: (line, outlet, article or None, what is wrong with the line) of each line of
    (lines with their numbers, now)."""
    lines, now = chunk
    result: list[tuple[int, str, Prepared | None, str]] = []
    for number, line in lines:
        try:
            outlet, draft = _draft(line, now)
        except ValueError as error:
            result.append((number, "", None, str(error)))
        else:
            result.append((number, outlet, prepare(draft), ""))
    return result


def _draft(line: bytes, now: datetime) -> tuple[str, Draft]:
    """An archive's line as a draft. ValueError says what is wrong with it."""
    if len(line) > _MOST_LINE:
        raise ValueError(f"a line of {len(line)} bytes; at most {_MOST_LINE} are read")
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(row, dict):
        raise ValueError('not a JSON object; expected {"outlet": ..., "text": ...}')
    text = clean.text(_string(row, "text") or "")
    if not text.strip():
        raise ValueError('no text; expected a non-empty string "text"')
    url = _string(row, "url")
    outlet = clean.line(_string(row, "outlet") or (registrable(url) if url else ""), _MOST_NAME)
    # An article that nobody signs is still an article, and may be a copy.
    outlet = outlet or UNKNOWN
    title = clean.line(_string(row, "title") or "") or clean.line(text.split("\n", 1)[0], 200)
    return outlet, Draft(
        outlet_id=0,
        title=title,
        text=text,
        url=url,
        external_id=_string(row, "id"),
        lang=_string(row, "lang"),
        published=_published(_string(row, "published"), now),
        alerts=False,
        own_names=(outlet,),
        own_domain=registrable(url) if url else "",
    )


def _string(row: dict[str, Any], name: str) -> str | None:
    value = row.get(name)
    if value is None or value == "":
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"{name}: found {type(value).__name__}, expected a string")
    return value


def _published(raw: str | None, now: datetime) -> Date | None:
    """ISO 8601, as the interface says; an archive is older than the web's odd dates."""
    if raw is None:
        return None
    try:
        at = datetime.fromisoformat(raw)
    except ValueError:
        return dates.read(raw, now)
    note = None
    if at.tzinfo is None:
        at, note = at.replace(tzinfo=UTC), "naive"
    try:
        at = at.astimezone(UTC)
    except OverflowError:  # in UTC its year has no place in a calendar
        return Date(raw, None, "absurd")
    if at > now + _FUTURE:
        note = "future"
    elif at < _OLDEST:
        note = "absurd"
    return Date(raw, at, note)


def _placed(conn: Connection, outlets: dict[str, int], name: str, item: Prepared) -> Prepared:
    """The article with its outlet's id; an outlet that is not known yet is made."""
    if name not in outlets:
        outlets[name] = store.ensure_outlet(conn, name, name)
    return replace(item, draft=replace(item.draft, outlet_id=outlets[name]))
