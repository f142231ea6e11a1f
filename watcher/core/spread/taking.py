"""From whom a copy was taken, by the plainest rule: most words in common, of those before it.

What `watcher outlets` adds up over all stories, so it must be cheap and never guess an order; the
propagation tree of one story weighs far more (edits, versions, credits).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from watcher.core.spread.figures import lag
from watcher.core.spread.order import Seen
from watcher.core.values import Span


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a story."""

    id: int
    outlet: int
    seen: Seen


@dataclass(frozen=True, slots=True)
class Shared:
    """Two articles of a story that match; `a` is the source where `ordered`."""

    a: int
    b: int
    kind: str
    words: int
    paste: float
    cut: float
    ordered: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """What an article is in its story. `source` None: the root, or no text of another outlet that
    is known to have been there before it is like it. `cut`: the share of its words that the match
    which gave `kind` finds in the other text; `lag` seconds after the source."""

    kind: str
    source: int | None = None
    cut: float | None = None
    lag: Span | None = None


def taken(members: Mapping[int, Member], root: int, shared: Iterable[Shared]) -> dict[int, Taken]:
    """Each member's source and kind. The kind is that of the match with the source, else of the
    match with the root, else of the one of most words; `copy` where a person put it here."""
    before: dict[int, list[Shared]] = {}
    any_: dict[int, list[Shared]] = {}
    for one in shared:
        if one.a not in members or one.b not in members:
            continue
        any_.setdefault(one.a, []).append(one)
        any_.setdefault(one.b, []).append(one)
        if one.ordered and members[one.a].outlet != members[one.b].outlet:
            before.setdefault(one.b, []).append(one)
    found: dict[int, Taken] = {}
    for id_, member in members.items():
        if id_ == root:
            found[id_] = Taken("root")
        elif own := before.get(id_):
            best = min(own, key=lambda s: (-s.words, members[s.a].seen.at, s.a))
            found[id_] = Taken(best.kind, best.a, best.cut, lag(members[best.a].seen, member.seen))
        elif other := any_.get(id_):
            nearest = max(other, key=lambda s: (root in (s.a, s.b), s.words))
            found[id_] = Taken(
                nearest.kind, None, nearest.cut if nearest.b == id_ else nearest.paste
            )
        else:
            found[id_] = Taken("copy")
    return found


def values(
    members: Collection[int],
    outlet: Mapping[int, int],
    lang: Mapping[int, str | None],
    kinds: Mapping[int, str],
    verdicts: Mapping[int, str],
) -> set[tuple[str, str]]:
    """What a story of these articles can be asked for by: (what, value)."""
    found = {("outlet", str(outlet[m])) for m in members}
    found |= {("lang", of) for m in members if (of := lang[m])}
    found |= {("kind", kinds[m]) for m in members if kinds[m] != "root"}
    found |= {("credit", verdicts[m]) for m in members if kinds[m] != "root"}
    return found
