"""Watches and the texts that they follow: found in the archive, read from a file, or fetched."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import urlsplit

from watcher import reading
from watcher.archive import Database, index, retention
from watcher.archive import articles as store
from watcher.archive.articles import Connection
from watcher.archive.feeds import WatchRow, list_watches, resolve_watch
from watcher.core import clean, urls
from watcher.core.errors import FetchError, ParseError, UsageError, WorkerError
from watcher.core.phrase import parse
from watcher.core.values import TRACKED_DOMAIN, Draft
from watcher.domains import registrable
from watcher.fetch import Fetcher
from watcher.record.prepare import key, prepare
from watcher.record.recorder import Recorder
from watcher.workers import Workers

T = TypeVar("T")

# Whose pages are fetched: of no watch, of those never tried, of those that failed as well.
Fetch = Literal["none", "new", "all"]

log = logging.getLogger("watcher.follow")

_MOST = 4 << 20  # bytes of a tracked file
_PAGE_S = 20.0
_LATER = "its page is not in the archive and will be fetched"


def find_known(conn: Connection, target: str) -> int | None:
    """The article that a watch's target means, where it is in the archive already."""
    kind, _, value = target.partition(":")
    if kind != "story":
        return None
    if value.isdigit():
        row = next(iter(store.stories(conn, [int(value)])), None)
        while row is not None and row.merged_into:
            row = next(iter(store.stories(conn, [row.merged_into])), None)
        return row.root_id if row else None
    found = store.identities(conn, [key("url", urls.key(value))])
    # Several outlets may share an address by an archive's mistake: the earliest article.
    return min((r.article_id for r in found), default=None)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What looking for a text takes. Recordings are made on the writer's thread, and only there."""

    database: Database
    recorder: Recorder
    fetcher: Fetcher
    workers: Workers
    writer: Executor
    now: datetime
    fetch: Fetch

    async def on_writer(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.writer, work)


async def resolve(
    database: Database,
    recorder: Recorder,
    fetcher: Fetcher,
    workers: Workers,
    writer: Executor,
    now: datetime,
    *,
    fetch: Fetch = "all",
) -> list[tuple[str, str | None]]:
    """Find the texts of watches that have none yet: (watch, what stands in the way) of each.

    A page that is not in the archive is fetched, as far as `fetch` goes, and put there.
    """
    parts = _Parts(database, recorder, fetcher, workers, writer, now, fetch)
    done = []
    for watch in await asyncio.to_thread(list_watches, database):
        if watch.article_id is not None or watch.removed_at is not None:
            continue
        if watch.target == "feeds:":  # a watch of feeds has no text
            continue
        if watch.target.startswith("phrase:"):
            # It is looked for in what is recorded; there is nothing to find beforehand.
            problem = _unreadable(watch.target.removeprefix("phrase:"))
            if problem != watch.problem:
                await parts.on_writer(partial(_note, database, watch, problem))
            done.append((watch.name, problem))
            continue
        try:
            problem = await _one(parts, watch)
        except (FetchError, ParseError, WorkerError, UsageError) as error:
            problem = str(error)
        # The same problem is said and written once, not each minute.
        if problem and problem not in (watch.problem, _LATER):
            log.warning("watch %s follows nothing yet: %s", watch.name, problem)
            await parts.on_writer(partial(_note, database, watch, problem))
        done.append((watch.name, problem))
    return done


def _unreadable(phrase: str) -> str | None:
    """Why a phrase cannot be looked for; None where it can."""
    try:
        parse(phrase)
    except UsageError as error:
        return f"its phrase cannot be looked for: {error}"
    return None


def _note(database: Database, watch: WatchRow, problem: str | None) -> None:
    with database.write() as conn:
        resolve_watch(conn, watch.id, None, problem)


async def _one(parts: _Parts, watch: WatchRow) -> str | None:
    def known() -> int | None:
        with parts.database.read() as conn:
            return find_known(conn, watch.target)

    article = await asyncio.to_thread(known)
    draft: Draft | None = None
    address = await asyncio.to_thread(_forgotten, parts.database, article)
    if article is None or address:
        found = await _draft(parts, replace(watch, target=f"story:{address}") if address else watch)
        if isinstance(found, str):
            return found
        draft = found
    await parts.on_writer(lambda: _follow(parts, watch, article, draft))
    log.info("watch %s follows its text now", watch.name)
    return None


