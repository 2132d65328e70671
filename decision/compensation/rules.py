"""What an order-management system offers today, and a policy that explores around it with known propensities."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.appeasement_costs import DEFAULT_ARM_COSTS, ArmCosts
from data.choices import ArmChoice
from data.incident_sets import ArmChoices, IncidentSet
from data.incidents import ARMS, CompensationArm, Incident, IncidentType
from decision.compensation.admission import admissible_arms, admits
from decision.compensation.guardrails import DEFAULT_GUARDRAILS, Guardrails
from decision.compensation.rules_at_once import (
    admissible_at_once,
    certain_choices,
    explored_at_once,
    ruled_at_once,
)
from decision.exploration import drawn, require_share


@dataclass(frozen=True, slots=True)
class CompensationRules:
    """Lost is sent again, damaged is refunded in part, long late gets a coupon, the rest an apology.

    Where the incident does not admit that arm the customer gets an apology, and where it does not admit
    that either, nothing.

    Parameters
    ----------
    coupon_after_hours : float
        Lateness above which a coupon is sent.
    """

    coupon_after_hours: float = 24.0
    costs: ArmCosts = DEFAULT_ARM_COSTS
    guardrails: Guardrails = DEFAULT_GUARDRAILS

    def choose(self, incident: Incident) -> CompensationArm:
        """The arm that the rules offer."""
        preferences = (self._wanted(incident), CompensationArm.APOLOGY, CompensationArm.NONE)
        return next(arm for arm in preferences if admits(incident, arm, self.costs, self.guardrails))

    def choose_many(self, incidents: IncidentSet) -> NDArray[np.int64]:
        """What `choose` offers for each of many incidents, as its place in ARMS, shape (n_incidents,)."""
        admitted = admissible_at_once(incidents, self.costs, self.guardrails)
        return ruled_at_once(incidents, admitted, self.coupon_after_hours)

    def _wanted(self, incident: Incident) -> CompensationArm:
        if incident.incident_type is IncidentType.LOST:
            return CompensationArm.RESHIP
        if incident.incident_type is IncidentType.DAMAGED:
            return CompensationArm.PARTIAL_REFUND
        return CompensationArm.COUPON if incident.hours_late > self.coupon_after_hours else CompensationArm.APOLOGY


@dataclass(frozen=True, slots=True)
class RuleCompensation:
    """Always what the rules offer."""

    rules: CompensationRules = field(default_factory=CompensationRules)
    name: str = "rules"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        """The rules' arm, with propensity 1; the draw is not used."""
        return certain_choice(self.rules.choose(incident))

    def choose_many(self, incidents: IncidentSet, uniforms: NDArray[np.float64]) -> ArmChoices:
        """The same for many incidents at once."""
        return certain_choices(self.rules.choose_many(incidents))


@dataclass(frozen=True, slots=True)
class ExploringCompensation:
    """The rules' arm most of the time, and any admissible arm, evenly, the rest of the time.

    Parameters
    ----------
    exploration : float
        Share of the incidents that are spread evenly over their admissible arms, the rules' one included.

    Raises
    ------
    QuestionError
        If `exploration` is not in [0, 1].
    """

    rules: CompensationRules
    exploration: float
    name: str = "explore"

    def __post_init__(self) -> None:
        require_share(self.exploration)

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        """The arm at which the summed propensities first exceed the draw.

        Parameters
        ----------
        uniform : float
            A draw from [0, 1).
        """
        default = self.rules.choose(incident)
        admissible = admissible_arms(incident, self.rules.costs)
        share = self.exploration / len(admissible)
        propensities = tuple((arm in admissible) * share + (arm is default) * (1 - self.exploration) for arm in ARMS)
        return ArmChoice(ARMS[drawn(propensities, uniform, ARMS.index(default))], propensities)

    def choose_many(self, incidents: IncidentSet, uniforms: NDArray[np.float64]) -> ArmChoices:
        """The same for many incidents at once, each with its own draw."""
        admitted = admissible_at_once(incidents, self.rules.costs, DEFAULT_GUARDRAILS)
        return explored_at_once(self.rules.choose_many(incidents), admitted, self.exploration, uniforms)


def certain_choice(chosen: CompensationArm) -> ArmChoice:
    """A choice that could not have been another."""
    return ArmChoice(chosen, tuple(float(arm is chosen) for arm in ARMS))
