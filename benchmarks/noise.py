"""Scans of old newspapers: reports that two papers printed, both read badly, among others.

    python benchmarks/noise.py [--data FOLDER] [--rates 0.05,0.1,0.15,0.2]

Real reports of `reuters_speed`, 3,000 of them by 50 papers, 500 printed by a second paper too, some
cut short there. A share of the words of either is damaged in memory as scanners do: letters taken
for others, words lost or cut in two, lines broken with hyphens; each copy by itself, so that of two
the share of words still equal is the square of what each kept. Found: a match of any kind;
joined: one story. Beside it simhash and MinHash LSH as in peers.py, on the same texts.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator

import corpora
from corpora import Corpus, Pair, pair
from exact import Exact
from measures import adjusted_rand, components, joined, story_clusters
from peers import by_minhash, by_simhash
from system import imported

COUNT, TWICE, PAPERS = 3000, 500, 50
_LETTERS = {
    "e": "co", "c": "eo", "o": "ec0", "a": "uo", "u": "nv", "n": "ur", "r": "ni", "l": "1it",
    "i": "lj1", "t": "fl", "f": "t", "h": "bk", "b": "h", "s": "5a", "d": "cl", "g": "q", "y": "v",
}  # fmt: skip


def scanned(text: str, rate: float, rng: random.Random) -> str:
    """The words of a text with `rate` of them damaged, in narrow columns."""
    lines, line = [], ""
    for word in text.split():
        for piece in (damaged(word, rng) if rng.random() < rate else word).split():
            if len(line) > 40 and len(piece) > 6 and rng.random() < 0.5:
                lines.append(f"{line} {piece[:4]}-")
                line = piece[4:]
            elif len(line) > 40:
                lines.append(line)
                line = piece
            else:
                line = f"{line} {piece}" if line else piece
    return "\n".join([*lines, line])


def damaged(word: str, rng: random.Random) -> str:
    """One word with a letter or two misread, or cut in two, or lost."""
    fate = rng.random()
    at = rng.randrange(len(word))
    if fate < 0.08:
        return ""
    if fate < 0.16 and at > 0:
        return f"{word[:at]} {word[at:]}"
    letters = list(word)
    for _ in range(1 if rng.random() < 0.7 else 2):
        at = rng.randrange(len(letters))
        letters[at] = rng.choice(_LETTERS.get(letters[at].lower(), ".,;e"))
    return "".join(letters)


def press(rows: list[dict[str, str]], rate: float, seed: int) -> Iterator[dict[str, str]]:
    """The papers' articles; `second-N` is another paper's print of `first-N`, every other cut."""
    rng = random.Random(seed)
    for n, row in enumerate(rows):
        day = f"1950-01-{1 + n % 28:02d}"
        text = scanned(row["text"], rate, rng)
        yield {"id": f"first-{n}", "outlet": f"paper {n % PAPERS}", "published": day, "text": text}
        if n < TWICE:
            words = row["text"].split()
            kept = words[: len(words) - (n % 2) * rng.randrange(len(words) // 2)]
            text = scanned(" ".join(kept), rate, rng)
            name = f"daily {n % (PAPERS - 13)}"
            yield {"id": f"second-{n}", "outlet": name, "published": day, "text": text}


def row(name: str, corpus: Corpus, found: set[Pair], together: set[Pair], rand: float) -> str:
    """A line of the table, `corpus` holding the texts before they were damaged."""
    right = {pair(f"first-{n}", f"second-{n}") for n in range(TWICE)}
    exact = Exact(corpus.docs)
    strangers = sum(not exact.real(p) for p in together - right)
    return (
        f"{name} | {len(found & right) / TWICE:.3f} | {len(together & right) / TWICE:.3f} |"
        f" {strangers} | {rand:.3f} |"
    )


def report(rate: float, rows: list[dict[str, str]]) -> None:
    """The lines of one rate."""
    clean = Corpus("clean", {d["id"]: d for d in press(rows, 0, 7)}, {}, {})
    corpus = Corpus("noise", {d["id"]: d for d in press(rows, rate, 7)}, {}, {})
    truth = {i: i.partition("-")[2] for i in corpus.docs}
    with imported(corpus.docs.values()) as system:
        rand = adjusted_rand(truth, story_clusters(corpus, system))
        pairs = {p for p in system.matches if corpus.cross_outlet(p)}
        mine = row("watcher", clean, pairs, set(joined(corpus, system)), rand)
    print(f"| {rate:.0%} | {mine}", flush=True)
    peers = {f"simhash, distance {d}": p for d, p in by_simhash(corpus, (3, 10)).items()}
    peers |= {f"MinHash LSH {t}": p for t, p in by_minhash(corpus, (0.5, 0.2)).items()}
    for name, found in peers.items():
        home = {i: n for n, part in enumerate(components(corpus.docs, found)) for i in part}
        print(f"| | {row(name, clean, found, found, adjusted_rand(truth, home))}", flush=True)


def main() -> int:
    parser = corpora.arguments("Scans of old newspapers.")
    parser.add_argument("--rates", default="0.05,0.1,0.15,0.2", help="words damaged (%(default)s)")
    options = parser.parse_args()
    folder = corpora.folder(options.data, "reuters_speed")
    rows = [r for r in corpora.rows(folder / "docs.jsonl.gz") if 120 < len(r["text"].split()) < 700]
    rows = random.Random(1).sample(rows, COUNT)
    print("| words damaged | method | found | joined | strangers joined | adjusted Rand |")
    print("| --- " * 6 + "|")
    for rate in map(float, options.rates.split(",")):
        report(rate, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
