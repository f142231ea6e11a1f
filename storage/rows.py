"""The values that storage speaks. Times are aware and in UTC; spans are in seconds.

`...Spec` and `...Result` go in, `...Row` and counts come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_Bytes = bytes  # a row below has a field of that name

# ---------------------------------------------------------------- feeds


@dataclass(frozen=True, slots=True)
class FeedSpec:
    """A feed as configured. `interval`: where the configuration fixes it."""

    url: str
    host: str
    interval: int | None = None


@dataclass(frozen=True, slots=True)
class OutletSpec:
    """An outlet as configured, known by its domain."""

    domain: str
    name: str
    family: str
    feeds: tuple[FeedSpec, ...]


@dataclass(frozen=True, slots=True)
class SyncResult:
    """What a configuration changed, by name (of a feed: its URL)."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    returned: tuple[str, ...] = ()  # removed once, listed again: its history goes on
    changed: tuple[str, ...] = ()  # of `kept`: those whose settings are others now


@dataclass(frozen=True, slots=True)
class FeedRow:
    """A feed with its outlet, and all that its next poll needs to know."""

    id: int
    outlet_id: int
    outlet: str
    domain: str
    family: str
    url: str  # as configured
    moved_to: str | None
    moving_to: str | None
    moving_since: datetime | None
    moving_seen: int
    host: str
    title: str | None
    state: str  # polled | gone | removed
    etag: str | None
    last_modified: str | None
    validated_at: datetime | None
    body_hash: int | None
    interval_s: int
    next_at: datetime
    next_reason: str
    lease_by: str | None
    lease_until: datetime | None
    added_at: datetime
    first_ok_at: datetime | None
    last_polled_at: datetime | None
    last_ok_at: datetime | None
    last_fresh_at: datetime | None
    failures: int  # in a row
    last_status: int | None
    last_error: str | None
    hints: Mapping[str, Any] | None = None  # of its last full document
    health: str | None = None  # null: not judged yet
    health_since: datetime | None = None
    health_reason: str | None = None
    health_memory: Mapping[str, Any] | None = None
    next_steps: Sequence[str] | None = None  # how next_at came about, in words

    @property
    def address(self) -> str:
        """Where to GET it now."""
        return self.moved_to or self.url


@dataclass(frozen=True, slots=True)
class Validators:
    """What the last answer allows the next request to ask: opaque, echoed exactly."""

    etag: str | None
    last_modified: str | None
    body_hash: int | None = None


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """The verdict on a feed, and what judging its next poll takes."""

    health: str
    since: datetime
    reason: str
    memory: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PollResult:
    """How a poll went and what follows from it. None leaves what the feed has as it is."""

    at: datetime
    outcome: str  # ok | unchanged | failed | refused
    next_at: datetime
    next_reason: str
    took_ms: int = 0
    status: int | None = None
    bytes: int = 0
    entries: int = 0
    fresh: int = 0  # entries not known before
    error: str | None = None  # for people; None where the outcome is ok or unchanged
    interval_s: int | None = None
    validators: Validators | None = None
    title: str | None = None
    state: str | None = None  # polled | gone
    permanent_to: str | None = None  # the end of an unbroken 301/308 chain, this time
    proves_move: bool = True  # whether this poll counts for `permanent_to`
    moved_to: str | None = None  # ask that address from now on; its own url: as configured
    moved_host: str | None = None  # the host of `moved_to`
    shown_keys: _Bytes | None = None  # of the entries of a full document
    hints: Mapping[str, Any] | None = None  # what that document says about polling it
    health: FeedHealth | None = None
    next_steps: Sequence[str] = ()  # how next_at came about, in words

    @property
    def good(self) -> bool:
        """Whether the feed answered with a feed, or with "not modified"."""
        return self.outcome in ("ok", "unchanged")


@dataclass(frozen=True, slots=True)
class PollRow:
    """One recorded poll."""

    id: int
    feed_id: int
    at: datetime
    took_ms: int
    outcome: str
    status: int | None
    bytes: int
    entries: int
    fresh: int
    error: str | None
    next_reason: str


@dataclass(frozen=True, slots=True)
class HostRow:
    """A host that asked to be left alone for a while."""

    name: str
    not_before: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class FeedCounts:
    """How the feeds are, at one moment. The later figures count polled feeds only."""

    polled: int = 0
    gone: int = 0
    removed: int = 0
    due: int = 0
    leased: int = 0
    failing: int = 0  # the last poll failed
    never_ok: int = 0


# ---------------------------------------------------------------- watches


