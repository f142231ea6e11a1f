"""What a copy's credits amount to, and the chain that the credits of many copies make."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from watcher.core.credit.agencies import directory
from watcher.core.credit.names import keys, near
from watcher.core.credit.own import Own, abbreviates, same
from watcher.core.values import Credit

K = TypeVar("K", bound=Hashable)

# Said in passing, often carried along with the copied words: no claim about where the text is from.
WEAK_FORMS = frozenset(
    {"attribution", "copyright-holder", "contributed", "mainEntityOfPage", "publisher"}
)


class Verdict(StrEnum):
    """How a copy credits its story's origin (DESIGN section 5)."""

    FULL = "full"  # names the origin
    PARTIAL = "partial"  # names only somebody in between, or the origin only in passing
    STRIPPED = "stripped"  # names nobody, while others credit the origin
    WRONG = "wrong"  # names somebody else only
    NONE = "none"  # there is nothing to judge


def is_weak(credit: Credit) -> bool:
    """True where the words mention a source but do not say that the text is from there."""
    return credit.form in WEAK_FORMS


def verdict(
    credits: Sequence[Credit],  # noqa: A002 - the word of DESIGN section 2; shadows a REPL builtin
    *,
    origin_names: Sequence[str],
    chain_names: Sequence[str] = (),
    own: Own,
    credited_by_others: bool = True,
) -> tuple[Verdict, str]:
    """Judge one copy's credits, with the reason in words.

    `origin_names`: all names of the story's origin; empty where it is not known. `chain_names`:
    names of those between the origin and this copy. `credited_by_others`: whether any other copy
    names the origin; where none does, a copy that names nobody is not called stripped.
    """
    if not origin_names:
        return Verdict.NONE, "the story's origin is not known"
    origin = origin_names[0]
    if any(own.owns(name) for name in origin_names):
        return Verdict.NONE, f"the outlet is the origin, {origin}"
    named = [credit for credit in credits if not own.owns(credit.agent)]
    strong = [credit for credit in named if not is_weak(credit)]
    for credit in strong:
        if same(credit.agent, origin_names):
            return Verdict.FULL, f"names the origin, {credit.agent} ({credit.place}, {credit.form})"
    for credit in strong:
        if same(credit.agent, chain_names):
            where = f"{credit.place}, {credit.form}"
            return Verdict.PARTIAL, f"names {credit.agent} ({where}), not the origin, {origin}"
    passing = next((c for c in named if is_weak(c) and same(c.agent, origin_names)), None)
    if passing is not None and not strong:
        if passing.form == "contributed":
            return Verdict.FULL, f"says that the origin, {passing.agent}, contributed"
        return (
            Verdict.PARTIAL,
            f"names the origin, {passing.agent}, only in passing ({passing.form})",
        )
    if strong:
        others = ", ".join(dict.fromkeys(credit.agent for credit in strong))
        return Verdict.WRONG, f"names {others}, not the origin, {origin}"
    if any(same(credit.agent, chain_names) for credit in named):
        return Verdict.PARTIAL, f"mentions an intermediary in passing, not the origin, {origin}"
    if credited_by_others:
        return Verdict.STRIPPED, f"names nobody, while other copies credit {origin}"
    return Verdict.NONE, f"names nobody, and no other copy credits {origin} either"


@dataclass(frozen=True, slots=True)
class ChainLink(Generic[K]):
    """One step of a credit chain: the text went from `source` to `copy`, as `words` say.

    A key is None where the credited name is no outlet among the given: for a source that is a
    *missing origin*. `inferred`: the words stand in a copy further down, which carried them along.
    """

    source: str
    copy: str
    words: str
    place: str
    form: str
    source_key: K | None
    copy_key: K | None
    inferred: bool = False

    @property
    def missing(self) -> bool:
        """True where the credited source was never seen here."""
        return self.source_key is None


