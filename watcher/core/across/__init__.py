"""The same text in another language: what two texts share when they share no word.

`sentences` cuts both, vectors from outside say what each sentence means, `align` lays them side by
side, `verdict` says what that makes of them. `codes` keeps vectors small and finds the texts worth
comparing; `anchors` (numbers, names) is what is left without vectors.
"""

from watcher.core.across.align import Pair, align
from watcher.core.across.anchors import Anchors, anchors
from watcher.core.across.codes import QUICK, SCHEME, Codes, alike, code, gist, shortlist
from watcher.core.across.evidence import aligned
from watcher.core.across.sentences import sentences
from watcher.core.across.verdict import Verdict, by_anchors, by_meaning

__all__ = [
    "QUICK",
    "SCHEME",
    "Anchors",
    "Codes",
    "Pair",
    "Verdict",
    "align",
    "aligned",
    "alike",
    "anchors",
    "by_anchors",
    "by_meaning",
    "code",
    "gist",
    "sentences",
    "shortlist",
]
