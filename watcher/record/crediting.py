"""Whom the copies of a story credit, stored and judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, OutletRow
from watcher.core.credit import Own, Verdict, chain, same, verdict
from watcher.core.credit.judge import is_weak
from watcher.core.values import Credit, Draft
from watcher.record.identify import Resolved
from watcher.record.memory import Memory
from watcher.record.prepare import credited
from watcher.record.settling import Plan


def add(
    conn: Connection,
    memory: Memory,
    fresh: Sequence[Resolved],
    rows: Mapping[int, ArticleRow],
    settled: Plan,
) -> None:
    """Store the credits of new versions.

    Those of an archive's articles are looked for once they belong to a story of several.
    """
    found = {rows[r.article].version_id: r.item.credits for r in fresh if r.item.credits}
    owner = {rows[r.article].version_id: r.article for r in fresh}
    late = _uncredited(conn, fresh, settled)
    texts = memory.texts(conn, [row.version_id for row in late])
    for row in late:
        outlet = memory.outlets[row.outlet_id]
        text, _ = texts.get(row.version_id, ("", None))
        owner[row.version_id] = row.id
        found[row.version_id] = credited(
            Draft(
                outlet_id=row.outlet_id,
                title=row.title,
                text=text,
                own_names=(outlet.name,),
                own_domain=outlet.domain,
            )
        )
    store.add(
        conn,
        store.credit,
        [
            {
                "article_id": owner[v],
                "version_id": v,
                "agent": c.agent,
                "words": c.words,
                "place": c.place,
                "form": c.form,
            }
            for v, credits_ in found.items()
            for c in credits_ or ()
        ],
    )


def _uncredited(conn: Connection, fresh: Sequence[Resolved], settled: Plan) -> list[ArticleRow]:
    """Members of stories of several whose text nobody has read for credits."""
    looked = {r.article for r in fresh if r.item.credits is not None}
    new = {r.article for r in fresh if r.item.credits is None}
    joined = [
        a
        for a, (s, _) in settled.home.items()
        if a not in looked
        and settled.stories[s]["articles"] > 1
        and (a in new or _was_alone(settled, a))
    ]
    stored = {i for i, *_ in store.credits_of(conn, [a for a in joined if a not in new])}
    return [settled.rows[a] for a in joined if a not in stored]


def _was_alone(settled: Plan, article: int) -> bool:
    before = settled.old.get(settled.rows[article].story_id)
    return before is not None and before.articles == 1


@dataclass(frozen=True, slots=True)
class Judged:
    """What one copy's credits amount to."""

    verdict: Verdict
    reason: str
    agent: str
    words: str
    missing_origin: str  # a credited source that was never seen here


def judge(
    conn: Connection,
    article: int,
    members: Collection[ArticleRow],
    root: int,
    outlets: Mapping[int, OutletRow],
) -> Judged:
    """Judge the credits of `article` against its story (DESIGN section 5).

    The origin is whom the root credits, or else the root's own outlet; the members' outlets
    are those in between.
    """
    named: dict[int, list[Credit]] = {m.id: [] for m in members}
    for i, agent, words, place, form in store.credits_of(conn, list(named)):
        named[i].append(Credit(agent, words, place, form))
    names = {m.id: _names(outlets[m.outlet_id]) for m in members}
    mine = named[article]
    own = Own(names[article], (outlets[_outlet(members, article)].domain,))
    stated = [c for c in named[root] if not is_weak(c)]
    between = [n for m in members if m.id not in (article, root) for n in names[m.id]]
    if stated and not same(stated[0].agent, names[root]):
        origin: Sequence[str] = (stated[0].agent,)
        between = [*names[root], *between]
    else:
        origin = names[root]
    credited = any(same(c.agent, origin) for i, cs in named.items() if i != article for c in cs)
    found, reason = verdict(
        mine, origin_names=origin, chain_names=between, own=own, credited_by_others=credited
    )
    links = chain({i: (names[i], named[i]) for i in named})
    missing = next((x.source for x in links if x.copy_key == article and x.source_key is None), "")
    others = [c for c in mine if not own.owns(c.agent)]
    shown = min(others, key=is_weak, default=None)
    return Judged(
        found, reason, shown.agent if shown else "", shown.words if shown else "", missing
    )


def _names(outlet: OutletRow) -> tuple[str, ...]:
    return (outlet.name, outlet.domain)


def _outlet(members: Collection[ArticleRow], article: int) -> int:
    return next(m.outlet_id for m in members if m.id == article)
