"""The truth is what the world itself does when one decision is changed and all others are frozen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from simulator.errors import SimulatorError, TruthError
from simulator.identifiers import order_id
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.rows import candidate_rows
from simulator.run import WorldRun, simulate
from simulator.scenario.schema import Scenario
from simulator.truth.compensation import compensation_truth
from simulator.truth.routing import routing_truth
from simulator.world import World


@pytest.fixture(scope="module")
def busy_run(small: Scenario) -> WorldRun:
    """Rules that crowd the nearest nodes: queues, stock-outs and missed waves all happen."""
    return simulate(small, CheapestFromNearest(), UniformCompensation(), n_orders=2_500, seed=2)


@pytest.fixture(scope="module")
def busy_truth(busy_run: WorldRun) -> pd.DataFrame:
    return routing_truth(busy_run, range(2_500), redraws=4)


def test_truth_equals_a_branch_of_the_whole_world_bit_for_bit(busy_run: WorldRun, busy_truth: pd.DataFrame) -> None:
    rng = np.random.default_rng(7)
    short = np.flatnonzero(np.frombuffer(busy_run.stock_out, dtype=np.uint8))
    sample = sorted({*rng.choice(2_450, 8, replace=False).tolist(), *rng.choice(short[short < 2_450], 2).tolist()})
    factual = busy_run.record.chosen
    world = World(busy_run.stage, busy_run.routing, busy_run.compensation, factual)
    world.open()
    by_order = dict(iter(busy_truth.groupby("order_id", sort=False)))
    for order in sample:
        world.run_until_order(order)
        snapshot = world.snapshot()
        expected = by_order[order_id(order)]
        for place in range(len(expected)):
            forced = factual[:]
            forced[order] = place
            branch = World(busy_run.stage, busy_run.routing, busy_run.compensation, forced)
            branch.restore(snapshot)
            while np.isnan(branch.record.delivered_at_hours[order]):
                branch.step()
            lateness = max(
                0.0, branch.record.delivered_at_hours[order] - busy_run.stage.demand.promised_at_hours[order]
            )
            assert lateness == expected["lateness_hours"].iloc[place]
            assert branch.stock_out[order] == expected["stock_out"].iloc[place]


def test_playing_the_factual_action_gives_the_logged_outcome(busy_run: WorldRun, busy_truth: pd.DataFrame) -> None:
    log = busy_run.decision_log()
    chosen = log.candidates["is_chosen"].to_numpy()
    assert (busy_truth["candidate_id"] == log.candidates["candidate_id"]).all()
    for column in ("lateness_hours", "late", "stock_out", "cost_minor", "carbon_kg"):
        assert busy_truth.loc[chosen, column].tolist() == log.outcomes[column].tolist()


def test_a_run_that_was_tampered_with_is_found_out(busy_run: WorldRun) -> None:
    shipped = busy_run.record.shipped_at_hours[:]
    shipped[40] += 1.0
    forged = replace(busy_run, record=replace(busy_run.record, shipped_at_hours=shipped))
    with pytest.raises(TruthError, match="factual action of order 40"):
        routing_truth(forged, [40], redraws=0)


def test_chosen_orders_have_the_rows_they_have_among_all(busy_run: WorldRun, busy_truth: pd.DataFrame) -> None:
    some = routing_truth(busy_run, [900, 17, 2_400], redraws=4)
    names = [order_id(order) for order in (900, 17, 2_400)]
    expected = pd.concat([busy_truth[busy_truth["order_id"] == name] for name in names], ignore_index=True)
    pd.testing.assert_frame_equal(some, expected)


def test_load_is_felt_through_the_candidate(busy_truth: pd.DataFrame) -> None:
    node = busy_truth["candidate_id"].str.split("|").str[0]
    by_node = busy_truth.groupby(["order_id", node])["lateness_hours"].mean()
    assert by_node.groupby("order_id").std().mean() > 0.5


def test_expectations_average_over_chance_to_the_factual_mean(small: Scenario) -> None:
    run = simulate(small, UniformRouting(), UniformCompensation(), n_orders=1_200, seed=3)
    truth = routing_truth(run, range(1_200), redraws=64)
    spread = truth["lateness_hours"].std() / np.sqrt(1_200)
    assert abs(truth["expected_lateness_hours"].mean() - truth["lateness_hours"].mean()) < 3 * spread
    assert abs(truth["expected_late_probability"].mean() - truth["late"].mean()) < 0.03


def test_no_redraws_leave_expectations_unknown(busy_run: WorldRun) -> None:
    assert routing_truth(busy_run, [3], redraws=0)["expected_lateness_hours"].isna().all()


@pytest.mark.parametrize("orders", [[2_500], [-1], [4, 4]])
def test_orders_that_are_not_there_are_refused(busy_run: WorldRun, orders: list[int]) -> None:
    with pytest.raises(SimulatorError, match=r"not in the run|comes twice"):
        routing_truth(busy_run, orders, redraws=0)


def test_every_allowed_arm_is_played_and_the_factual_one_agrees(uniform_run: WorldRun) -> None:
    truth, incidents = compensation_truth(uniform_run), uniform_run.decision_log().incidents
    joined = incidents.merge(truth, on=["incident_id", "arm"], suffixes=("", "_true"), validate="one_to_one")
    assert len(joined) == len(incidents) > 100
    for column in ("repurchase_90d", "churn_90d", "cost_minor"):
        assert (joined[column] == joined[f"{column}_true"]).all()
    assert truth.groupby("incident_id")["arm"].first().eq("none").all()


def test_expected_reactions_are_the_mean_of_the_played_ones(small: Scenario) -> None:
    run = simulate(small, UniformRouting(), UniformCompensation(), n_orders=6_000, seed=4)
    truth = compensation_truth(run).groupby("arm")
    count = truth.size().min()
    for played, expected in (
        ("repurchase_90d", "expected_repurchase_probability"),
        ("churn_90d", "expected_churn_probability"),
    ):
        gap = (truth[played].mean() - truth[expected].mean()).abs().max()
        assert gap < 3 * 0.5 / np.sqrt(count)


def test_no_arm_is_best_for_every_customer(uniform_run: WorldRun) -> None:
    truth = compensation_truth(uniform_run)
    worth = 6_000 * truth["expected_repurchase_probability"] - truth["expected_cost_minor"]
    best = truth.loc[worth.groupby(truth["incident_id"]).idxmax(), "arm"].value_counts(normalize=True)
    assert best.max() < 0.8
    assert len(best) >= 3


def test_menus_list_the_nearest_capable_nodes_first(uniform_run: WorldRun) -> None:
    stage = uniform_run.stage
    rows = candidate_rows(stage, np.arange(stage.n_orders))
    for order, (start, end) in enumerate(zip(rows.offsets[:-1], rows.offsets[1:], strict=True)):
        lanes = [stage.table.lanes[place] for place in rows.lane[start:end]]
        assert [lane.distance_km for lane in lanes] == sorted(lane.distance_km for lane in lanes)
        assert {lane.region for lane in lanes} == {int(stage.demand.region[order])}
        nodes = [stage.scenario.nodes[lane.node] for lane in lanes]
        assert all(node.cold_chain for node in nodes) or not stage.demand.cold_chain[order]
        assert all(node.hazmat for node in nodes) or not stage.demand.hazmat[order]
