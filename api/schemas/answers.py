"""The parts that both answers share. A number that could not be computed is null."""

from __future__ import annotations

from typing import Literal

from api.schemas.explanation import BranchShape
from api.schemas.fields import AnswerShape

DispositionName = Literal["auto", "review", "fallback"]


class IntervalShape(AnswerShape):
    """An estimate with its lower and upper 90% bound."""

    point: float | None
    lower: float | None
    upper: float | None


class ConfidenceShape(AnswerShape):
    """How sure the model is; below the threshold on `p_near_best` a person decides."""

    p_best: float | None
    p_near_best: float | None
    p_better_than_current: float | None
    threshold: float
    threshold_of: str = "overall"


class ReviewBlockShape(AnswerShape):
    """Whether a person is asked, why, and under which identifier."""

    required: bool
    reasons: list[str]
    review_id: str | None


class DriverShape(AnswerShape):
    """One difference between the first choice and the current one, and its worth in minor currency units."""

    feature: str
    recommended: float | None
    current: float | None
    objective_minor: float | None
    unit: str | None = None


class ExplanationShape(AnswerShape):
    """What drove the choice, the weights it was made under, and what the policy does with such orders."""

    drivers: list[DriverShape]
    weights: dict[str, float]
    branch: BranchShape | None = None


class ModelShape(AnswerShape):
    """What answered: the published model, or `rules` with no version."""

    name: str
    version: str | None
    alias: str | None


class RejectedShape(AnswerShape):
    """A candidate that cannot be chosen, and why."""

    candidate_id: str
    reason_code: str


class RejectedActionShape(AnswerShape):
    """An action that cannot be chosen, and why."""

    action: str
    reason_code: str
