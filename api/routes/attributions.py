"""POST /v1/routing/attributions and GET /v1/decisions/{decision_id}/attribution."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Body, Query

from api.documentation import GET_PROBLEMS, POST_PROBLEMS
from api.mapping.explanations import attribution_shape, branch_of, recommendation_of
from api.mapping.kept_routes import ending_of, kept_question, routing_decision
from api.mapping.questions import routing_question, stored_request
from api.mapping.wishes import misnamed_of, wishes_of
from api.schemas.examples import ROUTING_EXAMPLE
from api.schemas.explanation import AttributionQuery, AttributionShape
from api.schemas.fields import Identifier
from api.schemas.routing import RoutingAnswer, RoutingRequest
from api.services import ServicesOf
from api.serving import ServedModel
from api.strict_route import StrictRoute
from decision.answering import RoutedAnswer, Wishes, answer_route
from decision.explanation.attribution import Attribution, attribute
from decision.routing.question import RoutingQuestion

ROUTER = APIRouter(tags=["explanation"], route_class=StrictRoute)


@ROUTER.post("/v1/routing/attributions", responses=POST_PROBLEMS)
async def explain_route(
    request: Annotated[RoutingRequest, Body(examples=[ROUTING_EXAMPLE])],
    query: Annotated[AttributionQuery, Query()],
    services: ServicesOf,
) -> AttributionShape:
    """Why this order would not be sent from its main node, in plain words; nothing is decided or recorded."""
    return attribution_of(request, services.models.current, query)


# Not a coroutine: reading the database runs in the thread pool, and the event loop goes on.
@ROUTER.get("/v1/decisions/{decision_id}/attribution", responses=GET_PROBLEMS)
def explain_decision(
    decision_id: Identifier, query: Annotated[AttributionQuery, Query()], services: ServicesOf
) -> AttributionShape:
    """The same of a decision that was made, by what was known and answered then."""
    decision, review = routing_decision(services.store, decision_id, "an attribution")
    network = services.models.current.network
    answer = RoutingAnswer.model_validate(json.loads(decision.answer))
    request = stored_request(decision.question)
    told = RoutedAnswer(
        recommendation_of(answer),
        in_value_lane=answer.lane == "value",
        branch=branch_of(answer.explanation.branch),
        misnamed=misnamed_of(answer.misnamed_rules, request),
    )
    found = _attribution(kept_question(request, network), wishes_of(request), told, query)
    attribution = replace(found, ending=ending_of(review))
    return attribution_shape(attribution, query.language, network.currency if network else None)


def attribution_of(request: RoutingRequest, served: ServedModel, query: AttributionQuery) -> AttributionShape:
    """The attribution report on a question, by the model in use."""
    question, wishes = routing_question(request, served.network), wishes_of(request)
    told = answer_route(served.routing, served.evidence, question, wishes)
    attribution = _attribution(question, wishes, told, query)
    return attribution_shape(attribution, query.language, served.network.currency if served.network else None)


def _attribution(question: RoutingQuestion, wishes: Wishes, told: RoutedAnswer, query: AttributionQuery) -> Attribution:
    found = attribute(
        question,
        told.recommendation,
        main_node=query.main_node,
        branch=told.branch,
        constraints=wishes.constraints,
        reports=wishes.reports,
    )
    lane = wishes.value_lane_from_minor if told.in_value_lane else None
    return replace(found, misnamed=told.misnamed, lane_from_minor=lane)
