"""The question of prevention, asked before anything has gone wrong, and its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.answers import (
    ConfidenceShape,
    DispositionName,
    ExplanationShape,
    IntervalShape,
    ModelShape,
    RejectedActionShape,
    ReviewBlockShape,
)
from api.schemas.compensation import GuardrailsShape, OfferRequest, RankedActionShape
from api.schemas.fields import AnswerShape
from api.schemas.orders import Mode

Chance = Annotated[float, Field(ge=0, le=1)]


class PreventionRequest(OfferRequest):
    """Whether this customer should be offered something while the order is still on its way."""

    late_probability: Chance


class WaitingShape(AnswerShape):
    """The action that would answer the order once it is late, and what that is worth in expectation."""

    action: str
    objective: IntervalShape


class PreventionAnswer(AnswerShape):
    """What to offer now; `none` is to wait."""

    decision_id: str
    order_id: str
    decided_at: datetime
    mode: Mode
    disposition: DispositionName
    recommended: str
    late_probability: float
    acts_from_late_probability: float | None
    ranking: list[RankedActionShape]
    waiting: WaitingShape | None
    confidence: ConfidenceShape | None
    review: ReviewBlockShape
    rejected: list[RejectedActionShape]
    explanation: ExplanationShape
    model: ModelShape
    guardrails: GuardrailsShape
