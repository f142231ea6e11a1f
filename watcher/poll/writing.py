"""What polls found, recorded on the writer's thread: many in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from watcher.archive import articles as store
from watcher.archive.feeds import FeedRow, PollResult
from watcher.config import Feed as FeedConfig
from watcher.core import moves, schedule
from watcher.core.health import Seen
from watcher.core.rules import Arrival
from watcher.core.values import Fetched
from watcher.poll import address, entries, shown, timing
from watcher.poll.gather import Gathered
from watcher.poll.rhythm import Pace
from watcher.record import health
from watcher.record.recorder import Recorded, Recorder


@dataclass(frozen=True, slots=True)
class Ready:
    """A document that waits for the writer."""

    feed: FeedRow
    config: FeedConfig | None
    fetched: Fetched
    gathered: Gathered
    result: PollResult
    arrivals: Mapping[int, Arrival]
    pace: Pace
    now: datetime


class Done(NamedTuple):
    """What was recorded, and the first sightings in it; where the feed is from now on, when it is
    next polled, and the alerts about it."""

    recorded: Recorded
    brought: Sequence[schedule.Seen]
    move: moves.Move
    when: schedule.Next
    alerts: int


class Writing:
    """Records for one daemon, `owner` of the leases; `limits`: of the times of next polls."""

    def __init__(self, recorder: Recorder, limits: schedule.Limits, owner: str) -> None:
        self._recorder = recorder
        self._limits = limits
        self._owner = owner

    def record(self, conn: store.Connection, polls: Sequence[Ready]) -> list[Done]:
        """Record documents, one after the other; what is looked up and noted of each, together."""
        done: list[Done] = []
        part: list[Ready] = []
        for poll in polls:
            if any(poll.feed.outlet_id == other.feed.outlet_id for other in part):
                # Whether an article has left asks for what the outlet's other feeds show now.
                done += self._different(conn, part)
                part = []
            part.append(poll)
        return done + self._different(conn, part)

    def _different(self, conn: store.Connection, polls: Sequence[Ready]) -> list[Done]:
        """Documents of different outlets."""
        recorded = [
            self._recorder.record(conn, one.gathered.prepared, now=one.now, arrivals=one.arrivals)
            for one in polls
        ]
        showing = [
            shown.Shown(one.feed, _shows(one, got), one.now)
            for one, got in zip(polls, recorded, strict=True)
        ]
        steps: list[tuple[list[schedule.Seen], moves.Move, schedule.Next]] = []
        ends: list[tuple[FeedRow, PollResult, Seen]] = []
        new_here = shown.note(conn, showing)
        for poll, got, show, new in zip(polls, recorded, showing, new_here, strict=True):
            feed, now, parsed = poll.feed, poll.now, poll.gathered.parsed
            # Only now it is known which of the fresh entries are articles of their own.
            brought = entries.brought(poll.gathered.prepared, got)
            when = timing.after_read(
                feed, poll.config, poll.fetched, parsed, brought, poll.pace, now, self._limits
            )
            articles = set(show.shows.values())
            move = address.after_document(conn, feed, poll.fetched, articles, now)
            seen = health.read(
                now,
                poll.fetched.url,
                parsed,
                poll.gathered.drafts,
                new,
                poll.fetched.permanent_to,
                move.to if move.step is moves.Step.ADOPT else None,
            )
            steps.append((brought, move, when))
            ends.append((feed, address.apply(timing.timed(poll.result, when), move), seen))
        alerts = self.finish(conn, ends)
        return [
            Done(got, *step, fired)
            for got, step, fired in zip(recorded, steps, alerts, strict=True)
        ]

    def finish(
        self, conn: store.Connection, ends: Sequence[tuple[FeedRow, PollResult, Seen]]
    ) -> list[int]:
        """Record polls that showed nothing new, and verdicts on feeds: the alerts about each."""
        return health.finish_many(conn, ends, owner=self._owner)


def _shows(poll: Ready, recorded: Recorded) -> dict[int, int]:
    """The articles that a document shows, by their entries' keys."""
    new = zip(poll.gathered.keys, (o.article for o in recorded.outcomes), strict=True)
    return {**poll.gathered.known, **dict(new)}
