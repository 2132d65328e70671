"""Recommending a candidate: screen, score, rank, say how sure, and say when a person should decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSet
from data.decisions import (
    Confidence,
    Disposition,
    Interval,
    RankedCandidate,
    ReviewReason,
    RoutingRecommendation,
)
from data.objective import ROUTING_OUTCOMES
from decision.confidence import INTERVAL_Z, chances, stated_confidence
from decision.routing.drivers import drivers
from decision.routing.features import finite_rows
from decision.routing.model import RoutingModel
from decision.routing.question import RoutingCase, RoutingQuestion
from decision.routing.scoring import CARBON, COST, LEARNED, Scores, scores, tabled_effects

__all__ = ["RoutingQuestion", "ranked_rows", "recommend_routing"]

Floats = NDArray[np.float64]

# Losses closer than this are the same loss; the order of rows must not decide through rounding.
SAME_LOSS_DECIMALS = 6


def recommend_routing(model: RoutingModel | None, question: RoutingQuestion) -> RoutingRecommendation:
    """Answer a routing question.

    Effects are against the current choice, or against the rules' choice where none is given; the answer's
    `current_choice` says which. Without a model, or on a number that is not finite, the rules answer.

    Raises
    ------
    QuestionError
        If there are no candidates, one comes twice, or the current choice is not among them.
    """
    case = RoutingCase.of(question)
    if case.rules_row is None:
        return _without_candidates(case)
    if model is None:
        return _by_rules(case, case.rules_row, Disposition.FALLBACK, ReviewReason.NO_MODEL)
    with np.errstate(all="ignore"):
        features = model.features(case.choice_sets)
        reference = np.array([case.reference])
        scored = scores(model, features, case.choice_sets, reference, case.prices)
    rows = [*case.screening.feasible, case.reference]
    if not (finite_rows(case.choice_sets)[rows].all() and np.isfinite(scored.loss[rows]).all()):
        return _by_rules(case, case.rules_row, Disposition.REVIEW, ReviewReason.NOT_FINITE)
    return _by_model(model, case, features, scored)


def ranked_rows(loss: Floats, choices: ChoiceSet, feasible: Sequence[int], reference: int) -> list[int]:
    """Feasible rows, smallest loss first; on a tie the current choice stays, then the alphabet decides."""
    rounded = np.round(loss, SAME_LOSS_DECIMALS)
    return sorted(feasible, key=lambda row: (rounded[row], row != reference, choices.candidate_id[row]))


def _by_model(model: RoutingModel, case: RoutingCase, features: Floats, scored: Scores) -> RoutingRecommendation:
    judged = scored.loss + INTERVAL_Z * scored.loss_error if case.question.risk_averse else scored.loss
    ranking = ranked_rows(judged, case.choices, case.screening.feasible, case.reference)
    first = ranking[0]
    familiar, explored = model.familiar(features, case.choice_sets)
    confidence = _confidence(model, case, scored, first)
    looked_at = [first, case.reference]
    doubts = {
        ReviewReason.LOW_CONFIDENCE: confidence.p_near_best < confidence.threshold,
        ReviewReason.OUT_OF_DISTRIBUTION: not familiar[looked_at].all(),
        ReviewReason.NO_OVERLAP: not explored[looked_at].all(),
        ReviewReason.STALE_STATE: _oldest(case, looked_at) > model.settings.stale_after_hours,
        ReviewReason.ASSUMED_STATE: case.question.state_assumed or case.screening.unknown_handling,
        # No candidate holds the goods: to wait, to split or to tell the customer is not this model's question.
        ReviewReason.OUT_OF_STOCK: case.choices.available_quantity[first] < case.choices.max_line_quantity,
    }
    reasons = tuple(reason for reason, holds in doubts.items() if holds)
    return RoutingRecommendation(
        disposition=Disposition.REVIEW if reasons else Disposition.AUTO,
        recommended=case.choices.candidate_id[first],
        current_choice=case.choices.candidate_id[case.reference],
        ranking=tuple(_ranked(case, scored, ranking, explored)),
        confidence=confidence,
        review_reasons=reasons,
        rejected=case.screening.rejected,
        drivers=drivers(model, case.choice_sets, scored, case.prices, (first, case.reference)),
    )


def _confidence(model: RoutingModel, case: RoutingCase, scored: Scores, first: int) -> Confidence:
    draws = scored.loss[:, None] + scored.assessment.loss_deviations(case.prices[LEARNED])
    eligible = np.zeros(len(draws), dtype=bool)
    eligible[list(case.screening.feasible)] = True
    raw = chances(draws, first, case.reference, model.settings.epsilon_minor, eligible=eligible)
    return stated_confidence(
        raw,
        model.platt,
        model.settings.threshold,
        alone=len(case.screening.feasible) == 1,
        is_current=first == case.reference,
    )


def _ranked(
    case: RoutingCase, scored: Scores, ranking: list[int], explored: NDArray[np.bool_]
) -> list[RankedCandidate]:
    bounds = np.stack((scored.point, scored.lower, scored.upper), axis=2)[ranking].tolist()
    half_width = INTERVAL_Z * scored.loss_error
    losses = np.column_stack((scored.loss, scored.loss - half_width, scored.loss + half_width))[ranking].tolist()
    return [
        RankedCandidate(
            candidate_id=case.choices.candidate_id[row],
            effects_vs_current={name: Interval(*bound) for name, bound in zip(ROUTING_OUTCOMES, effects, strict=True)},
            objective=Interval(*loss),
            propensity=float(row == ranking[0]),
            in_support=bool(explored[row]),
        )
        for row, effects, loss in zip(ranking, bounds, losses, strict=True)
    ]


def _oldest(case: RoutingCase, rows: list[int]) -> float:
    return max(case.choices.observation_age_hours[row] for row in rows)


def _by_rules(
    case: RoutingCase, rules_row: int, disposition: Disposition, reason: ReviewReason
) -> RoutingRecommendation:
    """The rules' choice, with those effects only that tables tell; a row without finite ones is not ranked."""
    table = tabled_effects(case.choice_sets, np.array([case.reference]))
    loss = table @ case.prices
    told = [row for row in case.screening.feasible if np.isfinite(loss[row])]
    ranking = sorted(told, key=lambda row: (row != rules_row, loss[row]))
    return RoutingRecommendation(
        disposition=disposition,
        recommended=case.choices.candidate_id[rules_row],
        current_choice=case.choices.candidate_id[case.reference],
        ranking=tuple(_tabled(case, table[row], float(loss[row]), row) for row in ranking),
        confidence=None,
        review_reasons=(reason,),
        rejected=case.screening.rejected,
        drivers=(),
    )


def _tabled(case: RoutingCase, effects: Floats, loss: float, row: int) -> RankedCandidate:
    known = {ROUTING_OUTCOMES[k]: float(effects[k]) for k in (COST, CARBON)}
    return RankedCandidate(
        candidate_id=case.choices.candidate_id[row],
        effects_vs_current={name: Interval(value, value, value) for name, value in known.items()},
        objective=Interval(loss, loss, loss),
        propensity=float(row == case.rules_row),
        in_support=False,
    )


def _without_candidates(case: RoutingCase) -> RoutingRecommendation:
    return RoutingRecommendation(
        disposition=Disposition.REVIEW,
        recommended=None,
        current_choice=case.question.current_choice,
        ranking=(),
        confidence=None,
        review_reasons=(ReviewReason.NO_FEASIBLE_CANDIDATE,),
        rejected=case.screening.rejected,
        drivers=(),
    )
