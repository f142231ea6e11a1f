"""Pairs drawn at random for a person to judge, side by side, to the terminal only.

    python benchmarks/review.py [--seed 1] [--joined 50] [--linked 50] [DIR|NAME ...]
    python benchmarks/review.py --again          the pairs of verdicts.csv, for a second reader
    python benchmarks/review.py --tally          what verdicts.csv says

Matched text is shown plain, the rest in brackets, notices that an outlet repeats left out. Verdicts
go to verdicts.csv by hand: corpus, a, b, kind, verdict (right, wrong, doubtful), reason in own
words. `--again` shows
neither kind nor figures nor verdict: the second reader says of each pair what it is (same: to be
joined; shared: to be linked; none; doubtful), in column `second`. A joined pair is right if one
text is a copy, an edited copy or an excerpt of the other or both of a third; a linked pair if they
share text and neither is a copy of the other as a whole.
"""

from __future__ import annotations

import csv
import random
import shutil
import sys
import textwrap
from collections import Counter
from itertools import zip_longest
from pathlib import Path

import corpora
from corpora import HERE, Corpus, Pair
from exact import WIDTH, Exact, grams, lines, words
from measures import joined
from system import JOINING, imported

NAMES = ("helsinki2018", "us_topstories", "tgcontest_en")
VERDICTS = HERE / "verdicts.csv"
_MOST = 400  # words shown of each text


def draw(
    corpus: Corpus, joins: list[Pair], links: list[Pair], seed: int, n: tuple[int, int]
) -> list[Pair]:
    """So many joined and linked pairs, the same for the same seed and matches."""
    rng = random.Random(f"{seed} {corpus.name}")
    return [p for pairs, k in ((joins, n[0]), (links, n[1])) for p in _sample(rng, pairs, k)]


def _sample(rng: random.Random, pairs: list[Pair], count: int) -> list[Pair]:
    ordered = sorted(pairs)
    return rng.sample(ordered, min(count, len(ordered)))


def marked(exact: Exact, this: str, other: str, most: int) -> str:
    """A text without notices, what the other does not have in brackets."""
    known = set(exact.news(other)) | set(exact.whole(other))
    furniture = exact.furniture.get(exact.docs[this]["outlet"], set())
    shown: list[str] = []
    count = 0
    for line in exact.docs[this]["text"].split("\n"):
        found = tuple(words(line))
        if not found or found in furniture or count > most:
            continue
        runs = grams(line)
        same = sum(r in known for r in runs) * 2 > len(runs) if runs else len(found) < WIDTH
        shown.append(line.strip() if same else f"[{line.strip()}]")
        count += len(found)
    return "\n".join(shown)


def side_by_side(left: str, right: str) -> str:
    """Two texts in columns as wide as the terminal."""
    width = max(30, (shutil.get_terminal_size((160, 40)).columns - 3) // 2)
    columns = [
        [row for line in text.split("\n") for row in (textwrap.wrap(line, width) or [""])]
        for text in (left, right)
    ]
    return "\n".join(f"{a:{width}} | {b}" for a, b in zip_longest(*columns, fillvalue=""))


def again(data: Path, most: int) -> None:
    """The pairs that were read once, in another order, without what was said of them."""
    with VERDICTS.open(newline="") as file:
        pairs = [(row["corpus"], row["a"], row["b"]) for row in csv.DictReader(file)]
    loaded = {name: corpora.load(corpora.folder(data, name)) for name in {p[0] for p in pairs}}
    judges = {name: Exact(corpus.docs) for name, corpus in loaded.items()}
    random.Random(2).shuffle(pairs)
    for number, (name, a, b) in enumerate(pairs, 1):
        print(f"\n{'=' * 30} {number}  {name}  {a}  {b}")
        exact = judges[name]
        for i in (a, b):
            doc = loaded[name].docs[i]
            print(f"  {doc['outlet']}  {doc.get('published')}  {sum(map(len, lines(doc)))} words")
        print(side_by_side(marked(exact, a, b, most), marked(exact, b, a, most)))


def tally() -> None:
    """Verdicts by joined or linked, and what the second reader says of the same pairs."""
    counts: dict[str, Counter[str]] = {"joined": Counter(), "linked": Counter()}
    seconds: dict[str, Counter[str]] = {"joined": Counter(), "linked": Counter()}
    agreed = 0
    with VERDICTS.open(newline="") as file:
        for row in csv.DictReader(file):
            name = "joined" if row["kind"] in JOINING else "linked"
            right = "same" if name == "joined" else "shared"
            second = {right: "right", "doubtful": "doubtful"}.get(row["second"], "wrong")
            counts[name][row["verdict"]] += 1
            seconds[name][second] += 1
            agreed += second == row["verdict"]
    for name, found in counts.items():
        print(f"{name}: {found.total()} read; first {dict(found)}; second {dict(seconds[name])}")
    print(f"both readers say the same of {agreed}")


def main() -> int:
    parser = corpora.arguments("Pairs for a person to judge.")
    parser.add_argument("corpus", nargs="*", help="folder, or name under copies/")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--joined", type=int, default=50, help="in all")
    parser.add_argument("--linked", type=int, default=50, help="in all")
    parser.add_argument("--words", type=int, default=_MOST, help="shown of each text")
    parser.add_argument("--again", action="store_true", help="the pairs of verdicts.csv, blind")
    parser.add_argument("--tally", action="store_true", help="count verdicts.csv")
    options = parser.parse_args()
    if options.tally:
        tally()
        return 0
    if options.again:
        again(options.data, options.words)
        return 0
    names = options.corpus or NAMES
    number = 0
    for k, name in enumerate(names):
        corpus = corpora.load(corpora.folder(options.data, name))
        exact = Exact(corpus.docs)
        with imported(corpus.docs.values()) as found:
            joins = joined(corpus, found)
            links = [p for p in found.matches if corpus.cross_outlet(p) and p not in set(joins)]
            # The first corpus takes half of the draw where there are others.
            share = 1.0 if len(names) == 1 else 0.5 if k == 0 else 0.5 / (len(names) - 1)
            n = (round(options.joined * share), round(options.linked * share))
            for p in draw(corpus, joins, links, options.seed, n):
                number += 1
                m = found.matches[p]
                a, b = str(m["a"]), str(m["b"])
                print(f"\n{'=' * 30} {number}  {corpus.name}  {m['kind']}")
                print(f"paste {m['paste']} cut {m['cut']} words {m['words']}  {a}  {b}")
                for i in (a, b):
                    doc = corpus.docs[i]
                    size = sum(map(len, lines(doc)))
                    print(f"  {doc['outlet']}  {doc.get('published')}  {size} words")
                print(
                    side_by_side(
                        marked(exact, a, b, options.words), marked(exact, b, a, options.words)
                    )
                )
    return 0


if __name__ == "__main__":
    sys.exit(main())
