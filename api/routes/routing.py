"""POST /v1/routing/recommendations."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from api.deciding import Asked, earlier_reply, record_and_reply
from api.documentation import POST_PROBLEMS
from api.idempotency import KeyOf
from api.mapping.answers import routing_answer
from api.mapping.questions import routing_question
from api.mapping.wishes import unmatched, wishes_of
from api.schemas.examples import ROUTING_EXAMPLE
from api.schemas.routing import RoutingAnswer, RoutingRequest
from api.services import ServicesOf
from api.strict_route import StrictRoute
from data.store.records import DecisionKind
from decision.answering import answer_route

ROUTER = APIRouter(tags=["routing"], route_class=StrictRoute)


@ROUTER.post("/v1/routing/recommendations", response_model=RoutingAnswer, responses=POST_PROBLEMS)
async def recommend_route(
    request: Annotated[RoutingRequest, Body(examples=[ROUTING_EXAMPLE])], services: ServicesOf, key: KeyOf
) -> Response:
    """Rank the candidates of an order and recommend one, with effects against the current choice."""
    earlier = await earlier_reply(services, DecisionKind.ROUTING, request, key)
    if earlier is not None:
        return earlier
    served = services.models.current
    question = routing_question(request, served.network)
    answer = answer_route(served.routing, served.evidence, question, wishes_of(request))
    asked = Asked(
        kind=DecisionKind.ROUTING,
        subject_id=request.order_id,
        mode=request.mode,
        decided_at=question.decided_at,
        weights=question.weights,
        question=request,
        recommendation=answer.recommendation,
        shaped=partial(routing_answer, answer=answer, unmatched=unmatched(request, question.candidates)),
    )
    return await record_and_reply(services, served, asked, key)
