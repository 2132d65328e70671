"""GET /healthz and GET /readyz."""

from __future__ import annotations

from fastapi import APIRouter

from api.documentation import READY_PROBLEMS
from api.schemas.health import HealthShape, ModelStatusShape, ReadinessShape
from api.services import ServicesOf
from data.shelf import CHAMPION, MODEL_NAME

ROUTER = APIRouter(tags=["health"])


@ROUTER.get("/healthz")
async def get_health() -> HealthShape:
    """The process answers."""
    return HealthShape(status="ok")


@ROUTER.get("/readyz", responses=READY_PROBLEMS)
def get_readiness(services: ServicesOf) -> ReadinessShape:
    """The database answers, and which model does; 503 if the database does not."""
    services.store.ping()
    served = services.models.current
    model = ModelStatusShape(
        name=MODEL_NAME,
        alias=CHAMPION,
        version=served.version,
        problem=served.problem,
        knows_network=served.network is not None,
    )
    return ReadinessShape(status="ready", answers_by="rules" if served.version is None else "model", model=model)
