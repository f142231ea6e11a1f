"""New versions compared with everything known, and those again whose boilerplate has changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection, MatchRow, VersionRow
from watcher.archive.index import LEAST_WORDS
from watcher.core.boilerplate import Carrier
from watcher.core.fingerprint import distance
from watcher.record import learning
from watcher.record.foretold import Foretold
from watcher.record.identify import Resolved
from watcher.record.matching import Asked, Found, Text, judge, pairs
from watcher.record.memory import Memory
from watcher.record.settling import seen_of
from watcher.record.writing import Matched


class Comparing:
    """The comparisons of one recording. `rows`: its articles as they will be; `again` fills with
    the stored articles that are matched anew."""

    def __init__(
        self,
        conn: Connection,
        memory: Memory,
        now: datetime,
        rows: Mapping[int, ArticleRow],
        foretold: Foretold | None = None,
    ) -> None:
        self.conn = conn
        self.memory = memory
        self.now = now
        self.rows = rows
        self.foretold = foretold
        self.again: set[int] = set()

    def learn(self, fresh: Sequence[Resolved]) -> set[int]:
        """Judge repeated paragraphs. The stored versions whose boilerplate has changed."""
        new = {self.rows[r.article].version_id: r for r in fresh}
        self.memory.lend(
            {v: Carrier(r.item.fingerprint.sketch, len(r.item.words)) for v, r in new.items()}
        )
        changed = learning.learn(
            self.conn,
            self.memory,
            [
                learning.Fresh(
                    v,
                    r.item.draft.outlet_id,
                    r.item.draft.text,
                    r.item.words,
                    r.item.fingerprint.paragraphs,
                )
                for v, r in new.items()
            ],
            self.now,
        )
        return changed - set(new)

    def match(self, fresh: Sequence[Resolved], changed: Collection[int]) -> list[Matched]:
        """The matches of new versions, and again of those whose boilerplate has changed.

        Earlier versions are asked about too: a copy stays one when its source is edited, or it.
        """
        memory = self.memory
        asked = [
            Asked(
                self.rows[r.article].version_id,
                r.article,
                r.item.draft.outlet_id,
                r.item.fingerprint.sketch,
                r.item.fingerprint.simhash if len(r.item.words) >= LEAST_WORDS else None,
            )
            for r in fresh
        ]
        again = self._articles_of(changed) - set(self.rows)
        self.again = again | {a for a, r in self.rows.items() if r.story_id}
        earlier = _told_apart(store.versions_of(self.conn, self.again))
        carriers = memory.carriers(self.conn, [v.id for v in earlier])
        asked.extend(
            Asked(
                v.id,
                v.article_id,
                int(memory.outlet_of(np.array([v.id]))[0]),
                carriers[v.id].sketch,
                v.simhash if v.words >= LEAST_WORDS else None,
            )
            for v in earlier
            if v.id in carriers
        )
        found = pairs(asked, memory.sketch.find, memory.near, memory.article_of, memory.outlet_of)
        return self._judged([(asked[i].version, doc) for i, doc, _ in found], fresh)

    def _judged(self, found: Sequence[tuple[int, int]], fresh: Sequence[Resolved]) -> list[Matched]:
        """Those of these pairs of versions that are matches, in order."""
        heads = self._heads({v for pair in found for v in pair}, fresh)
        hits: dict[int, Found | None] = {}
        if self.foretold is not None:
            known = self.memory.repeated, self.memory.forgotten
            for n, (one, other) in enumerate(found):
                if one in heads and other in heads:
                    told, hit = self.foretold.ask(heads[one], heads[other], *known)
                    if told:
                        hits[n] = hit
        rest = {v for n, pair in enumerate(found) if n not in hits for v in pair}
        texts = self._texts({v: heads[v] for v in rest & heads.keys()})
        sides = {v: t.side() for v, t in texts.items()}
        for n, (one, other) in enumerate(found):
            if n not in hits and one in texts and other in texts:
                hits[n] = judge(texts[one], texts[other], sides)
        made = (hits.get(n) for n in range(len(found)))
        return [Matched(self._match_row(hit), hit.runs) for hit in made if hit is not None]

    def _articles_of(self, versions: Collection[int]) -> set[int]:
        """The articles of these versions, as far as they still exist."""
        return set(self.memory.article_of(np.array(sorted(versions), np.int64)).tolist()) - {0}

    def _heads(self, versions: Collection[int], fresh: Sequence[Resolved]) -> dict[int, Text]:
        """What is known of these versions without reading them."""
        conn, memory = self.conn, self.memory
        mine = {self.rows[r.article].version_id: r.item for r in fresh}
        stored = [v for v in versions if v not in mine]
        simhashes = {v.id: v.simhash for v in store.versions(conn, stored)}
        simhashes.update({v: item.fingerprint.simhash for v, item in mine.items()})
        owners = {v: int(memory.article_of(np.array([v]))[0]) for v in versions}
        missing = set(owners.values()) - set(self.rows)
        rows = {r.id: r for r in store.articles(conn, missing)} | dict(self.rows)
        return {
            v: Text(v, rows[a].id, rows[a].outlet_id, seen_of(rows[a]), simhashes[v])
            for v, a in owners.items()
            if a in rows and v in simhashes
        }

    def _texts(self, heads: Mapping[int, Text]) -> dict[int, Text]:
        """The same versions with their words, as far as their bodies are still stored."""
        held = self.memory.texts(self.conn, heads.keys())
        return {
            v: replace(
                heads[v], text=text, words=found, known=self.memory.known(heads[v].outlet, found)
            )
            for v, (text, found) in held.items()
        }

    def _match_row(self, hit: Found) -> MatchRow:
        m = hit.match
        return MatchRow(
            id=0,
            a_id=hit.a.article,
            b_id=hit.b.article,
            a_version=hit.a.version,
            b_version=hit.b.version,
            kind=str(m.kind),
            paste=m.paste,
            cut=m.cut,
            distance=distance(hit.a.simhash, hit.b.simhash),
            words=m.words,
            longest=m.longest,
            reason=m.reason,
            order_known=str(hit.order),
            status="auto",
            at=self.now,
        )


_MOST_VERSIONS = 32  # of one article that are compared: a live page may have hundreds


def _told_apart(versions: Sequence[VersionRow]) -> list[VersionRow]:
    """Of each article's versions, oldest first, the first and the latest."""
    by_article: dict[int, list[VersionRow]] = defaultdict(list)
    for v in versions:
        by_article[v.article_id].append(v)
    return [v for mine in by_article.values() for v in [*mine[:1], *mine[1:][1 - _MOST_VERSIONS :]]]
