"""Texts made ready to be laid side by side: paragraphs, words, and which pairs are worth it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from watcher.core.message.words import clean
from watcher.core.text import spans, words
from watcher.picture.alike import Paragraph, Reading
from watcher.picture.lineage import lineage_of
from watcher.report.spread_values import StorySpread, VersionText

WORDS: Final = 6_000  # of one version
VERSIONS: Final = 120
LETTERS: Final = 800_000  # of all versions on a page
PAIRS: Final = 8  # laid side by side without a script

Key = tuple[int, int]  # article, number of its version


@dataclass(frozen=True, slots=True)
class Page:
    """A version as the page shows it; `cut`: words that are left out at its end."""

    version: VersionText
    reading: Reading
    words: int
    cut: int

    @property
    def key(self) -> Key:
        """Its article and number."""
        return self.version.article, self.version.n


def pages(texts: Sequence[VersionText]) -> list[Page]:
    """The versions that fit on the page, in the order given; those without a text are left out."""
    says: dict[int, int] = {}
    found: list[Page] = []
    letters = 0
    for version in texts:
        if not version.text or len(found) == VERSIONS:
            continue
        reading, count, left_out = _reading(version.text, says)
        size = sum(len(piece) for paragraph in reading for piece in paragraph.pieces)
        if found and letters + size > LETTERS:
            continue
        letters += size
        found.append(Page(version, reading, count, left_out))
    return found


def _reading(text: str, says: dict[int, int]) -> tuple[Reading, int, int]:
    """A text in paragraphs, its words, and how many are left out. `says` numbers what words say."""
    paragraphs: list[Paragraph] = []
    count = left_out = 0
    for raw in text.split("\n"):
        shown = clean(raw, len(raw) + 1)
        where, hashes = spans(shown), words(shown).hashes.tolist()
        if len(where) != len(hashes) or not shown:
            where, hashes = [], []
        room = WORDS - count
        if room <= 0:
            left_out += len(where)
            continue
        if len(where) > room:
            left_out += len(where) - room
            shown = shown[: where[room - 1][1]] + " …"
            where, hashes = where[:room], hashes[:room]
        pieces: list[str] = []
        at = 0
        for start, end in where:
            pieces += [shown[at:start], shown[start:end]]
            at = end
        pieces.append(shown[at:])
        if any(pieces):
            numbers = tuple(says.setdefault(h, len(says)) for h in hashes)
            paragraphs.append(Paragraph(tuple(pieces), numbers))
            count += len(where)
    return tuple(paragraphs), count, left_out


def likely_pairs(spread: StorySpread, held: Sequence[Page]) -> list[tuple[Page, Page]]:
    """What most readers want beside each other, best first: a copy and its source.

    Each copy with the version that it was taken from, or with the root where its source was never
    seen; then the root's versions one after the other.
    """
    by_key = {page.key: page for page in held}
    newest: dict[int, Page] = {}
    for page in held:
        newest[page.version.article] = page
    root = spread.history.root
    wanted: list[tuple[Page | None, Page | None]] = []
    for row in lineage_of(spread, 1000).rows:
        edge = row.edge
        if edge is None:
            if row.mark.article != root:
                wanted.append((newest.get(root), newest.get(row.mark.article)))
            continue
        source = edge.parent or root
        left = by_key.get((source, edge.parent_version or 0)) or newest.get(source)
        right = by_key.get((edge.child, edge.child_version)) or newest.get(edge.child)
        wanted.append((left, right))
    mine = [page for page in held if page.version.article == root]
    wanted += list(pairwise(mine))
    found: list[tuple[Page, Page]] = []
    for left, right in wanted:
        if left and right and left is not right and (left, right) not in found:
            found.append((left, right))
    return found
