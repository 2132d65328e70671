"""Operators who see what the log does not, and act on it: confounders planted in otherwise honest logs.

Each takes a policy that explores with known propensities and meddles with what it drew, while the log keeps
the propensities of the policy. What the operator looked at is then taken out of the log.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from data.appeasement_costs import highest_cost_minor
from data.choice_sets import ChoiceSet
from data.choices import ArmChoice, Choice
from data.decision_log.dataset import DecisionLog
from data.incidents import CompensationArm, Incident
from decision.compensation.admission import admissible_arms
from decision.compensation.rules import ExploringCompensation
from decision.exploration import ExploringPolicy

# A draw's fine digits are independent of its coarse ones, which the policy has used up.
_FINE = 2.0**20
# What a blind log holds in place of what the operator saw.
USUAL_TOLERANCE = 0.5
# Half of the customers forgive less than this, in the worlds that ship.
MEDIAN_TOLERANCE = 0.5


@dataclass(frozen=True, slots=True)
class AvoidingDispatcher:
    """Sees how busy the default's node is and, when it is, moves orders to the fastest candidate.

    Parameters
    ----------
    share : float
        How often the dispatcher acts on what is seen.
    busy_from : float
        Capacity utilization from which a node counts as busy.
    """

    policy: ExploringPolicy
    share: float
    busy_from: float = 0.9
    name: str = "explore"

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """The policy's choice, or the dispatcher's, with the policy's propensities."""
        drawn = self.policy.choose(choices, uniform)
        busy = choices.capacity_utilization[drawn.default_index] >= self.busy_from
        if not busy or drawn.index != drawn.default_index or fine_digits(uniform) >= self.share:
            return drawn
        fastest = min(range(len(choices.candidate_id)), key=lambda row: (choices.lead_time_hours[row], row))
        return replace(drawn, index=fastest)


@dataclass(frozen=True, slots=True)
class CautiousDispatcher:
    """Undoes exploration where the node that was drawn looks busy; parameters as for `AvoidingDispatcher`."""

    policy: ExploringPolicy
    share: float
    busy_from: float = 0.8
    name: str = "explore"

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        """The policy's choice, or its default, with the policy's propensities."""
        drawn = self.policy.choose(choices, uniform)
        busy = choices.capacity_utilization[drawn.index] >= self.busy_from
        return replace(drawn, index=drawn.default_index) if busy and fine_digits(uniform) < self.share else drawn


@dataclass(frozen=True, slots=True)
class SoftHeartedAgent:
    """Hears who is upset (forgives little) and gives those the dearest arm there is."""

    policy: ExploringCompensation
    share: float
    name: str = "explore"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        """The policy's arm, or the agent's, with the policy's propensities."""
        drawn = self.policy.choose(incident, uniform)
        if not upset(incident) or fine_digits(uniform) >= self.share:
            return drawn
        arms = admissible_arms(incident, self.policy.rules.costs)
        dearest = max(arms, key=lambda arm: highest_cost_minor(arm, incident.order_value_minor))
        return replace(drawn, arm=dearest)


@dataclass(frozen=True, slots=True)
class ThriftyAgent:
    """Hears who is content and gives those nothing."""

    policy: ExploringCompensation
    share: float
    name: str = "explore"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        """The policy's arm, or none, with the policy's propensities."""
        drawn = self.policy.choose(incident, uniform)
        content = not upset(incident) and fine_digits(uniform) < self.share
        return replace(drawn, arm=CompensationArm.NONE) if content else drawn


@dataclass(frozen=True, slots=True)
class BalancedAgent:
    """Explores more with the upset and as much less with the content, so that the books still agree.

    Every arm is given as often as the log says, to every kind of customer that the log can tell apart: no test
    of the choices can see it.
    """

    policy: ExploringCompensation
    share: float
    name: str = "explore"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        """An arm drawn with other chances than those that are logged."""
        factor = 1 + self.share if upset(incident) else 1 - self.share
        leaning = replace(self.policy, exploration=min(self.policy.exploration * factor, 1.0))
        logged = self.policy.choose(incident, uniform)
        return replace(logged, arm=leaning.choose(incident, uniform).arm)


def upset(incident: Incident) -> bool:
    """Whether a customer forgives less than half of all customers do."""
    return float(incident.customer.tags["lateness_tolerance"]) < MEDIAN_TOLERANCE


def fine_digits(uniform: float) -> float:
    """A second draw from [0, 1), made of the first one's digits that its size does not show.

    Examples
    --------
    >>> fine_digits(0.5), fine_digits(0.5 + 2.0**-22)
    (0.0, 0.25)
    """
    return math.modf(uniform * _FINE)[0]


def blinded(log: DecisionLog) -> DecisionLog:
    """A log without what operators looked at: load, weather and tolerance as if nobody had measured them."""
    nothing = {"capacity_utilization": 0.0, "backlog_orders": 0}
    unknown = dict.fromkeys(("carrier_utilization", "weather_severity", "weather_now"), float("nan"))
    return replace(
        log,
        candidates=log.candidates.assign(**nothing, **unknown),
        incidents=log.incidents.assign(lateness_tolerance=USUAL_TOLERANCE),
    )
