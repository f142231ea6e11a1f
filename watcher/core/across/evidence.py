"""What a suggested translation rests on, in words: sentences of either text, side by side."""

from __future__ import annotations

import numpy as np

from watcher.core.text import spans

_AFTER = 4  # characters of punctuation that belong to a sentence's last word


def aligned(runs: bytes, a: str, b: str, most: int | None = None) -> tuple[tuple[str, str], ...]:
    """The first `most` pairs of a stored match: from its runs (four int32 each: first word and end
    in a, the same in b) and the two bodies. Pairs that the texts do not have are left out."""
    ends = np.frombuffer(runs, "<i4")
    rows = ends[: len(ends) // 4 * 4].reshape(-1, 4).tolist()
    at_a, at_b = spans(a), spans(b)
    fit = [r for r in rows if 0 <= r[0] < r[1] <= len(at_a) and 0 <= r[2] < r[3] <= len(at_b)]
    return tuple(
        (
            _cut(a, at_a[r[0]][0], at_a[r[1] - 1][1]),
            _cut(b, at_b[r[2]][0], at_b[r[3] - 1][1]),
        )
        for r in (fit if most is None else fit[:most])
    )


def _cut(text: str, start: int, end: int) -> str:
    """A stretch of text with the marks before and after it, in one line."""
    for _ in range(_AFTER):
        if end < len(text) and not text[end].isspace() and not text[end].isalnum():
            end += 1
        if start and not text[start - 1].isspace() and not text[start - 1].isalnum():
            if text[start - 1] not in "\"'“„«‹「『([¿¡":
                continue
            start -= 1
    return " ".join(text[start:end].split())
