"""Promises as they are shown, and the routes that were taken as they were asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from api.mapping.answers import interval_shape
from api.mapping.questions import routing_question, stored_request
from api.mapping.wishes import wishes_of
from api.schemas.answers import ModelShape
from api.schemas.promises import PromiseAnswer, PromiseShape
from api.schemas.routing import RoutingRequest
from data.network import Network
from data.store.records import DecisionRecord, ReviewRecord
from decision.routing.model import RoutingModel
from decision.routing.promise import Promise, Untold, promise_of
from decision.routing.question import RoutingCase


@dataclass(frozen=True, slots=True)
class Route:
    """An order as it was put, and the candidate that is spoken of; None where nothing can ship it."""

    case: RoutingCase
    candidate_id: str | None

    def promise(self, model: RoutingModel | None, kept_chance: float) -> Promise | Untold:
        """What that candidate would lead to."""
        if self.candidate_id is None:
            return Untold.NO_FEASIBLE_CANDIDATE
        return promise_of(model, self.case, self.candidate_id, kept_chance)


def screened_case(request: RoutingRequest, network: Network | None) -> RoutingCase:
    """What a request asks, under its own rules."""
    question = routing_question(request, network)
    refusals = wishes_of(request).constraints.refusals(question.order, question.candidates)
    return RoutingCase.of(replace(question, refusals=refusals))


def route_taken(decision: DecisionRecord, review: ReviewRecord | None, network: Network | None) -> Route:
    """The route of a routing decision, by the network in use where candidates were left to it."""
    return Route(screened_case(stored_request(decision.question), network), candidate_taken(decision, review))


def candidate_taken(decision: DecisionRecord, review: ReviewRecord | None) -> str | None:
    """The reviewer's candidate where a person chose, else the recommended one."""
    chosen = None if review is None else review.chosen_action
    return chosen or decision.recommended


def promise_answer(route: Route, found: Promise | Untold, model: ModelShape) -> PromiseAnswer:
    """The answer to a question of a promise."""
    question = route.case.question
    rejected = {item.action_id: item.reason.value for item in route.case.screening.rejected}
    return PromiseAnswer(
        order_id=question.order.order_id,
        decided_at=question.decided_at,
        promised_at=question.order.promised_at,
        candidate_id=route.candidate_id,
        rejected_as=None if route.candidate_id is None else rejected.get(route.candidate_id),
        promise=_shape(found) if isinstance(found, Promise) else None,
        untold=found.value if isinstance(found, Untold) else None,
        model=model,
    )


def _shape(promise: Promise) -> PromiseShape:
    return PromiseShape(
        quoted_at=promise.quoted_at,
        median_at=promise.median_at,
        earliest_at=promise.earliest_at,
        latest_at=promise.latest_at,
        attainment=interval_shape(promise.attainment),
        kept_by=promise.kept_by,
        kept_chance=promise.kept_chance,
        doubts=[reason.value for reason in promise.doubts],
    )
