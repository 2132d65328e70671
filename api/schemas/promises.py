"""The question when an order would be there, and what is promised."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from api.schemas.answers import IntervalShape, ModelShape
from api.schemas.fields import AnswerShape, Identifier, QueryNumber, Shape, require
from api.schemas.routing import RoutingRequest
from decision.routing.promise import DEFAULT_KEPT_CHANCE

# A promise that is broken as often as kept is none, and beyond this nothing but the tail's shape is told.
KeptChance = Annotated[float, Field(ge=0.5, le=0.999)]


class PromisesRequest(RoutingRequest):
    """A routing question, and by which candidate; the recommended one where none is named."""

    candidate_id: Identifier | None = None
    kept_chance: KeptChance = DEFAULT_KEPT_CHANCE

    @model_validator(mode="after")
    def _known_candidate(self) -> Self:
        names = {item.candidate_id for item in self.candidates or ()}
        known = self.candidate_id is None or self.candidates is None or self.candidate_id in names
        require(known, "must be one of the candidates", at="candidate_id")
        return self


class PromiseQuery(Shape):
    """By which candidate, and with which chance the instant that is promised anew is to be kept."""

    model_config = ConfigDict(strict=False)

    candidate_id: Identifier | None = None
    kept_chance: Annotated[KeptChance, QueryNumber] = DEFAULT_KEPT_CHANCE


class PromiseShape(AnswerShape):
    """When the order would be there by one candidate; see docs/api.md."""

    quoted_at: datetime
    median_at: datetime
    earliest_at: datetime
    latest_at: datetime
    attainment: IntervalShape
    kept_by: datetime
    kept_chance: float
    doubts: list[str]


class PromiseAnswer(AnswerShape):
    """What one candidate of an order would lead to, or why that is not told."""

    order_id: str
    decided_at: datetime
    promised_at: datetime
    candidate_id: str | None
    rejected_as: str | None
    promise: PromiseShape | None
    untold: str | None
    model: ModelShape
