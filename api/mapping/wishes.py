"""From an operator's wishes to values, and from nodes' health, consolidations and plans to their shapes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from api.mapping.explanations import rounded
from api.schemas.answers import IntervalShape, ModelShape, RejectedShape
from api.schemas.plans import PlansRequest
from api.schemas.routing import RoutingRequest
from api.schemas.wishes import (
    ConsolidationShape,
    ConstraintsShape,
    MatchShape,
    MisnamedRuleShape,
    NodeHealthShape,
    PlansAnswer,
    PlanShape,
    ShipmentShape,
)
from data.candidates import Candidate
from data.decisions import Interval, RejectionReason
from data.objective import ROUTING_OUTCOMES
from decision.answering import Wishes
from decision.consolidation import Consolidation, OpenOrder
from decision.constraints import Constraints, Match
from decision.explanation.health_wording import health_sentences
from decision.explanation.wording import Wording
from decision.misnamed_rules import MisnamedRule, misnamed_rules
from decision.node_health import NodeHealth, NodeReport
from decision.routing.question import RoutingQuestion
from decision.shipments import SplitWishes
from decision.splits import EXPECTED, Plan, PlanAnswer


def wishes_of(request: RoutingRequest) -> Wishes:
    """What a routing request says beside its question."""
    return Wishes(
        constraints=_constraints_of(request.constraints or ConstraintsShape(), request),
        value_lane_from_minor=request.value_lane_from_minor,
        reports={
            item.node_id: NodeReport(item.labour_efficiency, item.orders_last_hour, item.usual_orders_per_hour)
            for item in request.node_reports
        },
        open_orders=tuple(OpenOrder(**dict(item)) for item in request.open_orders),
    )


def split_wishes_of(request: PlansRequest) -> SplitWishes:
    """How a request lets its order be split."""
    stock: dict[str, dict[str, int]] = {}
    observed_at: dict[str, dict[str, datetime]] = {}
    for item in request.line_stock:
        stock.setdefault(item.node_id, {})[item.line_id] = item.available_quantity
        if item.observed_at is not None:
            observed_at.setdefault(item.node_id, {})[item.line_id] = item.observed_at
    return SplitWishes(stock, 1 if request.ship_complete else request.max_shipments, observed_at)


def health_shapes(health: Sequence[NodeHealth]) -> list[NodeHealthShape]:
    """Nodes' health with its reasons in English."""
    wording = Wording.of("en")
    return [
        NodeHealthShape(
            node_id=item.node_id,
            level=item.level.value,
            peak_coefficient=_optional(item.peak_coefficient),
            labour_efficiency=_optional(item.labour_efficiency),
            backlog_cover=rounded(item.backlog_cover),
            clearing_hours=rounded(item.clearing_hours),
            hours_to_cut_off=rounded(item.hours_to_cut_off),
            reasons=list(health_sentences(item, wording)),
            clearing_is_least=item.capped,
        )
        for item in health
    ]


def consolidation_shape(found: Consolidation | None) -> ConsolidationShape | None:
    """A suggestion as it is shown."""
    if found is None:
        return None
    return ConsolidationShape(
        with_order_id=found.with_order_id,
        candidate_id=found.candidate_id,
        saved_minor=found.saved_minor,
        gain_minor=rounded(found.gain_minor),
    )


def unmatched(request: RoutingRequest, candidates: Sequence[Candidate]) -> list[str]:
    """Pointers to the rules, reports and stock that speak of no candidate: a standing rule, or a misspelt name."""
    nodes = {item.node_id for item in candidates}
    rules = request.constraints or ConstraintsShape()
    found = [
        f"/constraints/{kind}/{place}"
        for kind in ("forbidden", "avoided", "documents")
        for place, shape in enumerate(getattr(rules, kind))
        if not any(_match_of(shape).covers(candidate) for candidate in candidates)
    ]
    told = {"node_reports": request.node_reports, "line_stock": getattr(request, "line_stock", ())}
    found += [
        f"/{kind}/{place}"
        for kind, items in told.items()
        for place, item in enumerate(items)
        if item.node_id not in nodes
    ]
    return found


def misnamed_shapes(misnamed: Sequence[MisnamedRule]) -> list[MisnamedRuleShape]:
    """Names in hard rules that nobody can have meant, each pointed at in the request."""
    return [
        MisnamedRuleShape(pointer=f"/constraints/{item.kind}/{item.place}/{item.member}", near=list(item.near))
        for item in misnamed
    ]


def misnamed_of(shapes: Sequence[MisnamedRuleShape], request: RoutingRequest) -> tuple[MisnamedRule, ...]:
    """The names that a stored answer points at in its request."""
    rules, found = request.constraints or ConstraintsShape(), []
    for shape in shapes:
        kind, place, member = shape.pointer.removeprefix("/constraints/").split("/")
        name = getattr(getattr(rules, kind)[int(place)], member)
        found.append(MisnamedRule(kind, int(place), member, name, tuple(shape.near)))
    return tuple(found)


def plans_answer(
    request: PlansRequest, question: RoutingQuestion, answer: PlanAnswer, model: ModelShape
) -> PlansAnswer:
    """The plans of an order as they are shown."""
    return PlansAnswer(
        order_id=request.order_id,
        current_choice=answer.current_choice,
        plans=[_plan_shape(plan) for plan in answer.plans],
        shortfall=None if answer.shortfall is None else answer.shortfall.value,
        unserved_lines=list(answer.unserved_lines),
        rejected=[
            RejectedShape(candidate_id=item.action_id, reason_code=item.reason.value) for item in answer.rejected
        ],
        model=model,
        unmatched=unmatched(request, question.candidates),
        misnamed_rules=misnamed_shapes(
            misnamed_rules(wishes_of(request).constraints, question.candidates, question.network)
        ),
    )


def _constraints_of(shape: ConstraintsShape, request: RoutingRequest) -> Constraints:
    return Constraints(
        forbidden=tuple((_match_of(item), RejectionReason(item.ground)) for item in shape.forbidden),
        avoided=tuple(_match_of(item) for item in shape.avoided),
        required_documents=tuple((_match_of(item), frozenset(item.required)) for item in shape.documents),
        held_documents={line.line_id: frozenset(line.documents) for line in request.lines},
    )


def _match_of(shape: MatchShape) -> Match:
    return Match(shape.node_id, shape.carrier_id, shape.service_level)


def _plan_shape(plan: Plan) -> PlanShape:
    known, own = plan.effects_vs_current, plan.expected
    return PlanShape(
        shipments=[
            ShipmentShape(candidate_id=item.candidate_id, line_ids=list(item.line_ids)) for item in plan.shipments
        ],
        effects_vs_current={name: _interval(known[name]) if name in known else None for name in ROUTING_OUTCOMES},
        expected={name: _interval(own[name]) if name in own else None for name in EXPECTED},
        objective=_interval(plan.objective),
        p_best=plan.p_best,
    )


def _interval(interval: Interval) -> IntervalShape:
    return IntervalShape(point=rounded(interval.point), lower=rounded(interval.lower), upper=rounded(interval.upper))


def _optional(value: float | None) -> float | None:
    return None if value is None else rounded(value)
