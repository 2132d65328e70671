"""The question of prevention, asked before anything has gone wrong, and its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

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
from api.schemas.fields import AnswerShape, Identifier, require
from api.schemas.orders import Mode

Chance = Annotated[float, Field(ge=0, le=1)]


class PreventionRequest(OfferRequest):
    """Whether this customer should be offered something while the order is still on its way."""

    late_probability: Chance | None = None
    routing_decision_id: Identifier | None = None

    @model_validator(mode="after")
    def _one_chance(self) -> Self:
        told = self.late_probability is not None or self.routing_decision_id is not None
        require(told, "must be sent, or routing_decision_id in its place", at="late_probability")
        once = self.late_probability is None or self.routing_decision_id is None
        require(once, "must not be sent beside late_probability; leave one of them out", at="routing_decision_id")
        return self


class ChanceSourceShape(AnswerShape):
    """Where the chance of lateness comes from: the caller, or a routing decision and the candidate that was taken."""

    source: Literal["caller", "routing_decision"]
    routing_decision_id: str | None = None
    candidate_id: str | None = None
    interval: IntervalShape | None = None
    doubts: list[str] = Field(default_factory=list)
    untold: str | None = None


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
    late_probability: float | None
    late_probability_from: ChanceSourceShape
    acts_from_late_probability: float | None
    ranking: list[RankedActionShape]
    waiting: WaitingShape | None
    confidence: ConfidenceShape | None
    review: ReviewBlockShape
    rejected: list[RejectedActionShape]
    explanation: ExplanationShape
    model: ModelShape
    guardrails: GuardrailsShape
