"""Reviews: opened with their decision, listed oldest first, resolved by exactly one person."""

from __future__ import annotations

import json
from datetime import datetime

from sqlalchemy import Connection, RowMapping, insert, select, tuple_, update

from data.errors import ConflictError, UnavailableActionError, UnknownRecordError, WrongVersionError
from data.store.records import DecisionKind, Resolution, ReviewPage, ReviewRecord, ReviewStatus, columns_of
from data.store.tables import REVIEWS


def insert_review(connection: Connection, review: ReviewRecord) -> None:
    """Store a new review; its decision must already be there."""
    row = {**columns_of(review), "reasons": json.dumps(review.reasons), "actions": json.dumps(review.actions)}
    connection.execute(insert(REVIEWS), row)


def find_review(connection: Connection, review_id: str) -> ReviewRecord:
    """Read a review.

    Raises
    ------
    UnknownRecordError
        If there is none with this identifier.
    """
    row = connection.execute(select(REVIEWS).where(REVIEWS.c.review_id == review_id)).mappings().first()
    if row is None:
        msg = "no review has this identifier; list the open ones with GET /v1/reviews"
        raise UnknownRecordError(msg)
    return _review_of(row)


def review_of_decision(connection: Connection, decision_id: str) -> ReviewRecord | None:
    """The review that a decision opened, if it opened one."""
    row = connection.execute(select(REVIEWS).where(REVIEWS.c.decision_id == decision_id)).mappings().first()
    return None if row is None else _review_of(row)


def list_reviews(
    connection: Connection, status: ReviewStatus | None, after: tuple[datetime, str] | None, limit: int
) -> ReviewPage:
    """Reviews of one status, or of any, oldest first, starting behind `after`."""
    place = (REVIEWS.c.opened_at, REVIEWS.c.review_id)
    query = select(REVIEWS).order_by(*place).limit(limit + 1)
    if status is not None:
        query = query.where(REVIEWS.c.status == status.value)
    if after is not None:
        query = query.where(tuple_(*place) > tuple_(*after, types=[column.type for column in place]))
    reviews = tuple(_review_of(row) for row in connection.execute(query).mappings())
    if len(reviews) <= limit:
        return ReviewPage(reviews, None)
    last = reviews[limit - 1]
    return ReviewPage(reviews[:limit], (last.opened_at, last.review_id))


def resolve_review(connection: Connection, review_id: str, resolution: Resolution) -> ReviewRecord:
    """Close a review, if it is still as the reviewer saw it.

    Raises
    ------
    UnknownRecordError
        If there is no such review.
    ConflictError
        If somebody else resolved or changed it first.
    WrongVersionError
        If it is open and never had the version that was named.
    UnavailableActionError
        If the chosen action is not among the review's.
    """
    review = find_review(connection, review_id)
    if review.status is not ReviewStatus.OPEN:
        raise _lost(review)
    # Versions only rise, so a lower one is a review that changed since it was read.
    if resolution.version is not None and resolution.version != review.version:
        raise _lost(review) if resolution.version < review.version else _never_was(review)
    chosen = _chosen_action(review, resolution)
    # The condition, not the reading above, decides who wins: another process may have written in between.
    changed = connection.execute(
        update(REVIEWS)
        .where(REVIEWS.c.review_id == review_id, REVIEWS.c.version == review.version, REVIEWS.c.status == "open")
        .values(
            status=(ReviewStatus.ACCEPTED if chosen == review.recommended else ReviewStatus.OVERRIDDEN).value,
            version=review.version + 1,
            resolved_at=resolution.resolved_at,
            reviewer=resolution.reviewer,
            chosen_action=chosen,
            resolution_reason=resolution.reason,
        )
    )
    if changed.rowcount != 1:
        raise _lost(review)
    return find_review(connection, review_id)


def _chosen_action(review: ReviewRecord, resolution: Resolution) -> str | None:
    if resolution.chosen_action is None:
        # Where nothing could be recommended, accepting says that nothing can be done.
        return review.recommended
    if resolution.chosen_action not in review.actions:
        msg = "the chosen action is not among the review's actions; choose one of those"
        raise UnavailableActionError(msg)
    return resolution.chosen_action


def _lost(review: ReviewRecord) -> ConflictError:
    return ConflictError(
        f"the review is {review.status} at version {review.version}; read it again before you resolve it"
    )


def _never_was(review: ReviewRecord) -> WrongVersionError:
    return WrongVersionError(
        f"the review is open at version {review.version} and nobody changed it; send the version that you read, or none"
    )


def _review_of(row: RowMapping) -> ReviewRecord:
    decoded = {name: tuple(json.loads(row[name])) for name in ("reasons", "actions")}
    kinds = {"kind": DecisionKind(row["kind"]), "status": ReviewStatus(row["status"])}
    return ReviewRecord(**{**row, **decoded, **kinds})
