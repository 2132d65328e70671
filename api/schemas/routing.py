"""The routing question and its answer."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

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


def _told(description: str) -> Any:
    return Field(description=description)


class CandidateShape(Shape):
    """One (node, carrier, service level) that could ship the order, as you see it now."""

    candidate_id: Annotated[Identifier, _told("your name for it; another for each candidate of the order")]
    node_id: Annotated[Identifier, _told("the node that would send the order")]
    carrier_id: Annotated[Identifier, _told("the carrier that would collect there")]
    service_level: Annotated[Identifier, _told("the carrier's service, in the words of the training log")]
    available_quantity: Annotated[
        Stock, _told("units of the order's scarcest line on the shelf that no other order waits for")
    ]
    safety_stock: Annotated[
        Stock,
        _told(
            "units of that article that the node keeps back; refuses nothing, but what would be left is held against it"
        ),
    ]
    capacity_utilization: Annotated[
        float,
        Field(ge=0, le=100, description="work present at the node over what it can do until cut_off_at; 1 is full"),
    ]
    backlog_orders: Annotated[
        int, Field(ge=0, le=10_000_000, description="orders that wait at the node, those being picked included")
    ]
    cut_off_at: Annotated[
        Instant, _told("RFC 3339, offset required: the carrier's next collection; one before the decision is missed")
    ]
    lead_time_hours: Annotated[Hours, _told("hours from that collection to the door, as the carrier quotes them")]
    distance_km: Annotated[float, Field(ge=0, le=50_000, description="kilometres from the node to the destination")]
    freight_minor: Annotated[MoneyMinor, _told("the tariff for the whole order, in minor currency units")]
    carbon_kg: Annotated[float, Field(ge=0, le=1_000_000, description="kilograms of CO2 equivalent of the shipment")]
    observed_at: Annotated[Instant, _told("RFC 3339, offset required: when the node last reported this state")]
    handling_minor: Annotated[
        MoneyMinor, _told("what picking and packing cost there, in minor currency units; left out it is 0")
    ] = 0
    carrier_utilization: Annotated[
        float | None,
        _told("parcels booked for that collection over what it takes; left out: the mean of the training log"),
        Field(ge=0, le=100),
    ] = None
    weather_severity: Annotated[
        Share | None,
        _told(
            "forecast for that collection, 0 calm to 1 storm; left out: the mean of the training log, which is not 0"
        ),
    ] = None
    weather_now: Annotated[
        Share | None, _told("the same as observed at the decision; left out: what weather_severity says")
    ] = None


class RoutingRequest(Shape):
    """Which node and carrier should ship this order."""

    order_id: Annotated[Identifier, _told("the order, in your words")]
    order_date: Annotated[Instant, _told("RFC 3339, offset required: when it was placed")]
    requested_delivery_date: Annotated[
        Instant, _told("RFC 3339, offset required: the promise; lateness counts from it")
    ]
    ship_to: DestinationShape
    customer: CustomerShape
    lines: Annotated[list[LineShape], Field(min_length=1, max_length=MAX_LINES)]
    candidates: Annotated[
        list[CandidateShape] | None,
        Field(
            min_length=1,
            max_length=MAX_CANDIDATES,
            description="what could ship it; may be left out where the service knows the network",
        ),
    ] = None
    current_choice: Annotated[
        Identifier | None, _told("the candidate that you would take today; left out: the rules' choice")
    ] = None
    constraints: ConstraintsShape | None = None
    node_reports: Annotated[list[NodeReportShape], Field(max_length=MAX_REPORTS)] = Field(default_factory=list)
    value_lane_from_minor: Annotated[
        MoneyMinor | None, _told("orders worth at least this are ranked by upper bounds; left out, none are")
    ] = None
    open_orders: Annotated[list[OpenOrderShape], Field(max_length=MAX_OPEN_ORDERS)] = Field(default_factory=list)
    objective_weights: WeightsShape | None = None
    mode: Annotated[Mode, _told("idle where nobody acts on the answer")] = "live"
    decided_at: Annotated[
        Instant | None,
        _told("RFC 3339, offset required: the instant to answer for; left out: the newest that was sent"),
    ] = None

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
