"""A text's fingerprint: its simhash, the sketch of its shingles, its paragraphs' hashes.

The simhash (Charikar 2002; Manku, Jain, Sarma 2007) is that of the `simhash` package, computed
here in one vectorised pass over shingle hashes that we have anyway: bit for bit what
`simhash.Simhash` gives for the same features (a test compares them), at a fraction of its time,
and without its overflow on a feature that counts 256 or more.

The sketch is winnowed (Schleimer, Wilkerson, Aiken 2003): of each window of 20 consecutive word
4-grams the one with the smallest hash is kept. Two texts that share 23 words share a sketch value,
43 words two, whatever surrounds them; keeping the 4-grams with `hash mod p == 0` (Broder 1997)
promises nothing for short passages, and at the same recall it keeps a third more values and brings
twice the candidates (benchmarks/README.md). Short texts use narrower windows, whose minima include
those of the wide ones, so that sketches of long and short texts stay comparable.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from simhash import Simhash

from watcher.core.text import U64, Words, mix, paragraphs, widened, words
from watcher.core.values import Fingerprint

SCHEME = "3"  # changes whenever the same text would get another fingerprint

SIMHASH_WIDTH = 3  # words a simhash feature
SKETCH_WIDTH = 4  # words a sketch shingle
SKETCH_WIDTH_SPACELESS = 8  # characters, where a character is a word: about as telling
WINDOW = 20  # shingles, of which the sketch keeps one
_ODD = np.uint64(1)  # marks a character of a script without spaces (`text.hashing`)
_WINDOWS = 8  # a text too short for this many windows gets narrower ones


def simhash(features: U64) -> int:
    """The 64-bit simhash of distinct feature hashes, each counting once; 0 for none."""
    if not len(features):
        return 0
    octets = features.astype("<u8", copy=False).view(np.uint8).reshape(-1, 8)
    bits = np.unpackbits(octets, axis=1, bitorder="little")
    # A bit is set where more than half of the features have it, as in the package.
    ones = np.add.reduce(bits, axis=0, dtype=np.uint32) * 2 > len(features)
    return int(np.packbits(ones, bitorder="little").view("<u8")[0])


def distance(a: int, b: int) -> int:
    """Hamming distance of two simhashes, 0 .. 64 bits (`simhash.Simhash.distance`)."""
    return int(Simhash(a).distance(Simhash(b)))


def grams(hashes: U64) -> U64:
    """The shingles that a sketch samples from: one a position, as long as the script needs."""
    return _grams(hashes, hashes, 1)


def _grams(hashes: U64, sums: U64, have: int) -> U64:
    """The same, from unmixed shingle sums of `have` words (`text.widened`)."""
    sums = widened(sums, hashes, have, SKETCH_WIDTH)
    spaceless = (hashes & _ODD).view(np.int64)
    if not spaceless.any():
        return mix(sums)
    # Four characters are two words of Chinese: too common to tell anything. Decided by position,
    # so that a passage gives the same shingles whatever the rest of the page is written in.
    long = mix(widened(sums, hashes, SKETCH_WIDTH, SKETCH_WIDTH_SPACELESS))
    at = spaceless[: len(sums)].astype(bool)
    chosen = mix(sums)
    whole = np.flatnonzero(at[: len(long)])
    chosen[whole] = long[whole]
    keep = np.ones(len(chosen), dtype=bool)
    keep[len(long) :] = ~at[len(long) :]
    return chosen[keep]


def window(grams: int) -> int:
    """Width of the sketch's window for a text of that many shingles."""
    return max(1, min(WINDOW, grams // _WINDOWS))


def sketch(hashes: U64) -> U64:
    """Sorted, distinct sampled shingle hashes of a text's words."""
    return _sampled(grams(hashes))


def _sampled(all_grams: U64) -> U64:
    """The winnowed grams, sorted and distinct."""
    if not len(all_grams):
        return all_grams
    # One gram is the least of many windows in a row: most repeats go without sorting.
    least = _least(all_grams, window(len(all_grams)))
    begins = np.ones(len(least), dtype=bool)
    np.not_equal(least[1:], least[:-1], out=begins[1:])
    # The least of many hashes are small numbers: mixed again, they fill the range evenly.
    return _distinct(mix(least[begins]))


def _least(values: U64, width: int) -> U64:
    """The least value of each window, by doubling: five passes for a window of 20."""
    least, have = values, 1
    while have < width:
        step = min(have, width - have)
        least = np.minimum(least[:-step], least[step:])
        have += step
    return least


def _distinct(values: U64) -> U64:
    """Sorted and distinct: `np.unique`, which takes eight times as long on a few hundred."""
    ordered = np.sort(values)
    begins = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return ordered[begins]


def of_words(w: Words, drop: npt.NDArray[np.bool_] | None = None) -> Fingerprint:
    """The fingerprint of a text's words, leaving out those that `drop` marks (boilerplate)."""
    hashes = w.hashes if drop is None else w.hashes[~drop]
    width = min(SIMHASH_WIDTH, max(1, len(hashes)))
    sums = widened(hashes, hashes, 1, width)
    features = _distinct(mix(sums))
    lines, _, _ = paragraphs(w)
    return Fingerprint(len(w), simhash(features), _sampled(_grams(hashes, sums, width)), lines)


def of_text(text: str) -> Fingerprint:
    """The fingerprint of a cleaned text."""
    return of_words(words(text))
