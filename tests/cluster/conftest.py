"""A Dask cluster of two processes for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@pytest.fixture(scope="session")
def scheduler() -> Iterator[str]:
    """The address of a scheduler with two workers."""
    from distributed import LocalCluster

    with LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", memory_limit=0
    ) as cluster:
        yield cluster.scheduler_address


@pytest.fixture(autouse=True)
def _small_batches() -> Iterator[None]:
    with small_batches():
        yield


@contextmanager
def small_batches() -> Iterator[None]:
    """Many transactions of few articles."""
    with pytest.MonkeyPatch.context() as patch:
        for room in ("watcher.load", "watcher.cluster.landing"):
            patch.setattr(f"{room}.BATCH", 64)
            patch.setattr(f"{room}.CHUNK", 16)
        yield
