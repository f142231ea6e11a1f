"""One poll of one feed from top to bottom: fetch, parse, extract, fingerprint, match, record.

Fetching runs on the event loop, everything that reads hostile bytes in worker processes, and the
recording in one transaction on the writer's thread: the poll's row, its sightings, matches,
stories and alerts are committed together or not at all.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import xxhash

from watcher import reading
from watcher.archive import Database
from watcher.archive import articles as store
from watcher.archive.feeds import FeedRow, PollResult, Validators, finish_poll, host_of, pause_host
from watcher.config import Feed as FeedConfig
from watcher.core import schedule, urls
from watcher.core.credit import Agency
from watcher.core.errors import (
    FetchError,
    ParseError,
    Refused,
    StorageError,
    WatcherError,
    WorkerError,
)
from watcher.core.rules import Arrival
from watcher.core.values import Date, Draft, Entry, Fetched, Page, ParsedFeed
from watcher.fetch import Fetcher
from watcher.record.prepare import Prepared, key
from watcher.record.recorder import Recorded, Recorder
from watcher.workers import Workers

T = TypeVar("T")

log = logging.getLogger("watcher.poll")

PARSE_S = 20.0  # a worker is killed after this long over one document
# What may be over by the next poll; an article is tried for this long after its own date.
_PASSING = frozenset(
    {"timeout", "dns", "connect", "tls", "truncated", "throttled", "unavailable", "server"}
)
_TRY_PAGES_FOR = timedelta(days=1)
PAGES = 60  # article pages fetched in one poll; the other entries stand with their summaries
BUSY_S = 60.0  # after a poll that the database could not take because others wrote to it
VALIDATORS_S = 7 * 86_400.0  # validators are dropped after this long: some servers say 304 for ever
_WAIT = (429, 503)
_LASTING = frozenset({"notfound", "denied", "html", "notfeed", "empty", "address", "scheme"})


@dataclass(frozen=True, slots=True)
class PollOutcome:
    """How one poll went, for people."""

    feed: str
    outcome: str  # ok | unchanged | failed | refused | held (not polled, for the reason given)
    entries: int
    fresh: int
    reason: str  # why the next poll is when it is
    error: str | None
    next_at: datetime
    alerts: int = 0
    notes: tuple[str, ...] = ()


class Poller:
    """Polls feeds with shared parts: one session, one pool of workers, one writer."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        workers: Workers,
        recorder: Recorder,
        writer: Executor,
        *,
        feeds: Mapping[str, FeedConfig],
        limits: schedule.Limits,
        owner: str,
        clock: Callable[[], datetime],
        agencies: tuple[Agency, ...] = (),
    ) -> None:
        self._database = database
        self._fetcher = fetcher
        self._workers = workers
        self._recorder = recorder
        self._writer = writer
        self._feeds = feeds
        self._limits = limits
        self._owner = owner
        self._clock = clock
        self._agencies = agencies

    async def poll(self, feed: FeedRow) -> PollOutcome:
        """Poll `feed`, which is leased to us. Only storage errors come out as errors."""
        now = self._clock()
        config = self._feeds.get(feed.url)
        try:
            fetched = await self._fetch(feed, config, now)
            if fetched.body is None:
                return await self._unchanged(feed, config, fetched, now)
            body_hash = xxhash.xxh3_64_intdigest(fetched.body)
            if body_hash == feed.body_hash:
                return await self._unchanged(feed, config, fetched, now)
            parsed = await self._workers.run(
                reading.read_feed,
                fetched.body,
                fetched.url,
                fetched.content_type,
                now,
                timeout=PARSE_S,
            )
            return await self._read(feed, config, fetched, body_hash, parsed, now)
        except (FetchError, ParseError, WorkerError) as error:
            return await self._failed(feed, config, error, now)

    # ------------------------------------------------------------ the answer

    async def _fetch(self, feed: FeedRow, config: FeedConfig | None, now: datetime) -> Fetched:
        stale = (
            feed.validated_at is not None
            and (now - feed.validated_at).total_seconds() > VALIDATORS_S
        )
        return await self._fetcher.get(
            feed.address,
            now=now,
            etag=None if stale else feed.etag,
            last_modified=None if stale else feed.last_modified,
            headers=config.plain_headers() if config else {},
        )

    async def _unchanged(
        self, feed: FeedRow, config: FeedConfig | None, fetched: Fetched, now: datetime
    ) -> PollOutcome:
        when = schedule.next_poll(
            schedule.Feed(
                key=feed.url,
                last_interval_s=feed.interval_s,
                configured_s=config.interval if config else None,
                known_share=1.0,
                max_age_s=fetched.max_age,
                published=await self._rhythm(feed),
            ),
            now,
            self._limits,
        )
        result = PollResult(
            at=now,
            outcome="unchanged",
            next_at=when.at,
            next_reason=when.reason,
            took_ms=fetched.took_ms,
            status=fetched.status,
            bytes=fetched.wire_bytes,
            interval_s=round(when.seconds),
            # 304 may bring new validators (RFC 9110, section 15.4.5).
            validators=_validators(feed, fetched, feed.body_hash),
            permanent_to=fetched.permanent_to,
        )
        await self._write(lambda conn: finish_poll(conn, feed.id, result, owner=self._owner))
        return PollOutcome(feed.url, "unchanged", 0, 0, when.reason, None, when.at)

    async def _failed(
        self,
        feed: FeedRow,
        config: FeedConfig | None,
        error: FetchError | ParseError | WorkerError,
        now: datetime,
    ) -> PollOutcome:
        reason = error.reason
        status = error.status if isinstance(error, FetchError) else None
        retry_after = error.retry_after if isinstance(error, FetchError) else None
        when = schedule.next_poll(
            schedule.Feed(
                key=feed.url,
                last_interval_s=feed.interval_s,
                configured_s=config.interval if config else None,
                failures=feed.failures + 1,
                lasting=reason in _LASTING,
                retry_after_s=retry_after,
                gone=reason == "gone",
            ),
            now,
            self._limits,
        )
        outcome = "refused" if isinstance(error, Refused) else "failed"
        result = PollResult(
            at=now,
            outcome=outcome,
            next_at=when.at,
            next_reason=when.reason,
            status=status,
            error=f"{reason}: {error}",
            state="gone" if when.stop else None,
        )
        await self._write(lambda conn: finish_poll(conn, feed.id, result, owner=self._owner))
        if isinstance(error, FetchError):
            await self._pause(feed.host, error, feed.url, now)
        log.warning("poll of %s %s: %s: %s", feed.url, outcome, reason, error)
        return PollOutcome(feed.url, outcome, 0, 0, when.reason, f"{reason}: {error}", when.at)

    async def _pause(self, host: str, error: FetchError, url: str, now: datetime) -> None:
        """What a host asks with Retry-After, it asks for all of its feeds."""
        if error.status not in _WAIT or not error.retry_after:
            return
        until = now + timedelta(seconds=min(error.retry_after, schedule.RETRY_AFTER_CAP_S))
        reason = f"Retry-After with {error.status} from {url}"
        await self._call(lambda: pause_host(self._database, host, until, reason))

    def broken_off(self, feed: FeedRow, error: Exception) -> PollResult:
        """What to record, once that is possible, of a poll that ended with an error of storage
        or with a defect of ours: nothing of it was recorded, and the entries will come again."""
        now = self._clock()
        config = self._feeds.get(feed.url)
        kind = "storage" if isinstance(error, StorageError) else "defect"
        told = str(error) if kind == "storage" else f"{type(error).__name__}: {error}"
        when = schedule.next_poll(
            schedule.Feed(
                key=feed.url,
                last_interval_s=feed.interval_s,
                configured_s=config.interval if config else None,
                failures=feed.failures + 1,
            ),
            now,
            self._limits,
        )
        at, reason = when.at, when.reason
        if isinstance(error, WatcherError) and error.retry:
            at, reason = now + timedelta(seconds=BUSY_S), "the database was busy: soon again"
        return PollResult(
            at=now, outcome="failed", next_at=at, next_reason=reason, error=f"{kind}: {told}"
        )

    # ------------------------------------------------------------ the entries

    async def _read(
        self,
        feed: FeedRow,
        config: FeedConfig | None,
        fetched: Fetched,
        body_hash: int,
        parsed: ParsedFeed,
        now: datetime,
    ) -> PollOutcome:
        keyed = [(entry, _entry_key(entry)) for entry in parsed.entries]
        known = await self._call(lambda: self._known(feed, [k for _, k in keyed]))
        fresh = [(entry, k) for entry, k in keyed if key("entry", k) not in known]
        drafts, notes, again = await self._drafts(feed, config, fresh, parsed, now)
        prepared: list[Prepared] = []
        if drafts:
            prepared = await self._workers.run(
                reading.prepare_drafts, tuple(drafts), self._agencies, timeout=PARSE_S + len(drafts)
            )
        when = schedule.next_poll(
            schedule.Feed(
                key=feed.url,
                last_interval_s=feed.interval_s,
                configured_s=config.interval if config else None,
                published=[
                    e.published.at for e in parsed.entries if e.published and e.published.at
                ],
                known_share=1 - len(fresh) / len(keyed) if keyed else None,
                hints=parsed.hints,
                max_age_s=fetched.max_age,
            ),
            now,
            self._limits,
        )
        result = PollResult(
            at=now,
            outcome="ok",
            next_at=when.at,
            next_reason=when.reason,
            took_ms=fetched.took_ms,
            status=fetched.status,
            bytes=fetched.wire_bytes,
            entries=len(parsed.entries),
            fresh=len(fresh),
            interval_s=round(when.seconds),
            # Without validators the document comes again, and with it what is to be tried again.
            validators=Validators(None, None) if again else _validators(feed, fetched, body_hash),
            title=parsed.title or None,
            permanent_to=fetched.permanent_to,
        )
        arrivals = {i: _arrival(feed, item.draft, now) for i, item in enumerate(prepared)}

        def record(conn: store.Connection) -> Recorded:
            recorded = self._recorder.record(conn, prepared, now=now, arrivals=arrivals)
            finish_poll(conn, feed.id, result, owner=self._owner)
            return recorded

        recorded = await self._write(record)
        for outcome in recorded.outcomes:
            log.debug("%s article %d: %s", outcome.what, outcome.article, outcome.reason)
        return PollOutcome(
            feed.url,
            "ok",
            len(parsed.entries),
            recorded.fresh,
            when.reason,
            None,
            when.at,
            recorded.alerts,
            (*parsed.warnings, *notes),
        )

    def _known(self, feed: FeedRow, keys: Sequence[str]) -> set[int]:
        with self._database.read() as conn:
            rows = store.identities(conn, {key("entry", k) for k in keys})
        return {r.key for r in rows if r.outlet_id == feed.outlet_id}

    async def _drafts(
        self,
        feed: FeedRow,
        config: FeedConfig | None,
        fresh: Sequence[tuple[Entry, str]],
        parsed: ParsedFeed,
        now: datetime,
    ) -> tuple[list[Draft], list[str], bool]:
        """Drafts of the entries not known yet, with their pages where they carry too little; notes
        for people; whether some page is to be tried again."""
        if not fresh:
            return [], [], False
        rule = config.full_text if config else "auto"
        contents = await self._workers.run(
            reading.read_entries,
            tuple(e for e, _ in fresh),
            timeout=PARSE_S + len(fresh),
        )
        notes: list[str] = []
        wanted = [
            i
            for i, (content, (entry, _)) in enumerate(zip(contents, fresh, strict=True))
            if entry.url and (rule == "always" or (rule == "auto" and not content.full))
        ]
        if len(wanted) > PAGES:
            notes.append(f"{len(wanted) - PAGES} pages were not fetched: more than {PAGES} new")
        # A page that fails leaves the entry with its summary: nothing is lost, and it says so.
        pages: dict[int, Page] = {}
        told_to_wait: set[str] = set()  # hosts
        again = {i for i in wanted if _is_young(fresh[i][0], now)}
        for i in wanted[:PAGES]:
            url = fresh[i][0].url or ""
            if host_of(url) in told_to_wait:
                notes.append(f"page {url}: not fetched, its host asked us to wait")
                continue
            try:
                pages[i] = await self._page(url, now)
                again.discard(i)
            except (FetchError, ParseError, WorkerError) as error:
                notes.append(f"page {url}: {error.reason}: {error}")
                log.warning("page %s of %s: %s: %s", url, feed.url, error.reason, error)
                if error.reason not in _PASSING:
                    again.discard(i)
                if isinstance(error, FetchError) and error.status in _WAIT:
                    told_to_wait.add(host_of(url))
                    await self._pause(host_of(url), error, url, now)
        drafts = []
        for i, ((entry, entry_key), content) in enumerate(zip(fresh, contents, strict=True)):
            # An entry whose page may still be had is not known yet: the next poll looks again.
            known_as = "" if i in again else entry_key
            draft = _draft(feed, entry, known_as, content, pages.get(i), parsed, now)
            if draft is not None:
                drafts.append(draft)
            else:
                notes.append(f"entry {entry.guid or entry.url or '?'}: neither title nor text")
        return drafts, notes, bool(again)

    async def _page(self, url: str, now: datetime) -> Page:
        fetched = await self._fetcher.get(url, now=now, accept="page")
        if fetched.body is None:
            raise FetchError("status", "304 without having been asked")
        return await self._workers.run(
            reading.read_page,
            fetched.body,
            fetched.url,
            fetched.content_type,
            now,
            timeout=PARSE_S,
        )

    # ------------------------------------------------------------ the writer

    async def _rhythm(self, feed: FeedRow) -> tuple[datetime, ...]:
        """When the feed's outlet published lately, for a poll that showed nothing new."""

        def read() -> tuple[datetime, ...]:
            with self._database.read() as conn:
                return tuple(store.recent_claims(conn, feed.id, schedule.RHYTHM_ENTRIES))

        return await self._call(read)

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(None, work)

    async def _write(self, work: Callable[[store.Connection], T]) -> T:
        """One write transaction on the writer's thread; the memory is dropped if it fails."""

        def run() -> T:
            with self._recorder.writing(self._database) as conn:
                return work(conn)

        return await asyncio.get_running_loop().run_in_executor(self._writer, run)


