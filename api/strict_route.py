"""A route whose requests are read under a size limit and a deadline, and parsed strictly."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.callers_names import Asked
from api.problems import BODY_TOO_LARGE, MALFORMED_JSON, MEDIA_TYPE_UNKNOWN, REFUSED, SLOW_BODY, Problem
from api.settings import Settings
from api.strict_json import StrictJsonError, parse_json

JSON_MEDIA_TYPE = "application/json"


class StrictRequest(Request):
    """A request that trusts neither the length, nor the speed, nor the content of its body."""

    _whole_body: bytes | None = None

    async def body(self) -> bytes:
        """The body's bytes.

        Raises
        ------
        Problem
            If it is empty, not declared as JSON, compressed, too long or too slow.
        """
        if self._whole_body is None:
            settings: Settings = self.app.state.settings
            self._require_json()
            self._require_length(settings.max_body_bytes)
            try:
                async with asyncio.timeout(settings.body_deadline_seconds):
                    self._whole_body = await self._read(settings.max_body_bytes)
            except TimeoutError:
                raise Problem(SLOW_BODY) from None
            except ClientDisconnect:
                # Nobody reads the answer; it only ends the request without an incident.
                raise Problem(REFUSED) from None
        return self._whole_body

    async def json(self) -> Any:
        """The body's value, or the Problem that it is not strict JSON."""
        try:
            return parse_json(await self.body())
        except StrictJsonError as error:
            raise Problem(MALFORMED_JSON, str(error)) from None

    def _require_json(self) -> None:
        media_type = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        encoding = self.headers.get("content-encoding", "identity").strip().lower()
        if media_type != JSON_MEDIA_TYPE or encoding != "identity":
            raise Problem(MEDIA_TYPE_UNKNOWN)

    def _require_length(self, limit: int) -> None:
        declared = self.headers.get("content-length", "0")
        if declared.isascii() and declared.isdigit() and int(declared[: len(str(limit)) + 1]) > limit:
            raise Problem(BODY_TOO_LARGE, f"the body is longer than {limit} bytes; send fewer candidates or lines")

    async def _read(self, limit: int) -> bytes:
        parts: list[bytes] = []
        length = 0
        async for part in self.stream():
            length += len(part)
            if length > limit:
                raise Problem(BODY_TOO_LARGE, f"the body is longer than {limit} bytes; send fewer candidates or lines")
            parts.append(part)
        if not length:
            raise Problem(MALFORMED_JSON, "the body is empty; send one JSON object")
        return b"".join(parts)


class StrictRoute(APIRoute):
    """Hands its endpoint a `StrictRequest`, in whose query nothing is said twice, and nothing that nobody reads."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, behind the stricter request."""
        handle = super().get_route_handler()
        # A route that reads its query has a shape for it, which refuses what it does not document.
        reads_query = bool(self.dependant.query_params)

        async def strictly(request: Request) -> Response:
            names = [name for name, _ in request.query_params.multi_items()]
            _require_each_once(names)
            if not reads_query:
                _require_none(names)
            return await handle(StrictRequest(request.scope, request.receive))

        return strictly


def asked_of(route: object, sent: Any) -> Asked:
    """What a route reads a request as."""
    if not isinstance(route, APIRoute):
        return Asked(sent=sent)
    body, query = (_shape_of(fields) for fields in (route.dependant.body_params, route.dependant.query_params))
    return Asked(body, query, sent)


def _shape_of(fields: Sequence[Any]) -> type[BaseModel] | None:
    kinds = (field.field_info.annotation for field in fields)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _require_none(names: Iterable[str]) -> None:
    """Refuse a query where none is read: what was meant by it would be ignored in silence."""
    if unread := [{"type": "extra_forbidden", "loc": ("query", name), "msg": ""} for name in names]:
        raise RequestValidationError(unread)


def _require_each_once(names: Iterable[str]) -> None:
    """Refuse a query that says something twice: the framework would take the last word for the only one."""
    repeated = [name for name, n_times in Counter(names).items() if n_times > 1]
    if repeated:
        raise RequestValidationError(
            [{"type": "repeated", "loc": ("query", name), "msg": "is there twice; send it once"} for name in repeated]
        )
