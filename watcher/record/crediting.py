"""Whom the copies of a story credit, stored and judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, OutletRow
from watcher.core.credit import Judged, Signed, weigh
from watcher.core.values import Credit, Draft
from watcher.record.foretold import Foretold
from watcher.record.identify import Resolved
from watcher.record.memory import Memory
from watcher.record.prepare import credited
from watcher.record.settling import Plan, seen_of


def add(
    conn: Connection,
    memory: Memory,
    fresh: Sequence[Resolved],
    rows: Mapping[int, ArticleRow],
    settled: Plan,
    foretold: Foretold | None = None,
) -> None:
    """Store the credits of new versions; `foretold` may know some of them.

    Those of an archive's articles are looked for once they belong to a story of several.
    """
    found = {rows[r.article].version_id: r.item.credits for r in fresh if r.item.credits}
    owner = {rows[r.article].version_id: r.article for r in fresh}
    late = _uncredited(conn, fresh, settled)
    told = {row.version_id: _foretold(foretold, memory, row) for row in late}
    texts = memory.texts(conn, [v for v, known in told.items() if known is None])
    for row in late:
        outlet = memory.outlets[row.outlet_id]
        owner[row.version_id] = row.id
        known = told[row.version_id]
        if known is not None:
            found[row.version_id] = known
            continue
        text, _ = texts.get(row.version_id, ("", None))
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


def _foretold(
    foretold: Foretold | None, memory: Memory, row: ArticleRow
) -> tuple[Credit, ...] | None:
    if foretold is None:
        return None
    outlet = memory.outlets[row.outlet_id]
    return foretold.credits(row.version_id, row.title, outlet.name, outlet.domain)


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


def judge(
    conn: Connection,
    article: int,
    members: Collection[ArticleRow],
    root: int,
    outlets: Mapping[int, OutletRow],
) -> Judged:
    """Judge the credits of `article` against its story (DESIGN section 5)."""
    named: dict[int, list[Credit]] = defaultdict(list)
    for i, agent, words, place, form in store.credits_of(conn, [m.id for m in members]):
        named[i].append(Credit(agent, words, place, form))
    signed = {
        m.id: Signed(outlets[m.outlet_id].name, outlets[m.outlet_id].domain, named[m.id])
        for m in sorted(members, key=lambda m: (seen_of(m).at, m.id))
    }
    return weigh(signed, root, of=[article]).judged[article]
