"""Recommending an arm: screen, score, rank, say how sure, and say when a person should decide."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.appeasement_costs import DEFAULT_ARM_COSTS, ArmCosts, highest_cost_minor
from data.customer_value import COMPENSATION_OUTCOMES, CustomerValues
from data.decisions import (
    CompensationRecommendation,
    Confidence,
    Disposition,
    Interval,
    RankedArm,
    ReviewReason,
)
from data.incidents import CompensationArm, Incident
from data.objective import OBJECTIVE_TERMS, ObjectiveWeights
from decision.compensation.admission import admissible_arms, rejected_arms
from decision.compensation.combinations import ranked_combinations, rejected_combinations
from decision.compensation.drivers import drivers
from decision.compensation.features import IncidentColumns, incident_features, unknown_tags
from decision.compensation.guardrails import DEFAULT_GUARDRAILS, Guardrails, people_asked
from decision.compensation.model import CompensationModel
from decision.compensation.rules import CompensationRules
from decision.compensation.scoring import ArmScores, filled_columns, score_arms
from decision.confidence import INTERVAL_Z, chances, is_informative, stated_confidence
from decision.errors import QuestionError

# Losses closer than this are the same loss; an arm must not win through rounding.
SAME_LOSS_DECIMALS = 6


@dataclass(frozen=True, slots=True)
class CompensationQuestion:
    """An incident, what its operator cares about, and the limits that hold whatever an effect promises."""

    incident: Incident
    weights: ObjectiveWeights
    values: CustomerValues
    guardrails: Guardrails = DEFAULT_GUARDRAILS


def recommend_compensation(
    model: CompensationModel | None, question: CompensationQuestion
) -> CompensationRecommendation:
    """Answer a compensation question; effects are against doing nothing.

    Only admissible arms are ranked that the training log showed for this type of incident. Without a
    model, or where it knows no admissible arm, or on a number that is not finite, the rules answer.

    Raises
    ------
    QuestionError
        If a number of the incident is negative, not finite, or no number.
    """
    incident = question.incident
    columns = checked_columns(incident)
    if model is None:
        return _by_rules(question, DEFAULT_ARM_COSTS, ReviewReason.NO_MODEL)
    admissible = admissible_arms(incident, model.costs, question.guardrails)
    known = known_arms(model, columns) & set(admissible)
    if len(known) == 1 < len(admissible):
        return _by_rules(question, model.costs, ReviewReason.NO_OVERLAP)
    with np.errstate(all="ignore"):
        scored = score_arms(model, incident, question.weights, question.values).only(
            tuple(arm for arm in admissible if arm in known)
        )
    if not (np.isfinite(scored.loss).all() and np.isfinite(scored.loss_root).all()):
        return _by_rules(question, model.costs, ReviewReason.NOT_FINITE)
    return _by_model(model, question, scored, overlap=len(known) == len(admissible))


def checked_columns(incident: Incident) -> IncidentColumns:
    """The incident as columns, once its numbers make sense.

    Raises
    ------
    QuestionError
        If one is negative, not finite, or no number.
    """
    if incident.budget_minor < 0:
        msg = f"incident {incident.incident_id!r}: budget_minor is {incident.budget_minor}; give 0 or more"
        raise QuestionError(msg)
    return IncidentColumns.of_incident(incident)


def known_arms(model: CompensationModel, columns: IncidentColumns) -> set[CompensationArm]:
    """Doing nothing, and the arms that the training log showed for this type of incident."""
    supported = model.typical.supported(int(columns.type_codes()[0]))
    learned = {CompensationArm(arm) for arm, enough in zip(model.arms, supported, strict=True) if enough}
    return learned | {CompensationArm.NONE}


def ranked_rows(scored: ArmScores) -> list[int]:
    """Rows, smallest loss first; on a tie the cheaper intervention, which comes first in ARMS."""
    return [int(row) for row in np.argsort(np.round(scored.loss, SAME_LOSS_DECIMALS), kind="stable")]


def arm_confidence(model: CompensationModel, scored: ArmScores, first: int) -> Confidence:
    """How sure the model is of one of the arms scored."""
    draws = scored.loss[:, None] + model.draws(scored.loss_root)
    none = scored.arms.index(CompensationArm.NONE)
    raw = chances(draws, first, none, model.settings.epsilon_minor)
    return stated_confidence(
        raw, model.platt, model.settings.threshold, alone=len(scored.arms) == 1, is_current=first == none
    )


def doubts(
    model: CompensationModel, incident: Incident, confidence: Confidence, *, overlap: bool
) -> tuple[ReviewReason, ...]:
    """Why what the model says of this incident should not be taken without a person."""
    features = incident_features(filled_columns(model, incident))
    familiar = model.typical.familiar(features)[0] and incident.hours_late <= model.typical.longest_hours
    holds = {
        ReviewReason.LOW_CONFIDENCE: confidence.p_near_best < confidence.threshold,
        ReviewReason.UNINFORMATIVE_CONFIDENCE: not is_informative(model.platt),
        ReviewReason.OUT_OF_DISTRIBUTION: not familiar,
        ReviewReason.ASSUMED_STATE: bool(unknown_tags(incident)),
        ReviewReason.NO_OVERLAP: not overlap,
    }
    return tuple(reason for reason, held in holds.items() if held)


def _by_model(
    model: CompensationModel, question: CompensationQuestion, scored: ArmScores, *, overlap: bool
) -> CompensationRecommendation:
    incident, guardrails = question.incident, question.guardrails
    ranking = ranked_rows(scored)
    first = ranking[0]
    confidence = arm_confidence(model, scored, first)
    columns = filled_columns(model, incident)
    # With a single arm to take there is nothing to decide.
    reasons = doubts(model, incident, confidence, overlap=overlap) if len(scored.arms) > 1 else ()
    reasons += people_asked(scored.arms[first], incident, model.costs, guardrails)
    return CompensationRecommendation(
        disposition=Disposition.REVIEW if reasons else Disposition.AUTO,
        recommended=scored.arms[first].value,
        ranking=tuple(told_arm(scored, row, first) for row in ranking),
        confidence=confidence,
        review_reasons=reasons,
        rejected=rejected_arms(incident, model.costs, guardrails),
        drivers=drivers(model, columns, scored.prices[first], scored.arms[first]),
        combinations=ranked_combinations(model, incident, scored, guardrails),
        rejected_combinations=rejected_combinations(incident, model.costs, guardrails),
    )


def told_arm(scored: ArmScores, row: int, first: int) -> RankedArm:
    """One row of the scores as it is told; `first` is the one that is taken."""
    effects = zip(COMPENSATION_OUTCOMES, scored.point[row], scored.lower[row], scored.upper[row], strict=True)
    loss, half_width = float(scored.loss[row]), INTERVAL_Z * float(scored.loss_error[row])
    return RankedArm(
        arm=scored.arms[row].value,
        effects_vs_none={name: Interval(*map(float, bounds)) for name, *bounds in effects},
        objective=Interval(loss, loss - half_width, loss + half_width),
        propensity=float(row == first),
    )


def _by_rules(question: CompensationQuestion, costs: ArmCosts, reason: ReviewReason) -> CompensationRecommendation:
    """The rules' arm, with what tables tell of the effects: the most that each arm can cost."""
    incident, guardrails = question.incident, question.guardrails
    chosen = CompensationRules(costs=costs, guardrails=guardrails).choose(incident)
    arms = sorted(admissible_arms(incident, costs, guardrails), key=lambda arm: arm is not chosen)
    asked = people_asked(chosen, incident, costs, guardrails)
    fallback = reason is ReviewReason.NO_MODEL and not asked
    return CompensationRecommendation(
        disposition=Disposition.FALLBACK if fallback else Disposition.REVIEW,
        recommended=chosen.value,
        ranking=tuple(tabled_arm(question, costs, arm, chosen) for arm in arms),
        confidence=None,
        review_reasons=(reason, *asked),
        rejected=rejected_arms(incident, costs, guardrails),
        drivers=(),
        rejected_combinations=rejected_combinations(incident, costs, guardrails),
    )


def tabled_arm(
    question: CompensationQuestion, costs: ArmCosts, arm: CompensationArm, chosen: CompensationArm
) -> RankedArm:
    """An arm of which only the table of costs is known."""
    highest = highest_cost_minor(arm, question.incident.order_value_minor, costs)
    lowest = 0.0 if costs.of(arm).only_if_redeemed else highest
    price = question.weights.multipliers()[OBJECTIVE_TERMS.index("cost")]
    return RankedArm(
        arm=arm.value,
        effects_vs_none={"cost_minor": Interval(highest, lowest, highest)},
        objective=Interval(price * highest, price * lowest, price * highest),
        propensity=float(arm is chosen),
    )