def _follow(parts: _Parts, watch: WatchRow, article: int | None, draft: Draft | None) -> None:
    """Put the text into the archive where it is not there yet, and the watch on it: in one."""
    with parts.recorder.writing(parts.database) as conn:
        if article is None:
            assert draft is not None  # noqa: S101  one of the two is given
            article = _record(conn, parts.recorder, draft, parts.now)
        elif draft is not None:
            _remember(conn, parts.recorder, article, draft, parts.now)
        resolve_watch(conn, watch.id, article, None)
        row = next(iter(store.articles(conn, [article])))
        story = next(iter(store.stories(conn, [row.story_id])))
        if not story.tracked and index.put_back(conn, story.id):
            parts.recorder.forget()
        store.set_tracked(conn, story.id)


def _forgotten(database: Database, article: int | None) -> str | None:
    """The address of an article whose text was forgotten; None of any other."""
    with database.read() as conn:
        row = next(iter(store.articles(conn, [article] if article else [])), None)
        if row is None or row.url is None or store.bodies(conn, [row.version_id]):
            return None
        return row.url


def _remember(
    conn: Connection, recorder: Recorder, article: int, draft: Draft, now: datetime
) -> None:
    """Store a forgotten article's text again: as its version, or as a new one where it was edited.

    Raises UsageError where that cannot be.
    """
    row = next(iter(store.articles(conn, [article])))
    item = prepare(replace(draft, outlet_id=row.outlet_id, title=row.title, seen_by=now))
    [version] = store.versions(conn, [row.version_id])
    if item.content_hash == version.content_hash:
        retention.remember(conn, row.version_id, draft.text, item.said)
        return
    recorder.record(conn, [item], now=now)
    row = next(iter(store.articles(conn, [article])))
    if not store.bodies(conn, [row.version_id]):
        raise UsageError(
            "its text was forgotten (storage.keep_bodies), and its page has another or less of it"
        )


async def _draft(parts: _Parts, watch: WatchRow) -> Draft | str:
    """A watch's text as a draft, or why there is none yet."""
    kind, _, value = watch.target.partition(":")
    if kind == "text":
        return _own(watch.name, clean.text(value))
    if kind == "file":
        return _own(watch.name, await asyncio.to_thread(read_file, Path(value)))
    if value.isdigit():
        return f"there is no story {value}"
    if parts.fetch == "none" or (parts.fetch == "new" and watch.problem):
        return watch.problem or _LATER
    return await fetch_article(parts.fetcher, parts.workers, value, parts.now)


def read_file(path: Path) -> str:
    """The cleaned text of a file. Raises UsageError."""
    try:
        with path.open("rb") as source:
            raw = source.read(_MOST + 1)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    if len(raw) > _MOST:
        raise UsageError(f"{path} is larger than {_MOST >> 20} MB: cut out the text to be followed")
    text = clean.text(raw.decode("utf-8", "replace"))
    if not text:
        raise UsageError(f"{path} holds no text")
    return text


def _own(name: str, text: str) -> Draft:
    return Draft(outlet_id=0, title=name, text=text, external_id=f"watch:{name}", alerts=False)


async def fetch_article(fetcher: Fetcher, workers: Workers, url: str, now: datetime) -> Draft:
    """An article page as a draft. Raises FetchError, ParseError, WorkerError."""
    fetched = await fetcher.get(url, now=now, accept="page")
    if fetched.body is None:
        raise FetchError("status", f"{url}: 304 without having been asked")
    page = await workers.run(
        reading.read_page, fetched.body, fetched.url, fetched.content_type, now, timeout=_PAGE_S
    )
    return Draft(
        outlet_id=0,
        title=page.title or page.text.split("\n", 1)[0][:200],
        text=page.text,
        url=fetched.url,
        lang=page.lang,
        published=page.published,
        alerts=False,
        byline=page.byline,
        edges=page.edges,
        meta=page.meta,
        canonical=page.canonical,
        own_domain=registrable(fetched.url),
    )


def _record(conn: Connection, recorder: Recorder, draft: Draft, now: datetime) -> int:
    domain = registrable(draft.url) if draft.url else TRACKED_DOMAIN
    known = store.outlet_at(conn, urlsplit(draft.url).netloc) if draft.url else None
    if known is None:
        store.ensure_outlet(conn, domain, domain)
    outlet = next(
        o for o in store.outlets(conn) if o.id == known or (not known and o.domain == domain)
    )
    placed = replace(draft, outlet_id=outlet.id, own_names=(outlet.name,), seen_by=now)
    return recorder.record(conn, [prepare(placed)], now=now).outcomes[0].article
