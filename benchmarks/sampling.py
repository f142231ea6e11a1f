"""Which shingles a sketch should keep: by modulus (Broder 1997) or by winnowing (Schleimer 2003).

    python benchmarks/sampling.py

For each way: values an article, recall of the labelled pairs with two shared values, and how many
candidates an article gets. Values that more than 200 articles carry are not counted.
"""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from collections.abc import Callable

import corpora
import numpy as np
from corpora import CLASSES, HERE

sys.path.insert(0, str(HERE.parent))
from watcher.core.fingerprint import grams
from watcher.core.text import U64, words

HOT = 200  # articles
WAYS = (("modulus", 16), ("modulus", 8), ("window", 24), ("window", 20), ("window", 16))


def by_modulus(values: U64, p: int) -> U64:
    """Shingles with hash mod p == 0; p halves with the length of short texts."""
    while p > 1 and len(values) < 16 * p:
        p //= 2
    return np.unique(values[values % np.uint64(p) == 0])


def by_window(values: U64, width: int) -> U64:
    """The least shingle of each window; short texts get narrower windows."""
    if not len(values):
        return values
    width = max(1, min(width, len(values) // 8))
    return np.unique(np.lib.stride_tricks.sliding_window_view(values, width).min(axis=1))


def main() -> int:
    options = corpora.arguments("Ways to sample a sketch.").parse_args()
    sample: dict[str, Callable[[U64, int], U64]] = {"modulus": by_modulus, "window": by_window}
    for name in ("helsinki2018", "us_topstories"):
        corpus = corpora.load(corpora.folder(options.data, name))
        shingles = {i: grams(words(doc["text"]).hashes) for i, doc in corpus.docs.items()}
        print(f"\n{name}\n\n| keeps | values | >= .8 | .5-.8 | .2-.5 | candidates |")
        print("| --- | --- | --- | --- | --- | --- |")
        for way, size in WAYS:
            kept = {i: sample[way](values, size) for i, values in shingles.items()}
            carriers: dict[int, list[str]] = defaultdict(list)
            for i, values in kept.items():
                for value in values.tolist():
                    carriers[value].append(i)
            shared: Counter[tuple[str, str]] = Counter()
            for ids in carriers.values():
                if len(ids) <= HOT:
                    shared.update((a, b) for n, b in enumerate(ids) for a in ids[:n])
            found = {corpora.pair(*p) for p, n in shared.items() if n >= 2}
            recall = []
            for _, low, high in CLASSES:
                pairs = [p for p, c in corpus.containment.items() if low <= c < high]
                recall.append(sum(p in found for p in pairs) / len(pairs))
            values = np.mean([len(v) for v in kept.values()])
            each = 2 * len(found) / len(kept)
            figures = " | ".join(f"{r:.3f}" for r in recall)
            print(f"| {way} {size} | {values:.0f} | {figures} | {each:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
