"""Tasks on a Dask cluster: its scheduler runs those again whose worker died.

Every task is a function of this package on plain values; what it makes goes into the scratch
folder, which all machines see under one path, and what it returns is a few numbers. So a worker
that is killed loses the task it was at, and a run that is begun again finds what was finished.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from watcher import __version__
from watcher.core.errors import UsageError, WatcherError, WorkerError

R = TypeVar("R")
Tell = Callable[[int, int | None], None]
_DEATHS = 5  # of workers under one task, before it is taken for the reason
_CONNECT = 30  # seconds


class Cluster:
    """A connection to a cluster. Take it from `connected`."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.cpu = 0.0  # seconds that tasks have taken so far

    def each(self, func: Callable[..., R], calls: Sequence[tuple[Any, ...]], tell: Tell) -> list[R]:
        """`func(*call)` for each, on the workers; the answers in order. `tell` hears how many are
        done. Raises the first error of a task; WorkerError where workers die of one."""
        from distributed import KilledWorker, as_completed

        answers: dict[Any, R] = {}
        futures = [self._client.submit(_timed, func, call, pure=False) for call in calls]
        try:
            for future, (answer, cpu) in as_completed(futures, with_results=True):
                answers[future.key] = answer
                self.cpu += cpu
                tell(len(answers), len(futures))
        except WatcherError:
            raise
        except KilledWorker as error:
            told = f"{func.__name__} ended {_DEATHS} workers, the last {error.last_worker}"
            raise WorkerError("died", told) from error
        except Exception as error:
            raise WorkerError("crash", f"{func.__name__} failed: {error}") from error
        finally:
            self._client.cancel([f for f in futures if not f.done()])
        return [answers[f.key] for f in futures]

    def workers(self) -> int:
        """Processes at work, at the moment."""
        return len(self._client.scheduler_info(n_workers=-1)["workers"])

    def check(self, scratch: Path) -> None:
        """Raises UsageError where a worker runs another version, or does not see the folder."""
        sign = scratch / "sign"
        sign.write_text(__version__)
        for worker, (version, seen) in self._client.run(_look, str(sign)).items():
            if version != __version__:
                raise UsageError(
                    f"worker {worker} runs syndication-watch {version}, this is {__version__};"
                    " install one version everywhere"
                )
            if not seen:
                raise UsageError(
                    f"worker {worker} does not see {scratch}; name with --scratch a folder that all"
                    " machines see under one path"
                )


def _timed(func: Callable[..., R], call: tuple[Any, ...]) -> tuple[R, float]:
    """In a worker: the answer, and the CPU seconds that it took."""
    begun = time.thread_time()
    return func(*call), time.thread_time() - begun


def _look(sign: str) -> tuple[str, bool]:
    try:
        return __version__, Path(sign).read_text() == __version__
    except OSError:
        return __version__, False


@contextmanager
def connected(address: str, workers: int) -> Iterator[Cluster]:
    """A cluster: that of the scheduler at `address`, or for "local" `workers` processes of this
    machine. Raises UsageError where Dask is not installed or nobody answers."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise UsageError(
            "--cluster needs the extra `cluster`: pip install 'syndication-watch[cluster]'"
        ) from error
    logging.getLogger("distributed").setLevel(logging.ERROR)
    # Numbers of one thread a task: several would only take the processors from each other.
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    settings = {"distributed.scheduler.allowed-failures": _DEATHS}
    with dask.config.set(settings):
        if address == "local":
            with (
                LocalCluster(
                    n_workers=workers,
                    threads_per_worker=1,
                    dashboard_address="127.0.0.1:0",
                    memory_limit=0,
                    silence_logs=logging.CRITICAL,  # an error of a task comes home anyway
                ) as cluster,
                Client(cluster) as client,
            ):
                yield Cluster(client)
            return
        try:
            client = Client(address, timeout=_CONNECT)
        except (OSError, ValueError) as error:
            raise UsageError(f"no Dask scheduler answers at {address}: {error}") from error
        with client:
            yield Cluster(client)
