"""POST /v1/compensation/preventions."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from api.deciding import Asked, record_and_reply
from api.documentation import POST_PROBLEMS
from api.idempotency import KeyOf
from api.mapping.preventions import prevention_answer, prevention_question
from api.schemas.examples import PREVENTION_EXAMPLE
from api.schemas.preventions import PreventionAnswer, PreventionRequest
from api.services import ServicesOf
from api.strict_route import StrictRoute
from data.store.records import DecisionKind
from decision.compensation.prevention import recommend_prevention

ROUTER = APIRouter(tags=["compensation"], route_class=StrictRoute)


@ROUTER.post("/v1/compensation/preventions", response_model=PreventionAnswer, responses=POST_PROBLEMS)
async def prevent(
    request: Annotated[PreventionRequest, Body(examples=[PREVENTION_EXAMPLE])], services: ServicesOf, key: KeyOf
) -> Response:
    """Say whether an offer now is better than none, and than waiting, while an order is still on its way."""
    served, limits = services.models.current, services.limits
    question = prevention_question(request, limits)
    found = recommend_prevention(served.compensation, question, request.late_probability)
    asked = Asked(
        kind=DecisionKind.COMPENSATION,
        subject_id=request.order_id,
        mode=request.mode,
        # The chance of lateness is the caller's: nothing in the answer depends on the clock.
        decided_at=request.decided_at or services.now(),
        weights=question.weights,
        question=request,
        recommendation=found.recommendation,
        shaped=partial(prevention_answer, prevention=found, late_probability=request.late_probability, limits=limits),
    )
    return await record_and_reply(services, served, asked, key)
