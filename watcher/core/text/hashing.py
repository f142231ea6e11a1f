"""A word's 64-bit hash: a polynomial over its letters, so that arrays of letters hash at once.

The hash of a word that says c_0 c_1 ... is mix(c_0 + c_1 M + c_2 M^2 + ...) modulo 2^64, its lowest
bit saying whether it is a character of a script without spaces. (Karp and Rabin 1987, with a power
of two for the modulus; the finaliser spreads what the low bits of such a sum would tell.)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]
Ints = npt.NDArray[np.int64]

PARAGRAPH = 0  # the hash that stands for the end of a paragraph
NOTHING = 1  # the hash of a token with no letter in it

LONGEST = 1 << 18  # characters that the tables of powers serve at once
_MULTIPLIER = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def _powers(base: int) -> U64:
    steps = np.full(LONGEST, base, dtype=np.uint64)
    steps[0] = 1
    return np.multiply.accumulate(steps)


POWERS = _powers(_MULTIPLIER)
INVERSES = _powers(pow(_MULTIPLIER, -1, 1 << 64))  # odd numbers have one modulo 2^64

_M1 = np.uint64(_MULTIPLIER)
_M2 = np.uint64(0xBF58476D1CE4E5B9)
_M3 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31 = np.uint64(30), np.uint64(27), np.uint64(31)
_EVEN = np.uint64(_MASK - 1)


def mix(x: U64) -> U64:
    """The finaliser of splitmix64 (Steele, Lea, Flood 2014): every bit depends on every bit."""
    x = (x ^ (x >> _S30)) * _M2
    x = (x ^ (x >> _S27)) * _M3
    return x ^ (x >> _S31)


def runs(values: U64, starts: Ints) -> U64:
    """The polynomial of each run of `values` that begins at `starts` and ends before the next.

    Where a run stands makes no difference to it.
    """
    if len(values) <= LONGEST:
        return np.add.reduceat(values * POWERS[: len(values)], starts) * INVERSES[starts]
    ends = np.append(starts[1:], len(values))
    sums = [
        (values[i:j] * np.resize(POWERS, j - i)).sum() for i, j in zip(starts, ends, strict=True)
    ]
    return np.array(sums, dtype=np.uint64)


def finish(sums: U64) -> U64:
    """Word hashes of the polynomials of their letters: even, and neither of the two reserved."""
    hashes = mix(sums) & _EVEN
    hashes[hashes == PARAGRAPH] = 2
    return hashes


def word_hash(normal: str, *, spaceless: bool) -> int:
    """The hash of one word as `spelling.normal` gives it, not empty."""
    codes = np.frombuffer(normal.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.uint64)
    total = 0
    for at in range(0, len(codes), LONGEST):
        part = codes[at : at + LONGEST]
        total += int((part * POWERS[: len(part)]).sum()) * pow(_MULTIPLIER, at, 1 << 64)
    even = int(finish(np.array([total & _MASK], dtype=np.uint64))[0])
    return even | 1 if spaceless else even


def shingles(hashes: U64, width: int) -> U64:
    """The hash of each run of `width` words (Broder 1997); `len - width + 1` values, or none."""
    return mix(widened(hashes[: max(0, len(hashes) - width + 1)], hashes, 1, width))


def widened(sums: U64, hashes: U64, have: int, width: int) -> U64:
    """Unmixed shingle sums of `width` words from those of `have` words (at first the words).

    Narrow and wide shingles of one text share their work that way.
    """
    n = max(0, len(hashes) - width + 1)
    total = sums[:n].copy()
    for i in range(have, width):
        total *= _M1
        total += hashes[i : i + n]
    return total
