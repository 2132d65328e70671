"""A decision as it is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from api.schemas.answers import DispositionName
from api.schemas.fields import AnswerShape
from api.schemas.reviews import ReviewShape


class DecisionShape(AnswerShape):
    """What was asked, what was answered, and what a reviewer made of it."""

    decision_id: str
    kind: Literal["routing", "compensation"]
    subject_id: str
    mode: Literal["idle", "live"]
    decided_at: datetime
    recorded_at: datetime
    disposition: DispositionName
    recommended: str | None
    model_version: str | None
    question: dict[str, Any]
    answer: dict[str, Any]
    review: ReviewShape | None
