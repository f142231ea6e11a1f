"""Where a story came from: five answers, kept apart, and the short one (DESIGN section 5).

The short answer is the credited origin where the sightings agree, else the inferred one, else
"earliest seen here". Nothing is put in an order that the intervals do not support.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from watcher.core.credit import ChainLink, Credit, chain, same
from watcher.core.credit.agencies import directory
from watcher.core.match import Order
from watcher.core.spread.order import Seen, order

_ROUNDED = timedelta(minutes=1)  # claimed dates this close are one


@dataclass(frozen=True, slots=True)
class Witness:
    """An article of the story, and whom it names."""

    article: int
    outlet: str
    domain: str
    seen: Seen
    credits: Sequence[Credit] = ()

    @property
    def names(self) -> tuple[str, str]:
        """What others may call its outlet."""
        return self.outlet, self.domain


@dataclass(frozen=True, slots=True)
class Answer:
    """One of the five. `kind`: seen, claimed, credited, canonical, inferred. No names: no answer,
    for the reason in `evidence`; several: nothing known chooses among them."""

    kind: str
    names: tuple[str, ...]
    articles: tuple[int, ...]
    evidence: str
    at: tuple[datetime | None, datetime] | None = None
    confidence: float | None = None
    agreed: bool = True  # of the credited: the sightings do not speak against it


@dataclass(frozen=True, slots=True)
class Verdict:
    """The five answers, the short one, what it rests on, and what speaks against what."""

    answer: str
    rests_on: str
    answers: tuple[Answer, ...]
    contradictions: tuple[str, ...]


def before(a: Seen, b: Seen) -> bool:
    """Whether our own intervals say that a was there before b."""
    known, swapped = order(a, b)
    return known is Order.SEEN and not swapped


def seen_first(witnesses: Sequence[Witness]) -> Answer:
    """Whoever no interval puts after somebody else, by our own clock."""
    polled = [w for w in witnesses if w.seen.clock == "seen"]
    if not polled:
        return Answer("seen", (), (), "no feed showed it: every article was imported")
    least = min(w.seen.by for w in polled)  # whoever was not there by then is after somebody
    first = [w for w in polled if w.seen.after is None or w.seen.after < least]
    at = (
        None if any(w.seen.after is None for w in first) else min(_afters(first)),
        min(w.seen.by for w in first),
    )
    if len(first) == 1:
        others = len(polled) - 1
        evidence = f"seen before the other {others}" if others else "nobody else was seen with it"
    else:
        evidence = f"the intervals of these {len(first)} overlap: none is known to be the first"
        if at[0] is None:
            evidence += ", and some have no known start"
    names = tuple(dict.fromkeys(w.outlet for w in first))
    return Answer("seen", names, tuple(w.article for w in first), evidence, at)


def _afters(witnesses: Iterable[Witness]) -> list[datetime]:
    return [w.seen.after for w in witnesses if w.seen.after is not None]


def claimed_first(witnesses: Sequence[Witness]) -> Answer:
    """Whoever gives the earliest date; dates within a minute are one."""
    dated = [(w.seen.claimed, w) for w in witnesses if w.seen.claimed is not None]
    if not dated:
        return Answer("claimed", (), (), "no article gives a date that can be read")
    least = min(at for at, _ in dated)
    first = [w for at, w in dated if at - least < _ROUNDED]
    undated = len(witnesses) - len(dated)
    evidence = "the earliest date given" if len(first) == 1 else "they give the same minute"
    if undated:
        evidence += f"; {undated} of {len(witnesses)} give none"
    names = tuple(dict.fromkeys(w.outlet for w in first))
    return Answer("claimed", names, tuple(w.article for w in first), evidence, (least, least))


# ---------------------------------------------------------------- whom they name


@dataclass(slots=True)
class _Named:
    """A name at the head of credit chains, and the articles that lead to it."""

    name: str
    article: int | None
    carriers: set[int]
    words: str


def credited(witnesses: Sequence[Witness]) -> Answer:
    """Whom the copies name, followed up the chain of who names whom."""
    links = [
        link
        for link in chain({w.article: (w.names, w.credits) for w in witnesses})
        if _counts(link)
    ]
    found = _heads(links)
    if not found:
        return Answer("credited", (), (), "no article names a source")
    by_article = {w.article: w for w in witnesses}
    most = max(len(n.carriers) for n in found)
    best = [n for n in found if len(n.carriers) == most]
    agreed = len(best) == 1 and _agreed(best[0], by_article)
    parts = []
    for one in sorted(found, key=lambda n: -len(n.carriers)):
        where = "" if one.article is not None else ", never seen here"
        parts.append(
            f'{one.name} by {len(one.carriers)} of {len(witnesses)}{where} ("{one.words}")'
        )
    articles = tuple(sorted(n.article for n in best if n.article is not None))
    return Answer(
        "credited", tuple(n.name for n in best), articles, "; ".join(parts), agreed=agreed
    )


def _counts(link: ChainLink[int]) -> bool:
    """Not an author's byline: a person is no origin."""
    return not (
        link.source_key is None and link.place == "byline" and directory().get(link.source) is None
    )


