"""Which names mean one outlet; the outlet that carries a text never credits itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from watcher.core.credit.agencies import directory
from watcher.core.credit.names import host_of, keys, near


@dataclass(frozen=True, slots=True)
class Own:
    """The outlet that carries the text: it never credits itself.

    `domains` are host names or registrable domains, lower case, without a scheme.
    """

    names: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()

    def owns(self, name: str) -> bool:
        """True where `name` (a name, host or URL) means this outlet."""
        host = host_of(name)
        if host and any(
            host == own or host.endswith("." + own) for own in map(host_of, self.domains)
        ):
            return True
        return same(name, (*self.names, *self.domains))


def same(agent: str, outlet_names: Iterable[str]) -> bool:
    """True where a credited name means the outlet that goes by any of `outlet_names`.

    Loose on purpose: case, accents, "The", punctuation, "News Agency", the domain for the name,
    a known agency's other names, and near spellings (Alalam, Al-Alama, Al Alam).
    """
    spellings = keys(agent)
    core = spellings[-1]
    if not core:
        return False
    known = directory().get(agent)
    for name in outlet_names:
        others = keys(name)
        if not others[-1]:
            continue
        if not set(spellings).isdisjoint(others) or near(core, others[-1]):
            return True
        if known is not None and directory().get(name) is known:
            return True
    return False
