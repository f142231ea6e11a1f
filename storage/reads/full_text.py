"""SQLite's full text, compared with the texts that it was made from (`watcher db verify`)."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

_MOST = 20  # words named


class FullText:
    """SQLite's full text, compared with one made anew from the texts (`add`), word by word."""

    def __init__(self, file: Path) -> None:
        self._conn = sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)
        for statement in (
            "PRAGMA temp_store=FILE",
            "CREATE VIRTUAL TABLE temp.made USING fts5(title, words, content='', tokenize='ascii')",
            "CREATE VIRTUAL TABLE temp.made_words USING fts5vocab('temp', 'made', 'instance')",
            "CREATE VIRTUAL TABLE temp.kept_words USING fts5vocab('main', 'search', 'instance')",
            "CREATE VIRTUAL TABLE temp.kept_terms USING fts5vocab('main', 'search', 'row')",
            "CREATE TEMP TABLE told (id INTEGER PRIMARY KEY)",
        ):
            self._conn.execute(statement)

    def add(self, rows: Iterable[tuple[int, str, str]]) -> None:
        """Versions, and title and words as they were put into the full text."""
        listed = list(rows)
        self._conn.executemany("INSERT INTO made (rowid, title, words) VALUES (?, ?, ?)", listed)
        self._conn.executemany("INSERT INTO told VALUES (?)", [(row[0],) for row in listed])

    def misfits(self) -> list[str]:
        """The words that stand elsewhere than in the texts. Those of versions that it was not told
        of, whose bodies are gone, do not count."""
        sums = (
            "SELECT term, count(*), sum(doc), sum(offset), sum(doc * (offset + 1)),"
            " sum(col = 'title') FROM {} WHERE doc IN (SELECT id FROM told) GROUP BY term"
        )
        made, kept = sums.format("made_words"), sums.format("kept_words")
        found = self._conn.execute(
            f"SELECT term FROM (SELECT * FROM ({made} EXCEPT {kept})"  # noqa: S608 - ours
            f" UNION ALL SELECT * FROM ({kept} EXCEPT {made})) LIMIT {_MOST}"
        )
        said = {f"full text: {row[0]!r} stands elsewhere than in the texts" for row in found}
        # Reading it through does not use its own tables of contents; finding a word does.
        for term, docs in self._conn.execute("SELECT term, doc FROM kept_terms"):
            quoted = '"' + term.replace('"', '""') + '"'
            asked = "SELECT count(*) FROM search WHERE search MATCH ?"
            if self._conn.execute(asked, (quoted,)).fetchone()[0] != docs:
                said.add(f"full text: {term!r} is there and cannot be found")
                if len(said) > _MOST:
                    break
        return sorted(said)

    def close(self) -> None:
        """Give the temporary files back."""
        self._conn.close()
