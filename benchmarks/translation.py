"""Translations among real news: what is suggested, what is not, and what it costs.

Stories that professionals have translated (ntrex), asked for across languages among background news
(us_topstories, and basil_same_event: one event told independently by three outlets). Bounds were
fitted on every third story, with a look at the first 75 reports of basil_same_event; the figures
are of the other stories, and of all reports. `--anchors` prints the same table for numbers and
names alone, as without the extra.
"""

from __future__ import annotations

import itertools
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
from corpora import arguments, folder, load

from watcher.core.across import (
    Anchors,
    Codes,
    Verdict,
    anchors,
    by_anchors,
    by_meaning,
    code,
    gist,
    sentences,
    shortlist,
)
from watcher.core.across.anchors import rarity
from watcher.tongues import meanings
from watcher.tongues.language import language

TO_ENGLISH = ("fra", "deu", "spa", "rus", "arb", "zho-CN")
LIKENESS = (0.5, 0.55, 0.6, 0.65)  # what a watch may ask for
BARS = {"first": 0.97, "excerpt": 0.90, "independent": 0.98}


@dataclass
class Doc:
    """A text with all that is asked of it."""

    name: str
    lang: str
    text: str = field(repr=False)
    at: list[tuple[int, int]] = field(repr=False, default_factory=list)
    vectors: np.ndarray = field(repr=False, default_factory=lambda: np.zeros((0, 512), np.float32))
    marks: Anchors | None = field(repr=False, default=None)

    @property
    def story(self) -> str:
        return self.name.split("|")[0]


def made(name: str, text: str, title: str = "") -> Doc:
    whole = f"{title}\n{text}" if title else text
    doc = Doc(name, language(whole).code or "", whole, sentences(whole))
    doc.vectors = meanings([whole[a:b] for a, b in doc.at])
    doc.marks = anchors(whole)
    return doc


class Meaning:
    """Suggestions by sentence vectors, as the program makes them."""

    def __init__(self, docs: Collection[Doc]) -> None:
        self.docs = list(docs)
        self.compared = 0  # pairs of texts, sentence by sentence
        self.codes: dict[str, Codes] = defaultdict(Codes)
        self.sentences = {n: code(d.vectors) for n, d in enumerate(self.docs)}
        for n, d in enumerate(self.docs):
            if len(d.at):
                self.codes[d.lang].add(np.array([n]), gist(d.vectors))

    def first(self, asked: Doc) -> tuple[Doc, Verdict] | None:
        if not len(asked.at):
            return None
        others = [c for lang, c in self.codes.items() if lang != asked.lang]
        short = shortlist(
            gist(asked.vectors),
            code(asked.vectors),
            others,
            lambda ids: {i: self.sentences[i] for i in ids},
        )
        self.compared += len(short)
        found = [(self.docs[n], self.judge(self.docs[n], asked)) for _, n in short]
        good = [f for f in found if f[1].suggested]
        return max(good, key=lambda f: f[1].sure, default=None)

    @staticmethod
    def judge(a: Doc, b: Doc) -> Verdict:
        return by_meaning(a.vectors, b.vectors, a.at, b.at)


class Names:
    """Suggestions by numbers and names alone."""

    def __init__(self, docs: Collection[Doc]) -> None:
        self.docs = list(docs)
        self.where: dict[int, list[int]] = defaultdict(list)
        for n, d in enumerate(self.docs):
            assert d.marks is not None
            for h in d.marks.numbers | d.marks.names:
                self.where[h].append(n)
        self.rarity = rarity({h: len(v) for h, v in self.where.items()}, len(self.docs))

    def first(self, asked: Doc) -> tuple[Doc, Verdict] | None:
        assert asked.marks is not None
        seen: Counter[int] = Counter()
        for h in asked.marks.numbers | asked.marks.names:
            for n in self.where.get(h, ()):
                if self.docs[n].lang != asked.lang:
                    seen[n] += self.rarity[h]
        found = [(self.docs[n], self.judge(self.docs[n], asked)) for n, _ in seen.most_common(10)]
        good = [f for f in found if f[1].suggested]
        return max(good, key=lambda f: f[1].sure, default=None)

    def judge(self, a: Doc, b: Doc) -> Verdict:
        assert a.marks is not None
        assert b.marks is not None
        return by_anchors(a.marks, b.marks, self.rarity)


def excerpt(doc: Doc, lines: list[str], rng: random.Random) -> str:
    """A third of a text's sentences: one run of them, or scattered, by turns."""
    n = max(3, round(len(lines) / 3))
    if rng.random() < 0.5:
        start = rng.randrange(max(1, len(lines) - n + 1))
        return "\n".join(lines[start : start + n])
    return "\n".join(lines[i] for i in sorted(rng.sample(range(len(lines)), min(n, len(lines)))))


