"""GET /v1/decisions/{decision_id}."""

from __future__ import annotations

from fastapi import APIRouter

from api.documentation import GET_PROBLEMS
from api.mapping.records import decision_shape
from api.schemas.decisions import DecisionShape
from api.schemas.fields import Identifier
from api.services import ServicesOf
from api.strict_route import StrictRoute

ROUTER = APIRouter(tags=["decisions"], route_class=StrictRoute)


# Not a coroutine: reading the database runs in the thread pool, and the event loop goes on.
@ROUTER.get("/v1/decisions/{decision_id}", responses=GET_PROBLEMS)
def get_decision(decision_id: Identifier, services: ServicesOf) -> DecisionShape:
    """A decision: what was asked, what was answered, and how its review was resolved."""
    return decision_shape(*services.store.decision(decision_id))
