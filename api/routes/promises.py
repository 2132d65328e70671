"""POST /v1/routing/promises and GET /v1/decisions/{decision_id}/promise."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query

from api.deciding import model_shape
from api.documentation import GET_PROBLEMS, POST_PROBLEMS
from api.mapping.kept_routes import route_taken, routing_decision
from api.mapping.promises import Route, promise_answer, screened_case
from api.mapping.questions import routing_question
from api.mapping.wishes import wishes_of
from api.problems import NETWORK_CHANGED, Problem
from api.schemas.examples import PROMISES_EXAMPLE
from api.schemas.fields import Identifier
from api.schemas.promises import PromiseAnswer, PromiseQuery, PromisesRequest
from api.services import ServicesOf
from api.serving import ServedModel
from api.strict_route import StrictRoute
from decision.answering import answer_route

ROUTER = APIRouter(tags=["routing"], route_class=StrictRoute)


# Not a coroutine: a question of many candidates takes some milliseconds, and the event loop goes on.
@ROUTER.post("/v1/routing/promises", responses=POST_PROBLEMS)
def promise_route(
    request: Annotated[PromisesRequest, Body(examples=[PROMISES_EXAMPLE])], services: ServicesOf
) -> PromiseAnswer:
    """When the order would be there by a candidate, and how likely by its promise; nothing is recorded."""
    served = services.models.current
    route = _asked(request, served)
    return promise_answer(route, route.promise(served.routing, request.kept_chance), model_shape(served))


@ROUTER.get("/v1/decisions/{decision_id}/promise", responses=GET_PROBLEMS)
def promise_decision(
    decision_id: Identifier, query: Annotated[PromiseQuery, Query()], services: ServicesOf
) -> PromiseAnswer:
    """The same of a decision that was made: what was known then, by the model in use now."""
    decision, review = routing_decision(services.store, decision_id, "a promise")
    served = services.models.current
    taken = route_taken(decision, review, served.network)
    route = taken if query.candidate_id is None else Route(taken.case, query.candidate_id)
    if query.candidate_id is None and not taken.stands:
        raise Problem(NETWORK_CHANGED, "the network in use has no such candidate as was taken; name candidate_id")
    return promise_answer(route, route.promise(served.routing, query.kept_chance), model_shape(served))


def _asked(request: PromisesRequest, served: ServedModel) -> Route:
    question = routing_question(request, served.network)
    case = screened_case(question, request)
    if request.candidate_id is not None:
        return Route(case, request.candidate_id)
    answer = answer_route(served.routing, served.evidence, question, wishes_of(request))
    return Route(case, answer.recommendation.recommended)