def main() -> int:
    parser = arguments(__doc__ or "")
    parser.add_argument("--background", type=int, default=1000, help="news articles (%(default)s)")
    parser.add_argument("--anchors", action="store_true", help="numbers and names alone")
    parser.add_argument("--stories", type=int, default=1000, help="at most")
    options = parser.parse_args()
    rng = random.Random(9)
    corpus = load(folder(options.data, "ntrex"))
    names = sorted({i.split("|")[0] for i in corpus.docs})
    kept = [s for n, s in enumerate(names) if n % 3][
        : options.stories
    ]  # the first of three: fitted
    langs = ("eng", *TO_ENGLISH)
    spent = time.process_time()
    docs = {
        (s, lang): made(f"{s}|{lang}", r["text"], r.get("title") or "")
        for s in kept
        for lang in langs
        if (r := corpus.docs.get(f"{s}|{lang}"))
    }
    basil = load(folder(options.data, "basil_same_event"))
    told = {i: made(i, r["text"], r.get("title") or "") for i, r in basil.docs.items()}
    news = load(folder(options.data, "us_topstories"))
    some = rng.sample(sorted(news.docs), min(options.background, len(news.docs)))
    other = [made(i, news.docs[i]["text"], news.docs[i].get("title") or "") for i in some]
    background = [*told.values(), *other]
    spent = (time.process_time() - spent) / (len(docs) + len(background))
    make = Names if options.anchors else Meaning
    failed = []

    # The whole, and excerpts, for each pair of languages.
    search = 0.0
    asked_n = 0
    indexes = {b: make([docs[s, b] for s in kept] + background) for b in langs}
    excerpts = {
        (s, a): made(
            f"{s}|{a}", excerpt(docs[s, a], corpus.docs[f"{s}|{a}"]["text"].split("\n"), rng)
        )
        for s in kept
        for a in langs
    }
    lines = []
    sure: dict[str, list[float]] = defaultdict(list)
    for a, b in itertools.permutations(langs, 2):
        whole = part = 0
        for s in kept:
            started = time.process_time()
            first = indexes[b].first(docs[s, a])
            search += time.process_time() - started
            asked_n += 1
            if first and first[0].story == s:
                whole += 1
                sure["of the whole"].append(first[1].sure)
            found = indexes[b].first(excerpts[s, a])
            if found and found[0].story == s:
                part += 1
                sure["of a third"].append(found[1].sure)
        w, p = whole / len(kept), part / len(kept)
        lines.append((a, b, f"{w:.3f}", f"{p:.3f}"))
        if w < BARS["first"]:
            failed.append(f"{a} -> {b}: first suggestion right {w:.3f}")
        if p < BARS["excerpt"]:
            failed.append(f"{a} -> {b}: excerpts {p:.3f}")
    print(f"{len(kept)} stories, {len(background)} background articles\n")
    print("| new | known | first right | excerpt found |\n| --- | --- | --- | --- |")
    for line in lines:
        print(f"| {' | '.join(line)} |")

    for what, values in sure.items():
        reach = ", ".join(
            f"{least}: {sum(v >= least for v in values) / len(values):.3f}" for least in LIKENESS
        )
        print(f"likeness of right suggestions {what}, share that reaches {reach}")

    # Background news asked against everything in other languages.
    foreign = make([d for (_, lang), d in docs.items() if lang != "eng"])
    wrong = [(d, hit) for d in background if (hit := foreign.first(d))]
    if isinstance(foreign, Meaning):
        each = foreign.compared / len(background)
        print(f"\nknown texts compared with a background article: {each:.2f}", end="")
    rate = 1000 * len(wrong) / len(background)
    print(f"\nwrong suggestions: {len(wrong)} of {len(background)} background articles")
    for d, hit in wrong[:5]:
        print(f"  {d.name} -> {hit[0].name}: {hit[1].reason}")
    if rate > 1:
        failed.append(f"{rate:.1f} wrong suggestions in 1,000")

    # Independent reports: one event's three, as if their language differed.
    pairs = [
        (x, y)
        for x, y in itertools.combinations(told, 2)
        if basil.clusters.get(x) == basil.clusters.get(y) and x in basil.clusters
    ]
    judge = make(list(told.values())).judge
    clean = sum(not judge(told[x], told[y]).suggested for x, y in pairs)
    print(
        f"independent reports of one event not suggested: {clean / len(pairs):.3f} of {len(pairs)}"
    )
    if clean / len(pairs) < BARS["independent"]:
        failed.append(f"independent reports {clean / len(pairs):.3f}")
    print(
        f"CPU a new article: {1000 * spent:.1f} ms for language, sentences and vectors,"
        f" {1000 * search / asked_n:.1f} ms for the search among {len(background) + len(kept):,}"
    )
    for fault in failed:
        print(f"BELOW: {fault}", file=sys.stderr)
    return bool(failed)


if __name__ == "__main__":
    raise SystemExit(main())
