"""A story's credits as a whole: what each article's amount to, and the chains they make."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from watcher.core.credit.agencies import directory
from watcher.core.credit.judge import ChainLink, Verdict, chain, is_weak, verdict
from watcher.core.credit.own import Own, same
from watcher.core.values import Credit

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Signed:
    """One article of a story: its outlet, and whom its text names."""

    outlet: str
    domain: str
    credits: Sequence[Credit] = ()

    @property
    def names(self) -> tuple[str, str]:
        """What others may call the outlet, the best known name first."""
        return self.outlet, self.domain


@dataclass(frozen=True, slots=True)
class Judged:
    """What one article's credits amount to."""

    verdict: Verdict
    reason: str
    agent: str  # whom it names first of all; empty: nobody
    words: str
    missing_origin: str  # a credited source that was never seen here


@dataclass(frozen=True, slots=True)
class Weighed(Generic[K]):
    """`chains`: names from the source down, each of two links or more, the longest first."""

    judged: Mapping[K, Judged]
    chains: tuple[tuple[str, ...], ...]


def weigh(articles: Mapping[K, Signed], root: K, *, of: Collection[K] | None = None) -> Weighed[K]:
    """Judge the credits of a story's articles, or of those `of` it (DESIGN section 5).

    `articles` in order of first sighting. The origin is whom the root credits, or else the
    root's own outlet; the other articles' outlets are those in between.
    """
    links = chain({key: (one.names, one.credits) for key, one in articles.items()})
    missing: dict[K, str] = {}
    for link in links:
        if link.copy_key is not None and link.source_key is None and not _person(link):
            missing.setdefault(link.copy_key, link.source)
    asked = articles if of is None else of
    names = {key: one.names for key, one in articles.items()}
    judged = {key: _judged(articles, names, root, key, missing.get(key, "")) for key in asked}
    return Weighed(judged, _chains(links))


def _person(link: ChainLink[K]) -> bool:
    """True where a byline names its source: an author, unless it is an agency that we know."""
    return link.place == "byline" and directory().get(link.source) is None


def _judged(
    articles: Mapping[K, Signed],
    names: Mapping[K, Sequence[str]],
    root: K,
    key: K,
    missing: str,
) -> Judged:
    source, mine = articles[root], articles[key]
    own = Own(mine.names, (mine.domain,))
    stated = [credit for credit in source.credits if not is_weak(credit)]
    between = [
        name for other, own_names in names.items() if other not in (key, root) for name in own_names
    ]
    origin: Sequence[str] = source.names
    if stated and not same(stated[0].agent, origin):
        between = [*origin, *between]
        origin = (stated[0].agent,)
    credited = any(
        same(credit.agent, origin)
        for other, one in articles.items()
        if other != key
        for credit in one.credits
    )
    found, reason = verdict(
        mine.credits,
        origin_names=origin,
        chain_names=between,
        own=own,
        credited_by_others=credited,
    )
    if found is Verdict.WRONG and missing and not credited and same(origin[0], source.names):
        # We saw it first at the root; that it began there nobody says, and this copy denies.
        found = Verdict.NONE
        reason = f"names {missing}, never seen here; nobody credits {origin[0]}, where it was first"
    others = [credit for credit in mine.credits if not own.owns(credit.agent)]
    shown = min(others, key=is_weak, default=None)
    return Judged(
        found, reason, shown.agent if shown else "", shown.words if shown else "", missing
    )


def _chains(links: Sequence[ChainLink[K]]) -> tuple[tuple[str, ...], ...]:
    """For each name at an end of the links, the longest way down to it; single links left out."""
    above: dict[K | str, list[K | str]] = {}
    names: dict[K | str, str] = {}
    for link in links:
        source = link.source if link.source_key is None else link.source_key
        copy = link.copy if link.copy_key is None else link.copy_key
        names[source], names[copy] = link.source, link.copy
        above.setdefault(copy, []).append(source)
    longest: dict[K | str, tuple[K | str, ...]] = {}

    def way_to(node: K | str) -> tuple[K | str, ...]:
        if node not in longest:  # `chain` lays no circle
            ways = (way_to(source) for source in above.get(node, ()))
            longest[node] = (*max(ways, key=len, default=()), node)
        return longest[node]

    inner = {source for sources in above.values() for source in sources}
    ways = [way_to(node) for node in above if node not in inner]
    told = dict.fromkeys(tuple(names[node] for node in way) for way in ways if len(way) > 2)
    return tuple(sorted(told, key=len, reverse=True))
