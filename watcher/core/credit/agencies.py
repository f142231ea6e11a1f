"""The news agencies and free-to-republish newsrooms that copies name, in several scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from watcher.core.credit.agency_table import ROWS
from watcher.core.credit.names import fold, host_of, label_of, words

# Words that may follow an agency's name in a byline without changing whom it names.
_AFTER = words(
    """
    staff writer writers reporter reporters correspondent correspondents news newsroom sports
    entertainment business political diplomatic national science health agency agencies service
    wire international global foundation haberler redaktion rédaction
    """
)
_BEFORE = (
    "the ", "l'", "la ", "le ", "die ", "der ", "dem ", "den ", "das ", "de ", "da ", "do ", "del ",
    "dell'", "all'", "el ", "il ", "lo ", "het ", "agence ", "agencia ", "agência ", "agenzia ",
    "agentur ", "nachrichtenagentur ", "agencja ", "agentura ", "agenția ", "news agency ",
    "агентство ", "агентства ", "информагентство ", "агенция ", "وكالة ",
    "خبرگزاری ", "סוכנות ", "hãng ", "το ", "του ", "kantor berita ", "d'après ", "staff and ",
    "по материалам ",
)  # fmt: skip


_LONGEST = 120  # characters of a piece that may be an agency's name


@dataclass(frozen=True, slots=True)
class Agency:
    """One source that copies name.

    `name` is what a Credit calls it; `aliases` its other names and slugs. `shy` are slugs that
    are also words or other bodies (MAP, MENA): they count in a dateline or byline only.
    `domains` are its own hosts. A slug in capitals of up to five letters is found in capitals only.
    """

    name: str
    aliases: tuple[str, ...] = ()
    shy: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


def _is_slug(alias: str) -> bool:
    return len(alias) <= 5 and alias.isupper()


class Directory:
    """Look-ups over a table of agencies; built once for each set of extra agencies."""

    def __init__(self, agencies: Iterable[Agency]) -> None:
        self._exact: dict[str, Agency] = {}
        self._folded: dict[str, Agency] = {}
        self._shy: set[str] = set()
        self._labels: dict[str, Agency] = {}
        self._hosts: dict[str, Agency] = {}
        self.by_first_word: dict[str, list[tuple[str, Agency]]] = {}
        self.unspaced: list[tuple[str, Agency]] = []  # found as substrings, longest first
        for agency in agencies:
            self._add(agency)
        self.unspaced.sort(key=lambda pair: -len(pair[0]))

    def _add(self, agency: Agency) -> None:
        for alias in (agency.name, *agency.aliases, *agency.shy):
            shy = alias in agency.shy
            self._exact.setdefault(alias, agency)
            if shy:
                self._shy.add(alias)
            if not shy and not _is_slug(alias):
                self._folded.setdefault(fold(alias), agency)
                if len(alias) >= 5:
                    self._labels.setdefault(fold(alias).replace(" ", "").replace("-", ""), agency)
            if not alias or shy:
                continue
            if any(is_unspaced(c) for c in alias):
                self.unspaced.append((alias, agency))
            else:
                for form in {alias, alias.upper() if len(alias) > 5 else alias}:
                    first = form.replace("-", " ").replace("'", " ").split()[0].strip(".")
                    self.by_first_word.setdefault(first, []).append((form, agency))
        for domain in agency.domains:
            self._hosts.setdefault(domain, agency)

    def get(self, name: str, *, shy: bool = True) -> Agency | None:
        """The agency that `name` means, or None. `shy` False leaves out the ambiguous slugs."""
        name = " ".join(name[:120].split()).strip(" .,;:'\"«»“”()[]{}*_–—-|•·")
        if not name:
            return None
        found = self._exact.get(name)
        if found is not None:
            return found if shy or name not in self._shy else None
        if "." in name and (host := host_of(name)):
            return self._of_host(host)
        return self._folded.get(fold(name))

    def _of_host(self, host: str) -> Agency | None:
        parts = host.split(".")
        for i in range(len(parts) - 1):
            found = self._hosts.get(".".join(parts[i:]))
            if found is not None:
                return found
        return self._labels.get(label_of(host).replace("-", ""))

    def read(self, piece: str, *, shy: bool = True) -> Agency | None:
        """As get(), for a piece of a byline: "the AP", "Reuters Staff", "AFP in Paris"."""
        if len(piece) > _LONGEST:
            return None
        piece = piece.strip()
        found = self.get(piece, shy=shy)
        if found is not None:
            return found
        lowered = piece.lower()
        if lowered.startswith(_BEFORE):
            lead = next(lead for lead in _BEFORE if lowered.startswith(lead))
            piece = piece[len(lead) :].strip()
            found = self.get(piece, shy=shy)
        if found is None and " in " in piece:  # "Associated Press in Washington"
            piece = piece.partition(" in ")[0]
            found = self.get(piece, shy=shy)
        words = piece.split()
        while found is None and len(words) > 1 and words[-1].casefold() in _AFTER:
            words.pop()
            found = self.get(" ".join(words), shy=shy)
        return found


def is_unspaced(char: str) -> bool:
    """True for scripts whose names stand without a word boundary, or under prefixes and suffixes.

    Hebrew, Arabic, Devanagari, Thai, Han, Kana, Hangul: names are looked up as substrings there.
    """
    return (
        "\u0590" <= char <= "\u06ff" or "\u0900" <= char <= "\u0e7f" or "\u3040" <= char <= "\ud7af"
    )


@lru_cache(maxsize=32)
def directory(extra: tuple[Agency, ...] = ()) -> Directory:
    """The table with `extra` agencies (from the config) laid over it; theirs win."""
    return Directory((*extra, *_TABLE))


def _split(field: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in field.split(";") if part.strip())


_TABLE = tuple(
    Agency(name, _split(aliases), _split(shy), _split(domains))
    for name, aliases, shy, domains in ROWS
)
