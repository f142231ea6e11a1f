"""The pages of tracked stories, looked at again now and then: has a copy been removed?

A round is small and polite: a few pages, one a host, by conditional GET, under robots.txt and the
gap between two requests to a host, none of a host that asked us to wait. Whether a page that is
missing is removed, `core.recheck` decides.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin, urlsplit

from watcher.archive import Database, watching
from watcher.archive.articles import ArticleRow, OutletRow
from watcher.archive.feeds import host_of, pause_host
from watcher.archive.watching import PageCheckRow
from watcher.config import Config
from watcher.core import schedule
from watcher.core.errors import FetchError, Refused
from watcher.core.recheck import Answer, Judged, Standing, first_look, judge
from watcher.fetch import Fetcher
from watcher.record.removal import raise_removal

log = logging.getLogger("watcher.poll")

PAGES = 10  # looked at in one round
ROUND_S = 20.0  # seconds after which a round begins with no further page
_MOST_BYTES = 2_000_000  # a longer page is there all the same
_NEW = 500  # articles put on the schedule in one round
_LATELY = timedelta(days=1)


def proxies(config: Config) -> Callable[[str], str | None]:
    """The proxy that an outlet's pages are asked through, by its domain: as its polls are."""
    feeds = {o.domain: next((f for f in o.feeds if f.proxy), None) for o in config.outlets}
    general = config.polling.proxy

    def proxy_of(domain: str) -> str | None:
        own = feeds.get(domain)
        if own is not None:
            return own.proxy_url(general)
        return None if general is None else general.reveal()

    return proxy_of


@dataclass(frozen=True, slots=True)
class _Seen:
    """What one look brought."""

    answer: Answer
    said: str
    etag: str | None = None
    last_modified: str | None = None


async def recheck(
    database: Database,
    fetcher: Fetcher,
    on_writer: Callable[[Callable[[], int]], Awaitable[int]],
    now: datetime,
    *,
    proxy_of: Callable[[str], str | None] = lambda _: None,
) -> int:
    """One round; how many alerts fired. `proxy_of`: the proxy for an outlet's domain."""
    await on_writer(lambda: _plan(database, now))
    due, rows, outlets, paused = await asyncio.to_thread(_due, database, now)
    until = asyncio.get_running_loop().time() + ROUND_S
    hosts: set[str] = set(paused)
    fired = looked = 0
    for check in due:
        row = rows.get(check.article_id)
        if row is None or row.url is None:
            continue
        host = host_of(row.url)
        if host in hosts:
            continue
        if looked >= PAGES or asyncio.get_running_loop().time() >= until:
            break
        hosts.add(host)
        looked += 1
        proxy = proxy_of(outlets[row.outlet_id].domain)
        seen, works = await _look(database, fetcher, check, row.url, now, proxy)
        fired += await on_writer(_settling(database, check, row, seen, works, outlets, now))
    return fired


def _settling(
    database: Database,
    check: PageCheckRow,
    row: ArticleRow,
    seen: _Seen,
    works: bool,
    outlets: Mapping[int, OutletRow],
    now: datetime,
) -> Callable[[], int]:
    return lambda: _settle(database, check, row, seen, works, outlets, now)


def _plan(database: Database, now: datetime) -> int:
    """Put the articles of tracked stories on the schedule, and take the others off it."""
    with database.read() as conn:
        new = watching.unchecked(conn, _NEW)
        old = watching.untracked_checks(conn, _NEW)
    if new or old:
        with database.write() as conn:
            rows = [PageCheckRow(a, first_look(a, seen, now)) for a, seen in new]
            watching.put_page_checks(conn, rows)
            watching.drop_page_checks(conn, old)
    return len(new)


def _due(
    database: Database, now: datetime
) -> tuple[list[PageCheckRow], dict[int, ArticleRow], dict[int, OutletRow], set[str]]:
    with database.read() as conn:
        # More than a round takes: many may be of one host.
        due = watching.due_pages(conn, now, 10 * PAGES)
        rows = {a.id: a for a in watching.articles(conn, [one.article_id for one in due])}
        outlets = {o.id: o for o in watching.outlets(conn)} if due else {}
        paused = {one.name for one in watching.paused_hosts(conn, now)} if due else set()
    return due, rows, outlets, paused


