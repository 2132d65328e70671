"""A world under the causal policy is the same to the last bit whether it is asked of one order or of many at once."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from data.choice_sets import ChoiceSet
from data.choices import Choice
from data.objective import DEFAULT_UNIT_VALUES, DEFAULT_WEIGHTS
from decision.routing.damage import N_LINE
from decision.routing.fitting import fit_routing
from decision.routing.model import RoutingModel
from decision.routing.policy import CausalRoutingPolicy
from experiments.policies import DEFAULT_EXPLORATION, EXPLORE, policies_named
from simulator.policies import RoutingPolicy
from simulator.reference_policies import UniformCompensation
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario

N_TAUGHT, N_ORDERS = 1_200, 500


@dataclass
class OneByOne:
    """Hides that a policy can answer many."""

    policy: CausalRoutingPolicy

    @property
    def name(self) -> str:
        return self.policy.name

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        return self.policy.choose(choices, uniform)


@pytest.fixture(scope="module")
def model() -> RoutingModel:
    explore = policies_named(EXPLORE, DEFAULT_EXPLORATION)
    run = simulate(load_scenario("small"), explore.routing, explore.compensation, n_orders=N_TAUGHT, seed=41)
    return fit_routing(run.decision_log(), seed=41).model


def played(world: str, policy: RoutingPolicy) -> WorldRun:
    return simulate(load_scenario(world), policy, UniformCompensation(), n_orders=N_ORDERS, seed=42)


@pytest.mark.parametrize("learner", ["law", "journeys"])
@pytest.mark.parametrize("world", ["small", "everything_on", "split_shipments"])
def test_decisions_and_record_are_the_same_to_the_last_bit(model: RoutingModel, world: str, learner: str) -> None:
    assert model.damage is not None
    asked = model if learner == "journeys" else replace(model, journeys=None)
    policy = CausalRoutingPolicy(asked, DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES)
    together, alone = played(world, policy), played(world, OneByOne(policy))
    assert together.digest() == alone.digest()
    assert together.record.chosen == alone.record.chosen
    assert together.record.default == alone.record.default != together.record.chosen
    assert together.record.propensity == alone.record.propensity
    assert together.record.available == alone.record.available


def test_the_policy_knows_carriers_by_name_either_way(model: RoutingModel) -> None:
    """A carrier that loses nearly every parcel is left by whoever is told its name."""
    assert model.damage is not None
    tortoise = N_LINE + model.damage.carriers.index("tortoise")
    coefficients = model.damage.coefficients.copy()
    coefficients[:, tortoise] += 9.0
    careless = replace(model, damage=replace(model.damage, coefficients=coefficients))
    policies = (CausalRoutingPolicy(item, DEFAULT_WEIGHTS, DEFAULT_UNIT_VALUES) for item in (model, careless))
    before, after = ([share_of("tortoise", asked) for asked in (policy, OneByOne(policy))] for policy in policies)
    assert before[0] == before[1] > 0.2
    assert after[0] == after[1] < 0.02


def share_of(carrier: str, policy: RoutingPolicy) -> float:
    candidates = played("small", policy).decision_log().candidates
    return float((candidates.loc[candidates["is_chosen"], "carrier_id"] == carrier).mean())
