"""GET /v1/reviews, GET /v1/reviews/{review_id} and POST /v1/reviews/{review_id}/resolve."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Query

from api.documentation import GET_PROBLEMS, POST_PROBLEMS
from api.mapping.records import page_shape, place_of, review_shape
from api.schemas.examples import RESOLUTION_EXAMPLE
from api.schemas.fields import Identifier
from api.schemas.reviews import ResolutionRequest, ReviewPageShape, ReviewQuery, ReviewShape
from api.services import ServicesOf
from api.strict_route import StrictRoute
from data.store.records import Resolution, ReviewStatus

ROUTER = APIRouter(tags=["reviews"], route_class=StrictRoute)


@ROUTER.get("/v1/reviews", responses=GET_PROBLEMS)
def list_reviews(query: Annotated[ReviewQuery, Query()], services: ServicesOf) -> ReviewPageShape:
    """Reviews of one status, oldest first, a page at a time."""
    status = None if query.status == "any" else ReviewStatus(query.status)
    after = None if query.cursor is None else place_of(query.cursor)
    return page_shape(services.store.reviews(status, after, query.limit))


@ROUTER.get("/v1/reviews/{review_id}", responses=GET_PROBLEMS)
def get_review(review_id: Identifier, services: ServicesOf) -> ReviewShape:
    """One review."""
    return review_shape(services.store.review(review_id))


@ROUTER.post("/v1/reviews/{review_id}/resolve", responses=POST_PROBLEMS)
async def resolve_review(
    review_id: Identifier,
    request: Annotated[ResolutionRequest, Body(examples=[RESOLUTION_EXAMPLE])],
    services: ServicesOf,
) -> ReviewShape:
    """Accept what was recommended, or override it; of two reviewers at once, one gets 409."""
    resolution = Resolution(request.chosen_action, request.reviewer, request.reason, services.now(), request.version)
    return review_shape(await asyncio.wrap_future(services.store.resolve(review_id, resolution)))