async def _look(
    database: Database,
    fetcher: Fetcher,
    check: PageCheckRow,
    url: str,
    now: datetime,
    proxy: str | None,
) -> tuple[_Seen, bool]:
    """What a page answers, and whether its site works at all."""
    try:
        fetched = await fetcher.get(
            url,
            now=now,
            accept="page",
            etag=check.etag,
            last_modified=check.last_modified,
            proxy=proxy,
            max_bytes=_MOST_BYTES,
        )
    except Refused as error:
        return _Seen(Answer.REFUSED, str(error)), True
    except FetchError as error:
        if error.reason == "toobig":
            return _Seen(Answer.THERE, "its page is there"), True
        if error.status in (404, 410):
            works = await _works(fetcher, url, now, proxy)
            return _Seen(Answer.MISSING, f"its page answers {error.status}"), works
        if error.status in (429, 503) and error.retry_after:
            wait = min(error.retry_after, schedule.RETRY_AFTER_CAP_S)
            until = now + timedelta(seconds=wait)
            told = f"Retry-After with {error.status} from {url}"
            await asyncio.to_thread(pause_host, database, host_of(error.asked or url), until, told)
        return _Seen(Answer.UNKNOWN, f"{error.reason}: {error}"), True
    if _is_front(fetched.url) and not _is_front(url):
        return _Seen(Answer.UNKNOWN, "it leads to its site's front page"), True
    etag, last_modified = fetched.etag, fetched.last_modified
    if fetched.status == 304:
        etag, last_modified = etag or check.etag, last_modified or check.last_modified
    return _Seen(Answer.THERE, "its page is there", etag, last_modified), True


async def _works(fetcher: Fetcher, url: str, now: datetime, proxy: str | None) -> bool:
    """Whether the front page of a site answers: else a missing page says nothing."""
    front = urljoin(url, "/")
    try:
        await fetcher.get(front, now=now, accept="page", proxy=proxy, max_bytes=_MOST_BYTES)
    except Refused:
        return True  # robots.txt answered: the site does
    except FetchError as error:
        log.debug("the front page %s: %s", front, error)
        return error.reason == "toobig"
    return True


def _is_front(url: str) -> bool:
    parts = urlsplit(url)
    return parts.path in ("", "/") and not parts.query


def _settle(
    database: Database,
    check: PageCheckRow,
    row: ArticleRow,
    seen: _Seen,
    works: bool,
    outlets: Mapping[int, OutletRow],
    now: datetime,
) -> int:
    """Store what a look means, and tell of a removal, in one transaction; alerts that fired."""
    with database.write() as conn:
        others = [
            one
            for one in watching.outlet_checks(conn, row.outlet_id, now - _LATELY)
            if one.article_id != row.id
        ]
        judged: Judged = judge(
            Standing(check.misses, check.missing_since, check.gone_at),
            seen.answer,
            article=row.id,
            seen_at=row.seen_by,
            now=now,
            site_works=works,
            others_missing=sum(one.misses > 0 for one in others),
            others_there=sum(one.misses == 0 for one in others),
            said=seen.said,
        )
        after = judged.standing
        there = seen.answer is Answer.THERE
        kept = PageCheckRow(
            row.id,
            judged.next_at,
            seen.etag if there else check.etag,
            seen.last_modified if there else check.last_modified,
            now,
            after.misses,
            after.missing_since,
            after.gone_at,
            judged.reason,
        )
        watching.put_page_checks(conn, [kept])
        log.debug("page of article %d: %s", row.id, judged.reason)
        if not judged.removed or after.missing_since is None:
            return 0
        log.info("article %d at %s was removed: %s", row.id, row.url, judged.reason)
        return raise_removal(conn, row, after.missing_since, judged.reason, outlets, now)
