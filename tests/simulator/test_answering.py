"""Incidents answered together are answered, and reacted to, as each alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray

from data.choices import ArmChoice
from data.incident_sets import INCIDENT_TYPES, ArmChoices, IncidentSet
from data.incidents import ARMS, Incident
from simulator.customers import Grievance, budget_minor, full_cost_minor, reaction_probabilities
from simulator.errors import PolicyError
from simulator.policies import CompensationPolicy
from simulator.reactions import Reactions, reacts
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario


@dataclass(frozen=True)
class OneByOne:
    """Every allowed arm is equally likely, one incident at a time."""

    name: str = "uniform_compensation"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        assert incident.customer.tags["n_past_incidents"] >= 0  # type: ignore[operator]
        return UniformCompensation().choose(incident, uniform)


def played(scenario: Scenario, policy: CompensationPolicy, n_orders: int = 1_200) -> WorldRun:
    return simulate(scenario, UniformRouting(), policy, n_orders=n_orders, seed=24)


@pytest.mark.parametrize("name", ["everything_on", "small"])
def test_the_world_is_the_same_to_the_last_bit(name: str) -> None:
    together, alone = (played(load_scenario(name), policy) for policy in (UniformCompensation(), OneByOne()))
    assert len(together.record.incidents) > 50
    assert list(together.record.incidents) == list(alone.record.incidents)
    assert together.digest() == alone.digest()


def test_reactions_by_columns_are_those_of_each_grievance() -> None:
    spec, rng, n = load_scenario("everything_on").customers, np.random.default_rng(3), 500
    kind, value = rng.integers(0, len(INCIDENT_TYPES), n), rng.integers(1, 90_000, n)
    arm, tier, past = rng.integers(0, len(ARMS), n), rng.integers(0, 3, n), rng.integers(0, 4, n)
    late, dwell, tolerance = rng.uniform(0, 200, n), rng.uniform(0, 90, n), rng.uniform(0, 1, n)
    reactions = Reactions(spec)
    cost, budget = reactions.full_cost_minor(value), reactions.budget_minor(value)
    incidents = IncidentSet(kind, late, dwell, value, budget, reactions.on_offer(kind, budget, cost))
    repurchase, churn = reactions.odds(incidents, arm, tier, tolerance)
    for row in range(n):
        grievance = Grievance(
            INCIDENT_TYPES[kind[row]], tier[row], tolerance[row], late[row], int(past[row]), int(value[row]), dwell[row]
        )
        told = (reacts(repurchase[row], past[row]), reacts(churn[row], past[row]))
        assert told == reaction_probabilities(spec, grievance, ARMS[arm[row]])
        assert budget[row] == budget_minor(spec, int(value[row]))
        if ARMS[arm[row]] in spec.arms:
            assert cost[row, arm[row]] == full_cost_minor(spec.arms[ARMS[arm[row]]], int(value[row]))


@dataclass(frozen=True)
class Inventive(UniformCompensation):
    """Offers what nobody has heard of."""

    def choose_many(self, incidents: IncidentSet, uniforms: NDArray[np.float64]) -> ArmChoices:
        arm = np.full(len(uniforms), len(ARMS))
        return ArmChoices(arm, np.zeros(incidents.allowed.shape))


@dataclass(frozen=True)
class Curt(UniformCompensation):
    """Answers fewer incidents than it was asked of."""

    def choose_many(self, incidents: IncidentSet, uniforms: NDArray[np.float64]) -> ArmChoices:
        answer = super().choose_many(incidents, uniforms)
        return ArmChoices(answer.arm[1:], answer.propensity)


@pytest.mark.parametrize(
    ("policy", "said"), [(Inventive(), "answered arm 6 of ARMS"), (Curt(), "propensities for each")]
)
def test_answers_that_may_not_be_given_are_refused(small: Scenario, policy: UniformCompensation, said: str) -> None:
    with pytest.raises(PolicyError, match=said):
        played(small, policy, 300)
