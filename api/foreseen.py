"""Prevention by a chance of lateness that the caller tells, or that is reckoned from a routing decision."""

from __future__ import annotations

from dataclasses import dataclass

from api.mapping.answers import interval_shape
from api.mapping.kept_routes import candidate_taken, route_taken
from api.mapping.promises import Route
from api.problems import INVALID, Fault, Problem
from api.schemas.preventions import ChanceSourceShape, PreventionRequest
from api.serving import ServedModel
from data.errors import UnknownRecordError
from data.store.records import DecisionKind, DecisionRecord
from data.store.store import Store
from decision.compensation.prevention import Prevention, recommend_prevention
from decision.compensation.recommendation import CompensationQuestion
from decision.forewarning import forewarn
from decision.routing.promise import Untold


@dataclass(frozen=True, slots=True)
class Foreseen:
    """The answer to a question of prevention, with the chance of lateness that it rests on.

    Parameters
    ----------
    late_probability : float or None
        None where the model cannot tell it.
    """

    prevention: Prevention
    late_probability: float | None
    source: ChanceSourceShape


def by_caller(served: ServedModel, question: CompensationQuestion, late_probability: float) -> Foreseen:
    """What the chance that the caller tells leads to."""
    found = recommend_prevention(served.compensation, question, late_probability)
    return Foreseen(found, late_probability, ChanceSourceShape(source="caller"))


def by_decision(
    served: ServedModel, question: CompensationQuestion, store: Store, request: PreventionRequest
) -> Foreseen:
    """What the chance that the model in use tells of a recorded order's candidate leads to.

    Raises
    ------
    Problem
        If there is no such decision, or it tells of no candidate of this order.
    """
    route = _route(store, served, request)
    candidate = route.candidate_id or ""
    found = forewarn(served.routing, served.compensation, (route.case, candidate), question)
    told = found.foreseen
    late = None if isinstance(told, Untold) else told.late_probability
    source = ChanceSourceShape(
        source="routing_decision",
        routing_decision_id=request.routing_decision_id,
        candidate_id=candidate,
        interval=None if late is None else interval_shape(late),
        doubts=[] if isinstance(told, Untold) else [reason.value for reason in told.doubts],
        untold=told.value if isinstance(told, Untold) else None,
    )
    return Foreseen(found.prevention, None if late is None else late.point, source)


def _route(store: Store, served: ServedModel, request: PreventionRequest) -> Route:
    try:
        decision, review = store.decision(request.routing_decision_id or "")
    except UnknownRecordError:
        unknown = "must name a decision of this service; there is none of this name"
        raise _refused(unknown) from None
    rule = _broken_rule(decision, candidate_taken(decision, review), request.order_id)
    if rule is not None:
        raise _refused(rule)
    route = route_taken(decision, review, served.network)
    if not route.stands:
        changed = (
            "must name a decision whose candidate is still there; the network has changed since that one, "
            "send late_probability instead"
        )
        raise _refused(changed)
    return route


def _broken_rule(decision: DecisionRecord, candidate_id: str | None, order_id: str) -> str | None:
    """Why no chance of lateness can be reckoned from a decision."""
    rules = {
        "must name a routing decision; this one is about compensation": decision.kind is DecisionKind.ROUTING,
        "must name a decision on this order; that one is on another": decision.subject_id == order_id,
        "must name a decision of a model; the rules answered that one, send late_probability instead": (
            decision.model_version is not None
        ),
        "must name a decision that found a candidate; that one found none that can ship the order": (
            candidate_id is not None
        ),
    }
    return next((rule for rule, holds in rules.items() if not holds), None)


def _refused(rule: str) -> Problem:
    return Problem(INVALID, faults=[Fault("/routing_decision_id", rule)])
