"""The whole world gives back the factual run when the changed action is the factual one, policy and all."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.errors import InfeasibleActionError, SimulatorError
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario
from simulator.truth.reactive import LABEL, reactive_branches
from simulator.world import World


@pytest.fixture(scope="module")
def run(small: Scenario) -> WorldRun:
    return simulate(small, UniformRouting(), UniformCompensation(), n_orders=900, seed=2)


def test_the_factual_action_reproduces_the_whole_world_at_200_random_decisions(run: WorldRun) -> None:
    orders = np.sort(np.random.default_rng(5).choice(900, 200, replace=False))
    table = reactive_branches(run, orders, [run.record.chosen[order] for order in orders.tolist()], hours=3.0)
    assert len(table) == 200
    assert (table.drop(columns="order_id") == 0).to_numpy().all()
    assert table.attrs["meaning"] == LABEL


def test_a_policy_that_sees_load_decides_others_anew(small: Scenario) -> None:
    run = simulate(small, CheapestFromNearest(), UniformCompensation(), n_orders=900, seed=2)
    orders = np.arange(100, 700, 20)
    other = [(run.record.chosen[order] + 3) % 6 for order in orders.tolist()]
    table = reactive_branches(run, orders, other)
    assert (table["n_moved"] > 0).any()


def test_changing_one_action_moves_no_unrelated_draw(run: WorldRun) -> None:
    """Draws belong to orders: others' choices, journeys and customers are as before, whatever one order does."""
    forced = run.record.chosen[:]
    forced[300] = (forced[300] + 4) % 6
    world = World(run.stage, run.routing, run.compensation, forced)
    world.open()
    world.run()
    shipped, in_fact = np.array(world.record.shipped_at_hours), np.array(run.record.shipped_at_hours)
    same = (shipped == in_fact) & (np.arange(900) != 300)
    assert same.sum() > 800
    for name in ("delivered_at_hours", "lost", "damaged"):
        assert (np.array(getattr(world.record, name)) == np.array(getattr(run.record, name)))[same].all()
    reactions = {one.order: (one.choice, one.repurchase, one.churn) for one in run.record.incidents}
    # A customer's history counts: only of those without the changed order must the reaction be the same.
    customer_of = run.stage.population.customer_of
    others = [one for one in world.record.incidents if same[one.order] and one.customer != customer_of[300]]
    moved = set(customer_of[~same].tolist())
    unrelated = [one for one in others if one.customer not in moved]
    assert len(unrelated) > 50
    assert all(reactions[one.order] == (one.choice, one.repurchase, one.churn) for one in unrelated)


@pytest.mark.parametrize(("place", "hours", "error"), [(99, 2.0, InfeasibleActionError), (0, 0.0, SimulatorError)])
def test_nonsense_is_refused(run: WorldRun, place: int, hours: float, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"feasible|above 0"):
        reactive_branches(run, [4], [place], hours=hours)
