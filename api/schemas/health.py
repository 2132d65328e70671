"""Liveness and readiness."""

from __future__ import annotations

from typing import Literal

from api.schemas.fields import AnswerShape


class HealthShape(AnswerShape):
    """The process answers."""

    status: Literal["ok"]


class ModelStatusShape(AnswerShape):
    """Which model answers; `problem` says why a newer one does not, or why there is none."""

    name: str
    alias: str
    version: str | None
    problem: str | None
    knows_network: bool


class ReadinessShape(AnswerShape):
    """The service can answer; without a model it answers by rules."""

    status: Literal["ready"]
    answers_by: Literal["model", "rules"]
    model: ModelStatusShape