def _validators(feed: FeedRow, fetched: Fetched, body_hash: int | None) -> Validators:
    etag = fetched.etag if fetched.status != 304 or fetched.etag else feed.etag
    modified = (
        fetched.last_modified
        if fetched.status != 304 or fetched.last_modified
        else feed.last_modified
    )
    return Validators(etag, modified, body_hash)


def _is_young(entry: Entry, now: datetime) -> bool:
    """Whether an entry's page is worth another try: a dead one must not be asked for for ever."""
    at = entry.published.at if entry.published else None
    return at is not None and abs(now - at) < _TRY_PAGES_FOR


def _entry_key(entry: Entry) -> str:
    """An entry as it was: a change in any of these is worth another look."""
    date = entry.updated or entry.published
    return "\x1f".join(
        (
            entry.guid or "",
            urls.key(entry.url) if entry.url else "",
            entry.title,
            xxhash.xxh3_64_hexdigest(entry.html.encode("utf-8", "surrogatepass")),
            date.raw if date else "",
        )
    )


def _arrival(feed: FeedRow, draft: Draft, now: datetime) -> Arrival:
    return Arrival(
        # The wall clock may have been set back while nobody looked: the draft's interval is open
        # then, but the feed was read before all the same.
        seen_after=min(feed.last_ok_at, now) if feed.last_ok_at else None,
        seen_by=now,
        claimed_at=draft.published.at if draft.published else None,
        claimed_note=draft.published.note if draft.published else None,
        first_poll=feed.first_ok_at is None,
        poll_interval_s=float(feed.interval_s),
    )