def _heads(links: Sequence[ChainLink[int]]) -> list[_Named]:
    below: dict[object, list[ChainLink[int]]] = defaultdict(list)
    copies = {_node(link.copy_key, link.copy) for link in links}
    for link in links:
        below[_node(link.source_key, link.source)].append(link)
    heads = []
    for node, first in below.items():
        if node in copies:
            continue
        carriers: set[int] = set()
        todo, seen = [node], {node}
        while todo:
            for link in below.get(todo.pop(), ()):
                copy = _node(link.copy_key, link.copy)
                if link.copy_key is not None:
                    carriers.add(link.copy_key)
                if copy not in seen:
                    seen.add(copy)
                    todo.append(copy)
        heads.append(_Named(first[0].source, first[0].source_key, carriers, first[0].words))
    return heads


def _node(key: int | None, name: str) -> object:
    return key if key is not None else name


def _agreed(named: _Named, by_article: Mapping[int, Witness]) -> bool:
    """Whether nobody else was certainly seen before the credited article itself; of a source never
    seen here: before every article that leads to it."""
    own = {named.article} if named.article is not None else named.carriers
    return not any(
        all(before(other.seen, by_article[a].seen) for a in own if a is not None)
        for article, other in by_article.items()
        if article not in own
    )


def canonical(witnesses: Sequence[Witness]) -> Answer:
    """Whom the pages' own metadata names: canonical addresses, feed sources, JSON-LD."""
    named: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for w in witnesses:
        for credit in w.credits:
            if credit.place == "meta" and not same(credit.agent, w.names):
                named[credit.agent].append((w.article, credit.form))
    if not named:
        return Answer("canonical", (), (), "no page or feed names another source in its metadata")
    most = max(len({a for a, _ in found}) for found in named.values())
    best = [name for name, found in named.items() if len({a for a, _ in found}) == most]
    parts = [
        f"{name} by {len({a for a, _ in found})} of {len(witnesses)}"
        f" ({', '.join(dict.fromkeys(form for _, form in found))})"
        for name, found in named.items()
    ]
    articles = [w.article for name in best for w in witnesses if same(name, w.names)]
    return Answer("canonical", tuple(best), tuple(sorted(set(articles))), "; ".join(parts))


# ---------------------------------------------------------------- the short answer


def origin(witnesses: Sequence[Witness], inferred: Answer) -> Verdict:
    """The five answers and the short one. `inferred` comes from the tree."""
    answers = (
        seen_first(witnesses),
        claimed_first(witnesses),
        credited(witnesses),
        canonical(witnesses),
        inferred,
    )
    first, _, named, _, _ = answers
    against = tuple(_contradictions(witnesses, answers))
    if named.names and named.agreed:
        where = "" if named.articles else ", never seen here"
        return Verdict(f"{named.names[0]}, as credited{where}", "credited", answers, against)
    if inferred.names:
        sure = "" if inferred.confidence is None else f" (confidence {inferred.confidence:.2f})"
        return Verdict(
            f"{inferred.names[0]}, as inferred{sure}",
            "inferred", answers, against,
        )  # fmt: skip
    if first.names:
        words = " or ".join(first.names[:3]) + (" or others" if len(first.names) > 3 else "")
        return Verdict(f"earliest seen here: {words}", "seen", answers, against)
    said = answers[1]
    words = " or ".join(said.names[:3]) if said.names else "not known"
    return Verdict(
        f"earliest by its own date: {words}" if said.names else words, "claimed", answers, against
    )


def _contradictions(witnesses: Sequence[Witness], answers: Sequence[Answer]) -> list[str]:
    first, said, named, meta, inferred = answers
    by_article = {w.article: w for w in witnesses}
    found = []
    for a in said.articles:
        earlier = [o for o in witnesses if before(o.seen, by_article[a].seen)]
        if earlier:
            found.append(
                f"{by_article[a].outlet} gives the earliest date, but was seen here after"
                f" {_listed(o.outlet for o in earlier)}"
            )
    if named.names and not named.agreed:
        if len(named.names) > 1:
            found.append(f"the copies credit different origins: {_listed(named.names)}")
        elif named.articles:
            mine = by_article[named.articles[0]]
            earlier = [o for o in witnesses if before(o.seen, mine.seen)]
            found.append(
                f"{mine.outlet} is credited, but was seen here after"
                f" {_listed(o.outlet for o in earlier)}"
            )
        else:
            found.append(
                f"{named.names[0]} is credited, but articles that do not lead to it were seen here"
                " before those that do"
            )
    for other, how in ((meta, "metadata names"), (inferred, "the shared edits point to")):
        if other.names and named.names and not _meet(other, named):
            found.append(f"{how} {_listed(other.names)}, the credits {_listed(named.names)}")
    if inferred.names and first.articles and not set(inferred.articles) & set(first.articles):
        found.append(
            f"the shared edits point to {_listed(inferred.names)}, seen first was"
            f" {_listed(first.names)}"
        )
    return found


def _meet(a: Answer, b: Answer) -> bool:
    """Whether two answers can be one: they name the same, or share an article."""
    if set(a.articles) & set(b.articles):
        return True
    return any(same(name, b.names) for name in a.names)


def _listed(names: Iterable[str]) -> str:
    every = list(dict.fromkeys(names))
    shown = ", ".join(every[:3])
    return shown + (f" and {len(every) - 3} more" if len(every) > 3 else "")
