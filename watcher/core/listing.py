"""Whether an entry leads to a list of articles (a tag page, an archive, a search), and no article.

A list carries parts of many texts and changes whenever one of them appears: it would be "new" or
"edited" for ever. One sign alone misleads (articles live below /topics/, and verse has short
lines), so two have to agree, unless the page itself says that it is an article. Pure.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The part of an address that introduces the name of a list, in the languages of common systems.
_LISTS = _words(
    "tag tags tagged category categories kategorie kategorien categorie categoria categorias "
    "topic topics thema themen tema temas sujet sujets label labels keyword keywords author "
    "authors autor autoren autores auteur archive archives archiv archivo archivos search suche "
    "recherche buscar section sections rubrik rubrique rubriques"
)
_QUERIES = _words("s q search tag cat category author label")
_PAGED = re.compile(r"(?:page|seite|pagina|p)", re.I)
# How systems head a list: "Tag: dam", "Archives for May", "Search results".
_TITLES = re.compile(
    r"(?:tag|tags|category|categories|topic|topics|author|archives?|kategorie|schlagwort|thema|"
    r"archiv|catégorie|étiquette|categoría|etiqueta|autor)\s*[:|\u2013-]\s*\S"
    r"|(?:monthly |daily )?archives? (?:for|of)\b|search results\b|posts (?:tagged|by|in)\b"
    r"|articles? (?:tagged|by|in)\b",
    re.I,
)
_SENTENCE = re.compile(r"[.!?\u2026\u3002\uff01\uff1f\u061f\u0964]['\"\u2019\u201d\u00bb)\]]*$")
_LINES = 8  # fewer say nothing
_HEADLINES = 0.6  # of the lines: short, and no sentence
_SHORT = 120  # characters of a headline at most


class Listing(NamedTuple):
    """The answer, and the signs that led to it."""

    ok: bool
    reason: str


def listing(url: str | None, title: str, text: str, page_type: str = "") -> Listing:
    """Whether these are the address, title and text (a paragraph a line) of a list.

    `page_type`: the page's own og:type, "" where it gives none.
    """
    if page_type.lower().startswith("article"):
        return Listing(False, "the page calls itself an article")
    signs = [
        sign for sign in (_address(url or ""), _title(title), _lines(text)) if sign is not None
    ]
    if len(signs) >= 2:
        return Listing(True, ", ".join(signs))
    return Listing(False, f"only {signs[0]}" if signs else "nothing points to a list")


def _address(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    path = [one.lower() for one in parts.path.split("/") if one]
    while path and (path[-1].isdigit() or _PAGED.fullmatch(path[-1])):
        path.pop()
    # The list's name is the last part, or its kind stands alone; below it stand articles.
    for part in path[-2:]:
        if part in _LISTS:
            return f"the address has /{part}/"
    if not path or path[-1] in ("index.php", "search"):
        for name in (pair.partition("=")[0].lower() for pair in parts.query.split("&")):
            if name in _QUERIES:
                return f"the address has ?{name}="
    return None


def _title(title: str) -> str | None:
    found = _TITLES.match(title.strip())
    return f'the title begins with "{found[0].strip()}"' if found else None


def _lines(text: str) -> str | None:
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) < _LINES:
        return None
    short = sum(len(one) <= _SHORT and not _SENTENCE.search(one.rstrip()) for one in lines)
    if short < _HEADLINES * len(lines):
        return None
    return f"{short} of {len(lines)} paragraphs are headlines"
