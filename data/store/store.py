"""The store as its callers see it: record, read, list, resolve."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import SQLAlchemyError

from data.store.decisions import find_decision, find_earlier, record_decision
from data.store.engine import open_engine
from data.store.migrating import migrate
from data.store.records import (
    DecisionRecord,
    IdempotencyKey,
    Recorded,
    Resolution,
    ReviewPage,
    ReviewRecord,
    ReviewStatus,
)
from data.store.reviews import find_review, list_reviews, resolve_review, review_of_decision
from data.store.writer import GroupCommitWriter, store_error

Found = TypeVar("Found")


class Store:
    """Decisions and reviews in a database.

    Writing returns a future, since writes of many callers share one commit; reading returns at once.
    Every method may be called from any thread, and raises StoreError if the database fails.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._writer = GroupCommitWriter(engine)

    @classmethod
    def open(cls, url: str) -> Store:
        """Connect to a database by its SQLAlchemy address and bring its schema up to date.

        Raises
        ------
        StoreError
            If it cannot be reached, written or understood.
        """
        engine = open_engine(url)
        try:
            migrate(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine)

    def record(
        self, decision: DecisionRecord, review: ReviewRecord | None, key: IdempotencyKey | None
    ) -> Future[Recorded]:
        """Store a decision with its review and idempotency key, together or not at all."""
        return self._writer.submit(partial(record_decision, decision=decision, review=review, key=key))

    def resolve(self, review_id: str, resolution: Resolution) -> Future[ReviewRecord]:
        """Close a review; of several callers at once, one wins and the others get ConflictError."""
        return self._writer.submit(partial(resolve_review, review_id=review_id, resolution=resolution))

    def decision(self, decision_id: str) -> tuple[DecisionRecord, ReviewRecord | None]:
        """A decision and its review, if it has one; UnknownRecordError where there is no such decision."""
        return self._read(lambda found: (find_decision(found, decision_id), review_of_decision(found, decision_id)))

    def earlier(self, key: IdempotencyKey) -> Recorded | None:
        """The answer that was given under a key; ReusedKeyError where it came with other content."""
        return self._read(partial(find_earlier, key=key))

    def review(self, review_id: str) -> ReviewRecord:
        """A review; UnknownRecordError where there is none."""
        return self._read(partial(find_review, review_id=review_id))

    def reviews(self, status: ReviewStatus | None, after: tuple[datetime, str] | None, limit: int) -> ReviewPage:
        """A page of reviews, oldest first."""
        return self._read(partial(list_reviews, status=status, after=after, limit=limit))

    def ping(self) -> None:
        """Read one value, so that a database that is gone is noticed."""
        self._read(lambda connection: connection.execute(text("SELECT 1")).scalar_one())

    def close(self) -> None:
        """Commit what waits and let go of the database."""
        self._writer.close()
        self._engine.dispose()

    def _read(self, query: Callable[[Connection], Found]) -> Found:
        try:
            with self._engine.begin() as connection:
                return query(connection)
        except SQLAlchemyError as error:
            raise store_error(error) from error
