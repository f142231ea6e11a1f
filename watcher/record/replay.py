"""What a watch's rule would have raised on the recorded past, and why. Reads only.

The past is played again, recording by recording, from the stored sightings: who was in the story
by then (as the stored matches connect the articles seen so far), its episodes, the qualification of
each sighting as it was judged when it was recorded. `decide` is the one that the recorder calls,
with the same keys, so that a rule that was in force gives what was really raised.

Of longer articles that carry a given text those are played that were recorded. Where it cannot be
the same: matches, families and boilerplate are those known now, of credits those
of the newest version; a summary that was replaced by its full text reads as an edit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from watcher.archive import watching
from watcher.archive.articles import ArticleRow, Connection, OutletRow, WatchRow
from watcher.core.rules import (
    Verdict,
    decide,
)
from watcher.record.carried import given
from watcher.record.past import Past
from watcher.record.rehearing import Told, hear, hear_carried
from watcher.record.standing import (
    anchor_of,
    rule_of,
)


@dataclass(frozen=True, slots=True)
class Replayed:
    """One condition, decided on one article of the past. `verdict`: fires, held, or not met;
    `really`: what the archive has of it: fired, held, or nothing."""

    at: datetime
    watch: str
    condition: str
    step: str
    verdict: str
    why: str
    really: str
    story: int | None
    article: int
    outlet: str
    title: str
    url: str
    key: str


def replay(
    conn: Connection, watch: WatchRow, since: datetime, until: datetime, *, every: bool = False
) -> list[Replayed]:
    """What the rule of `watch` would have raised between two moments, oldest first.

    A watch that is not in the archive has id 0. `every`: also the conditions that were not met.
    """
    if watch.target.startswith("phrase:"):
        told = list(hear(conn, watch, since, until))
    elif watch.article_id is None:
        return []
    else:
        told = list(Past(conn, watch).play(since, until))
        if given(watch):
            told = sorted([*told, *hear_carried(conn, watch, since, until)], key=lambda t: t.at)
    states = watching.alert_states(conn, watch.id) if watch.id else {}
    outlets = {o.id: o for o in watching.outlets(conn)}
    rows = {a.id: a for a in watching.articles(conn, {one.article for one in told})}
    # What was raised before is not raised again.
    raised = {key for key, (state, at) in states.items() if state == "fired" and at < since}
    done = []
    for one in told:
        state_before, state_after, event, at = one.before, one.after, one.event, one.at
        rule = rule_of(watch.name, watch.conditions)
        row = rows[one.article]
        for said in decide(
            rule, state_before, state_after, event, at, raised, anchor=anchor_of(watch)
        ):
            if said.fire:
                raised.add(said.key)
            if said.met or every:
                done.append(_line(watch, one, said, row, outlets[row.outlet_id], states))
    return done


def _line(
    watch: WatchRow,
    one: Told,
    said: Verdict,
    row: ArticleRow,
    outlet: OutletRow,
    states: dict[str, tuple[str, datetime]],
) -> Replayed:
    key = said.key if said.fire else f"{said.key}:held:{row.id}"
    verdict = "fires" if said.fire else "held" if said.met else "not met"
    return Replayed(
        one.at,
        watch.name,
        said.condition,
        said.step,
        verdict,
        said.detail,
        states[key][0] if key in states else "",
        one.story,
        row.id,
        outlet.name,
        row.title,
        row.url or "",
        said.key,
    )
