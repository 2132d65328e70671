"""The application: routes, guard, problems, and the parts that live as long as the process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.documentation import document
from api.faults import faults_of, member_names
from api.guard import Guard
from api.limits import DEFAULT_LIMITS, Limits, read_limits
from api.problems import DOMAIN_PROBLEMS, INVALID, Problem, problem_response
from api.routes import attributions, compensation, decisions, health, plans, preventions, promises, reviews, routing
from api.schemas.compensation import CompensationRequest
from api.schemas.explanation import AttributionQuery
from api.schemas.plans import PlansRequest
from api.schemas.preventions import PreventionRequest
from api.schemas.promises import PromiseQuery, PromisesRequest
from api.schemas.reviews import ResolutionRequest, ReviewQuery
from api.schemas.routing import RoutingRequest
from api.services import Services, utc_now
from api.serving import ModelKeeper
from api.settings import Settings
from api.strict_route import asked_of
from data.shelf import Shelf
from data.store.store import Store

_MEMBERS = member_names(
    [
        RoutingRequest,
        CompensationRequest,
        ResolutionRequest,
        ReviewQuery,
        AttributionQuery,
        PlansRequest,
        PreventionRequest,
        PromisesRequest,
        PromiseQuery,
    ]
)


def create_app(settings: Settings, now: Callable[[], datetime] = utc_now) -> FastAPI:
    """Build the service; its database is opened and its model loaded when it starts.

    Parameters
    ----------
    now : callable
        The clock that records are stamped with.
    """
    app = FastAPI(
        title="Routecause",
        version=version("routecause"),
        description="Causal order routing and compensation. Money is in minor units, instants carry their offset.",
        # The interactive pages load scripts from elsewhere; the document itself is at /openapi.json.
        docs_url=None,
        redoc_url=None,
        lifespan=partial(_lifespan, settings=settings, now=now),
    )
    app.state.settings = settings
    app.add_middleware(Guard, allowed_hosts=settings.allowed_hosts)
    for module in (routing, promises, plans, attributions, compensation, preventions, decisions, reviews, health):
        app.include_router(module.ROUTER)
    app.add_exception_handler(HTTPException, _answer_refusal)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    for error in DOMAIN_PROBLEMS:
        app.add_exception_handler(error, _answer_domain)
    app.openapi = partial(document, app)  # type: ignore[method-assign]
    return app


def make_keeper(settings: Settings) -> ModelKeeper:
    """The keeper of the champion, not yet started.

    Raises
    ------
    InputFileError
        If the settings name a network file that cannot be read.
    """
    return ModelKeeper(Shelf(settings.home.models), settings.network, settings.model_poll_seconds)


def make_limits(settings: Settings) -> Limits:
    """The operator's limits of compensation, or those that the service comes with.

    Raises
    ------
    InputFileError, LimitsError
        If the settings name a file that cannot be read, or whose limits make no sense.
    """
    return DEFAULT_LIMITS if settings.guardrails is None else read_limits(settings.guardrails)


@asynccontextmanager
async def _lifespan(app: FastAPI, settings: Settings, now: Callable[[], datetime]) -> AsyncIterator[None]:
    models, limits = make_keeper(settings), make_limits(settings)
    store = Store.open(settings.home.database_url)
    try:
        models.start()
        app.state.services = Services(settings, store, models, now, limits)
        yield
    finally:
        models.stop()
        store.close()


async def _answer_refusal(_request: Request, error: Exception) -> Response:
    if isinstance(error, Problem):
        return problem_response(error)
    if not isinstance(error, HTTPException):
        raise error
    allow = [("Allow", value) for name, value in (error.headers or {}).items() if name.lower() == "allow"]
    return problem_response(Problem.of_status(error), allow)


async def _answer_invalid(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    asked = asked_of(request.scope.get("route"), error.body)
    return problem_response(Problem(INVALID, faults=faults_of(error.errors(), _MEMBERS, asked)))


async def _answer_domain(_request: Request, error: Exception) -> Response:
    problem = Problem.of_domain(error)
    if problem is None:
        raise error
    return problem_response(problem)
