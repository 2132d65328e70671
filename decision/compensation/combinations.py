"""Two arms together: effects add up, with a caution, because no log has shown the pair.

The caution: interaction may take or give half of the smaller effect, so that much is added to the error, and the
whole is widened once more. A pair is never offered without a person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.appeasement_costs import ArmCosts, highest_cost_minor
from data.customer_value import COMPENSATION_OUTCOMES
from data.decisions import Interval, RankedCombination, RejectedCombination, RejectionReason
from data.incidents import CompensationArm, Incident
from decision.compensation.admission import admissible_arms
from decision.compensation.guardrails import FREE, Guardrails, spent_lately_minor
from decision.compensation.model import CompensationModel
from decision.compensation.scoring import ArmScores
from decision.confidence import INTERVAL_Z

INTERACTION_SHARE = 0.5
CAUTION = 1.5


def ranked_combinations(
    model: CompensationModel, incident: Incident, scored: ArmScores, guardrails: Guardrails
) -> tuple[RankedCombination, ...]:
    """Pairs that policy allows and budget holds, the best first.

    Parameters
    ----------
    scored : ArmScores
        Of the arms that may be offered alone.
    """
    pairs = [
        tuple(scored.arms.index(arm) for arm in sorted(pair, key=scored.arms.index))
        for pair in guardrails.combinations
        if pair <= set(scored.arms) and _affordable(incident, pair, model.costs, guardrails)
    ]
    found = [_combined(scored, *rows) for rows in pairs]
    return tuple(sorted(found, key=lambda item: item.objective.point))


def rejected_combinations(
    incident: Incident, costs: ArmCosts, guardrails: Guardrails
) -> tuple[RejectedCombination, ...]:
    """Pairs of arms that may each be offered alone, but that budget or caps do not hold together."""
    admissible = admissible_arms(incident, costs, guardrails)
    return tuple(
        RejectedCombination(_names(pair, admissible), RejectionReason.OVER_BUDGET)
        for pair in guardrails.combinations
        if pair <= set(admissible) and not _affordable(incident, pair, costs, guardrails)
    )


def _names(pair: frozenset[CompensationArm], ordered: Sequence[CompensationArm]) -> tuple[str, str]:
    one, other = (arm.value for arm in ordered if arm in pair)
    return one, other


def _affordable(incident: Incident, pair: frozenset[CompensationArm], costs: ArmCosts, guardrails: Guardrails) -> bool:
    """Whether the budget holds both, and the caps, which leave what is free uncounted, what both give away."""
    cost = {arm: highest_cost_minor(arm, incident.order_value_minor, costs) for arm in pair}
    given = sum(cost[arm] for arm in pair - FREE)
    left = guardrails.most_spent_90d_minor - spent_lately_minor(incident)
    return sum(cost.values()) <= incident.budget_minor and given <= min(guardrails.most_per_incident_minor, left)


def _combined(scored: ArmScores, one: int, other: int) -> RankedCombination:
    both = [one, other]
    error = float(np.sqrt(np.square(scored.loss_root[one] + scored.loss_root[other]).sum()))
    interaction = INTERACTION_SHARE * float(np.abs(scored.loss[both]).min())
    reach = CAUTION * INTERVAL_Z * float(np.hypot(error, interaction))
    loss = float(scored.loss[both].sum())
    effects = {name: _summed(scored, both, place) for place, name in enumerate(COMPENSATION_OUTCOMES)}
    return RankedCombination(
        arms=(scored.arms[one].value, scored.arms[other].value),
        effects_vs_none=effects,
        objective=Interval(loss, loss - reach, loss + reach),
    )


def _summed(scored: ArmScores, both: list[int], place: int) -> Interval:
    point = float(scored.point[both, place].sum())
    below, above = (
        float(np.sqrt(np.square(bound[both, place] - scored.point[both, place]).sum()))
        for bound in (scored.lower, scored.upper)
    )
    interaction = INTERACTION_SHARE * float(np.abs(scored.point[both, place]).min())
    return Interval(point, point - CAUTION * below - interaction, point + CAUTION * above + interaction)
