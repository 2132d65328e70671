"""What the store takes and gives: decisions, reviews, resolutions and pages of reviews."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from data.decisions import Disposition


class DecisionKind(StrEnum):
    """Which question a decision answers."""

    ROUTING = "routing"
    COMPENSATION = "compensation"


class ReviewStatus(StrEnum):
    """Where a review stands; only an open one can be resolved."""

    OPEN = "open"
    ACCEPTED = "accepted"
    OVERRIDDEN = "overridden"


def columns_of(record: DecisionRecord | ReviewRecord | IdempotencyKey) -> dict[str, Any]:
    """A record's members by name; enumerations become text, which every database driver knows."""
    # dataclasses.asdict copies deeply, which takes longer than the insert.
    members = ((item.name, getattr(record, item.name)) for item in fields(record))
    return {name: member.value if isinstance(member, StrEnum) else member for name, member in members}


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """A decision as it is kept.

    Parameters
    ----------
    subject_id : str
        The order of a routing decision, the incident of a compensation decision.
    mode : str
        `live`, or `idle` where nobody acts on the answer.
    decided_at : datetime
        The instant the question was answered for; `recorded_at` is when that happened.
    question, answer : str
        JSON as received and as sent.
    """

    decision_id: str
    kind: DecisionKind
    subject_id: str
    mode: str
    decided_at: datetime
    recorded_at: datetime
    disposition: Disposition
    recommended: str | None
    model_version: str | None
    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """A decision that a person is asked to take, and how it was resolved.

    Parameters
    ----------
    version : int
        Rises by one whenever the review changes: name it to be sure that nobody was faster.
    actions : tuple of str
        What a reviewer may choose, the recommended action included.
    chosen_action, reviewer, resolved_at, resolution_reason
        None while the review is open; the action stays None where nothing can be done.
    """

    review_id: str
    decision_id: str
    kind: DecisionKind
    subject_id: str
    mode: str
    status: ReviewStatus
    version: int
    reasons: tuple[str, ...]
    recommended: str | None
    actions: tuple[str, ...]
    opened_at: datetime
    resolved_at: datetime | None = None
    reviewer: str | None = None
    chosen_action: str | None = None
    resolution_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a reviewer decides.

    Parameters
    ----------
    chosen_action : str or None
        The action to take instead; None accepts what was recommended.
    version : int or None
        The version of the review that the reviewer saw; None takes whichever is open.
    """

    chosen_action: str | None
    reviewer: str
    reason: str
    resolved_at: datetime
    version: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Some reviews, oldest first, and where the next page starts (None at the end)."""

    reviews: tuple[ReviewRecord, ...]
    next_after: tuple[datetime, str] | None


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's promise that requests under one key are one request.

    Parameters
    ----------
    operation : str
        What was asked for; the same key may be used once for each operation.
    fingerprint : str
        Digest of the request's content.
    """

    operation: str
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision that is safely stored, and whether an earlier request under the same key made it."""

    answer: str
    replayed: bool
