"""A story's translations, suggested and confirmed, with the sentences that they rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from storage.reads import across, articles
from watcher.core.across import aligned
from watcher.report import rows
from watcher.report.spread_values import Translation
from watcher.report.values import ArticleLine, Interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

MOST = 40  # of one story, the likeliest


def translations(
    conn: Connection, story: int, root: int, members: Sequence[ArticleLine]
) -> tuple[Translation, ...]:
    """The translations that a story's articles take part in, each with the root or else
    the article that it is most like, those that somebody rejected left out; the likeliest first."""
    own = {m.article: m for m in members}
    best: dict[int, Any] = {}
    for row in across.translations_of(conn, story):
        if row.id not in best or (row.member == root and best[row.id].member != root):
            best[row.id] = row
    found = sorted(best.values(), key=lambda r: (-(r.sure or 0.0), r.id))[:MOST]
    texts = {
        v: rows.unpacked(data)
        for v, data in articles.bodies(
            conn, {v for m in found for v in (m.a_version, m.b_version)}
        ).items()
    }
    told = []
    for m in found:
        swap = m.member == m.b_id
        a, b = texts.get(m.a_version), texts.get(m.b_version)
        pairs = aligned(m.runs, a, b) if a is not None and b is not None else ()
        what, _, rests_on = m.reason.partition(": ")
        told.append(
            Translation(
                article=m.id,
                outlet=m.outlet,
                lang=m.lang,
                title=m.title,
                url=m.url,
                member=m.member,
                member_lang=own[m.member].lang if m.member in own else None,
                source=m.a_id,
                what=what,
                rests_on=rests_on,
                paste=m.paste,
                cut=m.cut,
                sure=m.sure,
                status=m.status,
                seen=Interval(m.seen_after, m.seen_by),
                clock=m.clock,
                pairs=tuple((y, x) if swap else (x, y) for x, y in pairs),
            )
        )
    return tuple(told)
