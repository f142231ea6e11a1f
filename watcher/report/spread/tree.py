"""Who took the story from whom, the five answers, and what each copy changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from watcher.core import lineage
from watcher.core.credit import Credit, is_weak, same
from watcher.core.ledger import ledger
from watcher.core.lineage import Edge, Member
from watcher.core.spread.origin import Answer, Verdict, Witness, origin
from watcher.report.spread.gathered import Gathered, seen_of
from watcher.report.spread_values import Ledger, Origin, OriginAnswer, TreeEdge
from watcher.report.values import Interval


def infer(found: Gathered, most: int | None = None) -> list[Edge]:
    """The tree of a story, or of its first `most` articles."""
    members, named = [], _Named(found)
    together = _together(found)
    for a in found.history.articles[:most]:
        credited, outside = named.by(a.article)
        versions = tuple(
            lineage.Version(v.n, v.own_words.hashes, v.seen.after, v.seen.by)
            for v in found.versions.get(a.article, ())
            if v.text is not None
        )
        members.append(
            Member(
                a.article, a.outlet, seen_of(a), versions, frozenset(credited), outside,
                frozenset(together.get(a.article, ())),
            )
        )  # fmt: skip
    return lineage.infer(members)


class _Named:
    """Which articles of a story the strong credits of each mean."""

    def __init__(self, found: Gathered) -> None:
        self._found = found
        self._outlets: dict[str, list[int]] = {}
        self._domains: dict[str, str] = {}
        for a in found.history.articles:
            self._outlets.setdefault(a.outlet, []).append(a.article)
            self._domains[a.outlet] = a.domain
        self._meant: dict[str, list[str]] = {}

    def outlets(self, agent: str) -> list[str]:
        """The outlets of this story that a credited name means."""
        if agent not in self._meant:
            self._meant[agent] = [
                outlet for outlet, domain in self._domains.items() if same(agent, (outlet, domain))
            ]
        return self._meant[agent]

    def by(self, article: int) -> tuple[set[int], bool]:
        """The articles that one credits, and whether it credits a source never seen here."""
        mine = self._found.articles[article].outlet
        credited: set[int] = set()
        outside = False
        for credit in strong(self._found.credits.get(article, ())):
            meant = self.outlets(credit.agent)
            if not meant:
                # A person's byline is no source.
                outside |= credit.place != "byline"
            for outlet in meant:
                if outlet != mine:
                    credited.update(self._outlets[outlet])
        return credited, outside


def strong(credits_: Sequence[Credit]) -> list[Credit]:
    """Credits that say where the text is from, not those in passing."""
    return [c for c in credits_ if not is_weak(c)]


def _together(found: Gathered) -> dict[int, set[int]]:
    """Pairs that a person has put together, the last word on each."""
    last: dict[frozenset[int], str] = {}
    for d in found.history.decisions:
        last[frozenset((d.a, d.b))] = d.verb
    pairs: dict[int, set[int]] = {}
    for pair, verb in last.items():
        if verb in ("confirm", "merge") and len(pair) == 2:
            a, b = pair
            pairs.setdefault(a, set()).add(b)
            pairs.setdefault(b, set()).add(a)
    return pairs


# ---------------------------------------------------------------- edges in words


def told_edges(found: Gathered, edges: Sequence[Edge]) -> tuple[TreeEdge, ...]:
    """The tree for people: parents first, the origin without an edge."""
    parents = {e.child: e.parent for e in edges}
    named = _Named(found)
    ranked = sorted(edges, key=lambda e: _depth(e.child, parents))
    return tuple(
        TreeEdge(
            child=e.child,
            parent=e.parent,
            child_version=e.child_version,
            parent_version=e.parent_version,
            confidence=e.confidence,
            why=_why(found, e),
            order=str(e.order),
            contradiction=_contradiction(found, named, e, parents),
            also=e.also,
            merged=e.merged,
        )
        for e in ranked
        if not e.origin
    )


def _depth(article: int, parents: Mapping[int, int | None]) -> int:
    depth, at = 0, parents.get(article)
    while at is not None:
        depth, at = depth + 1, parents.get(at)
    return depth


def _why(found: Gathered, e: Edge) -> str:
    if e.by_person:
        return "put together by a person; no shared text speaks for it"
    if not any(v.text is not None for v in found.versions.get(e.child, ())):
        return "its text was pruned, so nothing is inferred"
    if e.parent is None:
        if e.evidence.unexplained:
            return (
                f"{_edits(e.evidence.unexplained)} or more that other copies have too came with"
                " no text seen here"
            )
        return "no text seen here before it explains its words better than one never seen"
    parts = []
    if e.evidence.carried:
        parts.append(f"carries {_edits(e.evidence.carried)} that #{e.parent} made")
    parts.append(
        f"{_edits(e.evidence.own)} of its own" if e.evidence.own else "word for word the same"
    )
    if e.evidence.unexplained:
        parts.append(f"{_edits(e.evidence.unexplained)} shared with others unexplained")
    for article, size in e.merged:
        parts.append(f"a passage of about {size} words from #{article}")
    return ", ".join(parts)


def _edits(n: int) -> str:
    return "1 edit" if n == 1 else f"{n} edits"


def _contradiction(
    found: Gathered, named: _Named, e: Edge, parents: Mapping[int, int | None]
) -> str:
    """What the copy's own credit says against its edge."""
    if e.parent is None:
        return ""
    line: set[str] = {found.articles[e.child].outlet}
    said: set[str] = set()  # whom those above it credit: a credit may be carried along
    at: int | None = e.parent
    while at is not None:
        line.add(found.articles[at].outlet)
        said.update(c.agent for c in strong(found.credits.get(at, ())))
        at = parents.get(at)
    mine = [c for c in strong(found.credits.get(e.child, ())) if c.place != "byline"]
    further = {found.articles[a].outlet for a, _ in e.merged}
    if not mine or any(
        set(named.outlets(c.agent)) & (line | further) or same(c.agent, said) for c in mine
    ):
        return ""
    agent = mine[0].agent
    parent = found.articles[e.parent].outlet
    where = "" if named.outlets(agent) else ", never seen here"
    return f"credits {agent}{where}; its words follow {parent}"