@dataclass(frozen=True, slots=True)
class WatchSpec:
    """A watch as configured or as typed. `target`: kind, colon, the rest (url:..., phrase:...)."""

    name: str
    target: str
    conditions: tuple[Mapping[str, Any], ...]
    notify: tuple[str, ...]
    dormant_after_s: int | None = None
    translations: float | None = None  # how sure one has to be to join; None: none does


@dataclass(frozen=True, slots=True)
class WatchRow:
    """A watch."""

    id: int
    name: str
    target: str
    article_id: int | None  # the text as stored, once known
    conditions: tuple[dict[str, Any], ...]
    dormant_after_s: int | None
    notify: tuple[str, ...]
    origin: str  # config | cli
    created_at: datetime
    removed_at: datetime | None
    problem: str | None
    translations: float | None = None


@dataclass(frozen=True, slots=True)
class SightedRow:
    """A sighting, as a replay of the past needs it."""

    id: int
    article_id: int
    outlet_id: int
    version_id: int
    feed_id: int | None  # None: imported, or tracked by hand
    kind: str
    by: datetime
    claimed_at: datetime | None
    counts: str | None
    counts_reason: str


@dataclass(frozen=True, slots=True)
class MentionRow:
    """An article that has a phrase's words, and how the phrase's watch stood after it."""

    watch_id: int
    article_id: int
    version_id: int
    outlet_id: int
    at: datetime
    counts: bool  # it continues or opens an episode
    reason: str
    words: str
    n: int
    families: int
    fresh: bool  # the first mention of its family
    episode: int
    opener: int
    opened_at: datetime
    last_at: datetime
    gap_s: float | None


@dataclass(frozen=True, slots=True)
class PageCheckRow:
    """How it stands with the page of a tracked story's article."""

    article_id: int
    next_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    checked_at: datetime | None = None
    misses: int = 0
    missing_since: datetime | None = None
    gone_at: datetime | None = None
    reason: str = ""


# ---------------------------------------------------------------- alerts


@dataclass(frozen=True, slots=True)
class AlertSpec:
    """A fired condition and whom to tell. An alert with this key is raised once, ever.

    `episode`: how the key ends, and since when: an alert whose key is the same up to there, and
    which fired since then, is this one. A feed that took long to read may show that somebody
    else began the episode, and so change its name.
    """

    key: str
    watch_id: int
    condition: str
    at: datetime
    reason: str
    receivers: tuple[str, ...]
    payload: Mapping[str, Any] = field(default_factory=dict)
    story_id: int | None = None
    article_id: int | None = None
    held: str | None = None  # why nobody is told
    send_at: datetime | None = None  # not before; None: `at`
    episode: tuple[str, datetime] | None = None


@dataclass(frozen=True, slots=True)
class AlertRow:
    """An alert."""

    id: int
    key: str
    watch_id: int
    watch: str
    story_id: int | None
    article_id: int | None
    condition: str
    at: datetime
    reason: str
    state: str  # fired | held
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One receiver's share of an alert."""

    id: int
    alert_id: int
    receiver: str
    state: str  # pending | sending | sent | retry | dead | held
    attempts: int  # begun, the current one included; counted anew by a resend
    next_at: datetime
    lease_by: str | None
    lease_until: datetime | None
    maybe_repeat: bool  # an earlier attempt broke off: the receiver may have it already
    reason: str
    sent_at: datetime | None
    withheld: str | None  # what it waited for: group | quiet | cap | breaker | alone
    message: int | None  # the first delivery of the message that carries or carried it


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A delivery that is not done, in short. `payload` is None where it was not asked for."""

    id: int
    alert_id: int
    state: str
    attempts: int
    next_at: datetime
    lease_by: str | None
    maybe_repeat: bool
    withheld: str | None
    reason: str
    watch_id: int
    watch: str
    story_id: int | None
    article_id: int | None
    condition: str
    at: datetime  # when the alert was raised
    payload: Mapping[str, Any] | None

    @property
    def step(self) -> str:
        """What the alert's condition stepped over: of a reach, the families."""
        return str((self.payload or {}).get("step", ""))


