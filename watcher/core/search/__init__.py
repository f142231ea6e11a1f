"""Full text: how a text is indexed, how a search is read, and where in a text it was found."""

from __future__ import annotations

from watcher.core.search.query import MOST_TERMS, Query, Term, parse
from watcher.core.search.snippet import Piece, snippet
from watcher.core.search.words import indexed, said, tokens

__all__ = [
    "MOST_TERMS",
    "Piece",
    "Query",
    "Term",
    "indexed",
    "parse",
    "said",
    "snippet",
    "tokens",
]
