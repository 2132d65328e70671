"""POST /v1/compensation/preventions."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Body
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.deciding import Asked, earlier_reply, record_and_reply
from api.documentation import POST_PROBLEMS
from api.foreseen import by_caller, by_decision
from api.idempotency import KeyOf
from api.mapping.preventions import prevention_answer, prevention_question
from api.schemas.examples import PREVENTION_EXAMPLE
from api.schemas.preventions import PreventionAnswer, PreventionRequest
from api.services import ServicesOf
from api.strict_route import StrictRoute
from data.store.records import DecisionKind

ROUTER = APIRouter(tags=["compensation"], route_class=StrictRoute)


@ROUTER.post("/v1/compensation/preventions", response_model=PreventionAnswer, responses=POST_PROBLEMS)
async def prevent(
    request: Annotated[PreventionRequest, Body(examples=[PREVENTION_EXAMPLE])], services: ServicesOf, key: KeyOf
) -> Response:
    """Say whether an offer now is better than none, and than waiting, while an order is still on its way."""
    earlier = await earlier_reply(services, DecisionKind.COMPENSATION, request, key)
    if earlier is not None:
        return earlier
    served, limits = services.models.current, services.limits
    question = prevention_question(request, limits)
    if request.late_probability is not None:
        found = by_caller(served, question, request.late_probability)
    else:
        # A decision is read from the database, which the event loop must not wait for.
        found = await run_in_threadpool(by_decision, served, question, services.store, request)
    asked = Asked(
        kind=DecisionKind.COMPENSATION,
        subject_id=request.order_id,
        mode=request.mode,
        # The chance of lateness is the caller's, or as of the route's decision: the clock plays no part in the answer.
        decided_at=request.decided_at or services.now(),
        weights=question.weights,
        question=request,
        recommendation=found.prevention.recommendation,
        shaped=partial(prevention_answer, foreseen=found, limits=limits),
    )
    return await record_and_reply(services, served, asked, key)
