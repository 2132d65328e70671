"""The compensation model as a policy that decides every incident."""

from __future__ import annotations

from dataclasses import dataclass

from data.choices import ArmChoice
from data.customer_value import CustomerValues
from data.decisions import Disposition
from data.incidents import CompensationArm, Incident
from data.objective import ObjectiveWeights
from decision.compensation.model import CompensationModel
from decision.compensation.recommendation import CompensationQuestion, recommend_compensation
from decision.compensation.rules import CompensationRules, certain_choice


@dataclass(frozen=True)
class CausalCompensationPolicy:
    """What the model recommends, or, where a person would be asked and `confident_only` holds, what the rules do."""

    model: CompensationModel
    weights: ObjectiveWeights
    values: CustomerValues
    confident_only: bool = False
    name: str = "causal"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        """The arm taken, with propensity 1; the draw is not used."""
        answer = recommend_compensation(self.model, CompensationQuestion(incident, self.weights, self.values))
        if self.confident_only and answer.disposition is not Disposition.AUTO:
            return certain_choice(CompensationRules(costs=self.model.costs).choose(incident))
        return certain_choice(CompensationArm(answer.recommended))
