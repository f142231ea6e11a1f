"""What storage says is wrong, as errors of the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from storage.faults import StorageFault
from watcher.core.errors import StorageBusy, StorageError


def translated(fault: StorageFault) -> StorageError:
    """`fault` in the program's own error tree, in the same words."""
    return StorageBusy(str(fault)) if fault.busy else StorageError(str(fault))


@contextmanager
def translating() -> Iterator[None]:
    """For what is asked of storage without a Database of ours, which translates by itself."""
    try:
        yield
    except StorageFault as fault:
        raise translated(fault) from fault
