"""The figures of a story and of each of its episodes, with what they rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from storage.reads import history
from watcher.core.spread import figures
from watcher.core.spread.figures import Joined
from watcher.report.spread.gathered import Gathered, seen_of
from watcher.report.spread_values import AdoptionStep, Figures, Reached
from watcher.report.values import EpisodeLine, Interval

if TYPE_CHECKING:
    from sqlalchemy import Connection


def story_figures(conn: Connection, found: Gathered) -> tuple[Figures, ...]:
    """The figures of the whole story, then of each episode."""
    told = found.history
    root = found.articles[told.root].outlet
    joined = figures.in_order(
        Joined(
            a.article, a.outlet, a.family, a.lang, seen_of(a), a.outlet != root, a.cut, a.verdict,
            found.silent_edits(a.article),
        )
        for a in told.articles
    )  # fmt: skip
    episode = {
        j.article: max((e.n for e in told.episodes if e.opened <= j.seen.at), default=1)
        for j in joined
    }
    every = [_figures(None, joined, episode, _whole_note(found, joined))]
    for e in told.episodes:
        mine = [j for j in joined if episode[j.article] == e.n]
        if mine:
            every.append(_figures(e.n, mine, episode, _episode_note(conn, found, e, mine)))
    return tuple(every)


def _figures(
    n: int | None, joined: Sequence[Joined], episode: Mapping[int, int], note: str
) -> Figures:
    first = joined[0]
    lags = figures.copy_lags(first, joined)
    fast, least = figures.velocity(joined)
    return Figures(
        episode=n,
        copies=sum(j.copy for j in joined),
        outlets=len({j.outlet for j in joined}),
        families=len({j.family for j in joined}),
        languages=len({j.lang for j in joined if j.lang}),
        adoption=_adoption(joined, episode),
        reached=tuple(Reached(k, figures.reached(first, joined, k)) for k in figures.STEPS),
        velocity=fast,
        lag_median=figures.quantile(lags, 0.5),
        lag_p90=figures.quantile(lags, 0.9),
        half_life=figures.half_life(first, joined),
        share_copied=figures.share_copied(joined),
        credit_rate=figures.credit_rate(joined),
        credits=figures.credit_counts(joined),
        silent_edits=sum(j.silent_edits for j in joined),
        note=note,
        velocity_least=least,
        since=Interval(first.seen.after if first.seen.clock == "seen" else None, first.seen.at),
        clock=first.seen.clock,
    )


def _adoption(joined: Sequence[Joined], episode: Mapping[int, int]) -> tuple[AdoptionStep, ...]:
    copies, families = 0, set[str]()
    steps = []
    for one in joined:
        copies += one.copy
        families.add(one.family)
        steps.append(
            AdoptionStep(
                article=one.article,
                outlet=one.outlet,
                family=one.family,
                seen=Interval(one.seen.after, one.seen.by),
                at=one.seen.at,
                clock=one.seen.clock,
                episode=episode[one.article],
                copies=copies,
                families=len(families),
            )
        )
    return tuple(steps)


# ---------------------------------------------------------------- what they rest on


def _whole_note(found: Gathered, joined: Sequence[Joined]) -> str:
    cover = found.history.coverage
    if cover.imported == len(joined):
        return "all articles imported, placed by their own dates"
    return _note(joined, f"{cover.feeds} of {cover.polled} feeds polled", cover.gaps)


def _episode_note(
    conn: Connection, found: Gathered, episode: EpisodeLine, joined: Sequence[Joined]
) -> str:
    if all(j.seen.clock == "claimed" for j in joined):
        return "all articles imported, placed by their own dates"
    showed = history.feeds_showing(conn, [j.article for j in joined])
    gaps = history.failed_polls(conn, showed, episode.opened, episode.last)
    feeds = f"{len(showed)} of {found.history.coverage.polled} feeds polled"
    return _note(joined, feeds, gaps)


def _note(joined: Sequence[Joined], feeds: str, gaps: int) -> str:
    """Feeds, gaps, censored starts; and what the times leave out."""
    clock = joined[0].seen.clock
    unknown = sum(j.seen.clock == "seen" and j.seen.after is None for j in joined)
    other = sum(j.seen.clock != clock for j in joined)
    parts = [f"seen in {feeds}", f"{gaps} failed poll{'' if gaps == 1 else 's'}"]
    parts.append(f"{unknown} unknown start{'' if unknown == 1 else 's'}")
    if other:
        parts.append(f"{other} on another clock, left out of the times")
    return ", ".join(parts)
