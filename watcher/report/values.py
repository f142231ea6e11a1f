"""What the reader's door hands out: frozen values, their fields named as `--json` names them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """When something was first there, by our clock: after `after`, up to `by`.

    `after` is None where no earlier poll could have shown it (DESIGN section 3, left-censored).
    """

    after: datetime | None
    by: datetime


@dataclass(frozen=True, slots=True)
class Claim:
    """What the outlet says of its article's time: as read, as written, and what is odd about it."""

    at: datetime | None
    raw: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One story in a list. `reach` counts families; `state` is one of STATES."""

    story: int
    title: str
    state: str
    articles: int
    outlets: int
    reach: int
    languages: int
    episodes: int
    first_seen: Interval
    last_copy: datetime
    tracked: bool


@dataclass(frozen=True, slots=True)
class CreditLine:
    """Whom an article names as its source, with the very words and where they stood."""

    agent: str
    words: str
    place: str


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """One article of a story, compared with the story's root.

    `kind`, `paste`, `cut`, `distance` and `why` are None for the root itself, and for an article
    that a person put here without a match. `order` says what supports root-before-copy: seen,
    claimed or unknown.
    """

    article: int
    external_id: str | None
    outlet: str
    domain: str
    family: str
    title: str
    url: str | None
    lang: str | None
    role: str
    words: int
    kind: str | None
    paste: float | None
    cut: float | None
    distance: int | None
    why: str | None
    order: str | None
    status: str | None
    seen: Interval
    claimed: Claim
    credits: tuple[CreditLine, ...]


@dataclass(frozen=True, slots=True)
class EpisodeLine:
    """A burst of copies; `subtype` says what opened it."""

    n: int
    subtype: str
    article: int
    opened: datetime
    last: datetime
    copies: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """What stands behind a story's figures.

    `feeds`: feeds that showed it; `polled`: all feeds polled now; `gaps`: polls of its feeds that
    failed since it was first seen; `unknown_starts`: articles that were there before we looked.
    """

    feeds: int
    polled: int
    gaps: int
    unknown_starts: int


@dataclass(frozen=True, slots=True)
class FeedCoverage:
    """What stands behind a list's figures: feeds polled, and of these failing or never read."""

    polled: int
    failing: int
    never_read: int


@dataclass(frozen=True, slots=True)
class StoryHistory:
    """All that is known of one story. `asked` differs from the story's id after a merge."""

    asked: int
    line: StoryLine
    root: int
    articles: tuple[ArticleLine, ...]
    episodes: tuple[EpisodeLine, ...]
    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a story's timeline: a sighting, and the episode that it opened, if any.

    `opens` and `subtype`: that episode's number, and what opened it. `counts`: as what the
    sighting qualifies (DESIGN section 6); None: it does not, for the reason in `why`.
    """

    seen: Interval
    event: str
    opens: int | None
    subtype: str | None
    counts: str | None
    why: str
    article: int
    outlet: str
    title: str
    url: str | None
    feed: str | None
    claimed: datetime | None


@dataclass(frozen=True, slots=True)
class ArticleText:
    """One stored article with its text; None where the body was pruned."""

    article: int
    story: int
    outlet: str
    title: str
    url: str | None
    text: str | None


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One feed in a list. `state` is one of FEED_STATES; `interval` in seconds."""

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
class FeedHistory:
    """One feed with its last polls, the latest first."""

    line: FeedLine
    polls: tuple[PollLine, ...]


@dataclass(frozen=True, slots=True)
class DeadLine:
    """A delivery that was given up."""

    delivery: int
    receiver: str
    watch: str
    condition: str
    at: datetime
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Status:
    """The whole at a glance. `size` in bytes.

    `oldest_due`: since when a delivery that could go has waited; `heartbeat`: the daemon's last
    sign of life.
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


@dataclass(frozen=True, slots=True)
class WatchLine:
    """A watch in force and the story it follows (None: nothing matched yet)."""

    watch: str
    target: str
    conditions: tuple[str, ...]
    notify: tuple[str, ...]
    origin: str
    since: datetime
    story: int | None
    title: str | None
    state: str | None
    reach: int | None
    episodes: int | None
    last_copy: datetime | None
    problem: str | None


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """How one receiver was told of one alert."""

    receiver: str
    state: str
    attempts: int
    sent: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class AlertLine:
    """A fired condition, or one that was held back, with the reason."""

    alert: int
    at: datetime
    watch: str
    condition: str
    state: str
    story: int | None
    title: str | None
    reason: str
    deliveries: tuple[DeliveryLine, ...]


STATES = ("single", "active", "resurfaced", "dormant")
FEED_STATES = ("new", "ok", "failing", "gone", "removed")


def state_of(state: str, episodes: int, dormant_at: datetime | None, now: datetime) -> str:
    """A story's state in one word of STATES.

    Stored are single, active and dormant. An active story whose rest is over is dormant whether
    or not the daemon has come round to writing so; one that is awake again is resurfaced.
    """
    if state == "active" and dormant_at is not None and dormant_at <= now:
        return "dormant"
    if state == "active" and episodes > 1:
        return "resurfaced"
    return state


def feed_state_of(state: str, polled: datetime | None, failures: int) -> str:
    """A feed's state in one word of FEED_STATES."""
    if state != "polled":
        return state
    if polled is None:
        return "new"
    return "failing" if failures else "ok"
