"""The routing question and its answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.schemas.answers import (
    ConfidenceShape,
    DispositionName,
    ExplanationShape,
    IntervalShape,
    ModelShape,
    RejectedShape,
    ReviewBlockShape,
)
from api.schemas.fields import AnswerShape, Hours, Identifier, Instant, MoneyMinor, Shape, Share, Stock, require
from api.schemas.orders import CustomerShape, DestinationShape, LineShape, Mode, WeightsShape
from api.schemas.wishes import (
    MAX_OPEN_ORDERS,
    MAX_REPORTS,
    ConsolidationShape,
    ConstraintsShape,
    MisnamedRuleShape,
    NodeHealthShape,
    NodeReportShape,
    OpenOrderShape,
)

MAX_CANDIDATES = 200
MAX_LINES = 500
# Without decided_at an order is decided when its candidates were last observed, if that is this soon after it came.
LONGEST_UNTOLD = timedelta(days=1)


class CandidateShape(Shape):
    """One (node, carrier, service level) that could ship the order, as observed; see docs/api.md for units."""

    candidate_id: Identifier
    node_id: Identifier
    carrier_id: Identifier
    service_level: Identifier
    available_quantity: Stock
    safety_stock: Stock
    capacity_utilization: Annotated[float, Field(ge=0, le=100)]
    backlog_orders: Annotated[int, Field(ge=0, le=10_000_000)]
    cut_off_at: Instant
    lead_time_hours: Hours
    distance_km: Annotated[float, Field(ge=0, le=50_000)]
    freight_minor: MoneyMinor
    carbon_kg: Annotated[float, Field(ge=0, le=1_000_000)]
    observed_at: Instant
    handling_minor: MoneyMinor = 0
    carrier_utilization: Annotated[float, Field(ge=0, le=100)] | None = None
    weather_severity: Share | None = None
    weather_now: Share | None = None


class RoutingRequest(Shape):
    """Which node and carrier should ship this order."""

    order_id: Identifier
    order_date: Instant
    requested_delivery_date: Instant
    ship_to: DestinationShape
    customer: CustomerShape
    lines: Annotated[list[LineShape], Field(min_length=1, max_length=MAX_LINES)]
    candidates: Annotated[list[CandidateShape], Field(min_length=1, max_length=MAX_CANDIDATES)] | None = None
    current_choice: Identifier | None = None
    constraints: ConstraintsShape | None = None
    node_reports: Annotated[list[NodeReportShape], Field(max_length=MAX_REPORTS)] = Field(default_factory=list)
    value_lane_from_minor: MoneyMinor | None = None
    open_orders: Annotated[list[OpenOrderShape], Field(max_length=MAX_OPEN_ORDERS)] = Field(default_factory=list)
    objective_weights: WeightsShape | None = None
    mode: Mode = "live"
    decided_at: Instant | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        require(len({line.line_id for line in self.lines}) == len(self.lines), "a line_id comes twice", at="lines")
        promised = self.order_date <= self.requested_delivery_date
        require(promised, "must not be before order_date", at="requested_delivery_date")
        decided = self.decided_at is None or self.order_date <= self.decided_at
        require(decided, "must not be before order_date", at="decided_at")
        reporting = {item.node_id for item in self.node_reports}
        require(len(reporting) == len(self.node_reports), "a node_id comes twice", at="node_reports")
        if self.candidates is not None:
            self._require_consistent(self.candidates)
        return self

    @property
    def moment(self) -> datetime:
        """The instant a request is answered for: as it says, or the newest instant that its sender knew of.

        Not the clock: a request must get the same answer when it is repeated or replayed, and the age of an
        observation counts from when the question arose.
        """
        if self.decided_at is not None:
            return self.decided_at
        return max([self.order_date, *(item.observed_at for item in self.candidates or ())])

    def _require_consistent(self, candidates: list[CandidateShape]) -> None:
        identifiers = {item.candidate_id for item in candidates}
        require(len(identifiers) == len(candidates), "a candidate_id comes twice", at="candidates")
        known = self.current_choice is None or self.current_choice in identifiers
        require(known, "must be one of the candidates", at="current_choice")
        newest = max(item.observed_at for item in candidates)
        seen = self.decided_at is None or newest <= self.decided_at
        require(seen, "must not be before a candidate's observed_at", at="decided_at")
        # Else one wrong instant would move the decision, and with it every collection and every report's age.
        told = self.decided_at is not None or newest - self.order_date <= LONGEST_UNTOLD
        require(told, "must be sent where a candidate's observed_at is a day or more past order_date", at="decided_at")


class RankedCandidateShape(AnswerShape):
    """A feasible candidate; effects and objective are against the current choice, parts in minor units add up to it."""

    candidate_id: str
    effects_vs_current: dict[str, IntervalShape | None]
    objective: IntervalShape
    propensity: float
    in_support: bool
    objective_parts: dict[str, float | None] = Field(default_factory=dict)


class RoutingAnswer(AnswerShape):
    """The recommendation for one order."""

    decision_id: str
    order_id: str
    decided_at: datetime
    mode: Mode
    disposition: DispositionName
    recommended: str | None
    current_choice: str | None
    ranking: list[RankedCandidateShape]
    confidence: ConfidenceShape | None
    review: ReviewBlockShape
    rejected: list[RejectedShape]
    explanation: ExplanationShape
    model: ModelShape
    lane: Literal["standard", "value"] = "standard"
    node_health: list[NodeHealthShape] = Field(default_factory=list)
    consolidation: ConsolidationShape | None = None
    unmatched: list[str] = Field(default_factory=list)
    misnamed_rules: list[MisnamedRuleShape] = Field(default_factory=list)
