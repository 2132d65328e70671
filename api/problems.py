"""Every problem the service can answer with, as RFC 9457 problem+json that never repeats what was sent.

This is the one place where errors become HTTP. A problem's type is `urn:routecause:problem:<slug>`;
docs/api.md lists the slugs with their remedies, and a test holds the two together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import HTTPException
from starlette.exceptions import HTTPException as FrameworkError
from starlette.responses import Response

from data.errors import (
    ConflictError,
    ContractError,
    NetworkError,
    ReusedKeyError,
    StoreError,
    UnavailableActionError,
    UnknownRecordError,
    WrongVersionError,
)
from decision.errors import QuestionError

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:routecause:problem:"


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind of problem: a slug, the status it is sent with, and what to do about it."""

    slug: str
    status: int
    title: str
    remedy: str


MALFORMED_JSON = ProblemType("malformed-json", 400, "The body is not JSON that can be trusted", "Send strict JSON.")
BAD_HEADER = ProblemType("bad-header", 400, "A header cannot be read", "Send the header as documented.")
UNKNOWN_HOST = ProblemType("unknown-host", 400, "The host is not one of this service's", "Allow it with --allow-host.")
NOT_FOUND = ProblemType("not-found", 404, "There is nothing here", "Check the path and the identifier.")
BAD_METHOD = ProblemType("method-not-allowed", 405, "The method is not allowed here", "See the Allow header.")
SLOW_BODY = ProblemType("body-timeout", 408, "The body took too long to arrive", "Send it at once.")
REVIEW_CONFLICT = ProblemType("review-conflict", 409, "Somebody was faster", "Read the review again.")
REVIEW_VERSION = ProblemType(
    "review-version", 409, "The review never had this version", "Send the version that you read, or none."
)
BODY_TOO_LARGE = ProblemType("body-too-large", 413, "The body is too large", "Send fewer candidates or lines.")
MEDIA_TYPE_UNKNOWN = ProblemType(
    "unsupported-media-type", 415, "The body is not application/json", "Send uncompressed application/json."
)
INVALID = ProblemType("invalid-request", 422, "The request breaks a rule", "Mend the members that errors[] names.")
CONTRADICTION = ProblemType("contradiction", 422, "The question contradicts itself", "Send consistent candidates.")
NO_NETWORK = ProblemType(
    "no-network", 422, "Candidates are missing and no network is known", "Send candidates, or start with --network."
)
UNKNOWN_REGION = ProblemType(
    "unknown-region", 422, "The network does not serve this region", "Send candidates, or a region of the network."
)
NETWORK_CHANGED = ProblemType(
    "network-changed",
    422,
    "The network has changed since that decision",
    "Name a candidate or node of the network in use, or start with the network of that day.",
)
KEY_REUSED = ProblemType(
    "idempotency-key-reused", 422, "The idempotency key was used for other content", "Send a new key."
)
ACTION_UNAVAILABLE = ProblemType(
    "action-unavailable", 422, "The action cannot be chosen", "Choose one of the review's actions."
)
REFUSED = ProblemType("refused", 400, "The request was refused", "See docs/api.md.")
INTERNAL = ProblemType("internal-error", 500, "Something broke on our side", "Report the incident identifier.")
STORE_DOWN = ProblemType("store-unavailable", 503, "The database does not answer", "Try again in a moment.")

PROBLEM_TYPES: tuple[ProblemType, ...] = (
    MALFORMED_JSON,
    BAD_HEADER,
    UNKNOWN_HOST,
    NOT_FOUND,
    BAD_METHOD,
    SLOW_BODY,
    REVIEW_CONFLICT,
    REVIEW_VERSION,
    BODY_TOO_LARGE,
    MEDIA_TYPE_UNKNOWN,
    INVALID,
    CONTRADICTION,
    NO_NETWORK,
    UNKNOWN_REGION,
    NETWORK_CHANGED,
    KEY_REUSED,
    ACTION_UNAVAILABLE,
    REFUSED,
    INTERNAL,
    STORE_DOWN,
)

# A class stands for its whole branch unless a nearer class is listed. The flag says that its messages are
# written without the caller's words and may be shown; others are told as far as they say plainly what is wrong.
DOMAIN_PROBLEMS: Mapping[type[Exception], tuple[ProblemType, bool]] = {
    UnknownRecordError: (NOT_FOUND, True),
    ConflictError: (REVIEW_CONFLICT, True),
    WrongVersionError: (REVIEW_VERSION, True),
    ReusedKeyError: (KEY_REUSED, True),
    UnavailableActionError: (ACTION_UNAVAILABLE, True),
    StoreError: (STORE_DOWN, True),
    NetworkError: (UNKNOWN_REGION, False),
    QuestionError: (CONTRADICTION, False),
    ContractError: (CONTRADICTION, False),
}

_BY_STATUS: Mapping[int, ProblemType] = {404: NOT_FOUND, 405: BAD_METHOD, 413: BODY_TOO_LARGE, 415: MEDIA_TYPE_UNKNOWN}


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule: a JSON pointer made of documented member names and positions, and the rule."""

    pointer: str
    message: str


class Problem(HTTPException):
    """A problem to answer with; raise it anywhere below a route.

    Parameters
    ----------
    detail : str or None
        What exactly was wrong, in words of ours; None leaves the remedy alone.
    """

    def __init__(
        self, kind: ProblemType, detail: str | None = None, *, faults: Sequence[Fault] = (), incident: str | None = None
    ) -> None:
        super().__init__(kind.status, detail or kind.remedy)
        self.kind = kind
        self.faults = tuple(faults)
        self.incident = incident

    @classmethod
    def of_domain(cls, error: Exception) -> Problem | None:
        """The problem that an error of data or decision stands for; None where it is a fault of ours."""
        for ancestor in type(error).__mro__:
            if ancestor in DOMAIN_PROBLEMS:
                kind, showable = DOMAIN_PROBLEMS[ancestor]
                return cls(kind, str(error) if showable else getattr(error, "plainly", None))
        return None

    @classmethod
    def of_status(cls, error: FrameworkError) -> Problem:
        """The problem that the framework's own refusal stands for."""
        return cls(_BY_STATUS.get(error.status_code, REFUSED))


def problem_response(problem: Problem, headers: Iterable[tuple[str, str]] = ()) -> Response:
    """The HTTP answer for a problem."""
    document: dict[str, object] = {
        "type": TYPE_PREFIX + problem.kind.slug,
        "title": problem.kind.title,
        "status": problem.kind.status,
        "detail": problem.detail,
    }
    if problem.faults:
        document["errors"] = [{"pointer": fault.pointer, "detail": fault.message} for fault in problem.faults]
    if problem.incident is not None:
        document["instance"] = f"urn:routecause:incident:{problem.incident}"
    extra = {"Retry-After": "1"} if problem.kind.status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    content = json.dumps(document, ensure_ascii=False).encode("utf-8")
    return Response(content, problem.kind.status, {**dict(headers), **extra}, MEDIA_TYPE)
