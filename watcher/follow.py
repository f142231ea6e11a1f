"""Watches and the texts that they follow: found in the archive, read from a file, or fetched."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from watcher import reading
from watcher.archive import Database
from watcher.archive import articles as store
from watcher.archive.articles import Connection
from watcher.archive.feeds import WatchRow, list_watches, resolve_watch
from watcher.core import clean, urls
from watcher.core.errors import FetchError, ParseError, UsageError, WorkerError
from watcher.core.values import Draft
from watcher.domains import registrable
from watcher.fetch import Fetcher
from watcher.record.prepare import key, prepare
from watcher.record.recorder import Recorder
from watcher.workers import Workers

log = logging.getLogger("watcher.follow")

# Texts that somebody tracks and no outlet published: an outlet of their own, which is never
# counted among those that carry a story.
TRACKED_DOMAIN = "tracked"
_MOST = 4 << 20  # bytes of a tracked file
_PAGE_S = 20.0


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


async def resolve(
    database: Database,
    recorder: Recorder,
    fetcher: Fetcher,
    workers: Workers,
    now: datetime,
    *,
    fetch: bool = True,
) -> list[tuple[str, str | None]]:
    """Find the texts of watches that have none yet: (watch, what stands in the way) of each.

    With `fetch`, a page that is not in the archive is fetched and put there.
    """
    done = []
    for watch in list_watches(database):
        if watch.article_id is not None or watch.removed_at is not None:
            continue
        try:
            problem = await _one(database, recorder, fetcher, workers, watch, now, fetch=fetch)
        except (FetchError, ParseError, WorkerError, UsageError) as error:
            problem = str(error)
            with database.write() as conn:
                resolve_watch(conn, watch.id, None, problem)
        if problem:
            log.warning("watch %s follows nothing yet: %s", watch.name, problem)
        done.append((watch.name, problem))
    return done


async def _one(
    database: Database,
    recorder: Recorder,
    fetcher: Fetcher,
    workers: Workers,
    watch: WatchRow,
    now: datetime,
    *,
    fetch: bool,
) -> str | None:
    with database.read() as conn:
        article = find_known(conn, watch.target)
    if article is None:
        draft = await _draft(fetcher, workers, watch, now, fetch=fetch)
        if isinstance(draft, str):
            with database.write() as conn:
                resolve_watch(conn, watch.id, None, draft)
            return draft
        article = _record(database, recorder, draft, now)
    with database.write() as conn:
        resolve_watch(conn, watch.id, article, None)
        row = next(iter(store.articles(conn, [article])))
        store.set_tracked(conn, row.story_id)
    return None


async def _draft(
    fetcher: Fetcher, workers: Workers, watch: WatchRow, now: datetime, *, fetch: bool
) -> Draft | str:
    """A watch's text as a draft, or why there is none yet."""
    kind, _, value = watch.target.partition(":")
    if kind == "phrase":
        return "phrases are not followed yet: track a text that contains it"
    if kind == "text":
        return _own(watch.name, clean.text(value))
    if kind == "file":
        return _own(watch.name, read_file(Path(value)))
    if value.isdigit():
        return f"there is no story {value}"
    if not fetch:
        return f"{value} is not in the archive yet"
    return await fetch_article(fetcher, workers, value, now)


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


def _record(database: Database, recorder: Recorder, draft: Draft, now: datetime) -> int:
    domain = registrable(draft.url) if draft.url else TRACKED_DOMAIN
    try:
        with database.write() as conn:
            known = store.outlet_at(conn, urlsplit(draft.url).netloc) if draft.url else None
            if known is None:
                store.ensure_outlet(conn, domain, domain)
            outlet = next(
                o
                for o in store.outlets(conn)
                if o.id == known or (not known and o.domain == domain)
            )
            placed = replace(draft, outlet_id=outlet.id, own_names=(outlet.name,), seen_by=now)
            recorded = recorder.record(conn, [prepare(placed)], now=now)
    except BaseException:
        recorder.forget()
        raise
    return recorded.outcomes[0].article
