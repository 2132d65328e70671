"""From request shapes to the values that data and decision speak in."""

from __future__ import annotations

import json

from pydantic import ValidationError

from api.callers_names import place_of
from api.limits import DEFAULT_LIMITS, Limits
from api.problems import INVALID, NO_NETWORK, Fault, Problem
from api.schemas.compensation import CompensationRequest
from api.schemas.orders import CustomerShape, WeightsShape, nearly_read
from api.schemas.routing import CandidateShape, RoutingRequest
from data.candidate_generation import generate_candidates
from data.candidates import Candidate
from data.customer_value import DEFAULT_CUSTOMER_VALUES
from data.incidents import CompensationArm, Incident
from data.network import Network
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS, ObjectiveWeights
from data.orders import Customer, Destination, Order, OrderLine
from decision.compensation.recommendation import CompensationQuestion
from decision.precedents.similarity import Circumstances
from decision.routing.question import RoutingQuestion


def routing_question(request: RoutingRequest, network: Network | None) -> RoutingQuestion:
    """The question that a routing request asks; candidates it lacks are generated from the network.

    Raises
    ------
    Problem
        If candidates are missing and no network is known.
    NetworkError
        If they are missing and the network does not serve the region.
    """
    order, decided_at = _order_of(request), request.moment
    if request.candidates is None and network is None:
        raise Problem(NO_NETWORK)
    if request.candidates is not None:
        candidates = tuple(_candidate_of(shape) for shape in request.candidates)
    elif network is not None:
        candidates = generate_candidates(network, order, decided_at)
    return RoutingQuestion(
        order=order,
        candidates=candidates,
        current_choice=request.current_choice,
        weights=weights_of(request.objective_weights),
        values=DEFAULT_UNIT_VALUES,
        decided_at=decided_at,
        network=network,
        state_assumed=request.candidates is None,
    )


def stored_request(question: str) -> RoutingRequest:
    """The request of a routing decision, as it was kept; without what rules that have grown stricter refuse by now."""
    body = json.loads(question)
    try:
        return RoutingRequest.model_validate(body)
    except ValidationError:
        # No route is read off the point of the destination.
        body["ship_to"] |= {"lat": None, "lon": None}
    try:
        return RoutingRequest.model_validate(body)
    except ValidationError:
        # Of the tags only the tier bears on a route: on how sure it must be, which is kept with the decision.
        body["customer"]["tags"] = {}
        return RoutingRequest.model_validate(body)


def compensation_question(request: CompensationRequest, limits: Limits = DEFAULT_LIMITS) -> CompensationQuestion:
    """The question that a compensation request asks, under the operator's limits.

    Raises
    ------
    Problem
        If a tag is named nearly like an opt-out of the operator's own.
    """
    incident = Incident(
        incident_id=request.incident_id,
        order_id=request.order_id,
        incident_type=request.incident_type,
        hours_late=request.hours_late,
        order_value_minor=request.order_value_minor,
        customer=limited_customer(request.customer, limits),
        allowed_arms=tuple(request.allowed_actions),
        budget_minor=request.budget_minor,
    )
    guardrails = limits.with_pairs(pairs_of(request))
    return CompensationQuestion(incident, weights_of(request.objective_weights), DEFAULT_CUSTOMER_VALUES, guardrails)


def pairs_of(request: CompensationRequest) -> tuple[frozenset[CompensationArm], ...]:
    """The pairs that a request asks for, each once."""
    return tuple(dict.fromkeys(frozenset(pair) for pair in request.combinable_actions))


def circumstances_of(request: CompensationRequest) -> Circumstances:
    """What a compensation request tells of the order beside the incident."""
    known = request.circumstances
    return Circumstances() if known is None else Circumstances(**dict(known))


def weights_of(shape: WeightsShape | None) -> ObjectiveWeights:
    """The operator's weights, or equal ones."""
    if shape is None:
        return DEFAULT_WEIGHTS
    return ObjectiveWeights(shape.cost, shape.time, shape.carbon, shape.customer_value)


def _order_of(request: RoutingRequest) -> Order:
    place = request.ship_to
    return Order(
        order_id=request.order_id,
        ordered_at=request.order_date,
        promised_at=request.requested_delivery_date,
        ship_to=Destination(place.region, place.country, place.postal_code, place.lat, place.lon),
        customer=customer_of(request.customer),
        lines=tuple(
            OrderLine(line.line_id, line.sku, line.quantity, line.unit_value_minor, line.hazmat, line.cold_chain)
            for line in request.lines
        ),
    )


def customer_of(shape: CustomerShape) -> Customer:
    """A customer as a request tells of one."""
    return Customer(shape.customer_id, dict(shape.tags))


def limited_customer(shape: CustomerShape, limits: Limits) -> Customer:
    """The same, whose tags are held against the operator's own opt-outs: a misspelt one must not pass for none.

    Raises
    ------
    Problem
        If a tag is named nearly like one of them.
    """
    if near := limits.misspelt_opt_outs(shape.tags):
        told = [f"{nearly_read(meant)}; it is {place_of(name, shape.tags)}" for name, meant in near.items()]
        raise Problem(INVALID, faults=[Fault("/customer/tags/*", rule) for rule in told])
    return customer_of(shape)


def _candidate_of(shape: CandidateShape) -> Candidate:
    # The shape mirrors the value member by member; mypy cannot see it, a test does.
    return Candidate(**dict(shape))
