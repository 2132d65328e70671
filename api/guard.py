"""The outermost layer: host check, security headers, one access line a request, and nothing unhandled."""

from __future__ import annotations

import logging
import secrets
import time
import traceback
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import INTERNAL, UNKNOWN_HOST, Problem, problem_response

LOGGER = logging.getLogger("routecause.api")
ANY_HOST = "*"
SHOWN_FRAMES = 6

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


class Guard:
    """ASGI middleware around the whole application.

    Parameters
    ----------
    allowed_hosts : sequence of str
        Names without port; `*` lets every host in.
    """

    def __init__(self, app: ASGIApp, allowed_hosts: Sequence[str]) -> None:
        self._app = app
        self._allowed_hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and see that it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        reply = _Reply(send)
        started = time.perf_counter()
        try:
            if self._is_allowed(scope):
                await self._app(scope, receive, reply)
            else:
                await problem_response(Problem(UNKNOWN_HOST))(scope, receive, reply)
        except Exception as error:
            await _answer_for(error, scope, receive, reply)
        finally:
            _log_access(scope, reply.status, time.perf_counter() - started)

    def _is_allowed(self, scope: Scope) -> bool:
        host = Headers(scope=scope).get("host", "").lower()
        name, _, port = host.rpartition(":")
        bare = name if port.isdigit() else host
        return ANY_HOST in self._allowed_hosts or bare in self._allowed_hosts


class _Reply:
    """Sends on, adds the headers, and remembers whether anything was sent."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await self._send(message)


async def _answer_for(error: Exception, scope: Scope, receive: Receive, reply: _Reply) -> None:
    incident = secrets.token_hex(8)
    # An exception's message may hold what was sent: only its kind and the lines of code are logged.
    frames = traceback.extract_tb(error.__traceback__)[-SHOWN_FRAMES:]
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in reversed(frames)]
    LOGGER.error("incident %s: %s at %s", incident, type(error).__name__, " < ".join(places))
    if not reply.status:
        await problem_response(Problem(INTERNAL, incident=incident))(scope, receive, reply)


def _log_access(scope: Scope, status: int, seconds: float) -> None:
    # The route's template, not the path: a path may hold identifiers, or anything at all.
    route: Any = scope.get("route")
    template = getattr(route, "path", "(no route)")
    LOGGER.info("%s %s %d %.1f ms", scope["method"], template, status, seconds * 1000)
