"""Learn the weights of watcher/core/lineage/weights.py on simulated newsrooms, and print them.

python benchmarks/lineage_fit.py
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
from lineage import Case, cases
from newsrooms import LEARNED

from watcher.core.lineage.features import NONE, PAIR, Table, tabulate


@dataclass
class Choice:
    """One copy's candidates: features of "none" and of each, and which is true (0: none)."""

    none: np.ndarray
    pair: np.ndarray
    true: int


def choices(table: Table, found: Case) -> list[Choice]:
    """What is learned from: each copy whose true parent an interval does not rule out."""
    ids = [m.article for m in found.members]
    every = []
    for c, child in enumerate(ids):
        open_ = np.flatnonzero(table.allowed[:, c])
        true = found.truth.parent[child]
        at = 0
        if true is not None:
            at = next((i for i, p in enumerate(open_.tolist(), 1) if ids[p] == true), -1)
        if at >= 0:
            every.append(Choice(table.none[c].copy(), table.pair[open_, c].copy(), at))
    return every


def learn(every: list[Choice], *, steps: int = 1500, rate: float = 0.05) -> np.ndarray:
    """Weights of NONE, then PAIR: the conditional logit's, by Adam (Kingma and Ba 2015)."""
    k0, k1 = len(NONE), len(PAIR)
    rows, owner, target = [], [], []
    for i, choice in enumerate(every):
        rows.append(np.concatenate([choice.none, np.zeros(k1)]))
        rows += [np.concatenate([np.zeros(k0), p]) for p in choice.pair]
        owner += [i] * (len(choice.pair) + 1)
        target += [j == choice.true for j in range(len(choice.pair) + 1)]
    x, who, y = np.array(rows), np.array(owner), np.array(target, float)
    starts = np.flatnonzero(np.diff(who, prepend=-1))
    w, m, v = np.zeros(k0 + k1), np.zeros(k0 + k1), np.zeros(k0 + k1)
    for step in range(1, steps + 1):
        z = x @ w
        z = np.exp(z - np.maximum.reduceat(z, starts)[who])
        p = z / np.add.reduceat(z, starts)[who]
        gradient = x.T @ (p - y) / len(every) + 1e-4 * w
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        w -= rate * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-9)
    p = np.log(np.maximum(1e-12, z / np.add.reduceat(z, starts)[who]))
    print(f"# {len(every)} choices, mean log likelihood {float((p * y).sum() / len(every)):.3f}")
    return w


def fit(seeds: range) -> None:
    """Learn the weights, and print them as watcher/core/lineage/weights.py has them."""
    found = [choices(tabulate(c.members), c) for _, c in cases(LEARNED, seeds)]
    weights = learn([choice for one in found for choice in one])
    show("NONE", weights[: len(NONE)])
    show("PAIR", weights[len(NONE) :])


def show(name: str, weights: np.ndarray) -> None:
    """Print weights as Python."""
    print(f"{name} = ({', '.join(f'{w:.2f}' for w in weights)})")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stories", type=int, default=60, help="of each setting")
    fit(range(parser.parse_args().stories))
