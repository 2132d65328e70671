"""The shape of a problem, for the OpenAPI document."""

from __future__ import annotations

from api.schemas.fields import AnswerShape


class FaultShape(AnswerShape):
    """One broken rule; the pointer names documented members only."""

    pointer: str
    detail: str


class ProblemShape(AnswerShape):
    """RFC 9457 problem+json."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FaultShape] | None = None
    instance: str | None = None
