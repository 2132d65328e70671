"""The question of prevention, asked before anything has gone wrong, and its answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from api.schemas.answers import (
    ConfidenceShape,
    DispositionName,
    ExplanationShape,
    IntervalShape,
    ModelShape,
    RejectedActionShape,
    ReviewBlockShape,
)
from api.schemas.compensation import ArmName, GuardrailsShape, RankedActionShape, readable_record
from api.schemas.fields import AnswerShape, Hours, Identifier, Instant, MoneyMinor, Shape, require
from api.schemas.orders import CustomerShape, Mode, WeightsShape
from data.incidents import ARMS

Chance = Annotated[float, Field(ge=0, le=1)]


class PreventionRequest(Shape):
    """Whether this customer should be offered something while the order is still on its way."""

    order_id: Identifier
    late_probability: Chance
    hours_late: Hours
    order_value_minor: MoneyMinor
    customer: Annotated[CustomerShape, AfterValidator(readable_record)]
    allowed_actions: Annotated[list[ArmName], Field(min_length=1, max_length=len(ARMS))]
    budget_minor: MoneyMinor
    objective_weights: WeightsShape | None = None
    mode: Mode = "live"
    decided_at: Instant | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        once = len(set(self.allowed_actions)) == len(self.allowed_actions)
        require(once, "an action comes twice among allowed_actions")
        return self


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
