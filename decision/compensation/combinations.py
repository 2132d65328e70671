"""Two arms together: effects add up, with a caution, because no log has shown the pair.

The caution: interaction may take or give half of the smaller effect, so that much is added to the error, and the
whole is widened once more. A pair is never offered without a person.
"""

from __future__ import annotations

import numpy as np

from data.appeasement_costs import highest_cost_minor
from data.customer_value import COMPENSATION_OUTCOMES
from data.decisions import Interval, RankedCombination
from data.incidents import CompensationArm, Incident
from decision.compensation.guardrails import Guardrails, forbidden, spent_lately_minor
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
        if pair <= set(scored.arms) and _affordable(model, incident, pair, guardrails)
    ]
    found = [_combined(scored, *rows) for rows in pairs]
    return tuple(sorted(found, key=lambda item: item.objective.point))


def _affordable(
    model: CompensationModel, incident: Incident, pair: frozenset[CompensationArm], guardrails: Guardrails
) -> bool:
    cost = sum(highest_cost_minor(arm, incident.order_value_minor, model.costs) for arm in pair)
    open_to_both = all(forbidden(arm, incident, model.costs, guardrails) is None for arm in pair)
    left = guardrails.most_spent_90d_minor - spent_lately_minor(incident)
    limits = (incident.budget_minor, guardrails.most_per_incident_minor, left)
    return open_to_both and cost <= min(limits)


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