@dataclass(frozen=True, slots=True)
class ReceiverRow:
    """How a receiver has been of late."""

    name: str
    failures: int = 0
    opens: int = 0
    open_until: datetime | None = None
    since: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How an attempt went."""

    at: datetime
    took_ms: int
    outcome: str  # sent | refused | timeout | error | abandoned
    detail: str


@dataclass(frozen=True, slots=True)
class AttemptRow:
    """One recorded attempt."""

    id: int
    delivery_id: int
    at: datetime
    took_ms: int
    outcome: str
    detail: str


@dataclass(frozen=True, slots=True)
class AlertDetail:
    """An alert with everything that was done about it."""

    alert: AlertRow
    deliveries: tuple[DeliveryRow, ...]
    attempts: tuple[AttemptRow, ...]  # oldest first


@dataclass(frozen=True, slots=True)
class SilenceSpec:
    """Mutes what matches every part that is given, until it ends."""

    author: str
    reason: str
    until: datetime
    watch: str | None = None  # a watch's name
    story_id: int | None = None
    receiver: str | None = None


@dataclass(frozen=True, slots=True)
class SilenceRow:
    """A silence."""

    id: int
    watch: str | None
    story_id: int | None
    receiver: str | None
    author: str
    reason: str
    created_at: datetime
    until: datetime

    def mutes(self, watch: str, story_id: int | None, receiver: str, now: datetime) -> bool:
        """Whether it holds back what `watch` has to say of the story to `receiver` at `now`."""
        return (
            self.created_at <= now < self.until
            and self.watch in (None, watch)
            and self.story_id in (None, story_id)
            and self.receiver in (None, receiver)
        )


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How the deliveries are, at one moment."""

    pending: int = 0
    sending: int = 0
    sent: int = 0
    retry: int = 0
    dead: int = 0
    held: int = 0
    oldest_due: datetime | None = None  # of those that wait and could go


@dataclass(frozen=True, slots=True)
class SeenRow:
    """A sighting as far as forgetting asks for it."""

    id: int
    article_id: int
    kind: str
    by: datetime
    claimed_at: datetime | None
    counts: str | None


@dataclass(frozen=True, slots=True)
class FiguresRow:
    """How far behind the whole is at one moment, and how the last hour's polls were."""

    overdue: int  # feeds that are due and that nobody polls
    overdue_since: datetime | None
    health: dict[str, int]
    polls: dict[str, int]  # by outcome
    entries: int
    fresh: int
    deliveries: OutboxCounts
    oldest_alert: datetime | None  # of those with a delivery that has not ended
    receivers_failing: int
    size: int  # bytes


# ---------------------------------------------------------------- articles


@dataclass(frozen=True, slots=True)
class OutletRow:
    """An outlet."""

    id: int
    domain: str
    name: str
    family: str


@dataclass(frozen=True, slots=True)
class IdentityRow:
    """An article known by a key at an outlet."""

    key: int
    outlet_id: int
    article_id: int


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """The narrow row of an article."""

    id: int
    outlet_id: int
    external_id: str | None
    url: str | None
    title: str
    lang: str | None
    published_at: datetime | None
    published_note: str | None
    seen_after: datetime | None
    seen_by: datetime
    clock: str  # seen | claimed
    version_id: int
    words: int
    evidence: str
    story_id: int
    role: str
    left_at: datetime | None = None  # when its outlet's feeds ceased to show it
    lang_sure: float | None = None  # 0 to 1, told from the text; None: only claimed


@dataclass(frozen=True, slots=True)
class GistRow:
    """What finds a version among other languages' texts: the codes of its gist."""

    version_id: int
    article_id: int
    outlet_id: int
    lang: str
    at: datetime
    codes: bytes


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One version of an article."""

    id: int
    article_id: int
    n: int
    content_hash: int
    title: str
    seen_by: datetime
    words: int
    simhash: int


@dataclass(frozen=True, slots=True)
class SketchRow:
    """A version's sketch and paragraph hashes: little-endian uint64."""

    version_id: int
    data: bytes
    paragraphs: bytes
    words: int
    simhash: int


@dataclass(frozen=True, slots=True)
class BoilerplateRow:
    """A paragraph that an outlet repeats."""

    outlet_id: int
    hash: int
    sample: str
    articles: int
    learned_at: datetime
    state: str  # learned | forgotten


@dataclass(frozen=True, slots=True)
class MatchRow:
    """Two articles compared."""

    id: int
    a_id: int
    b_id: int
    a_version: int
    b_version: int
    kind: str
    paste: float
    cut: float
    distance: int
    words: int
    longest: int
    reason: str
    order_known: str
    status: str
    at: datetime
    sure: float | None = None  # of a translation


@dataclass(frozen=True, slots=True)
class StoryRow:
    """A story with its counters."""

    id: int
    root_id: int
    title: str
    state: str
    articles: int
    outlets: int
    families: int
    languages: int
    episodes: int
    first_seen_after: datetime | None
    first_seen_by: datetime
    last_copy_at: datetime
    dormant_at: datetime | None
    tracked: bool
    merged_into: int | None


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """One episode of a story."""

    id: int
    story_id: int
    n: int
    opened_by: int
    subtype: str
    opened_at: datetime
    last_at: datetime
    copies: int


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """An immutable run of the candidate index."""

    id: int
    family: str
    first_version: int
    last_version: int
    postings: int
    bits: int
