"""Unaided answers: the rules' choice, with no more than tables tell, where no model can say more."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.decisions import Disposition, Interval, RankedCandidate, ReviewReason, RoutingRecommendation
from data.objective import ROUTING_OUTCOMES
from decision.routing.question import RoutingCase
from decision.routing.scoring import CARBON, COST, tabled_effects

Floats = NDArray[np.float64]


def answer_by_rules(case: RoutingCase, disposition: Disposition, reason: ReviewReason) -> RoutingRecommendation:
    """The rules' choice, with those effects only that tables tell; a row without finite ones is not ranked."""
    rules_row = case.rules_row
    if rules_row is None:
        return _without_candidates(case)
    table = tabled_effects(ChoiceSets.of_one(case.choices), np.array([case.reference]))
    loss = table @ np.array(case.prices)
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
