"""Detection on labelled corpora, through `watcher import` and `watcher export`.

    python benchmarks/detection.py                     the corpora that have bars
    python benchmarks/detection.py DIR|NAME ...        any corpus in the same layout
    python benchmarks/detection.py --json ...          figures for programs, a line a corpus
    python benchmarks/detection.py --missed ...        ids of what went wrong

Exit code 1 where a bar is missed.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import Any

import corpora
import measures
from corpora import Corpus, Pair, class_of
from exact import Exact, longest_run
from measures import Share
from system import Found, imported

NAMES = ("helsinki2018", "us_topstories", "tgcontest_en", "basil_same_event", "ntrex")

# Least values; a figure that starts with "no_" is a count that must be 0.
BARS: dict[str, dict[str, float]] = {
    "helsinki2018": {
        "found >=.8": 1.0,
        "found .5-.8": 0.98,
        "found .2-.5": 0.93,
        "joined share text": 0.995,
        "no_glued stories": 0,
    },
    "us_topstories": {
        "found >=.8": 1.0,
        "found .5-.8": 1.0,
        "found .2-.5": 0.95,
        "joined share text": 0.995,
        "no_glued stories": 0,
    },
    "tgcontest_en": {"no_joined without shared text": 0},
    "basil_same_event": {"no_joined": 0},
    "ntrex": {"copy joined": 0.98, "no_translation joined": 0},
    "ntrex (own outlets)": {"copy joined": 0.98, "no_translation joined": 0},
}


def figures(corpus: Corpus, found: Found, exact: Exact) -> dict[str, Any]:
    """Every figure that the corpus' labels allow."""
    joined = measures.joined(corpus, found)
    text = measures.precision(joined, lambda p: is_real(corpus, exact, p))
    strangers = measures.strangers(found, exact)
    together = sum(len(s) * (len(s) - 1) // 2 for s in found.stories)
    out: dict[str, Any] = {
        "articles": len(corpus.docs),
        "seconds": round(found.seconds, 1),
        "kinds": dict(Counter(m["kind"] for m in found.matches.values()).most_common()),
        "no_joined": len(joined),
        "no_joined without shared text": text.whole - text.part,
        "joined share text": text,
        "joined share text, notices aside": measures.precision(joined, exact.real_news),
        "stories": len(found.stories),
        "no_glued stories": len(measures.glued(found, exact)),
        "stories with strangers": len(strangers),
        "pairs of strangers": Share(sum(len(b.pairs) for b in strangers), together),
    }
    if corpus.containment:
        every = {p for p in found.matches if corpus.cross_outlet(p)}
        out |= {f"found {k}": v for k, v in measures.recall(corpus, every).items()}
        out |= {f"joined {k}": v for k, v in measures.recall(corpus, set(joined)).items()}
    for label, (any_kind, same) in measures.by_label(corpus, found).items():
        out |= {f"{label} found": any_kind, f"{label} joined": same}
        out[f"no_{label} joined"] = same.part
    if corpus.clusters:
        home = measures.story_clusters(corpus, found)
        truth = {i: corpus.clusters.get(i, i) for i in corpus.docs}
        out["adjusted Rand index"] = round(measures.adjusted_rand(truth, home), 4)
    return out


def is_real(corpus: Corpus, exact: Exact, p: Pair) -> bool:
    """Whether a pair shares text by its label, or by a run of 30 words."""
    return corpus.containment.get(p, 0.0) >= 0.2 or exact.real(p)


def judge(name: str, got: dict[str, Any]) -> list[str]:
    """The bars of a corpus that are missed."""
    missed = []
    for bar, least in BARS.get(name, {}).items():
        value = got[bar]
        number = value.value if isinstance(value, Share) else value
        if number > 0 if bar.startswith("no_") else number < least:
            missed.append(f"{bar}: {value}, bar {least:g}")
    return missed


def largest(corpus: Corpus, found: Found) -> list[str]:
    """The three largest stories: members, outlets, kinds and what was left linked."""
    out = []
    for members in sorted(found.stories, key=len, reverse=True)[:3]:
        inside = set(members)
        kinds = Counter(
            m["kind"] for (a, b), m in found.matches.items() if a in inside and b in inside
        )
        outlets = Counter(corpus.docs[i]["outlet"] for i in members)
        share = sum(n for k, n in kinds.items() if k in measures.JOINING)
        out.append(
            f"  {len(members)} articles of {len(outlets)} outlets; {share} joining matches "
            f"({', '.join(f'{n} {k}' for k, n in kinds.most_common())}); "
            f"most from {', '.join(f'{o} {n}' for o, n in outlets.most_common(4))}"
        )
    return out


def show(corpus: Corpus, found: Found, got: dict[str, Any], missed: list[str]) -> None:
    """The figures for people."""
    print(f"\n{corpus.name}")
    for key, value in got.items():
        shown = ", ".join(f"{n} {k}" for k, n in value.items()) if key == "kinds" else value
        bar = BARS.get(corpus.name, {}).get(key)
        mark = "" if bar is None else f"   bar {bar:g}"
        print(f"  {key.removeprefix('no_'):36} {shown}{mark}")
    print("  largest stories")
    for line in largest(corpus, found):
        print("  " + line)
    for line in missed:
        print(f"  MISSED  {line}")


def show_missed(corpus: Corpus, found: Found, exact: Exact) -> None:
    """Ids of what went wrong: pairs without a match, joins without text, stories."""
    for p, c in sorted(corpus.containment.items(), key=lambda kv: -kv[1]):
        if class_of(c) and corpus.cross_outlet(p) and p not in found.matches:
            rest = longest_run(exact.news(p[0]), exact.news(p[1]))
            print(f"  not found  {c:.2f}  {p[0]}  {p[1]}  longest run besides notices {rest}")
    for p in measures.joined(corpus, found):
        if not is_real(corpus, exact, p) or not exact.real_news(p):
            m = found.matches[p]
            print(f"  joined?    {m['kind']} paste {m['paste']} cut {m['cut']}  {p[0]}  {p[1]}")
    for name, broken in (
        ("glued", measures.glued(found, exact)),
        ("strangers", measures.strangers(found, exact)),
    ):
        for b in broken:
            print(f"  {name}  story of {len(found.stories[b.story])}: {b.pairs[:4]}")


def main() -> int:
    parser = corpora.arguments("Detection on labelled corpora.")
    parser.add_argument("corpus", nargs="*", help="folder, or name under copies/")
    parser.add_argument("--json", action="store_true", help="one JSON object a corpus")
    parser.add_argument("--missed", action="store_true", help="ids of what went wrong")
    options = parser.parse_args()
    failed = False
    for name in options.corpus or NAMES:
        plain = corpora.load(corpora.folder(options.data, name))
        cases = [plain]
        if plain.name == "ntrex":
            plain.labels.update(corpora.languages(plain))
            cases.append(corpora.by_language(plain))
        for corpus in cases:
            exact = Exact(corpus.docs)
            with imported(corpus.docs.values()) as found:
                got = figures(corpus, found, exact)
                missed = judge(corpus.name, got)
                failed |= bool(missed)
                if options.json:
                    plain_figures = {
                        k: v.value if isinstance(v, Share) else v for k, v in got.items()
                    }
                    print(json.dumps({"corpus": corpus.name, **plain_figures}), flush=True)
                else:
                    show(corpus, found, got, missed)
                if options.missed:
                    show_missed(corpus, found, exact)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
