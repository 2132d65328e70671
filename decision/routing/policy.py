"""The causal policy: in a simulated world it takes the candidate that the model scores best."""

from __future__ import annotations

import numpy as np

from data.choice_sets import ChoiceSet, ChoiceSets
from data.choices import Choice
from data.objective import ObjectiveWeights, UnitValues, objective_coefficients
from decision.routing.model import RoutingModel
from decision.routing.recommendation import ranked_rows
from decision.routing.scoring import losses
from decision.routing.screening import feasible_rows
from decision.rules import RuleEngine


class CausalRoutingPolicy:
    """Always the model's first choice among what is feasible, as if every recommendation were accepted.

    Where a number is not finite, or nothing is feasible, the rules' choice stands.
    """

    def __init__(self, model: RoutingModel, weights: ObjectiveWeights, values: UnitValues) -> None:
        self.name = "causal"
        self._model = model
        self._prices = np.array(objective_coefficients(weights, values))
        self._rules = RuleEngine()

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """The model's first choice, with propensity 1; the draw is not used."""
        default = self._rules.choose(choices)
        index = self._best(choices, default)
        return Choice(index, default, [float(row == index) for row in range(len(choices.candidate_id))])

    def _best(self, choices: ChoiceSet, default: int) -> int:
        feasible = feasible_rows(choices, range(len(choices.candidate_id)))
        choice_sets = ChoiceSets.of_one(choices)
        with np.errstate(all="ignore"):
            loss = losses(self._model, choice_sets, np.array([default]), self._prices)
        if not feasible or not np.isfinite(loss).all():
            return default
        return ranked_rows(loss, choices, feasible, default)[0]
