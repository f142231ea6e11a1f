"""How much of what the system takes for boilerplate is really prose of the article.

    python benchmarks/boilerplate.py [DIR|NAME ...]

The evidence is independent of the system. A paragraph is furniture if the outlet has it in three
articles that share nothing but repeated lines (`exact.Exact.furniture`); it should be removed. A
paragraph that also stands in another outlet's article about the same thing (the two share a fifth
of their exact 8-word shingles besides furniture) is prose that was copied, unless it is furniture:
sister titles have notices in common, around the agency reports that they have in common.
"""

from __future__ import annotations

import sqlite3
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import corpora
from corpora import HERE, Corpus, Row
from exact import CONTAINED, Exact, containment, lines
from measures import Share
from system import imported

sys.path.insert(0, str(HERE.parent))
from watcher.core import clean
from watcher.core.text import paragraphs, words

NAMES = ("helsinki2018", "us_topstories", "basil_same_event")


@dataclass(frozen=True)
class Removal:
    """Words by what became of them and what the evidence says."""

    all_words: int
    removed: int
    also_elsewhere: int  # the paragraph stands at some other outlet, about anything
    copied: int  # ... in an article about the same thing
    prose: int  # ... and is not furniture
    furniture: Share  # of the words that are furniture by the evidence: removed


def learned(database: Path) -> dict[str, set[int]]:
    """Hashes of the paragraphs that each outlet is taken to repeat."""
    found: dict[str, set[int]] = defaultdict(set)
    with sqlite3.connect(database) as db:
        for domain, value in db.execute(
            "SELECT domain, hash FROM boilerplate JOIN outlet ON outlet.id = outlet_id"
            " WHERE state = 'learned'"
        ):
            found[domain].add(value % 2**64)
    db.close()
    return found


def removed_lines(doc: Row, hashes: set[int]) -> Counter[tuple[str, ...]]:
    """The lines of a document that are taken for boilerplate."""
    text = clean.text(doc["text"])
    found, numbers, _ = paragraphs(words(text))
    split = text.split("\n")
    gone = [split[n] for h, n in zip(found.tolist(), numbers.tolist(), strict=True) if h in hashes]
    return Counter(line for g in gone for line in lines({"text": g}))


def measure(corpus: Corpus, database: Path) -> tuple[Removal, Counter[str]]:
    """What was removed, and which outlets lost prose (words)."""
    exact = Exact(corpus.docs)
    carriers: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for i, doc in corpus.docs.items():
        for line in set(lines(doc)):
            carriers[line].append(i)
    taken = learned(database)
    total = removed = elsewhere = copied = prose = repeated = repeated_gone = 0
    losers: Counter[str] = Counter()
    for i, doc in corpus.docs.items():
        outlet = doc["outlet"]
        gone = removed_lines(doc, taken.get(outlet, set()))
        news = set(exact.news(i))
        for line in lines(doc):
            total += len(line)
            furniture = line in exact.furniture.get(outlet, ())
            repeated += furniture * len(line)
            if line not in gone:
                continue
            removed += len(line)
            repeated_gone += furniture * len(line)
            others = [o for o in carriers[line] if corpus.docs[o]["outlet"] != outlet]
            elsewhere += bool(others) * len(line)
            if any(containment(news, exact.news(o)) >= CONTAINED for o in others):
                copied += len(line)
                prose += (not furniture) * len(line)
                losers[outlet] += (not furniture) * len(line)
    figures = Removal(total, removed, elsewhere, copied, prose, Share(repeated_gone, repeated))
    return figures, +losers


def main() -> int:
    parser = corpora.arguments("What boilerplate removal takes away.")
    parser.add_argument("corpus", nargs="*", help="folder, or name under copies/")
    options = parser.parse_args()
    for name in options.corpus or NAMES:
        corpus = corpora.load(corpora.folder(options.data, name))
        with imported(corpus.docs.values()) as found:
            r, losers = measure(corpus, found.database)
        print(f"\n{corpus.name}: {Share(r.removed, r.all_words)} words removed")
        print(f"  furniture by the evidence, removed   {r.furniture}")
        print(f"  removed, at another outlet too       {Share(r.also_elsewhere, r.removed)}")
        print(f"  ... in an article on the same thing  {Share(r.copied, r.removed)}")
        print(f"  ... and prose by the evidence        {Share(r.prose, r.removed)}")
        if losers:
            print("  prose lost at", ", ".join(f"{o} {n}" for o, n in losers.most_common(6)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
