"""The poll of a feed that is leased to us, from its request to the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from datetime import datetime, timedelta

from watcher.archive import Database
from watcher.archive.feeds import FeedRow, PollResult, Validators, host_of, pause_host
from watcher.config import Feed as FeedConfig
from watcher.config import Secret
from watcher.core import moves, schedule
from watcher.core.credit import Addition
from watcher.core.errors import (
    FetchError,
    ParseError,
    Refused,
    StorageError,
    WatcherError,
    WorkerError,
)
from watcher.core.values import Fetched
from watcher.fetch import Fetcher
from watcher.poll import address, answer, entries, pages, shown, timing
from watcher.poll.gather import PARSE_S, Gathered, Parts, off_loop
from watcher.poll.look import PAGES_S, POLL_S, Found, look
from watcher.poll.outcome import PollOutcome
from watcher.poll.rhythm import Pace, Rhythms
from watcher.poll.together import Together
from watcher.poll.writing import Ready, Writing
from watcher.record import health
from watcher.record.recorder import Recorder
from watcher.workers import Workers

log = logging.getLogger("watcher.poll")

BUSY_S = 60.0  # after a poll that the database could not take because others wrote to it


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
        agencies: tuple[Addition, ...] = (),
        proxy: Secret | None = None,
        pages_s: float = PAGES_S,
        poll_s: float = POLL_S,
        parse_s: float = PARSE_S,
    ) -> None:
        self._parts = Parts(database, fetcher, workers, agencies, proxy, parse_s)
        self._writing = Writing(recorder, limits, owner)
        self._together = Together(database, recorder, writer)
        self._rhythms = Rhythms()
        self._feeds = feeds
        self._limits = limits
        self._clock = clock
        self._pages_s = pages_s
        self._poll_s = poll_s

    async def poll(self, feed: FeedRow) -> PollOutcome:
        """Poll `feed`, which is leased to us. Only storage errors come out as errors."""
        with self._together.under_way():
            return await self._poll(feed)

    async def _poll(self, feed: FeedRow) -> PollOutcome:
        now = self._clock()
        config = self._feeds.get(feed.url)
        try:
            found = await look(
                self._parts,
                feed,
                config,
                now,
                pages_s=self._pages_s,
                poll_s=self._poll_s,
                pause=self._pause,
            )
        except (FetchError, ParseError, WorkerError) as error:
            return await self._failed(feed, config, error, now)
        if found.gathered is None:
            return await self._unchanged(feed, config, found.fetched, now)
        return await self._read(feed, config, found, found.gathered, now)

    def broken_off(self, feed: FeedRow, error: Exception) -> PollResult:
        """What to record, once that is possible, of a poll that ended with an error of storage
        or with a defect of ours: nothing of it was recorded, and the entries will come again."""
        now = self._clock()
        kind = "storage" if isinstance(error, StorageError) else "defect"
        told = str(error) if kind == "storage" else f"{type(error).__name__}: {error}"
        when = timing.after_failure(feed, self._feeds.get(feed.url), kind, now, self._limits)
        at, reason = when.at, when.reason
        if isinstance(error, WatcherError) and error.retry:
            at, reason = now + timedelta(seconds=BUSY_S), "the database was busy: soon again"
        return PollResult(
            at=now, outcome="failed", next_at=at, next_reason=reason, error=f"{kind}: {told}"
        )

    # ------------------------------------------------------------ the answers

    async def _unchanged(
        self, feed: FeedRow, config: FeedConfig | None, fetched: Fetched, now: datetime
    ) -> PollOutcome:
        pace = await self._pace(feed, now)
        when = timing.after_unchanged(feed, config, fetched, pace, now, self._limits)
        result = PollResult(
            at=now,
            outcome="unchanged",
            next_at=when.at,
            next_reason=when.reason,
            next_steps=when.steps,
            took_ms=fetched.took_ms,
            status=fetched.status,
            bytes=fetched.wire_bytes,
            interval_s=round(when.seconds),
            validators=answer.validators(feed, fetched, feed.body_hash),
        )
        move = address.after_unchanged(feed, fetched, now)
        seen = health.unchanged(now, fetched.url, fetched.permanent_to)
        alerts = await self._together.write(
            self._writing.finish, (feed, address.apply(result, move), seen)
        )
        notes = self._moved(feed, move)
        return PollOutcome(feed.url, "unchanged", 0, 0, when.reason, None, when.at, alerts, notes)

    async def _pace(self, feed: FeedRow, now: datetime) -> Pace:
        kept = self._rhythms.kept(feed, now)
        if kept is not None:
            return kept
        return await off_loop(lambda: self._rhythms.pace(self._parts.database, feed, now))

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
        told = f"{reason}: {error}"
        move = moves.after_failure(
            address.address_of(feed), feed.failures + 1, feed.last_ok_at, now, gone=reason == "gone"
        )
        if move.step is moves.Step.RETURN:
            # Another address: its first failure, if it fails, and soon known.
            told = f"{told}; {move.reason}"
            when = timing.after_failure(
                replace(feed, failures=0), config, "moved", now, self._limits, retry_after
            )
        else:
            when = timing.after_failure(feed, config, reason, now, self._limits, retry_after)
        outcome = "refused" if isinstance(error, Refused) else "failed"
        result = PollResult(
            at=now,
            outcome=outcome,
            next_at=when.at,
            next_reason=when.reason,
            next_steps=when.steps,
            status=status,
            error=told,
            state="gone" if when.stop else None,
        )
        seen = health.failed(error, now)
        alerts = await self._together.write(
            self._writing.finish, (feed, address.apply(result, move), seen)
        )
        if isinstance(error, FetchError):
            await self._pause(host_of(error.asked or feed.url), error, feed.url, now)
        log.warning("poll of %s %s: %s", feed.url, outcome, told)
        return PollOutcome(feed.url, outcome, 0, 0, when.reason, told, when.at, alerts)

    async def _pause(self, host: str, error: FetchError, url: str, now: datetime) -> None:
        """What a host (behind a redirect, another one) asks, it asks for all of its feeds."""
        if error.status not in pages.WAIT or not error.retry_after:
            return
        until = now + timedelta(seconds=min(error.retry_after, schedule.RETRY_AFTER_CAP_S))
        reason = f"Retry-After with {error.status} from {url}"
        await off_loop(lambda: pause_host(self._parts.database, host, until, reason))

    def _moved(self, feed: FeedRow, move: moves.Move) -> tuple[str, ...]:
        log.debug("address of %s: %s: %s", feed.url, move.step, move.reason)
        notes = address.told(move)
        for note in notes:
            log.info("%s is %s", feed.url, note)
        return notes

    # ------------------------------------------------------------ the entries

    async def _read(
        self,
        feed: FeedRow,
        config: FeedConfig | None,
        found: Found,
        gathered: Gathered,
        now: datetime,
    ) -> PollOutcome:
        fetched, parsed = found.fetched, gathered.parsed
        # Without validators the document comes again, and with it what is to be tried again.
        held = answer.validators(feed, fetched, found.body_hash)
        result = PollResult(
            at=now,
            outcome="ok",
            next_at=now,
            next_reason="",
            took_ms=fetched.took_ms,
            status=fetched.status,
            bytes=fetched.wire_bytes,
            entries=len(parsed.entries),
            fresh=gathered.fresh,
            validators=Validators(None, None) if gathered.again else held,
            title=parsed.title or None,
            shown_keys=shown.pack(gathered.shown),
            hints=timing.kept(parsed.hints),
        )
        beside = frozenset(gathered.known.values())
        arrivals = {
            i: entries.arrival(feed, item.draft, now, shown=len(gathered.shown), beside=beside)
            for i, item in enumerate(gathered.prepared)
        }
        pace = await self._pace(feed, now)

        ready = Ready(feed, config, fetched, gathered, result, arrivals, pace, now)
        recorded, brought, move, when, alerts = await self._together.write(
            self._writing.record, ready, weight=1 + len(gathered.prepared)
        )
        self._parts.remembered.keep(feed.id, gathered.remember, found.body_hash)
        self._rhythms.showed(feed, pace, brought, now if gathered.fresh else feed.last_fresh_at)
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
            recorded.alerts + alerts,
            (*parsed.warnings, *gathered.notes, *self._moved(feed, move)),
            matches=recorded.kinds,
        )
