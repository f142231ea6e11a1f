"""Fingerprint and candidates against their peers, on one core.

    python benchmarks/speed.py [--articles N] [--simhashes N] [--repeat N]

1. Articles to candidate pairs: the system's fingerprint and index against datasketch's MinHash (128
   permutations, runs of 5 words) and MinHashLSH; with the recall of both by exact containment.
2. Simhashes within distance 10: the system's index against `simhash.SimhashIndex`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stdout
from functools import partial

import corpora
import numpy as np
from corpora import CLASSES, HERE, Pair, Row, class_of, pair
from datasketch import MinHash, MinHashLSH
from exact import Exact, full
from peers import PERMUTATIONS, SHINGLE, words
from simhash import Simhash, SimhashIndex

sys.path.insert(0, str(HERE.parent))
from watcher.core import index
from watcher.core.fingerprint import of_text
from watcher.record.matching import SHARED

BATCH = 512  # articles that are indexed and looked up together, as an import does
DISTANCE = 10  # bits


def ours(docs: Mapping[str, Row]) -> set[Pair]:
    """Candidate pairs by the system's sketch."""
    postings = index.Postings()
    ids = list(docs)
    found: set[Pair] = set()
    for start in range(0, len(ids), BATCH):
        sketches = [of_text(full(docs[i])).sketch for i in ids[start : start + BATCH]]
        values = np.concatenate(sketches)
        sizes = [len(s) for s in sketches]
        numbers = np.arange(start + 1, start + 1 + len(sketches))
        postings.add(index.pack(values, np.repeat(numbers, sizes)))
        owner = np.repeat(np.arange(len(sketches)), sizes)
        text, doc, shared = index.candidates(values, owner, postings.find)
        for t, d in zip(text[shared >= SHARED], doc[shared >= SHARED], strict=True):
            if d - 1 != start + t:
                found.add(pair(ids[start + t], ids[d - 1]))
    return found


def minhash_lsh(docs: Mapping[str, Row], threshold: float, *, batch: bool) -> set[Pair]:
    """Candidate pairs by datasketch: in batches, its fastest way, or as its manual begins, a
    shingle at a time."""
    lsh = MinHashLSH(threshold=threshold, num_perm=PERMUTATIONS)
    found: set[Pair] = set()
    for i, doc in docs.items():
        w = words(full(doc))
        h = MinHash(num_perm=PERMUTATIONS)
        runs = (" ".join(w[k : k + SHINGLE]) for k in range(max(1, len(w) - SHINGLE + 1)))
        if batch:
            h.update_batch([run.encode() for run in runs])
        else:
            for run in runs:
                h.update(run.encode())
        found.update(pair(i, other) for other in lsh.query(h))
        lsh.insert(i, h)
    return found


def timed(run: Callable[[], set[Pair]], repeat: int) -> tuple[float, set[Pair]]:
    """The best of some runs, in seconds of one core's time, and what it found."""
    best, found = float("inf"), set()
    for _ in range(repeat):
        started = time.process_time()
        found = run()
        best = min(best, time.process_time() - started)
    return best, found


def recall(truth: Mapping[Pair, float], found: Iterable[Pair]) -> str:
    """Recall by containment class."""
    pairs = set(found)
    parts = []
    for name, _, _ in CLASSES:
        of_class = [p for p, c in truth.items() if class_of(c) == name]
        hit = sum(p in pairs for p in of_class)
        parts.append(f"{name} {hit / len(of_class) if of_class else 1:.3f} of {len(of_class)}")
    return ", ".join(parts)


def candidates(corpus: corpora.Corpus, repeat: int) -> None:
    """Times and recall on one corpus."""
    docs = corpus.docs
    truth = Exact(docs).pairs()
    print(f"\n{corpus.name}: {len(docs)} articles to candidate pairs, one core")
    seconds, found = timed(lambda: ours(docs), repeat)
    print(
        f"  watcher                         {len(docs) / seconds:6.0f} articles/s"
        f"  {len(found):7} pairs"
    )
    print(f"      recall {recall(truth, found)}")
    for threshold, batch in ((0.5, True), (0.2, True), (0.5, False)):
        run = partial(minhash_lsh, docs, threshold, batch=batch)
        theirs, found = timed(run, repeat if batch else 1)
        way = "update_batch" if batch else "update"
        print(
            f"  MinHashLSH at {threshold}, {way:12} {len(docs) / theirs:6.0f} articles/s"
            f"  {len(found):7} pairs   watcher is {theirs / seconds:.1f} times as fast"
        )
        print(f"      recall {recall(truth, found)}")


def simhashes(count: int) -> None:
    """Look-ups within distance 10 among random simhashes with planted neighbours."""
    rng = np.random.default_rng(10)
    values = rng.integers(0, 2**64, count, dtype=np.uint64)
    flips = rng.integers(0, 64, (200, DISTANCE // 2), dtype=np.uint64)
    asked = values[:200].copy()
    for k in range(flips.shape[1]):
        asked ^= np.uint64(1) << flips[:, k]
    docs = np.arange(1, count + 1)
    started = time.perf_counter()
    keys = index.simhash_keys(values)
    postings = index.Postings([index.pack(keys.reshape(-1), np.repeat(docs, keys.shape[1]))])
    near = index.Simhashes(postings.find, lambda d: values[d - 1])
    built = time.perf_counter() - started
    near.within(asked[:1], DISTANCE)
    started = time.perf_counter()
    mine = [set(near.within(asked[i : i + 1], DISTANCE)[1].tolist()) for i in range(len(asked))]
    seconds = (time.perf_counter() - started) / len(asked)
    started = time.perf_counter()
    package = SimhashIndex(
        [(str(i + 1), Simhash(int(v))) for i, v in enumerate(values)], k=DISTANCE
    )
    package_built = time.perf_counter() - started
    few = asked[:20]
    started = time.perf_counter()
    with redirect_stdout(None):
        theirs = [{int(i) for i in package.get_near_dups(Simhash(int(v)))} for v in few]
    package_seconds = (time.perf_counter() - started) / len(few)
    assert theirs == mine[: len(few)], "both must find the same neighbours"
    print(f"\nsimhash, distance {DISTANCE}, among {count}, one core, one at a time")
    print(f"  watcher       {seconds * 1e6:9.0f} us a look-up, built in {built:6.2f} s")
    print(
        f"  SimhashIndex  {package_seconds * 1e6:9.0f} us a look-up,"
        f" built in {package_built:6.2f} s"
    )
    print(f"  watcher is {package_seconds / seconds:.0f} times as fast; the answers are the same")


def main() -> int:
    parser = corpora.arguments("Fingerprint and candidates against their peers.")
    parser.add_argument("--articles", type=int, default=5000, help="of reuters_speed")
    parser.add_argument("--simhashes", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3, help="runs, of which the best counts")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    for name in ("helsinki2018", "reuters_speed"):
        corpus = corpora.load(corpora.folder(options.data, name))
        docs = dict(list(corpus.docs.items())[: options.articles])
        candidates(corpora.Corpus(corpus.name, docs), options.repeat)
    simhashes(options.simhashes)
    return 0


if __name__ == "__main__":
    sys.exit(main())
