"""The best tree over scored edges (Chu and Liu 1965; Edmonds 1967)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def best_tree(scores: Floats) -> list[int]:
    """The parent of each node in the tree with the highest sum of scores.

    `scores[p, c]`: of the edge from p to c; -inf where it is forbidden. Node 0 is the root: it
    stands for what was never seen, and any node may hang on it (its scores have to be finite).
    Returns a parent for each node, -1 for node 0. O(n^3) at the worst.
    """
    scores = scores.copy()
    np.fill_diagonal(scores, -np.inf)
    scores[:, 0] = -np.inf
    return _solve(scores)


def _solve(scores: Floats) -> list[int]:
    n = len(scores)
    best = [-1] * n
    for node in range(1, n):
        best[node] = int(np.argmax(scores[:, node]))
    circle = _circle(best)
    if not circle:
        return best
    inside = np.zeros(n, dtype=bool)
    ring = np.array(circle)
    inside[ring] = True
    outer = np.flatnonzero(~inside)
    gain = {node: scores[best[node], node] for node in circle}
    # The circle becomes one node, the last: entering it at a node breaks that node's edge.
    entering = scores[np.ix_(outer, ring)] - np.array([gain[node] for node in circle])
    leaving = scores[np.ix_(ring, outer)]
    small = np.full((len(outer) + 1, len(outer) + 1), -np.inf)
    small[:-1, :-1] = scores[np.ix_(outer, outer)]
    small[:-1, -1] = entering.max(axis=1)
    small[-1, :-1] = leaving.max(axis=0)
    found = _solve(small)
    result = list(best)
    last = len(outer)
    for i, node in enumerate(outer.tolist()):
        if found[i] == last:
            result[node] = circle[int(np.argmax(leaving[:, i]))]
        elif found[i] >= 0:
            result[node] = int(outer[found[i]])
    into = found[last]
    result[circle[int(np.argmax(entering[into]))]] = int(outer[into])
    return result


def _circle(parents: list[int]) -> list[int]:
    """The nodes of one circle of these edges; none: []."""
    state = [0] * len(parents)
    for start in range(1, len(parents)):
        path = []
        node = start
        while node > 0 and state[node] == 0:
            state[node] = 1
            path.append(node)
            node = parents[node]
        if node > 0 and state[node] == 1:
            return path[path.index(node) :]
        for one in path:
            state[one] = 2
    return []
