"""POST /v1/routing/plans."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body

from api.deciding import model_shape
from api.documentation import POST_PROBLEMS
from api.mapping.questions import routing_question
from api.mapping.wishes import plans_answer, split_wishes_of, wishes_of
from api.schemas.examples import PLANS_EXAMPLE
from api.schemas.plans import PlansRequest
from api.schemas.wishes import PlansAnswer
from api.services import ServicesOf
from api.strict_route import StrictRoute
from decision.splits import plan_shipments

ROUTER = APIRouter(tags=["routing"], route_class=StrictRoute)


# Not a coroutine: the largest question takes a tenth of a second, and the event loop goes on.
@ROUTER.post("/v1/routing/plans", responses=POST_PROBLEMS)
def plan_route(request: Annotated[PlansRequest, Body(examples=[PLANS_EXAMPLE])], services: ServicesOf) -> PlansAnswer:
    """Which nodes together can send all lines of an order, and what each way would mean; nothing is recorded."""
    served = services.models.current
    question = routing_question(request, served.network)
    allowed = wishes_of(request).constraints.applied_to(question)
    answer = plan_shipments(served.routing, allowed, split_wishes_of(request))
    return plans_answer(request, question, answer, model_shape(served))
