"""The texts whose translations a watch asks for: compared with what arrives, however old they are.

The index of gists holds a month. A text that somebody follows may come back in another language
years later, and there are few of them: each is compared by its sentences' codes.
"""

from __future__ import annotations

from collections.abc import Callable

from watcher.archive import articles as store
from watcher.archive.articles import ArticleRow, Connection
from watcher.core.across import QUICK, alike, code
from watcher.core.across.codes import Code
from watcher.record.spoken import Meant

MeantOf = Callable[[Connection, int], Meant | None]


class Following:
    """The followed texts' codes, kept as long as they are followed."""

    def __init__(self, meant_of: MeantOf) -> None:
        self._meant_of = meant_of
        self._codes: dict[int, tuple[str, Code]] = {}  # by version: language, a row a sentence
        self._rows: dict[int, ArticleRow] = {}

    def refresh(self, conn: Connection) -> None:
        """Bring them in line with the watches."""
        wanted = {w.article_id for w in store.list_watches(conn) if w.translations is not None}
        rows = store.articles(conn, wanted - {None})  # type: ignore[arg-type]
        self._rows = {row.version_id: row for row in rows}
        self._codes = {v: held for v, held in self._codes.items() if v in self._rows}
        for version in self._rows:
            if version not in self._codes and (meant := self._meant_of(conn, version)):
                self._codes[version] = (meant.lang, code(meant.vectors))

    def near(self, m: Meant) -> list[tuple[ArticleRow, int]]:
        """The followed texts that are worth comparing with one, and their versions."""
        mine = code(m.vectors)
        return [
            (self._rows[version], version)
            for version, (lang, theirs) in self._codes.items()
            if lang != m.lang and alike(mine, theirs) >= QUICK
        ]
