"""One writer thread that commits many callers' work in one transaction (group commit).

A durable commit costs a disk flush, some milliseconds, whatever it holds. Callers therefore hand their
work to a queue; the thread takes all that waits, runs it and commits once. If a piece fails, the batch is
undone and run again with each piece in a savepoint of its own, so that only the one that fails is lost.
Work is therefore something that may be run twice. Nobody hears of success before the commit.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from data.errors import StoreError
from data.store.engine import writing

MAX_BATCH = 256
MAX_WAITING = 10_000

Result = TypeVar("Result")
Outcome = tuple[Any, Exception | None]


@dataclass(frozen=True, slots=True)
class _Job:
    work: Callable[[Connection], Any]
    future: Future[Any]


class GroupCommitWriter:
    """The only writer of this process.

    Parameters
    ----------
    engine : Engine
        From `data.store.engine.open_engine`.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = writing(engine)
        self._waiting: queue.Queue[_Job | None] = queue.Queue(MAX_WAITING)
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], Result]) -> Future[Result]:
        """Queue work; the future is settled once it is committed, or with the error that undid it.

        Raises
        ------
        StoreError
            If the writer is closed, or more waits than it can soon do.
        """
        future: Future[Result] = Future()
        with self._lock:
            if self._closed:
                msg = "the store is closed; start the service again"
                raise StoreError(msg)
            try:
                self._waiting.put_nowait(_Job(work, future))
            except queue.Full as error:
                msg = f"{MAX_WAITING} writes wait for the database already; slow down and try again"
                raise StoreError(msg) from error
        return future

    def close(self) -> None:
        """Finish what waits, then stop."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        more = True
        while more:
            batch, more = self._next_batch()
            jobs = [job for job in batch if job.future.set_running_or_notify_cancel()]
            if jobs:
                self._commit(jobs)

    def _next_batch(self) -> tuple[list[_Job], bool]:
        batch: list[_Job] = []
        job = self._waiting.get()
        while job is not None:
            batch.append(job)
            if len(batch) == MAX_BATCH:
                return batch, True
            try:
                job = self._waiting.get_nowait()
            except queue.Empty:
                return batch, True
        return batch, False

    def _commit(self, jobs: list[_Job]) -> None:
        try:
            outcomes = self._done_together(jobs) or self._done_apart(jobs)
        except Exception as error:
            # Whatever it was, the callers must hear of it and the thread must live.
            failure = store_error(error)
            for job in jobs:
                job.future.set_exception(failure)
            return
        for job, (result, problem) in zip(jobs, outcomes, strict=True):
            if problem is None:
                job.future.set_result(result)
            else:
                job.future.set_exception(problem)

    def _done_together(self, jobs: list[_Job]) -> list[Outcome] | None:
        with self._engine.connect() as connection, connection.begin() as transaction:
            try:
                outcomes: list[Outcome] = [(job.work(connection), None) for job in jobs]
            except Exception:
                # Whose fault it was, and what to tell them, is found out piece by piece.
                transaction.rollback()
                return None
        return outcomes

    def _done_apart(self, jobs: list[_Job]) -> list[Outcome]:
        with self._engine.begin() as connection:
            return [_outcome(connection, job.work) for job in jobs]


def store_error(error: Exception) -> StoreError:
    """The error of a database that failed, without the statement or its values."""
    cause = getattr(error, "orig", None) or error
    return StoreError(
        f"the database failed ({type(cause).__name__}); see that it is reachable and has room, then retry"
    )


def _outcome(connection: Connection, work: Callable[[Connection], Any]) -> Outcome:
    try:
        try:
            return _in_savepoint(connection, work), None
        except IntegrityError:
            # Another process stored the same key a moment ago: the second time the work will see it.
            return _in_savepoint(connection, work), None
    except SQLAlchemyError as error:
        return None, store_error(error)
    except Exception as error:
        # Only the caller who asked gets it; the others' work goes on.
        return None, error


def _in_savepoint(connection: Connection, work: Callable[[Connection], Result]) -> Result:
    with connection.begin_nested():
        return work(connection)
