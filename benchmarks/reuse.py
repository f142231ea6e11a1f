"""Reuse by hand (clough_short_answers): can `watcher compare`'s figures tell a copy from none?

    python benchmarks/reuse.py [DIR|NAME]
    python benchmarks/reuse.py --seeds 2,3,4,5      the same by the shortest run looked at, and what
                                                    that does to texts that it was not chosen on

Each answer is compared with its task's source. A classifier of one threshold on one figure, and one
on each of two, is chosen on all tasks but one and tried on that one (leave one task out).
Exit code 1 where no figure reaches the bar.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean

import corpora
import noise
from corpora import HERE, Corpus
from system import JOINING

sys.path.insert(0, str(HERE.parent))
from watcher.core.match import runs
from watcher.record.explain import compare_texts

BAR = 0.96  # F1, copy against non-copy
COPIED = ("cut", "light", "heavy")
LABELS = (*COPIED, "non")


@dataclass(frozen=True)
class Answer:
    """An answer, its label, and what `watcher compare` says of it and its source."""

    id: str
    task: str
    label: str
    paste: float
    cut: float
    words: int
    longest: int
    distance: int
    kind: str

    @property
    def copied(self) -> bool:
        """Whether people wrote it from the source."""
        return self.label != "non"


FIGURES: dict[str, Callable[[Answer], float]] = {
    "cut": lambda a: a.cut,
    "paste": lambda a: a.paste,
    "larger of paste and cut": lambda a: max(a.paste, a.cut),
    "words": lambda a: a.words,
    "longest": lambda a: a.longest,
    "distance (plain simhash)": lambda a: -a.distance,
}


def f1(answers: list[Answer], said: list[bool]) -> tuple[float, float, float]:
    """Precision, recall and F1 of calling answers copied."""
    hit = sum(s and a.copied for a, s in zip(answers, said, strict=True))
    precision = hit / sum(said) if any(said) else 0.0
    recall = hit / sum(a.copied for a in answers)
    return precision, recall, 2 * precision * recall / (precision + recall) if hit else 0.0


def threshold(answers: list[Answer], figure: Callable[[Answer], float]) -> float:
    """The threshold with the best F1; of several, the middle of the widest gap."""
    values = sorted({figure(a) for a in answers})
    middles = [((low + high) / 2, high - low) for low, high in pairwise(values)]
    best = max(middles, key=lambda m: (f1(answers, [figure(a) >= m[0] for a in answers])[2], m[1]))
    return best[0]


def leave_one_out(
    answers: list[Answer], figure: Callable[[Answer], float]
) -> tuple[list[bool], list[float]]:
    """What is said of each answer by the threshold of the other tasks; the thresholds."""
    said: dict[str, bool] = {}
    used = []
    for task in sorted({a.task for a in answers}):
        at = threshold([a for a in answers if a.task != task], figure)
        used.append(at)
        said.update((a.id, figure(a) >= at) for a in answers if a.task == task)
    return [said[a.id] for a in answers], used


def read(corpus: Corpus) -> list[Answer]:
    """What `watcher compare` says of each answer and its task's source."""
    answers = []
    for (a, b), label in corpus.labels.items():
        source, answer = (a, b) if a.startswith("orig") else (b, a)
        m = compare_texts(corpus.docs[source]["text"], corpus.docs[answer]["text"])
        figures = (m.paste, m.cut, m.words, m.longest, m.distance, str(m.kind))
        answers.append(Answer(answer, source, label, *figures))
    return answers


def by_seed(corpus: Corpus, data: Path, seeds: list[int]) -> None:
    """F1 here for each shortest run, and on scans of Reuters reports (noise.py), 15 and 20 % of
    words damaged: how many pairs of one report would join, and how many of two reports share
    anything."""
    folder = corpora.folder(data, "reuters_speed")
    rows = [r for r in corpora.rows(folder / "docs.jsonl.gz") if 120 < len(r["text"].split()) < 700]
    rows = random.Random(1).sample(rows, noise.TWICE)
    print("| shortest run | F1 | joined, 15 % damaged | 20 % | two reports that share anything |")
    print("| --- " * 5 + "|")
    for seed in seeds:
        runs.SEED = seed
        answers = read(corpus)
        best = max(f1(answers, leave_one_out(answers, f)[0])[2] for f in FIGURES.values())
        shares = []
        others = 0
        for rate in (0.15, 0.2):
            scans = {r["id"]: r["text"] for r in noise.press(rows, rate, 7)}
            same = [
                compare_texts(scans[f"first-{n}"], scans[f"second-{n}"]).kind in JOINING
                for n in range(noise.TWICE)
            ]
            shares.append(mean(same))
            others += sum(
                compare_texts(scans[f"first-{n}"], scans[f"second-{n - 1}"]).kind != "none"
                for n in range(1, noise.TWICE)
            )
        print(f"| {seed} | {best:.3f} | {shares[0]:.3f} | {shares[1]:.3f} | {others} |", flush=True)


def main() -> int:
    parser = corpora.arguments("Reuse by hand, told by the figures of `watcher compare`.")
    parser.add_argument("corpus", nargs="?", default="clough_short_answers")
    parser.add_argument("--seeds", help="shortest runs to try, in words")
    parser.add_argument("--missed", action="store_true", help="ids and figures of wrong answers")
    options = parser.parse_args()
    corpus = corpora.load(corpora.folder(options.data, options.corpus))
    if options.seeds:
        by_seed(corpus, options.data, [int(seed) for seed in options.seeds.split(",")])
        return 0
    answers = read(corpus)
    print(f"{corpus.name}: {len(answers)} answers to {len({a.task for a in answers})} tasks\n")
    print("  label  answers  paste  least..most    cut    least..most   words  kinds")
    groups: dict[str, list[Answer]] = defaultdict(list)
    for a in answers:
        groups[a.label].append(a)
    for label in LABELS:
        g = groups[label]
        kinds: dict[str, int] = defaultdict(int)
        for a in g:
            kinds[a.kind] += 1
        print(
            f"  {label:6} {len(g):6}   {mean(a.paste for a in g):.3f}"
            f"  {min(a.paste for a in g):.2f}..{max(a.paste for a in g):.2f}   "
            f"{mean(a.cut for a in g):.3f}  "
            f"{min(a.cut for a in g):.2f}..{max(a.cut for a in g):.2f}"
            f"   {mean(a.words for a in g):5.0f}   {dict(kinds)}"
        )
    print("\n  copy against non-copy, threshold from the other tasks")
    best = 0.0
    for name, figure in FIGURES.items():
        said, used = leave_one_out(answers, figure)
        precision, recall, f = f1(answers, said)
        best = max(best, f)
        print(
            f"  {name:26} F1 {f:.3f}  precision {precision:.3f}  recall {recall:.3f}"
            f"  thresholds {min(used):.3f}..{max(used):.3f}"
        )
        if options.missed:
            for a, s in zip(answers, said, strict=True):
                if s != a.copied:
                    print(f"      {a.label:6} {a.id} {a.task}: paste {a.paste} cut {a.cut}")
    print(f"\n  best F1 {best:.3f}, bar {BAR}")
    return int(best < BAR)


if __name__ == "__main__":
    sys.exit(main())
