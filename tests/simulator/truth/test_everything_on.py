"""Every kind of truth gives the factual run back where every feature of the world is on."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario
from simulator.truth.future import Future
from simulator.truth.reactive import reactive_branches
from simulator.truth.redrawn import N_POINTS, expected_in, redrawn_truth
from simulator.truth.routing import routing_truth
from simulator.truth.spillover import Branching
from simulator.truth.windows import windows


@pytest.fixture(scope="module", params=["everything_on", "loyal_customers", "split_shipments"])
def run(request: pytest.FixtureRequest) -> WorldRun:
    return simulate(load_scenario(request.param), UniformRouting(), UniformCompensation(), n_orders=900, seed=1)


@pytest.fixture(scope="module")
def orders(run: WorldRun) -> list[int]:
    drawn: list[int] = np.random.default_rng(1).choice(run.fulfilled_orders(), 8, replace=False).tolist()
    return sorted(drawn)


def test_a_future_on_factual_noise_expects_what_the_factual_day_expects(run: WorldRun, orders: list[int]) -> None:
    expected, played = routing_truth(run, orders, redraws=N_POINTS)["expected_lateness_hours"].tolist(), []
    for window in windows(run, np.array(orders), 0.0):
        future = Future(run, run.stage, window, window.snapshot.now + 2.0)
        played += expected_in(future, run.stage, run.stage.noise)[0].lateness_hours.tolist()
    assert played == expected


def test_branches_of_the_factual_action_move_nobody(run: WorldRun, orders: list[int]) -> None:
    branching, chosen = Branching(run), [run.record.chosen[order] for order in orders]
    for order, place in zip(orders, chosen, strict=True):
        branch = branching.coalesced(order, place)
        assert branch.moved == ()
        assert branch.delivered_at_hours == run.record.delivered_at_hours[order]
    reactive = reactive_branches(run, orders, chosen, hours=4.0)
    assert (reactive.drop(columns="order_id") == 0).to_numpy().all()


def test_redrawn_futures_know_every_column(run: WorldRun, orders: list[int]) -> None:
    assert redrawn_truth(run, orders[:2], redraws=2, seed=1).notna().to_numpy().all()
