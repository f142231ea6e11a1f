"""The credits of one text as they are found: each once, the outlet itself never."""

from __future__ import annotations

from collections.abc import Iterable

from watcher.core.credit import reading
from watcher.core.credit.agencies import Agency, Directory
from watcher.core.credit.own import Own
from watcher.core.values import Credit

_MOST = 48  # kept while reading; find() returns fewer
_MOST_WORDS = 300  # characters


class Finds:
    """Collects credits; agents that the outlet owns never enter."""

    def __init__(self, book: Directory, own: Own) -> None:
        self.book = book
        self.own = own
        self.credits: list[Credit] = []
        self._seen: set[tuple[str, str]] = set()
        self._owned: dict[str, bool] = {}

    def add(self, agent: str, words: str, place: str, form: str) -> None:
        """Keep one credit, unless it names the outlet or was found before in this form or words."""
        agent, words = agent.strip(), words.strip()[:_MOST_WORDS].strip()
        if not agent or not words or len(self.credits) >= _MOST:
            return
        if not self._seen.isdisjoint(((agent, form), (agent, words))) or self.owns(agent):
            return
        self._seen.update(((agent, form), (agent, words)))
        self.credits.append(Credit(agent, words, place, form))

    def add_all(self, agencies: Iterable[Agency], words: str, place: str, form: str) -> None:
        """As add(), for agencies, by their one name; any of their names may be the outlet's."""
        for agency in agencies:
            if not any(self.owns(name) for name in (agency.name, *agency.aliases)):
                self.add(agency.name, words, place, form)

    def owns(self, name: str) -> bool:
        """True where `name` is the outlet itself."""
        if name not in self._owned:
            self._owned[name] = self.own.owns(name)
        return self._owned[name]

    def only(self, names: str, *, shy: bool = True) -> list[Agency]:
        """The agencies of a list that holds nothing else but desk slugs and the outlet's name."""
        found: list[Agency] = []
        for agency, piece in reading.listed(names, self.book, shy=shy):
            if agency is not None:
                found.append(agency)
            elif not reading.is_desk(piece) and not self.owns(piece):
                return []
        return list(dict.fromkeys(found))
