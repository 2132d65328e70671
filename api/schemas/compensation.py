"""The compensation question and its answer."""

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
from api.schemas.explanation import PrecedentsShape
from api.schemas.fields import AnswerShape, Hours, Identifier, Instant, MoneyMinor, Shape, require
from api.schemas.orders import CustomerShape, Mode, WeightsShape, is_number_from_0
from data.incidents import ARMS, CompensationArm, IncidentType
from decision.compensation.guardrails import OFFERS_TAG, SPENT_TAG

# An enumeration would refuse its own names in strict mode once JSON is already parsed.
IncidentTypeName = Annotated[IncidentType, Field(strict=False)]
ArmName = Annotated[CompensationArm, Field(strict=False)]
PairOfArms = Annotated[list[ArmName], Field(min_length=2, max_length=2)]
MAX_PAIRS = 20


class CircumstancesShape(Shape):
    """What else is known of the incident's order; read to find similar incidents of the past."""

    node_id: Identifier | None = None
    carrier_id: Identifier | None = None
    hazmat: bool | None = None
    cold_chain: bool | None = None


def readable_record(customer: CustomerShape) -> CustomerShape:
    """Tags that limits are held against: a text must not pass for nothing."""
    offers, spent = (customer.tags.get(name, 0) for name in (OFFERS_TAG, SPENT_TAG))
    whole = is_number_from_0(offers) and offers == int(offers)
    require(whole, "must be a whole number from 0 up; leave it out where it is not known", at="tags/offers_90d")
    known = is_number_from_0(spent)
    require(known, "must be a number from 0 up; leave it out where it is not known", at="tags/compensated_90d_minor")
    return customer


class OfferRequest(Shape):
    """What every question about an offer tells: the order, the customer, and what may be offered."""

    order_id: Identifier
    hours_late: Hours
    order_value_minor: MoneyMinor
    customer: Annotated[CustomerShape, AfterValidator(readable_record)]
    allowed_actions: Annotated[list[ArmName], Field(min_length=1, max_length=len(ARMS))]
    budget_minor: MoneyMinor
    objective_weights: WeightsShape | None = None
    mode: Mode = "live"
    decided_at: Instant | None = None

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        once = len(set(self.allowed_actions)) == len(self.allowed_actions)
        require(once, "an action comes twice among allowed_actions")
        return self


class CompensationRequest(OfferRequest):
    """What this customer should be offered, whose order went wrong."""

    incident_id: Identifier
    incident_type: IncidentTypeName
    circumstances: CircumstancesShape | None = None
    combinable_actions: Annotated[list[PairOfArms], Field(max_length=MAX_PAIRS)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        of_value = all(len(set(pair)) == 2 and CompensationArm.NONE not in pair for pair in self.combinable_actions)  # noqa: PLR2004
        require(of_value, "combinable_actions must be pairs of two different actions, none excepted")
        return self


class RankedActionShape(AnswerShape):
    """An action with its effects against doing nothing."""

    action: str
    effects_vs_none: dict[str, IntervalShape | None]
    objective: IntervalShape
    propensity: float


class CombinationShape(AnswerShape):
    """Two actions together, for a person to consider: no log has shown the pair, so its interval is wider."""

    actions: list[str]
    effects_vs_none: dict[str, IntervalShape | None]
    objective: IntervalShape


class RejectedCombinationShape(AnswerShape):
    """Two actions that were asked for together and may not go together."""

    actions: list[str]
    reason_code: str


class GuardrailsShape(AnswerShape):
    """The operator's limits that an answer keeps: their version, and a digest of what they say."""

    version: str
    digest: str


class CompensationAnswer(AnswerShape):
    """The recommendation for one incident."""

    decision_id: str
    incident_id: str
    decided_at: datetime
    mode: Mode
    disposition: DispositionName
    recommended: str
    ranking: list[RankedActionShape]
    confidence: ConfidenceShape | None
    review: ReviewBlockShape
    rejected: list[RejectedActionShape]
    explanation: ExplanationShape
    model: ModelShape
    precedents: PrecedentsShape | None = None
    combinations: list[CombinationShape] = Field(default_factory=list)
    rejected_combinations: list[RejectedCombinationShape] = Field(default_factory=list)
    guardrails: GuardrailsShape
