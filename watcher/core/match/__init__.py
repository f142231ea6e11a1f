"""Two texts compared: what they share, of what kind that is, and why.

Every judgement is made on the words themselves; fingerprints only choose what to compare.
"""

from watcher.core.kinds import CORE, JOINING, Kind
from watcher.core.match.judging import (
    MIN_WORDS,
    MIN_WORDS_SHORT,
    SHORT,
    VERBATIM,
    Match,
    Order,
    Rest,
    Side,
    block,
    compare,
)
from watcher.core.match.runs import GAP, MIN_RUN, SEED, Sequence, Shared, shared

__all__ = [
    "CORE",
    "GAP",
    "JOINING",
    "MIN_RUN",
    "MIN_WORDS",
    "MIN_WORDS_SHORT",
    "SEED",
    "SHORT",
    "VERBATIM",
    "Kind",
    "Match",
    "Order",
    "Rest",
    "Sequence",
    "Shared",
    "Side",
    "block",
    "compare",
    "shared",
]
