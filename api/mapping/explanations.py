"""From branches, attributions and precedents to their shapes, and from a stored answer back to values."""

from __future__ import annotations

import math
from dataclasses import asdict

from api.schemas.answers import IntervalShape
from api.schemas.explanation import (
    ActionRecordShape,
    AttributionShape,
    BranchShape,
    ConditionShape,
    DifferenceShape,
    FidelityShape,
    LanguageName,
    PrecedentsShape,
    SentencesShape,
    SimilarCaseShape,
)
from api.schemas.routing import RoutingAnswer
from data.decisions import (
    Confidence,
    Disposition,
    Driver,
    Interval,
    RankedCandidate,
    Rejected,
    RejectionReason,
    ReviewReason,
    RoutingRecommendation,
)
from decision.explanation.attribution import Attribution
from decision.explanation.branch import Branch, Condition, Fidelity
from decision.explanation.branch_wording import branch_sentence
from decision.explanation.quantities import QUANTITY_UNITS
from decision.explanation.report import write_report
from decision.explanation.wording import Wording
from decision.precedents.similarity import Precedents

# Quantities are told to a person: what comes after is noise.
_DIGITS = 6


def branch_shape(branch: Branch | None) -> BranchShape | None:
    """A branch with its sentence in English; other languages are told by the attribution report."""
    if branch is None:
        return None
    return BranchShape(
        sentence=branch_sentence(branch, Wording.of("en")),
        conditions=[
            ConditionShape(
                quantity=item.quantity,
                unit=QUANTITY_UNITS[item.quantity],
                value=rounded(item.value),
                above=item.above,
                at_most=item.at_most,
                reported=item.reported,
            )
            for item in branch.conditions
        ],
        n_orders=branch.n_orders,
        share={move: round(share, _DIGITS) for move, share in branch.share.items()},
        usual_move=branch.usual_move,
        shift={name: round(value, _DIGITS) for name, value in branch.shift.items()},
        fidelity=FidelityShape(**asdict(branch.fidelity)),
    )


def attribution_shape(attribution: Attribution, language: LanguageName, currency: str | None) -> AttributionShape:
    """The report on an attribution, in words."""
    report = write_report(attribution, Wording.of(language, currency))
    return AttributionShape(
        order_id=attribution.order_id,
        main_node=attribution.main_node,
        verdict=attribution.verdict.value,
        recommended=attribution.recommended,
        language=language,
        title=report.title,
        sections=[SentencesShape(heading=item.heading, sentences=list(item.sentences)) for item in report.sections],
        text=report.text,
    )


def precedents_shape(precedents: Precedents | None) -> PrecedentsShape | None:
    """Similar incidents as they are shown."""
    if precedents is None:
        return None
    return PrecedentsShape(
        n_compared=precedents.n_compared,
        n_summed=precedents.n_summed,
        cases=[
            SimilarCaseShape(
                incident_type=case.incident_type,
                action=case.arm,
                distance=round(case.distance, _DIGITS),
                differences=[
                    DifferenceShape(
                        part=item.part, case=item.case, incident=item.incident, share=round(item.share, _DIGITS)
                    )
                    for item in case.differences
                ],
                repurchased=case.repurchased,
                churned=case.churned,
                cost_minor=case.cost_minor,
            )
            for case in precedents.cases
        ],
        by_action=[
            ActionRecordShape(
                action=record.arm,
                n_cases=record.n_cases,
                repurchase_share=round(record.repurchase_share, _DIGITS),
                churn_share=round(record.churn_share, _DIGITS),
                mean_cost_minor=round(record.mean_cost_minor, 2),
            )
            for record in precedents.by_arm
        ],
    )


def recommendation_of(answer: RoutingAnswer) -> RoutingRecommendation:
    """The recommendation that a stored answer tells of."""
    sure = answer.confidence
    return RoutingRecommendation(
        disposition=Disposition(answer.disposition),
        recommended=answer.recommended,
        current_choice=answer.current_choice,
        ranking=tuple(
            RankedCandidate(
                candidate_id=item.candidate_id,
                effects_vs_current={
                    name: _interval_of(effect) for name, effect in item.effects_vs_current.items() if effect is not None
                },
                objective=_interval_of(item.objective),
                propensity=item.propensity,
                in_support=item.in_support,
            )
            for item in answer.ranking
        ),
        confidence=None
        if sure is None
        else Confidence(
            _number(sure.p_best),
            _number(sure.p_near_best),
            _number(sure.p_better_than_current),
            sure.threshold,
            sure.threshold_of,
        ),
        review_reasons=tuple(ReviewReason(reason) for reason in answer.review.reasons),
        rejected=tuple(Rejected(item.candidate_id, RejectionReason(item.reason_code)) for item in answer.rejected),
        drivers=tuple(
            Driver(item.feature, _number(item.recommended), _number(item.current), _number(item.objective_minor))
            for item in answer.explanation.drivers
        ),
    )


def branch_of(shape: BranchShape | None) -> Branch | None:
    """The branch that a stored answer tells of."""
    if shape is None:
        return None
    return Branch(
        conditions=tuple(
            Condition(item.quantity, _number(item.value), item.above, item.at_most, reported=item.reported)
            for item in shape.conditions
        ),
        n_orders=shape.n_orders,
        share=shape.share,
        usual_move=shape.usual_move,
        shift=shape.shift,
        fidelity=Fidelity(**shape.fidelity.model_dump()),
    )


def rounded(value: float) -> float | None:
    """A number that a person reads, without the digits that nobody knows; null where it is not finite."""
    return float(f"{value:.{_DIGITS}g}") if math.isfinite(value) else None


def _interval_of(shape: IntervalShape) -> Interval:
    return Interval(_number(shape.point), _number(shape.lower), _number(shape.upper))


def _number(value: float | None) -> float:
    return math.nan if value is None else value
