"""How seldom Python looks for garbage, where little is made and much is kept.

Reference counts free nearly everything. What is left are cycles, and looking for them means
walking over all that is alive: with CPython's defaults every 700 new objects, which is every poll.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def seldom_sought() -> Iterator[None]:
    """Look for garbage once in 50,000 new objects, and at what is there already not at all."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(50_000, 10, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()
