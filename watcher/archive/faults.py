"""What storage says is wrong, as errors of the program."""

from __future__ import annotations

from storage.faults import StorageFault
from watcher.core.errors import StorageBusy, StorageError


def translated(fault: StorageFault) -> StorageError:
    """`fault` in the program's own error tree, in the same words."""
    return StorageBusy(str(fault)) if fault.busy else StorageError(str(fault))
