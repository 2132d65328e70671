"""From the store's records to answer shapes, and cursors between them."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime

from api.problems import INVALID, Fault, Problem
from api.schemas.decisions import DecisionShape
from api.schemas.reviews import ResolutionShape, ReviewPageShape, ReviewShape
from data.store.instants import from_microseconds, to_microseconds
from data.store.records import DecisionRecord, ReviewPage, ReviewRecord


def review_shape(review: ReviewRecord) -> ReviewShape:
    """A review as it is shown."""
    return ReviewShape(
        review_id=review.review_id,
        decision_id=review.decision_id,
        kind=review.kind.value,
        subject_id=review.subject_id,
        mode="idle" if review.mode == "idle" else "live",
        status=review.status.value,
        version=review.version,
        reasons=list(review.reasons),
        recommended=review.recommended,
        actions=list(review.actions),
        opened_at=review.opened_at,
        resolution=_resolution_shape(review),
    )


def decision_shape(decision: DecisionRecord, review: ReviewRecord | None) -> DecisionShape:
    """A decision as it is shown, with its review."""
    return DecisionShape(
        decision_id=decision.decision_id,
        kind=decision.kind.value,
        subject_id=decision.subject_id,
        mode="idle" if decision.mode == "idle" else "live",
        decided_at=decision.decided_at,
        recorded_at=decision.recorded_at,
        disposition=decision.disposition.value,
        recommended=decision.recommended,
        model_version=decision.model_version,
        question=json.loads(decision.question),
        answer=json.loads(decision.answer),
        review=None if review is None else review_shape(review),
    )


def page_shape(page: ReviewPage) -> ReviewPageShape:
    """A page of reviews, with the cursor of the next."""
    cursor = None if page.next_after is None else cursor_of(page.next_after)
    return ReviewPageShape(reviews=[review_shape(review) for review in page.reviews], next_cursor=cursor)


def cursor_of(place: tuple[datetime, str]) -> str:
    """An opaque text for a place in the listing.

    Examples
    --------
    >>> place = (from_microseconds(1_000_000), "rev_1")
    >>> place_of(cursor_of(place)) == place
    True
    """
    return base64.urlsafe_b64encode(f"{to_microseconds(place[0])}.{place[1]}".encode()).decode().rstrip("=")


def place_of(cursor: str) -> tuple[datetime, str]:
    """The place that a cursor stands for; a Problem if the service did not make it."""
    try:
        plain = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode("ascii")
        instant, separator, identifier = plain.partition(".")
        if separator and identifier.isprintable():
            return from_microseconds(int(instant)), identifier
    except (ValueError, OverflowError, binascii.Error):
        # Whatever it was, it is not a cursor of ours.
        pass
    raise Problem(INVALID, faults=[Fault("/cursor", "must be a next_cursor of this listing")])


def _resolution_shape(review: ReviewRecord) -> ResolutionShape | None:
    if review.resolved_at is None:
        return None
    return ResolutionShape(
        chosen_action=review.chosen_action,
        reviewer=review.reviewer or "",
        reason=review.resolution_reason or "",
        resolved_at=review.resolved_at,
    )
