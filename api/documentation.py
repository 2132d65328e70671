"""What the OpenAPI document says beside the shapes: which problems a route may answer with."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE
from api.schemas.problems import ProblemShape

Responses = dict[int | str, dict[str, Any]]


def problem_responses(*statuses: int) -> Responses:
    """Documentation of these statuses as problem+json."""
    schema = {"$ref": f"#/components/schemas/{ProblemShape.__name__}"}
    return {
        status: {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}
        for status in statuses
    }


POST_PROBLEMS = problem_responses(400, 404, 408, 409, 413, 415, 422, 500, 503)
GET_PROBLEMS = problem_responses(400, 404, 422, 500, 503)
READY_PROBLEMS = problem_responses(500, 503)


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the problem's shape among its components."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        shape = ProblemShape.model_json_schema(ref_template="#/components/schemas/{model}")
        nested = shape.pop("$defs", {})
        schema["components"]["schemas"] |= {ProblemShape.__name__: shape, **nested}
        for unused in ("HTTPValidationError", "ValidationError"):
            schema["components"]["schemas"].pop(unused, None)
        app.openapi_schema = schema
    return app.openapi_schema
