"""Worker processes that can be killed: hostile input costs one worker, never the daemon.

Parsing and extraction of text from the open web can take minutes or gigabytes for a few hundred
kilobytes of input, deep in C code that no signal interrupts. So it runs in processes with a
deadline and a memory limit. Plain values and values of `core` cross the border; an error of our
own tree comes back as itself, anything else as a WorkerError.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import multiprocessing
import pickle
import resource
import signal
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from pebble import ProcessExpired, ProcessFuture, ProcessPool

from watcher.core.errors import WatcherError, WorkerError

R = TypeVar("R")
C = TypeVar("C")

MEMORY: Final = 2 << 30  # bytes of address space a worker; numpy alone reserves a quarter of it
MAX_TASKS: Final = 500  # then the worker is replaced, with whatever its libraries leaked
# Imported once, before the first fork: a replacement is ready in milliseconds, and shares their
# memory. So are what a first task would load: our own reading, and the table of languages.
WARM: Final = (
    "feedparser",
    "lxml.html",
    "numpy",
    "trafilatura",
    "watcher.reading",
    "eld.resources.ngrams.ngramsM60",
)
_STOP_SECONDS: Final = 5.0
_PROTOCOL: Final = pickle.HIGHEST_PROTOCOL
# Made beforehand: in the moment it is needed there is no room to make it.
_NO_ROOM: Final = pickle.dumps(("memory", ""), _PROTOCOL)
_KILLED: Final = ("timeout", "died", "memory")
# What a future raises when its worker did not live to answer.
_ENDINGS: Final = (TimeoutError, ProcessExpired, BrokenProcessPool)


class Workers:
    """A pool of `count` processes. Use as a context manager, or call `close`.

    `warm`: modules that workers import before any task. `memory`: bytes a worker may address.
    """

    def __init__(
        self,
        count: int = 2,
        *,
        memory: int = MEMORY,
        max_tasks: int = MAX_TASKS,
        warm: tuple[str, ...] = WARM,
    ) -> None:
        # forkserver: workers come from a small process without threads, sockets or our state.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload([__name__, *warm])
        self._make = partial(
            ProcessPool,
            max_workers=count,
            max_tasks=max_tasks,
            initializer=_settle_in,
            initargs=(memory,),
            context=cast(Any, context),
        )
        self._pool = self._make()
        self._closed = False
        self._open: set[ProcessFuture[bytes]] = set()
        self.kills: Counter[str] = Counter()
        """Tasks that `run` saw end with their worker, or at its memory limit, by reason."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill what runs, drop what waits. Calling twice is fine."""
        self._closed = True
        _stop(self._pool)
        self._drop()

    async def run(self, func: Callable[..., R], *args: object, timeout: float) -> R:
        """`func(*args)` in a worker; `func` at the top level of a module, arguments picklable.

        `timeout`: seconds from the moment a worker starts on it. Raises what `func` raised if it
        is a WatcherError, else WorkerError (reasons: timeout, memory, died, crash). Cancelling
        the call kills the worker.
        """
        try:
            return await self._run(func, args, timeout)
        except WorkerError as error:
            if error.reason in _KILLED and not self._closed:
                self.kills[error.reason] += 1
            raise

    async def _run(self, func: Callable[..., R], args: tuple[object, ...], timeout: float) -> R:
        for last in (False, True):
            future = self._submit(func, args, timeout)
            try:
                return cast(R, _unwrap(func, await asyncio.wrap_future(future)))
            except (asyncio.CancelledError, *_ENDINGS) as error:
                if isinstance(error, asyncio.CancelledError) and _being_cancelled():
                    raise
                # A pool breaks when a worker dies that had nothing to do: not over this input.
                ours = isinstance(error, TimeoutError | ProcessExpired)
                if self._closed or last or ours:
                    raise self._ended(func, error, timeout) from error
        raise AssertionError("the second try answers or raises")

    def map_chunks(
        self,
        func: Callable[[C], R],
        chunks: Iterable[C],
        *,
        ahead: int = 4,
        timeout: float = 600.0,
    ) -> Iterator[R]:
        """`func(chunk)` for each chunk, in order, with at most `ahead` chunks under way.

        The iterable is read no further ahead than that. The first error ends the iteration; it is
        raised as by `run`.
        """
        waiting: deque[ProcessFuture[Any]] = deque()
        source = iter(chunks)
        try:
            while True:
                while len(waiting) < max(1, ahead):
                    try:
                        chunk = next(source)
                    except StopIteration:
                        break
                    waiting.append(self._submit(func, (chunk,), timeout))
                if not waiting:
                    return
                try:
                    answer = waiting.popleft().result()
                except (*_ENDINGS, CancelledError) as error:
                    raise self._ended(func, error, timeout) from error
                yield cast(R, _unwrap(func, answer))
        finally:
            for future in waiting:
                _cancel(future)

    def _submit(
        self, func: Callable[..., Any], args: tuple[object, ...], timeout: float
    ) -> ProcessFuture[bytes]:
        if self._closed:
            raise WorkerError("died", "the workers were closed")
        try:
            future = self._pool.schedule(_guarded, args=(func, args), timeout=timeout)
        except RuntimeError:  # the pool broke: its manager thread met something it cannot handle
            _stop(self._pool)
            self._drop()
            self._pool = self._make()
            future = self._pool.schedule(_guarded, args=(func, args), timeout=timeout)
        self._open.add(future)
        future.add_done_callback(self._open.discard)
        return future

    def _drop(self) -> None:
        """End the calls of a pool that was stopped: it leaves them waiting for ever."""
        for future in tuple(self._open):
            _cancel(future)

    def _ended(self, func: Callable[..., Any], error: BaseException, timeout: float) -> WorkerError:
        if self._closed:
            return WorkerError("died", "the workers were closed")
        if isinstance(error, TimeoutError):
            return WorkerError("timeout", f"{func.__name__} was killed after {timeout:g} s")
        told = str(error) or "its pool was stopped"
        return WorkerError("died", f"the worker of {func.__name__} died: {told}")


