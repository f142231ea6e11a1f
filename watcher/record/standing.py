"""How a watched story stands: before a recording, after it, and at any time of the past."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

from watcher.archive import watching
from watcher.archive.articles import ArticleRow, Connection, OutletRow, StoryRow, WatchRow
from watcher.core.rules import Came, State, StoryState, opened, state
from watcher.core.rules.conditions import short
from watcher.core.spread import Mark
from watcher.core.values import TRACKED_DOMAIN
from watcher.record.settling import Plan, history_of, seen_of, state_before

VELOCITY_WINDOW = timedelta(hours=6)


def rule_of(name: str, conditions: Sequence[Mapping[str, Any]]) -> SimpleNamespace:
    """A watch's rule as `decide` takes it, from its stored conditions."""
    return SimpleNamespace(
        name=name,
        alert_on=[SimpleNamespace(name=c["name"], value=c.get("value")) for c in conditions],
    )


def anchor_of(watch: WatchRow) -> str:
    """What stands for the story in a watch's keys: the text or phrase that it follows. Stories
    merge, split and are judged anew, and none of that may raise an alert again."""
    if watch.article_id is None:
        return f"p{short(watch.target)}"
    return f"a{watch.article_id}"


def before_of(
    row: StoryRow | None,
    story: int,
    members: Sequence[ArticleRow],
    outlets: Mapping[int, OutletRow],
    now: datetime,
) -> StoryState:
    """A story before a recording: its row then, and those of its members that it had."""
    if row is None:
        return StoryState(story, 0, 0, 0, State.SINGLE)
    return StoryState(
        story,
        max(0, row.outlets - 1),
        max(0, row.families - _texts(members, outlets)),
        row.episodes,
        state_before(row, now),
        row.last_copy_at,
        velocity(members, outlets, now),
    )


def after_of(
    story: int,
    members: Sequence[ArticleRow],
    settled: Plan,
    outlets: Mapping[int, OutletRow],
    now: datetime,
) -> StoryState:
    """A story after a recording."""
    row = settled.stories[story]
    newest = max(
        (e for e in settled.episodes if e["story_id"] == story), key=lambda e: e["n"], default=None
    )
    return StoryState(
        story,
        max(0, row["outlets"] - 1),
        max(0, row["families"] - _texts(members, outlets)),
        row["episodes"],
        State(row["state"]),
        row["last_copy_at"],
        velocity(members, outlets, now),
        opened=opened(newest["opened_by"], newest["opened_at"]) if newest else "",
        opened_at=newest["opened_at"] if newest else None,
        came=_came(newest, members, outlets),
    )


def told_state(
    story: int,
    members: Sequence[ArticleRow],
    marks: Mapping[int, Sequence[Mark]],
    outlets: Mapping[int, OutletRow],
    rest_s: float | None,
    now: datetime,
    *,
    bursts: bool = False,
) -> StoryState:
    """How these articles stand as a story, from their qualifying sightings; `rest_s`: the rest that
    a watch asks for, `bursts`: whether it asks who came."""
    if not members:
        return StoryState(story, 0, 0, 0, State.SINGLE)
    told = history_of(members, marks, rest_s)
    homes = {outlets[m.outlet_id] for m in members}
    families = {o.family for o in homes}
    newest = told.episodes[-1] if len(members) > 1 else None
    return StoryState(
        story,
        max(0, len(homes) - 1),
        max(0, len(families) - _texts(members, outlets)),
        len(told.episodes),
        # What one family alone has rests as well (watcher.record.settling.as_watched).
        state(now, told.last_at, max(2, len(families)), told.rest_s),
        told.last_at,
        velocity(members, outlets, now),
        opened=opened(newest.opened_by, newest.opened_at) if newest else "",
        opened_at=newest.opened_at if newest else None,
        came=came_since(newest.opened_by, newest.opened_at, members, outlets)
        if newest and bursts
        else (),
    )


def _came(
    episode: Mapping[str, Any] | None,
    members: Sequence[ArticleRow],
    outlets: Mapping[int, OutletRow],
) -> tuple[Came, ...]:
    if episode is None:
        return ()
    return came_since(episode["opened_by"], episode["opened_at"], members, outlets)


def came_since(
    opener: int,
    since: datetime,
    members: Sequence[ArticleRow],
    outlets: Mapping[int, OutletRow],
) -> tuple[Came, ...]:
    """The outlets that came in an episode, apart from the one that opened it."""
    first: dict[int, datetime] = {}
    opened_by = next((m.outlet_id for m in members if m.id == opener), None)
    for m in members:
        at = seen_of(m).at
        if m.outlet_id != opened_by and at >= since:
            first[m.outlet_id] = min(at, first.get(m.outlet_id, at))
    return tuple(
        Came(outlets[o].domain, at)
        for o, at in sorted(first.items(), key=lambda pair: (pair[1], pair[0]))
        if outlets[o].domain != TRACKED_DOMAIN
    )


def lags_of(
    conn: Connection,
    came: Sequence[Came],
    outlets: Mapping[int, OutletRow],
    now: datetime,
    *,
    but: int = 0,
) -> dict[str, list[float]]:
    """The usual lags of the outlets that came, in seconds, by domain."""
    ids = {row.domain: row.id for row in outlets.values()}
    wanted = [ids[one.domain] for one in came if one.domain in ids]
    found = watching.outlet_lags(conn, wanted, now, but=but)
    return {outlets[o].domain: lags for o, lags in found.items()}


def velocity(
    members: Sequence[ArticleRow], outlets: Mapping[int, OutletRow], now: datetime
) -> float:
    """New families an hour over six hours, up to `now` or to what was seen last: polls are recorded
    as they end, and one that began before the last recorded one must not lose sight of it."""
    now = max([now, *(m.seen_by for m in members if m.clock == "seen")])
    first: dict[str, datetime] = {}
    for m in members:
        if outlets[m.outlet_id].domain == TRACKED_DOMAIN:
            continue
        at, family = seen_of(m).at, outlets[m.outlet_id].family
        first[family] = min(at, first.get(family, at))
    recent = sum(now - VELOCITY_WINDOW < at <= now for at in first.values())
    return recent / (VELOCITY_WINDOW / timedelta(hours=1))


def _texts(members: Sequence[ArticleRow], outlets: Mapping[int, OutletRow]) -> int:
    """1 where a text that nobody published is among the members: it is no family."""
    return int(any(outlets[m.outlet_id].domain == TRACKED_DOMAIN for m in members))
