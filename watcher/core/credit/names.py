"""Names of outlets and agencies: folding, what a name is made of, and near spellings."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache


def words(text: str) -> frozenset[str]:
    """The words of a table written as running text, case-folded (which changes a Greek final s)."""
    return frozenset(text.casefold().split())


_DOMAIN = re.compile(
    r"(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,5}[a-z]{2,12})(?:[/?#:]\S{0,2000})?", re.I
)
_SECOND_LEVEL = frozenset(
    {"co", "com", "org", "net", "gov", "gob", "gouv", "go", "or", "ac", "edu"}
)
_ARTICLES = words(
    """
    the le la les el los las il lo gli i der die das de het o a os as l een en
    """
)
# What comes and goes around one name: "Fars News Agency", "Agencia EFE", "Al-Alam TV Network".
_AROUND = words(
    """
    agency agence agencia agenzia agentur agentia agenția agencja agentura nachrichtenagentur
    presseagentur pressagentur nyhetsbyra persbureau news newswire wire newspaper online network
    service services tv staff ajansi haber haberler agentstvo inc ltd llc gmbh ag sa spa plc
    corp lp bv агентство агенция агенція информагентство وكالة الانباء خبرگزاری πρακτορειο
    """
)


@lru_cache(maxsize=8192)
def fold(name: str) -> str:
    """`name` without case, accents, doubled spaces and outer punctuation; for look-ups only."""
    plain = "".join(
        c
        for c in unicodedata.normalize("NFKD", name[:400]).casefold()
        if not unicodedata.combining(c)
    )
    return " ".join(plain.replace("ı", "i").replace("’", "'").split()).strip(
        " .,;:'\"«»“”()[]*_-–—"
    )


def host_of(address: str) -> str:
    """The host of a URL or a bare host name, lower case, without "www."; "" where it is neither."""
    found = _DOMAIN.fullmatch(address.strip()[:2100])
    return found.group(1).lower().removeprefix("www.") if found else ""


def label_of(host: str) -> str:
    """The label that names the owner of a host: "bbc" of news.bbc.co.uk."""
    labels = host.split(".")[:-1]
    if len(labels) > 1 and labels[-1] in _SECOND_LEVEL:
        labels.pop()
    return labels[-1] if labels else host


@lru_cache(maxsize=8192)
def keys(name: str) -> tuple[str, str, str]:
    """Three spellings to compare a name by, each without spaces.

    All of it ("lemonde" for Le Monde), all but a leading article ("monde"), and that without what
    comes and goes around a name ("fars" for Fars News Agency).
    """
    host = host_of(name)
    parts = re.findall(r"\w+", fold(label_of(host) if host else name).replace("'", " "))
    everything = "".join(parts)
    while len(parts) > 1 and parts[0] in _ARTICLES:
        parts = parts[1:]
    core = [part for part in parts if part not in _AROUND] or parts
    return everything, "".join(parts), "".join(core)


def near(one: str, two: str) -> bool:
    """True where two compact names differ as two romanisations of one name do.

    One edit from six characters on, two from twelve; the first letter and all digits agree.
    Short names are left alone: TASS is not SANA, "Times" is not "Time".
    """
    shorter, longer = sorted((one, two), key=len)
    allowed = 0 if len(shorter) < 6 else 1 if len(shorter) < 12 else 2
    if not allowed or len(longer) - len(shorter) > allowed or shorter[0] != longer[0]:
        return False
    if len(longer) > 80 or [c for c in one if c.isdigit()] != [c for c in two if c.isdigit()]:
        return False
    return _edits(shorter, longer) <= allowed


def _edits(one: str, two: str) -> int:
    """Levenshtein distance (1966), both at most 80 characters."""
    row = list(range(len(two) + 1))
    for i, a in enumerate(one, 1):
        last, row[0] = row[0], i
        for j, b in enumerate(two, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (a != b))
    return row[-1]
