"""What the reader's door hands out of stories: frozen values, fields as `--json` names them."""

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
    """One story in a list. `reach` counts families; `state` is one of STATES.

    `clock` says whose `first_seen` is: our own (seen), or, after an import, an outlet's (claimed).
    """

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
    clock: str
    tracked: bool


@dataclass(frozen=True, slots=True)
class CreditLine:
    """Whom an article names as its source, with the very words and where they stood."""

    agent: str
    words: str
    place: str


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """One article of a story, compared with the story's root, or where it joined by another
    article's text, with that: `against`.

    `against`, `kind`, `paste`, `cut`, `distance` and `why` are None for the root itself, and for
    an article that a person put here without a match. `order` says what supports that the source
    was before the copy: seen, claimed or unknown. `clock` says which of the two places the
    article in time: `seen`, or for one that was imported `claimed` (`seen` is then the import's
    time). `verdict` on its credits: full, partial, stripped, wrong, none, with the reason;
    `missing_origin`: a source that it credits and that was never seen here.
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
    against: int | None
    kind: str | None
    paste: float | None
    cut: float | None
    distance: int | None
    why: str | None
    order: str | None
    status: str | None
    seen: Interval
    claimed: Claim
    clock: str
    credits: tuple[CreditLine, ...]
    verdict: str
    verdict_why: str
    missing_origin: str


@dataclass(frozen=True, slots=True)
class LinkedLine:
    """An article of another story that matches one of this story's, `member`.

    A round-up that holds it, a shared passage, or a pair that a person has parted. `source` is
    the end that is taken as the source: `paste` is the share of its words found in the other.
    """

    article: int
    external_id: str | None
    story: int
    outlet: str
    domain: str
    family: str
    title: str
    url: str | None
    lang: str | None
    member: int
    source: int
    kind: str
    paste: float
    cut: float
    distance: int
    words: int
    why: str
    order: str
    status: str
    seen: Interval
    claimed: Claim
    clock: str


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
    failed since it was first seen; `unknown_starts`: articles that were there before we looked;
    `imported`: articles that no feed showed and that only their own dates place in time.
    """

    feeds: int
    polled: int
    gaps: int
    unknown_starts: int
    imported: int


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """What a person decided of two articles. `verb`: confirm, reject, merge (of the stories that
    these began), split (a left b), unsplit."""

    verb: str
    a: int
    b: int
    author: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StoryHistory:
    """All that is known of one story. `asked` differs from the story's id after a merge.

    `articles` in order of time; `linked` is what matches but is not part of it, containers first;
    `chains` are the credit chains of two links or more, each from the source down, the longest
    first; `decisions` are people's, oldest first.
    """

    asked: int
    line: StoryLine
    root: int
    articles: tuple[ArticleLine, ...]
    linked: tuple[LinkedLine, ...]
    chains: tuple[tuple[str, ...], ...]
    episodes: tuple[EpisodeLine, ...]
    coverage: Coverage
    decisions: tuple[DecisionLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One step of a story's timeline: a sighting, and the episode that it opened, if any.

    `opens` and `subtype`: that episode's number, and what opened it. `counts`: as what the
    sighting qualifies (DESIGN section 6); None: it does not, for the reason in `why`. `clock`:
    seen, or claimed for an article that was imported at the time in `seen`.
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
    clock: str


@dataclass(frozen=True, slots=True)
class ArticleText:
    """One stored article with its text; None where the body was pruned."""

    article: int
    story: int
    outlet: str
    title: str
    url: str | None
    text: str | None


STATES = ("single", "active", "resurfaced", "dormant")


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
