"""When a paragraph that an outlet repeats is boilerplate, and when it is news told often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from watcher.core.fingerprint import window
from watcher.core.text import U64

DISTINCT = 3  # distinct articles of one outlet, and of nobody else
DISTINCT_ANYWHERE = 6  # distinct articles of one outlet, whoever else has the paragraph
LEAST_WORDS = 4  # shorter lines are never evidence by themselves
MOST_CARRIERS = 24  # articles looked at; more cannot change the answer
_OWN_VALUES = 3  # sketch values, about 25 words, ...
_OWN_SHARE = 0.25  # ... and this share of its own that a text needs to be distinct of another;
_OWN_PLENTY = 20  # or so many values, some 200 words: a long gallery leaves no text a good share


@dataclass(frozen=True, slots=True)
class Carrier:
    """An article that has the paragraph: its sketch, and how many words it has."""

    sketch: U64
    words: int


def distinct(a: Carrier, b: Carrier) -> bool:
    """Whether two articles are different texts: each has a good part that the other has not.

    Judged by what is *not* shared, as two short articles under one long notice share most of
    their words; three versions of an agency report, each an update of the last, do not pass.
    """
    common = len(np.intersect1d(a.sketch, b.sketch, assume_unique=True))
    # A short text's sketch is denser than a long one's: count both as if sampled by the wider
    # window, which keeps two values of `width + 1` shingles.
    width = max(window(a.words), window(b.words))
    for side in (a, b):
        size = min(len(side.sketch), 2 * side.words / (width + 1))
        if size - common < max(_OWN_VALUES, min(_OWN_SHARE * size, _OWN_PLENTY)):
            return False
    return True


def is_boilerplate(own: Sequence[Carrier], elsewhere: int) -> tuple[bool, str]:
    """Judge a paragraph by one outlet's articles that carry it.

    `elsewhere` counts the articles of other families that carry it too. An agency's text that one
    outlet runs in several versions is repeated, and it is also seen elsewhere; a notice shared by
    the sister titles of an owner that the config does not name is seen elsewhere, but in many
    articles that have nothing else in common.
    """
    kept: list[Carrier] = []
    # Being distinct is no equivalence, so whom we ask first matters: not the one that came first,
    # for the answer may not depend on that, but the shortest, which leaves room for most others.
    shortest = sorted(own, key=lambda c: (c.words, c.sketch.tobytes()))
    for carrier in shortest[:MOST_CARRIERS]:
        if all(distinct(carrier, other) for other in kept):
            kept.append(carrier)
            if len(kept) >= DISTINCT_ANYWHERE:
                break
    n = len(kept)
    if n >= DISTINCT_ANYWHERE:
        return True, f"in {n} or more distinct articles of the outlet"
    if n >= DISTINCT and not elsewhere:
        return True, f"in {n} distinct articles of the outlet and nowhere else"
    if n >= DISTINCT:
        return False, f"in {n} distinct articles of the outlet, but {elsewhere} elsewhere"
    return False, f"in {n} distinct articles of the outlet"
