"""Loss, damage and spoiling are part of the truth, exactly."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import simulate
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario
from simulator.truth.routing import routing_truth


def test_factual_rows_are_damaged_when_the_parcel_was_lost_or_came_damaged(small: Scenario) -> None:
    run = simulate(small, UniformRouting(), UniformCompensation(), n_orders=600, seed=4)
    truth, chosen = routing_truth(run, range(600), redraws=0), run.decision_log().candidates["is_chosen"].to_numpy()
    broken = np.array([lost or damaged for lost, damaged in zip(run.record.lost, run.record.damaged, strict=True)])
    assert truth.loc[chosen, "damaged"].tolist() == broken.tolist()


def test_expected_damage_is_its_share_over_many_orders(small: Scenario) -> None:
    run = simulate(small, UniformRouting(), UniformCompensation(), n_orders=1_500, seed=4)
    truth = routing_truth(run, range(1_500), redraws=1)
    carrier = truth["candidate_id"].str.split("|").str[1]
    for carrier_id, part in truth.groupby(carrier):
        spec = next(item for item in small.carriers if item.carrier_id == carrier_id)
        p_broken = 1 - (1 - spec.loss_probability) * (1 - spec.damage_probability)
        assert part["expected_damage_probability"].to_numpy() == pytest.approx(p_broken)
        # Candidates of one order and carrier share their draw: the error is that of the orders.
        by_order = part.groupby("order_id")["damaged"].mean()
        assert abs(by_order.mean() - p_broken) < 4 * np.sqrt(p_broken / len(by_order))


def test_cold_goods_from_a_node_without_cooling_are_sure_to_spoil() -> None:
    scenario = load_scenario("cold_chain_failure")
    run = simulate(scenario, CheapestFromNearest(), UniformCompensation(), n_orders=4_000, seed=2)
    cold = np.flatnonzero(run.stage.demand.cold_chain)
    truth = routing_truth(run, cold, redraws=1)
    sure = truth["expected_damage_probability"] == 1.0
    failed = {item.node for item in scenario.disruptions}  # type: ignore[union-attr]
    assert sure.sum() > 10
    assert set(truth.loc[sure, "candidate_id"].str.split("|").str[0]) == failed
    assert truth.loc[sure, "damaged"].all()