def chain(articles: Mapping[K, tuple[Sequence[str], Sequence[Credit]]]) -> list[ChainLink[K]]:
    """The credit chain of a story: who names whom, sources first seen in the order given.

    `articles`: key -> (names of its outlet, its credits), best in order of first sighting, as a
    credit is taken to mean the earliest article of the outlet that it names. Where a copy states
    its source and repeats, in passing, whom the text reports ("according to FNA"), the latter
    stands before the former: FNA -> Alalam -> Mondialisation.ca. A step that would close a circle
    is left out (stated credits are laid first), and so is one that only shortens a longer path.
    """
    nodes = _Nodes(articles)
    links: dict[tuple[int, int], ChainLink[K]] = {}
    before: dict[int, set[int]] = {}  # node -> all nodes that come before it

    def lay(source: int, copy: int, credit: Credit, inferred: bool) -> None:
        if source == copy or (source, copy) in links or copy in before.get(source, ()):
            return
        earlier = {source, *before.get(source, ())}
        for node in [copy, *(n for n, up in before.items() if copy in up)]:
            before.setdefault(node, set()).update(earlier)
        links[source, copy] = ChainLink(
            nodes.names[source], nodes.names[copy], credit.words, credit.place, credit.form,
            nodes.keys[source], nodes.keys[copy], inferred,
        )  # fmt: skip

    stated: dict[int, list[int]] = {}
    for copy, key in enumerate(articles):
        for credit in articles[key][1]:
            if not is_weak(credit):
                source = nodes.find(credit.agent, copy)
                lay(source, copy, credit, inferred=False)
                if (source, copy) in links:
                    stated.setdefault(copy, []).append(source)
    for copy, key in enumerate(articles):
        for credit in articles[key][1]:
            if is_weak(credit) and credit.form != "copyright-holder":
                source = nodes.find(credit.agent, copy)
                via = list(dict.fromkeys(s for s in stated.get(copy, ()) if s != source))
                if source in before.get(copy, ()):
                    continue
                if len(via) == 1 and nodes.keys[via[0]] is None:
                    lay(source, via[0], credit, inferred=True)
                else:
                    lay(source, copy, credit, inferred=False)
    after: dict[int, list[int]] = {}
    for source, copy in links:
        after.setdefault(source, []).append(copy)
    return [
        link
        for (source, copy), link in links.items()
        # Reached over somebody else, too: a step that only shortens.
        if not any(node in before[copy] for node in after[source] if node != copy)
    ]


class _Nodes(Generic[K]):
    """The given articles, then one node for each credited name that is none of them."""

    def __init__(self, articles: Mapping[K, tuple[Sequence[str], Sequence[Credit]]]) -> None:
        self.keys: list[K | None] = list(articles)
        self.names: list[str] = [outlet[0] if outlet else "?" for outlet, _ in articles.values()]
        self._by_key: dict[str, list[int]] = {}
        for node, (outlet, _) in enumerate(articles.values()):
            for name in outlet:
                self._enter(name, node)

    def _enter(self, name: str, node: int) -> None:
        for key in {*keys(name), _agency_key(name)} - {""}:
            self._by_key.setdefault(key, []).append(node)

    def find(self, agent: str, copy: int) -> int:
        """The node that `agent` means: a given article other than `copy`, or a missing one."""
        spellings = keys(agent)
        asked = [key for key in (_agency_key(agent), *spellings) if key]
        found = [node for key in asked for node in self._by_key.get(key, ())]
        if not found:
            found = [
                node for key, at in self._by_key.items() if near(key, spellings[-1]) for node in at
            ]
        if not found:
            found = [node for node, name in enumerate(self.names) if abbreviates(agent, name)]
        own = copy in found  # an outlet names itself: laid as a loop, that is, not at all
        others = [node for node in found if node != copy]
        if others and not own:
            return min(others)
        if own:
            return copy
        self.keys.append(None)
        self.names.append(agent)
        self._enter(agent, len(self.keys) - 1)
        return len(self.keys) - 1


def _agency_key(name: str) -> str:
    agency = directory().get(name)
    return f"={agency.name}" if agency else ""
