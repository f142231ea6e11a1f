"""The same corpora by the methods that people know, and by the system: one table.

    python benchmarks/peers.py [DIR|NAME ...]

Each method gives pairs of articles of two outlets. Recall is of the labelled pairs by containment;
precision is the share of its pairs that have a fifth of the smaller text or a run of 30 words in
common, as texts and once more without what either outlet repeats.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable

import corpora
import numpy as np
from corpora import CLASSES, Corpus, Pair, pair
from datasketch import MinHash, MinHashLSH
from exact import Exact, full, lines, words
from measures import joined, precision, recall
from simhash import Simhash
from system import imported

NAMES = ("helsinki2018", "us_topstories")
PERMUTATIONS = 128
SHINGLE = 5  # words, of MinHash
FEATURE = 3  # words, of simhash
PARAGRAPH = 20  # words: shorter paragraphs are labels


def crossing(corpus: Corpus, pairs: Iterable[Pair]) -> set[Pair]:
    """Those of two outlets."""
    return {p for p in pairs if corpus.cross_outlet(p)}


def by_simhash(corpus: Corpus, distances: tuple[int, ...]) -> dict[int, set[Pair]]:
    """Pairs of articles whose simhashes are near, by the `simhash` package's definition."""
    ids = list(corpus.docs)
    values = np.array([simhash(full(corpus.docs[i])) for i in ids], dtype=np.uint64)
    found: dict[int, set[Pair]] = {d: set() for d in distances}
    for n, value in enumerate(values[:-1]):
        bits = np.bitwise_count(values[n + 1 :] ^ value)
        for d in distances:
            found[d].update(pair(ids[n], ids[n + 1 + int(k)]) for k in np.flatnonzero(bits <= d))
    return {d: crossing(corpus, pairs) for d, pairs in found.items()}


def simhash(text: str) -> int:
    """Simhash over distinct runs of 3 words."""
    w = words(text)
    runs = {" ".join(w[i : i + FEATURE]) for i in range(max(1, len(w) - FEATURE + 1))}
    return int(Simhash(list(runs)).value)


def minhash(text: str) -> MinHash:
    """MinHash of the runs of 5 words, 128 permutations."""
    w = words(text)
    found = MinHash(num_perm=PERMUTATIONS)
    found.update_batch(
        [" ".join(w[i : i + SHINGLE]).encode() for i in range(max(1, len(w) - SHINGLE + 1))]
    )
    return found


def by_minhash(corpus: Corpus, thresholds: tuple[float, ...]) -> dict[float, set[Pair]]:
    """Pairs that datasketch's LSH gives at these Jaccard thresholds."""
    hashes = {i: minhash(full(doc)) for i, doc in corpus.docs.items()}
    found = {}
    for at in thresholds:
        index = MinHashLSH(threshold=at, num_perm=PERMUTATIONS)
        for i, h in hashes.items():
            index.insert(i, h)
        found[at] = crossing(
            corpus, {pair(i, o) for i, h in hashes.items() for o in index.query(h) if o != i}
        )
    return found


def by_paragraph(corpus: Corpus) -> set[Pair]:
    """Pairs that have a paragraph of 20 words or more in common, word for word."""
    carriers: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for i, doc in corpus.docs.items():
        for line in set(lines(doc)):
            if len(line) >= PARAGRAPH:
                carriers[line].append(i)
    return crossing(
        corpus,
        {pair(a, b) for ids in carriers.values() for n, a in enumerate(ids) for b in ids[:n]},
    )


def main() -> int:
    parser = corpora.arguments("Detection by well-known methods.")
    parser.add_argument("corpus", nargs="*", help="folder, or name under copies/")
    options = parser.parse_args()
    for name in options.corpus or NAMES:
        corpus = corpora.load(corpora.folder(options.data, name))
        exact = Exact(corpus.docs)
        with imported(corpus.docs.values()) as system:
            methods = {
                "watcher, any kind": crossing(corpus, system.matches),
                "watcher, joining kinds": set(joined(corpus, system)),
            }
        methods |= {f"simhash <= {d}": p for d, p in by_simhash(corpus, (3, 10)).items()}
        methods |= {f"MinHash LSH {t}": p for t, p in by_minhash(corpus, (0.5, 0.2)).items()}
        methods["paragraph hashing"] = by_paragraph(corpus)
        print(f"\n{corpus.name}, {len(corpus.docs)} articles")
        print("| method | " + " | ".join(c for c, _, _ in CLASSES) + " | pairs | text | news |")
        print("| --- " * (6 + 1) + "|")
        for method, pairs in methods.items():
            found = recall(corpus, pairs)
            print(
                f"| {method} | "
                + " | ".join(f"{found[c].value:.3f}" for c, _, _ in CLASSES)
                + f" | {len(pairs)} | {precision(pairs, exact.real).value:.3f}"
                + f" | {precision(pairs, exact.real_news).value:.3f} |",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
