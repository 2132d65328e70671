"""Who plays the replications: this process, or a pool of them, behind one map.

Replications are pure functions of their task, so neither the number of workers nor the order in which they
finish can change a result.
"""

from __future__ import annotations

import math
import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from types import TracebackType
from typing import Self, TypeVar

from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from experiments.whatif.errors import WorkerError

Item = TypeVar("Item")
Result = TypeVar("Result")

# Below this a task costs less than sending it to another process is worth.
LEAST_CHUNK_SECONDS = 0.5
MOST_DEFAULT_WORKERS = 2


def default_workers() -> int:
    """Two, or one on a machine with a single core."""
    return min(MOST_DEFAULT_WORKERS, os.cpu_count() or 1)


def chunked(items: Sequence[Item], n_workers: int, seconds_each: float) -> list[Sequence[Item]]:
    """Cut items into runs worth at least half a second, if there are that many, and at most a worker's fair share.

    Examples
    --------
    >>> [len(chunk) for chunk in chunked(range(10), n_workers=2, seconds_each=0.2)]
    [3, 3, 3, 1]
    """
    fair = math.ceil(len(items) / n_workers)
    size = max(1, min(fair, math.ceil(LEAST_CHUNK_SECONDS / max(seconds_each, 1e-9))))
    return [items[start : start + size] for start in range(0, len(items), size)]


class Workers:
    """A map over chunks that lasts for a study; the pool starts when it is first needed.

    On an interrupt the processes of the pool are ended at once: what they had finished is on disk.
    """

    def __init__(self, n_workers: int) -> None:
        self.n_workers = n_workers
        self._pool: ProcessPoolExecutor | None = None
        self._others = set(multiprocessing.active_children())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is None:
            return
        if kind is not None:
            for process in set(multiprocessing.active_children()) - self._others:
                process.terminate()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def map(self, function: Callable[[Sequence[Item]], Result], chunks: Sequence[Sequence[Item]]) -> Iterator[Result]:
        """Yield the function's results, in whatever order they come.

        Raises
        ------
        WorkerError
            If a process of the pool dies.
        """
        if self.n_workers == 1 or (self._pool is None and len(chunks) == 1):
            with threadpool_limits(limits=1):
                for chunk in chunks:
                    yield function(chunk)
            return
        try:
            futures: list[Future[Result]] = [self._started().submit(function, chunk) for chunk in chunks]
            for future in as_completed(futures):
                yield future.result()
        except BrokenProcessPool as error:
            msg = (
                "a worker process died, perhaps for want of memory; finished replications are kept: "
                "run the same command again, with --workers 1 or fewer orders"
            )
            raise WorkerError(msg) from error

    def _started(self) -> ProcessPoolExecutor:
        if self._pool is None:
            # Spawned, not forked: a service that plays studies has threads, which a fork would break.
            self._pool = ProcessPoolExecutor(
                self.n_workers, mp_context=multiprocessing.get_context("spawn"), initializer=_prepare
            )
        return self._pool


def _prepare() -> None:
    """The parent alone answers Ctrl-C, and one thread a worker keeps both cores and every bit the same."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threadpool_limits(limits=1)
