"""Values that cross the border to a worker process, pickled as a call of their class.

A dataclass with slots is pickled by looking its fields up by name, in Python, each time (the
standard library's `_dataclass_getstate`): a document of thirty entries took longer to unpack than
to receive.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")


def sent(cls: type[T]) -> type[T]:
    """Decorates a frozen dataclass with slots and two fields or more, all of them of `__init__`."""
    names: tuple[str, ...] = cls.__slots__  # type: ignore[attr-defined]
    values: Callable[[T], tuple[Any, ...]] = attrgetter(*names)

    def reduce(self: T) -> tuple[type[T], tuple[Any, ...]]:
        return cls, values(self)

    cls.__reduce__ = reduce  # type: ignore[method-assign, assignment]
    return cls
