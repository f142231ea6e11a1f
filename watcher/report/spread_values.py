"""What the reader's door hands out of a story's spread: figures, origin, tree, ledger, versions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher.core.values import Change as Change
from watcher.core.values import Span as Span
from watcher.core.values import Word as Word
from watcher.report.values import Interval, StoryHistory

PARTS = ("figures", "origin", "tree", "ledgers", "versions", "translations")


@dataclass(frozen=True, slots=True)
class AdoptionStep:
    """An article that joined: `copies` and `families` count those up to and including it."""

    article: int
    outlet: str
    family: str
    seen: Interval
    at: datetime  # the moment that stands for it in the curve: `seen.by`, or the claim of an import
    clock: str  # seen | claimed
    episode: int
    copies: int
    families: int


@dataclass(frozen=True, slots=True)
class Reached:
    """The time until a number of families had it; `took` None: not reached."""

    families: int
    took: Span | None


@dataclass(frozen=True, slots=True)
class Figures:
    """DESIGN section 6, of a whole story or of one episode (`episode` None: the whole).

    `velocity`: most new families an hour over any six hours. `half_life`: the time in which half of
    the copies had come. `share_copied`: the median `cut` of the copies, 0..1. `credit_rate`: the
    share of copies whose credit is full or partial, 0..1; None: nothing to credit. `silent_edits`:
    versions that changed the text under an unchanged date. `note`: what the figures rest on.
    """

    episode: int | None
    copies: int
    outlets: int
    families: int
    languages: int
    adoption: tuple[AdoptionStep, ...]
    reached: tuple[Reached, ...]  # of 2, 5 and 10 families
    velocity: float
    lag_median: Span | None
    lag_p90: Span | None
    half_life: Span | None
    share_copied: float | None
    credit_rate: float | None
    credits: tuple[tuple[str, int], ...]  # verdict, copies
    silent_edits: int
    note: str
    # Of `velocity`, what is certain: families whose whole intervals lie within six hours.
    velocity_least: float = 0.0
    # The opening of the episode, or the first sighting, that all times are counted from.
    since: Interval | None = None
    clock: str = "seen"  # seen | claimed: whose clock the times are by


@dataclass(frozen=True, slots=True)
class OriginAnswer:
    """One of the five answers of DESIGN section 5.

    `kind`: seen, claimed, credited, canonical, inferred. `names`: outlets or agents, more than one
    where what is known does not choose between them; empty: no answer, for the reason in
    `evidence`. `articles`: those that stand behind it. `confidence` 0..1, of the inferred one only.
    """

    kind: str
    names: tuple[str, ...]
    articles: tuple[int, ...]
    evidence: str
    at: Interval | None = None
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """`answer` in words, and which of the five it rests on; `contradictions` among them."""

    answer: str
    rests_on: str
    answers: tuple[OriginAnswer, ...]
    contradictions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TreeEdge:
    """Whom a copy was taken from. `parent` None: from a text never seen here (an unknown parent).

    `parent_version`, `child_version`: version numbers (1, 2, ...). `confidence`: 0..1, calibrated
    on simulated newsrooms. `contradiction`: what the copy's own credit says against it; else empty.
    """

    child: int
    parent: int | None
    child_version: int
    parent_version: int | None
    confidence: float
    why: str
    order: str  # seen | claimed | unknown
    contradiction: str = ""
    also: tuple[tuple[int, float], ...] = ()  # other parents worth naming, with confidence
    # Further sources of whole passages: article, and about how many words.
    merged: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a copy changed against the article it is compared with (its parent, else the root)."""

    article: int
    against: int
    against_version: int
    version: int
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of an article. `silent`: the text changed, its date did not. `diff` from the
    version before; empty for the first, or where a body was pruned."""

    n: int
    version: int
    seen: Interval
    title: str
    words: int
    silent: bool
    diff: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Stale:
    """A copy that still carries words that its source has corrected or withdrawn.

    `took`: the source's version that it matches best; `newest`: the source's newest. `age_s`:
    seconds since the source changed. `words`: the old words that the copy still has.
    """

    article: int
    outlet: str
    source: int
    took: int
    newest: int
    age_s: float
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Versions:
    """An article's versions; `withdrawn`: since when its page or entry is known to be gone."""

    article: int
    outlet: str
    lines: tuple[VersionLine, ...]
    withdrawn: datetime | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """An article in another language that corresponds to `member`, one of the story's.

    `source`: the end that was first, as far as known; `paste` and `cut` are shares of its sentences
    and of the other's. `what`: of the whole or a part; `rests_on`: on how many sentences; `sure`:
    how alike they are, 0..1. `status`: suggested (no part of the story), or confirmed. `pairs`:
    sentences of the member and of the other, in order; empty where a text was forgotten.
    """

    article: int
    outlet: str
    lang: str | None
    title: str
    url: str | None
    member: int
    member_lang: str | None
    source: int
    what: str
    rests_on: str
    paste: float
    cut: float
    sure: float | None
    status: str
    seen: Interval
    clock: str
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class StorySpread:
    """A story with everything worked out from it. `figures` first of the whole, then by episode."""

    history: StoryHistory
    figures: tuple[Figures, ...]
    origin: Origin
    tree: tuple[TreeEdge, ...]
    ledgers: tuple[Ledger, ...]
    versions: tuple[Versions, ...]
    stale: tuple[Stale, ...]
    translations: tuple[Translation, ...] = ()


@dataclass(frozen=True, slots=True)
class VersionText:
    """The text of one version, for reading side by side; `text` None: the body was pruned."""

    article: int
    n: int
    version: int
    outlet: str
    title: str
    url: str | None
    text: str | None
