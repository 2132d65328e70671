"""What the OpenAPI document says beside the shapes: the problems a route may answer with, and what members mean."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.problems import MEDIA_TYPE
from api.schemas.meanings import MEANINGS
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
        _explain_requests(schema)
        app.openapi_schema = schema
    return app.openapi_schema


def _explain_requests(schema: dict[str, Any]) -> None:
    """Say what each member and parameter of a request means, where its shape does not."""
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    shapes = schema["components"]["schemas"]
    for name in _reached([operation.get("requestBody") for operation in operations], shapes):
        for member, told in shapes[name].get("properties", {}).items():
            _explain(member, told)
    for parameter in (item for operation in operations for item in operation.get("parameters", ())):
        _explain(parameter["name"], parameter)


def _explain(name: str, told: dict[str, Any]) -> None:
    if name in MEANINGS:
        told.setdefault("description", MEANINGS[name])


def _reached(part: Any, shapes: dict[str, Any]) -> set[str]:
    """The names of all shapes that a part of the document refers to, and that those refer to."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            name = str(here.get("$ref", "")).rpartition("/")[2]
            if name in shapes and name not in found:
                found.add(name)
                waiting.append(shapes[name])
            waiting += here.values()
        elif isinstance(here, list):
            waiting += here
    return found