def _settle_in(memory: int) -> None:
    """Make a new process a worker: bounded, silent on Ctrl-C, without core dumps."""
    # No nice(): the systemd unit's system call filter kills a process that tries.
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        memory = min(memory, hard)
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the daemon decides when we stop
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    # What was loaded before the fork stays: to look through it for garbage again and again takes
    # long, and copies the pages that workers share.
    gc.freeze()
    # What libraries say of hostile bytes would reach stderr as it is; the error comes home anyway.
    logging.getLogger().addHandler(logging.NullHandler())


def _guarded(func: Callable[..., Any], args: tuple[object, ...]) -> bytes:
    """Runs in the worker. The answer is pickled here, where a failure to do so does no harm.

    Errors travel as tuples: an exception with arguments of its own cannot always be unpickled.
    """
    try:
        return pickle.dumps(("ok", func(*args)), _PROTOCOL)
    except WatcherError as error:
        return pickle.dumps(("ours", (type(error), error.args, dict(vars(error)))), _PROTOCOL)
    except MemoryError:
        return _NO_ROOM
    except Exception as error:  # noqa: BLE001 - the border: the parent raises it as WorkerError
        told = f"{type(error).__name__}: {str(error)[:500]}"
        return pickle.dumps(("crash", told), _PROTOCOL)


def _unwrap(func: Callable[..., Any], answer: bytes) -> Any:
    kind, value = pickle.loads(answer)  # noqa: S301 - written by `_guarded`, in our own process
    if kind == "ok":
        return value
    if kind == "ours":
        cls, args, state = value
        error = cls.__new__(cls, *args)
        error.args = args
        vars(error).update(state)
        raise error
    if kind == "memory":
        raise WorkerError("memory", f"{func.__name__} reached the worker's memory limit")
    raise WorkerError("crash", f"{func.__name__} failed: {value}")


def _stop(pool: ProcessPool) -> None:
    # pebble's methods without annotations, called in one place each.
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join(_STOP_SECONDS)


def _cancel(future: ProcessFuture[Any]) -> None:
    future.cancel()  # type: ignore[no-untyped-call]


def _being_cancelled() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