# ---------------------------------------------------------------- the five answers


def told_origin(found: Gathered, edges: Sequence[Edge]) -> Origin:
    """The five answers side by side, and the short one."""
    witnesses = [
        Witness(a.article, a.outlet, a.domain, seen_of(a), tuple(found.credits.get(a.article, ())))
        for a in found.history.articles
    ]
    verdict: Verdict = origin(witnesses, _inferred(found, edges))
    return Origin(
        verdict.answer,
        verdict.rests_on,
        tuple(
            OriginAnswer(
                a.kind, a.names, a.articles, a.evidence,
                None if a.at is None else Interval(*a.at), a.confidence,
            )
            for a in verdict.answers
        ),
        verdict.contradictions,
    )  # fmt: skip


def _inferred(found: Gathered, edges: Sequence[Edge]) -> Answer:
    if len(edges) < 2:
        return Answer("inferred", (), (), "one article alone: nothing to infer from")
    first = next((e for e in edges if e.origin), None)
    if first is None and not any(e.confidence for e in edges):
        return Answer("inferred", (), (), "no text is kept any more: nothing to infer from")
    if first is None:
        return Answer(
            "inferred", (), (), "the copies share words that no text seen here explains: they go"
            " back to one that was never seen",
        )  # fmt: skip
    children = sum(e.parent == first.child for e in edges)
    elsewhere = sum(e.parent is None for e in edges) - 1
    evidence = f"{children} of the other {len(edges) - 1} were taken from it directly"
    if elsewhere:
        evidence += f", {elsewhere} from texts never seen here"
    name = found.articles[first.child].outlet
    return Answer("inferred", (name,), (first.child,), evidence, confidence=first.confidence)


# ---------------------------------------------------------------- what they changed


def told_ledgers(found: Gathered, edges: Sequence[Edge]) -> tuple[Ledger, ...]:
    """What each copy changed against the version it was taken from, else against the root."""
    told = []
    for e in edges:
        against = e.parent if e.parent is not None else found.history.root
        if against == e.child or e.by_person:
            continue
        after = next((v for v in found.versions.get(e.child, ()) if v.n == e.child_version), None)
        versions = found.versions.get(against)
        if not versions:
            continue
        number = e.parent_version if e.parent is not None else versions[0].n
        before = next((v for v in versions if v.n == number), versions[0])
        if after is None or after.text is None or before.text is None:
            continue
        changes = ledger(
            before.own,
            after.own,
            headlines=(before.title, after.title),
            credits_=(_agents(found, against), _agents(found, e.child)),
        )
        told.append(Ledger(e.child, against, before.n, after.n, tuple(changes)))
    return tuple(told)


def _agents(found: Gathered, article: int) -> list[str]:
    mine = found.articles[article]
    return list(
        dict.fromkeys(
            c.agent
            for c in strong(found.credits.get(article, ()))
            if not same(c.agent, (mine.outlet, mine.domain))
        )
    )
