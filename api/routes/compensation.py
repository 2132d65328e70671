"""POST /v1/compensation/recommendations."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body
from starlette.responses import Response

from api.deciding import Asked, earlier_reply, record_and_reply
from api.documentation import POST_PROBLEMS
from api.idempotency import KeyOf
from api.mapping.answers import compensation_answer
from api.mapping.questions import circumstances_of, compensation_question, pairs_of
from api.schemas.compensation import CompensationAnswer, CompensationRequest
from api.schemas.examples import COMPENSATION_EXAMPLE
from api.services import ServicesOf
from api.strict_route import StrictRoute
from data.store.records import DecisionKind
from decision.compensation.recommendation import recommend_compensation
from decision.precedents.similarity import find_precedents

ROUTER = APIRouter(tags=["compensation"], route_class=StrictRoute)


@ROUTER.post("/v1/compensation/recommendations", response_model=CompensationAnswer, responses=POST_PROBLEMS)
async def recommend_offer(
    request: Annotated[CompensationRequest, Body(examples=[COMPENSATION_EXAMPLE])], services: ServicesOf, key: KeyOf
) -> Response:
    """Rank what may be offered after an incident, with effects against doing nothing."""
    earlier = await earlier_reply(services, DecisionKind.COMPENSATION, request, key)
    if earlier is not None:
        return earlier
    served = services.models.current
    question = compensation_question(request, services.limits)
    book, known = served.evidence.casebook, circumstances_of(request)
    precedents = None if book is None else find_precedents(book, question.incident, known)
    asked = Asked(
        kind=DecisionKind.COMPENSATION,
        subject_id=request.incident_id,
        mode=request.mode,
        # An incident's numbers are relative: nothing in the answer depends on the clock.
        decided_at=request.decided_at or services.now(),
        weights=question.weights,
        question=request,
        recommendation=recommend_compensation(served.compensation, question),
        shaped=partial(compensation_answer, limits=services.limits, precedents=precedents, pairs=pairs_of(request)),
    )
    return await record_and_reply(services, served, asked, key)
