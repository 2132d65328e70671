"""What an operator says beside a routing question: rules, nodes' reports of themselves, orders that may be joined."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from api.schemas.answers import IntervalShape, ModelShape, RejectedShape
from api.schemas.fields import AnswerShape, Identifier, Instant, Shape, Stock, require
from api.schemas.orders import MAX_DOCUMENTS

MAX_RULES = 200
MAX_REPORTS = 200
MAX_OPEN_ORDERS = 50
MAX_LINE_STOCK = 10_000

OrdersAnHour = Annotated[float, Field(ge=0, le=10_000_000)]


class MatchShape(Shape):
    """Candidates that agree in every member that is told."""

    node_id: Identifier | None = None
    carrier_id: Identifier | None = None
    service_level: Identifier | None = None

    @model_validator(mode="after")
    def _tells_something(self) -> Self:
        told = self.node_id is not None or self.carrier_id is not None or self.service_level is not None
        require(told, "a rule must name a node_id, a carrier_id or a service_level")
        return self


class ForbiddenShape(MatchShape):
    """A hard rule and its ground."""

    ground: Literal["regional_law", "customer_refused", "operator_policy"]


class DocumentRuleShape(MatchShape):
    """Papers that every line must have for such candidates."""

    required: Annotated[list[Identifier], Field(min_length=1, max_length=MAX_DOCUMENTS)]


class ConstraintsShape(Shape):
    """Rules about one order."""

    forbidden: Annotated[list[ForbiddenShape], Field(max_length=MAX_RULES)] = Field(default_factory=list)
    avoided: Annotated[list[MatchShape], Field(max_length=MAX_RULES)] = Field(default_factory=list)
    documents: Annotated[list[DocumentRuleShape], Field(max_length=MAX_RULES)] = Field(default_factory=list)


class NodeReportShape(Shape):
    """What a node tells of itself: its people's pace (1 is a fresh shift's) and the orders that came in."""

    node_id: Identifier
    labour_efficiency: Annotated[float, Field(gt=0, le=2)] | None = None
    orders_last_hour: OrdersAnHour | None = None
    usual_orders_per_hour: OrdersAnHour | None = None


class OpenOrderShape(Shape):
    """An earlier order of the same customer to the same place that has not been packed."""

    order_id: Identifier
    placed_at: Instant
    node_id: Identifier
    carrier_id: Identifier
    service_level: Identifier
    closes_at: Instant | None = None

    @model_validator(mode="after")
    def _closes_later(self) -> Self:
        later = self.closes_at is None or self.placed_at <= self.closes_at
        require(later, "must not be before placed_at", at="closes_at")
        return self


class LineStockShape(Shape):
    """Units of one line's article on hand at one node, as counted when the node last reported or at `observed_at`."""

    node_id: Identifier
    line_id: Identifier
    available_quantity: Stock
    observed_at: Instant | None = None


class NodeHealthShape(AnswerShape):
    """How a node is, seen from the cut-off of its best candidate; null where it did not report.

    Where `clearing_is_least`, the node reported the most that reports say, and may need longer.
    """

    node_id: str
    level: Literal["healthy", "strained", "critical"]
    peak_coefficient: float | None
    labour_efficiency: float | None
    backlog_cover: float | None
    clearing_hours: float | None
    hours_to_cut_off: float | None
    reasons: list[str]
    clearing_is_least: bool = False


class ConsolidationShape(AnswerShape):
    """A suggestion to send the order in one parcel with an earlier one."""

    with_order_id: str
    candidate_id: str
    saved_minor: int
    gain_minor: float | None


class ShipmentShape(AnswerShape):
    """A candidate and the lines that it sends."""

    candidate_id: str
    line_ids: list[str]


class MisnamedRuleShape(AnswerShape):
    """A name in a hard rule that no candidate has, and the known names that it may stand for."""

    pointer: str
    near: list[str]


class PlanShape(AnswerShape):
    """Shipments that send every line once; effects and objective are against the current choice, `expected` is not."""

    shipments: list[ShipmentShape]
    effects_vs_current: dict[str, IntervalShape | None]
    expected: dict[str, IntervalShape | None]
    objective: IntervalShape
    p_best: float


class PlansAnswer(AnswerShape):
    """Plans, smallest objective first; without any, `shortfall` says why."""

    order_id: str
    current_choice: str
    plans: list[PlanShape]
    shortfall: Literal["no_feasible_candidate", "unserved_lines", "too_few_shipments"] | None
    unserved_lines: list[str]
    rejected: list[RejectedShape]
    model: ModelShape
    unmatched: list[str]
    misnamed_rules: list[MisnamedRuleShape] = Field(default_factory=list)
