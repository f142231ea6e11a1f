"""Labelled corpora: a folder with docs.jsonl.gz and pairs.jsonl.gz or clusters.jsonl.gz.

Rows of `docs`: id, text, and what else the source has (outlet, url, published, lang, title). Rows
of `pairs`: {"a", "b", "containment"}, or {"a", "b", "same"} or {"a", "b", "label"}. Rows of
`clusters`: {"id", "cluster"}. Nothing of the texts is stored: they belong to their publishers.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Pair = tuple[str, str]

HERE = Path(__file__).resolve().parent
DEFAULT = HERE.parent.parent / "shared" / "data"
CLASSES = ((">=.8", 0.8, 2.0), (".5-.8", 0.5, 0.8), (".2-.5", 0.2, 0.5))  # containment, [low, high)


def pair(a: str, b: str) -> Pair:
    """A pair whichever way round it was given."""
    return (a, b) if a < b else (b, a)


def class_of(containment: float) -> str | None:
    """The class of a containment; None below .2."""
    return next((name for name, low, high in CLASSES if low <= containment < high), None)


@dataclass(frozen=True)
class Corpus:
    """Documents by id, and what is known of them."""

    name: str
    docs: dict[str, Row] = field(repr=False)
    containment: dict[Pair, float] = field(default_factory=dict, repr=False)  # labelled pairs
    labels: dict[Pair, str] = field(default_factory=dict, repr=False)  # judged by people
    clusters: dict[str, str] = field(default_factory=dict, repr=False)  # id -> cluster

    def cross_outlet(self, p: Pair) -> bool:
        """Whether a pair is of two outlets."""
        return bool(self.docs[p[0]]["outlet"] != self.docs[p[1]]["outlet"])


def rows(path: Path) -> list[Row]:
    """The objects of a JSON Lines file, plain or gzipped."""
    raw = path.read_bytes()
    text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    return [json.loads(line) for line in text.split("\n") if line.strip()]


def load(folder: Path) -> Corpus:
    """Read a corpus.

    A few documents without an outlet are taken to be of one; where most have none, each is given
    its own, as nothing could be a copy otherwise.
    """
    docs = {str(r["id"]): r for r in rows(folder / "docs.jsonl.gz")}
    unnamed = [i for i, r in docs.items() if not r.get("outlet")]
    for i in unnamed:
        docs[i]["outlet"] = "unknown" if 2 * len(unnamed) < len(docs) else f"unknown-{i}"
    for i, r in docs.items():
        r["id"] = i
    corpus = Corpus(folder.name, docs)
    if (folder / "pairs.jsonl.gz").exists():
        for r in rows(folder / "pairs.jsonl.gz"):
            key = pair(str(r["a"]), str(r["b"]))
            if "containment" in r:
                corpus.containment[key] = float(r["containment"])
            elif "same" in r:
                corpus.labels[key] = "same" if r["same"] else "different"
            else:
                corpus.labels[key] = str(r["label"])
    if (folder / "clusters.jsonl.gz").exists():
        corpus.clusters.update(
            (str(r["id"]), str(r["cluster"])) for r in rows(folder / "clusters.jsonl.gz")
        )
    return corpus


def by_language(corpus: Corpus) -> Corpus:
    """ntrex (id = story|language), labelled, and each version at an outlet of its own.

    As the corpus lies, a story's nine versions are of one outlet, whose articles are never copies
    of each other.
    """
    docs = {i: r | {"outlet": f"{r['outlet']}-{i.split('|')[1]}"} for i, r in corpus.docs.items()}
    return replace(corpus, name=f"{corpus.name} (own outlets)", docs=docs, labels=languages(corpus))


def languages(corpus: Corpus) -> dict[Pair, str]:
    """ntrex: two versions of one story are copies (spa, spa-2) or translations."""
    stories: dict[str, list[str]] = {}
    for i in corpus.docs:
        stories.setdefault(i.split("|")[0], []).append(i)
    found = {}
    for ids in stories.values():
        for n, a in enumerate(ids):
            for b in ids[:n]:
                copies = {a.split("|")[1], b.split("|")[1]} == {"spa", "spa-2"}
                found[pair(a, b)] = "copy" if copies else "translation"
    return found


def arguments(purpose: str) -> argparse.ArgumentParser:
    """A parser that knows where the corpora are."""
    parser = argparse.ArgumentParser(description=purpose)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("WATCHER_CORPORA", DEFAULT)),
        help="folder that holds copies/ (WATCHER_CORPORA; default %(default)s)",
    )
    return parser


def folder(data: Path, name: str) -> Path:
    """A corpus by its path or its name under copies/."""
    given = Path(name)
    found = given if (given / "docs.jsonl.gz").exists() else data / "copies" / name
    if not (found / "docs.jsonl.gz").exists():
        raise SystemExit(f"no corpus at {given} or {found}: it needs docs.jsonl.gz")
    return found
