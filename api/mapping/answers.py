"""From recommendations to answer shapes. Numbers that are not finite become null."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from api.limits import Limits
from api.mapping.explanations import branch_shape, precedents_shape, rounded
from api.mapping.wishes import consolidation_shape, health_shapes, misnamed_shapes
from api.schemas.answers import (
    ConfidenceShape,
    DriverShape,
    ExplanationShape,
    IntervalShape,
    ModelShape,
    RejectedActionShape,
    RejectedShape,
    ReviewBlockShape,
)
from api.schemas.compensation import (
    CombinationShape,
    CompensationAnswer,
    GuardrailsShape,
    RankedActionShape,
    RejectedCombinationShape,
)
from api.schemas.orders import Mode
from api.schemas.routing import RankedCandidateShape, RoutingAnswer
from data.customer_value import COMPENSATION_OUTCOMES
from data.decisions import (
    CompensationRecommendation,
    Confidence,
    Disposition,
    Driver,
    Interval,
    RejectionReason,
    RoutingRecommendation,
)
from data.incidents import ARMS, CompensationArm
from data.objective import DEFAULT_UNIT_VALUES, ROUTING_OUTCOMES, ObjectiveWeights, objective_coefficients
from decision.answering import RoutedAnswer
from decision.explanation.branch import Branch
from decision.explanation.report import DRIVER_UNITS
from decision.precedents.similarity import Precedents

# A person may know of stock that no feed reports, or have a word with the driver; the law bends for nobody.
_OPEN_TO_REVIEWERS = frozenset({RejectionReason.NO_STOCK, RejectionReason.CUT_OFF_PASSED})

_UNITS = {**DRIVER_UNITS, "hours_late": "hours", "order_value_minor": "money"}
# What is worth less than half a minor unit is worth nothing: rounding noise must not be read as a reason.
LEAST_TOLD_MINOR = 0.5

Recommendation = RoutingRecommendation | CompensationRecommendation


@dataclass(frozen=True, slots=True)
class AnswerContext:
    """What an answer says beside the recommendation.

    Parameters
    ----------
    review_id : str or None
        The review that the decision opens, if it opens one.
    """

    decision_id: str
    subject_id: str
    decided_at: datetime
    mode: Mode
    review_id: str | None
    weights: ObjectiveWeights
    model: ModelShape


def needs_review(recommendation: Recommendation) -> bool:
    """Whether a person is asked."""
    return recommendation.disposition is Disposition.REVIEW


def reviewer_actions(recommendation: Recommendation) -> tuple[str, ...]:
    """What a reviewer may choose, best first."""
    rejected = (item.action_id for item in recommendation.rejected if item.reason in _OPEN_TO_REVIEWERS)
    if isinstance(recommendation, RoutingRecommendation):
        return (*(item.candidate_id for item in recommendation.ranking), *rejected)
    return (*(item.arm for item in recommendation.ranking), *rejected)


def routing_answer(
    recommendation: RoutingRecommendation, context: AnswerContext, *, answer: RoutedAnswer, unmatched: Sequence[str]
) -> RoutingAnswer:
    """The answer to a routing request, with all that is said beside the recommendation."""
    prices = objective_coefficients(context.weights, DEFAULT_UNIT_VALUES)
    return RoutingAnswer(
        **_told_of_both(recommendation, context),
        order_id=context.subject_id,
        current_choice=recommendation.current_choice,
        ranking=[
            RankedCandidateShape(
                candidate_id=item.candidate_id,
                effects_vs_current=_intervals(ROUTING_OUTCOMES, item.effects_vs_current),
                objective=interval_shape(item.objective),
                propensity=item.propensity,
                in_support=item.in_support,
                objective_parts=_parts(item.effects_vs_current, prices),
            )
            for item in recommendation.ranking
        ],
        rejected=[
            RejectedShape(candidate_id=item.action_id, reason_code=item.reason.value)
            for item in recommendation.rejected
        ],
        explanation=_explanation(recommendation.drivers, context.weights, answer.branch),
        lane="value" if answer.in_value_lane else "standard",
        node_health=health_shapes(answer.health),
        consolidation=consolidation_shape(answer.consolidation),
        unmatched=list(unmatched),
        misnamed_rules=misnamed_shapes(answer.misnamed),
    )


def compensation_answer(
    recommendation: CompensationRecommendation,
    context: AnswerContext,
    *,
    limits: Limits,
    precedents: Precedents | None = None,
    pairs: Sequence[frozenset[CompensationArm]] = (),
) -> CompensationAnswer:
    """The answer to a compensation request, with the limits that it keeps and what they say of the pairs asked for."""
    return CompensationAnswer(
        **_told_of_both(recommendation, context),
        incident_id=context.subject_id,
        ranking=[
            RankedActionShape(
                action=item.arm,
                effects_vs_none=_intervals(COMPENSATION_OUTCOMES, item.effects_vs_none),
                objective=interval_shape(item.objective),
                propensity=item.propensity,
            )
            for item in recommendation.ranking
        ],
        rejected=[
            RejectedActionShape(action=item.action_id, reason_code=item.reason.value)
            for item in recommendation.rejected
        ],
        explanation=_explanation(recommendation.drivers, context.weights),
        precedents=precedents_shape(precedents),
        combinations=[
            CombinationShape(
                actions=list(item.arms),
                effects_vs_none=_intervals(COMPENSATION_OUTCOMES, item.effects_vs_none),
                objective=interval_shape(item.objective),
            )
            for item in recommendation.combinations
        ],
        rejected_combinations=[
            *(
                RejectedCombinationShape(
                    actions=[arm.value for arm in ARMS if arm in pair],
                    reason_code=RejectionReason.OPERATOR_POLICY.value,
                )
                for pair in pairs
                if not limits.allows(pair)
            ),
            *(
                RejectedCombinationShape(actions=list(item.arms), reason_code=item.reason.value)
                for item in recommendation.rejected_combinations
            ),
        ],
        guardrails=GuardrailsShape(version=limits.version, digest=limits.digest),
    )


def _told_of_both(recommendation: Recommendation, context: AnswerContext) -> dict[str, Any]:
    """The members that both kinds of answer share."""
    return {
        "decision_id": context.decision_id,
        "decided_at": context.decided_at,
        "mode": context.mode,
        "disposition": recommendation.disposition.value,
        "recommended": recommendation.recommended,
        "confidence": _confidence(recommendation.confidence),
        "review": _review_block(recommendation, context),
        "model": context.model,
    }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def interval_shape(interval: Interval) -> IntervalShape:
    """An interval as it is shown."""
    return IntervalShape(point=_finite(interval.point), lower=_finite(interval.lower), upper=_finite(interval.upper))


def _intervals(names: Sequence[str], known: Mapping[str, Interval]) -> dict[str, IntervalShape | None]:
    # Every outcome is named in every answer; the rules know nothing of some.
    return {name: interval_shape(known[name]) if name in known else None for name in names}


def _confidence(confidence: Confidence | None) -> ConfidenceShape | None:
    if confidence is None:
        return None
    return ConfidenceShape(
        p_best=_finite(confidence.p_best),
        p_near_best=_finite(confidence.p_near_best),
        p_better_than_current=_finite(confidence.p_better_than_current),
        threshold=confidence.threshold,
        threshold_of=confidence.threshold_of,
    )


def _review_block(recommendation: Recommendation, context: AnswerContext) -> ReviewBlockShape:
    return ReviewBlockShape(
        required=needs_review(recommendation),
        reasons=[reason.value for reason in recommendation.review_reasons],
        review_id=context.review_id,
    )


def _parts(effects: Mapping[str, Interval], prices: Sequence[float]) -> dict[str, float | None]:
    return {
        name: rounded(price * effects[name].point)
        for name, price in zip(ROUTING_OUTCOMES, prices, strict=True)
        if name in effects
    }


def _explanation(
    drivers: Sequence[Driver], weights: ObjectiveWeights, branch: Branch | None = None
) -> ExplanationShape:
    shapes = [
        DriverShape(
            feature=item.feature,
            recommended=rounded(item.recommended),
            current=rounded(item.current),
            objective_minor=_finite(round(item.objective_minor, 2)),
            unit=_UNITS.get(item.feature),
        )
        for item in drivers
        if not abs(item.objective_minor) < LEAST_TOLD_MINOR
    ]
    return ExplanationShape(drivers=shapes, weights=asdict(weights), branch=branch_shape(branch))
