"""A phrase's story: the set of its mentions, how it stands, and when it has come back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from watcher.core.rules.cases import StoryState
from watcher.core.rules.rest import State, dormant_after


@dataclass(frozen=True, slots=True)
class Tally:
    """How a phrase's watch stands after a mention. `last_at`: of the last one that counts;
    `gap_s`: seconds since the one before it that counts, inside an episode."""

    mentions: int
    families: int
    episode: int
    opener: int
    opened_at: datetime
    last_at: datetime
    gap_s: float | None = None

    def rest_s(self, gaps_s: Sequence[float], override_s: float | None) -> float:
        """Seconds without a mention after which the phrase rests; as for stories (DESIGN 6)."""
        return dormant_after(gaps_s, override_s)[0]

    def state(self, now: datetime, gaps_s: Sequence[float], override_s: float | None) -> State:
        """Its state at `now`. Unlike a text, a phrase that one outlet alone has used can rest and
        come back: nobody needs to copy it."""
        rested = (now - self.last_at).total_seconds()
        return State.DORMANT if rested >= self.rest_s(gaps_s, override_s) else State.ACTIVE


def mentioned(
    before: Tally | None,
    article: int,
    at: datetime,
    *,
    counts: bool,
    new_family: bool,
    gaps_s: Sequence[float] = (),
    override_s: float | None = None,
) -> Tally:
    """The tally after one more mention. `counts`: it may continue or open an episode, which a
    mention of a first poll, an import or a backlog does not. `gaps_s`: those of former tallies."""
    if before is None:
        return Tally(1, 1, 1, article, at, at)
    grown = replace(
        before,
        mentions=before.mentions + 1,
        families=before.families + new_family,
        gap_s=None,
    )
    if not counts:
        return grown
    at = max(at, before.last_at)  # the clock may have been set back
    gap = (at - before.last_at).total_seconds()
    if gap >= before.rest_s(gaps_s, override_s):
        return replace(grown, episode=before.episode + 1, opener=article, opened_at=at, last_at=at)
    return replace(grown, last_at=at, gap_s=gap)


def story_state(
    tally: Tally | None,
    now: datetime,
    *,
    velocity: float = 0.0,
    gaps_s: Sequence[float] = (),
    override_s: float | None = None,
) -> StoryState:
    """A phrase's mentions as the story that conditions are decided on."""
    if tally is None:
        return StoryState(0, 0, 0, 0, State.SINGLE)
    return StoryState(
        0,
        tally.mentions,
        tally.families,
        tally.episode,
        tally.state(now, gaps_s, override_s),
        tally.last_at,
        velocity,
        opened=opened(tally.opener, tally.opened_at),
        opened_at=tally.opened_at,
    )


def opened(article: int, at: datetime) -> str:
    """An episode's name in keys: its number may change when stories merge or split, and who
    opened it does not."""
    return f"{article}@{at:%Y%m%dT%H%M%S}"
