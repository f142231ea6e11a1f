"""Whom the copies of a story credit, stored and judged."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, OutletRow
from watcher.core.credit import Own, Verdict, chain, same, verdict
from watcher.core.credit.judge import is_weak
from watcher.core.values import Credit
from watcher.record.identify import Resolved


def add(conn: Connection, fresh: Sequence[Resolved], rows: Mapping[int, ArticleRow]) -> None:
    """Store the credits of new versions."""
    store.add(
        conn,
        store.credit,
        [
            {
                "article_id": r.article,
                "version_id": rows[r.article].version_id,
                "agent": c.agent,
                "words": c.words,
                "place": c.place,
                "form": c.form,
            }
            for r in fresh
            for c in r.item.credits
        ],
    )


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