def _draft(
    feed: FeedRow,
    entry: Entry,
    entry_key: str,
    content: reading.Content,
    page: Page | None,
    parsed: ParsedFeed,
    now: datetime,
) -> Draft | None:
    """An entry, and its page where it was read, as an article. None: it says nothing at all."""
    # The page is the article; but an entry may carry more than extraction found on it.
    from_page = page is not None and len(page.text) >= len(content.text)
    text = page.text if page is not None and from_page else content.text
    title = entry.title or (page.title if page else "") or text.split("\n", 1)[0][:200]
    if not title:
        return None
    meta = list(page.meta) if page else []
    if entry.source_title:
        meta.append(("rss:source", entry.source_title))
    if entry.source_url:
        meta.append(("rss:source", entry.source_url))
    dates: list[Date] = [d for d in (entry.published, page.published if page else None) if d]
    return Draft(
        outlet_id=feed.outlet_id,
        title=title,
        text=text or title,
        url=entry.url,
        guid=entry.guid,
        lang=(page.lang if page else None) or entry.lang or parsed.lang,
        published=next((d for d in dates if d.at), dates[0] if dates else None),
        evidence="full" if from_page or content.full else "summary",
        feed_id=feed.id,
        seen_after=feed.last_ok_at if feed.last_ok_at and feed.last_ok_at <= now else None,
        seen_by=now,
        alerts=feed.first_ok_at is not None,
        byline=entry.author or (page.byline if page else ""),
        edges=page.edges if page else (),
        meta=tuple(meta),
        canonical=page.canonical if page else "",
        own_names=(feed.outlet,),
        own_domain=feed.domain,
        entry_key=entry_key,
    )
