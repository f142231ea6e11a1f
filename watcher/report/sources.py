"""What the reader's door hands out of outlets, their feeds, and the service as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher.report.notices import DeadLine, ReceiverLine

FEED_STATES = ("new", "ok", "failing", "gone", "removed")


@dataclass(frozen=True, slots=True)
class OutletLine:
    """An outlet by its names."""

    outlet: int
    name: str
    domain: str
    family: str


@dataclass(frozen=True, slots=True)
class BoilerplateLine:
    """A paragraph that an outlet repeats. `hash` in 16 hexadecimal digits; `articles` that had it
    when it was learned; `state`: learned, or forgotten by a person; `sample`: how it begins."""

    outlet: str
    domain: str
    hash: str
    state: str
    articles: int
    learned: datetime
    sample: str


@dataclass(frozen=True, slots=True)
class FeedCoverage:
    """What stands behind a list's figures: feeds polled, and of these failing or never read."""

    polled: int
    failing: int
    never_read: int


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One feed in a list. `state` is one of FEED_STATES; `interval` in seconds.

    `health`: the verdict after its last poll (watcher.core.health), since when and why; `new`
    before the first poll, empty once it is no longer configured.
    """

    feed: int
    outlet: str
    domain: str
    family: str
    url: str
    moved_to: str | None
    title: str | None
    state: str
    failures: int
    status: int | None
    error: str | None
    polled: datetime | None
    ok: datetime | None
    next: datetime
    why: str
    interval: int
    health: str
    since: datetime | None
    health_why: str | None

    @property
    def unhealthy(self) -> bool:
        """Whether there is something to be said against it."""
        return self.health not in ("ok", "new", "")


@dataclass(frozen=True, slots=True)
class PollLine:
    """One fetch attempt of a feed, with its outcome. `fresh`: entries not known before."""

    at: datetime
    outcome: str
    status: int | None
    bytes: int
    entries: int
    fresh: int
    took_ms: int
    error: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Moves:
    """Where a feed has gone: `adopted`, or a permanent redirect that is being proven.

    `seen`: polls that saw the same redirect since then.
    """

    adopted: str | None
    proving: str | None
    since: datetime | None
    seen: int


@dataclass(frozen=True, slots=True)
class Validators:
    """What allows a server to answer "not modified": whether there is one, as of `renewed`."""

    etag: bool
    last_modified: bool
    renewed: datetime | None


@dataclass(frozen=True, slots=True)
class HostPause:
    """A host that asked to be left alone."""

    host: str
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class FeedHistory:
    """One feed with its last polls, the latest first.

    `steps`: how the next time came about, in order; empty where a person set it.
    """

    line: FeedLine
    added: datetime
    fresh: datetime | None  # the last poll that brought an entry not known before
    steps: tuple[str, ...]
    paused: HostPause | None
    moves: Moves
    validators: Validators
    polls: tuple[PollLine, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """How far behind the whole is, and how it did of late. Seconds and bytes.

    `overdue`: feeds that are due and not being polled, the oldest for `late_s`; `feeds` by health;
    `polls` of the last hour by outcome, with the `entries` they saw and those that were `fresh`;
    `deliveries` by state, the oldest that could go for `due_s`, the oldest alert not told to all
    for `untold_s`; `wal` and `free` None for a server; `kills`: tasks that ended with their worker
    since the daemon `started`, by reason.
    """

    overdue: int
    late_s: float
    feeds: dict[str, int]
    polls: dict[str, int]
    entries: int
    fresh: int
    deliveries: dict[str, int]
    due_s: float
    untold_s: float
    receivers_failing: int
    size: int
    wal: int | None
    free: int | None
    started: datetime | None
    kills: dict[str, int]


@dataclass(frozen=True, slots=True)
class DaemonLine:
    """One of several daemons on a PostgreSQL database. `silent_s`: seconds since its last sign of
    life, by the server's clock, as is `since`, when it began (None: an older version's);
    `polls`: feeds that it is polling now."""

    owner: str
    silent_s: float
    polls: int
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """The whole at a glance. `size` in bytes.

    `oldest_due`: since when a delivery that could go has waited; `heartbeat`: the daemon's last
    sign of life; `receivers`: those that fail; `renewing`: texts `done` of those in all (`total`)
    whose fingerprints are being made anew, None: none are; `daemons`: those that share the
    database, none on SQLite, which takes one.
    """

    database: str
    schema: str
    size: int
    outlets: int
    articles: int
    matches: int
    stories: int
    feeds: dict[str, int]
    failing: tuple[FeedLine, ...]
    deliveries: dict[str, int]
    oldest_due: datetime | None
    dead: tuple[DeadLine, ...]
    heartbeat: datetime | None
    receivers: tuple[ReceiverLine, ...] = ()
    figures: Figures | None = None
    renewing: dict[str, int] | None = None
    daemons: tuple[DaemonLine, ...] = ()


def feed_state_of(state: str, polled: datetime | None, failures: int) -> str:
    """A feed's state in one word of FEED_STATES."""
    if state != "polled":
        return state
    if polled is None:
        return "new"
    return "failing" if failures else "ok"
