"""Refused parcels, missing papers and new addresses befall the share they should, and add what they should."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest

from simulator.delivery import Delivery, arrivals, factual_luck
from simulator.errors import ScenarioValueError
from simulator.ledger import simulate_audited
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import simulate
from simulator.scenario.schema import Scenario
from simulator.stage import Stage, set_stage
from simulator.truth.routing import routing_truth
from simulator.world import World

Change = Callable[..., Scenario]
REFUSAL: dict[str, Any] = {"probability": 0.3, "delay_hours": 20.0, "cost_minor": 700}
CUSTOMS: dict[str, Any] = {
    "papers_missing_share": 0.25,
    "hold_hours_quantiles": [10, 30, 90],
    "clearance_minor": 250,
    "duty_per_unit_minor": 300,
}
MOVES: dict[str, Any] = {"share": 0.1, "redirect_hours": 18.0, "cost_minor": 450}
ZONES: dict[str, Any] = {
    **{f"nodes.{node}.customs_zone": "swiss" if node == 4 else "eu" for node in range(5)},
    **{f"regions.{region}.customs_zone": "swiss" if region == 5 else "eu" for region in range(6)},
}
EVERYTHING: dict[str, Any] = {
    **{f"carriers.{carrier}.hazmat_refusal": REFUSAL for carrier in range(2)},
    **ZONES,
    "demand.hazmat_share": 0.3,
    "fulfilment.customs": CUSTOMS,
    "customers.address_change": MOVES,
}


@pytest.fixture(scope="module")
def stage(changed: Change) -> Stage:
    return set_stage(changed(EVERYTHING), 5, 4_000)


@pytest.fixture(scope="module")
def calm(changed: Change) -> Stage:
    """The same orders and draws without any mishap."""
    return set_stage(changed({"demand.hazmat_share": 0.3}), 5, 4_000)


def added_hours(stage: Stage, calm: Stage, lane_of: Callable[[int], bool]) -> np.ndarray:
    """What mishaps add to every order's parcel on the first lane of its menu for which something holds; NaN if none."""
    added = np.full(stage.n_orders, np.nan)
    parcels, quiet = Delivery(stage), Delivery(calm)
    for order in range(stage.n_orders):
        lanes = [lane for lane in stage.table.menus[stage.menu_of[order]].lanes if lane_of(lane)]
        if lanes:
            added[order] = parcels.of(order, lanes[0], 30.0)[0] - quiet.of(order, lanes[0], 30.0)[0]
    return added


def test_only_dangerous_goods_are_refused_and_only_by_those_who_refuse(stage: Stage, calm: Stage) -> None:
    moved = np.array(stage.mishaps.redirect_hours) > 0  # type: ignore[union-attr]
    hazmat = stage.demand.hazmat
    for carrier, refuses in ((1, True), (2, False)):
        added = added_hours(stage, calm, partial(at_home_with, stage, carrier))
        known = ~np.isnan(added) & ~moved
        assert added[known & ~hazmat] == pytest.approx(0.0, abs=1e-9)
        befallen = added[known & hazmat] > 1.0
        assert befallen.mean() == pytest.approx(0.3 if refuses else 0.0, abs=0.06)
        assert added[known & hazmat][befallen] == pytest.approx(20.0)


def at_home_with(stage: Stage, carrier: int, lane: int) -> bool:
    return not stage.table.lanes[lane].crosses_border and stage.table.lanes[lane].carrier == carrier


def test_two_carriers_refuse_independently(stage: Stage) -> None:
    first, second = (np.array(hours)[stage.demand.hazmat] > 0 for hours in stage.mishaps.refusal_hours[:2])  # type: ignore[union-attr]
    assert (first & second).mean() == pytest.approx(0.09, abs=0.03)


def test_papers_hold_parcels_at_borders_only_and_as_long_as_their_quantiles_say(stage: Stage, calm: Stage) -> None:
    plain = (np.array(stage.mishaps.redirect_hours) == 0) & ~stage.demand.hazmat  # type: ignore[union-attr]
    added = added_hours(stage, calm, lambda lane: stage.table.lanes[lane].crosses_border)
    crossing = added[~np.isnan(added) & plain]
    held = crossing[crossing > 1.0]
    assert len(crossing) > 800
    assert len(held) / len(crossing) == pytest.approx(0.25, abs=0.04)
    assert held.min() >= 10
    assert held.max() <= 90
    assert np.median(held) == pytest.approx(30, abs=6)


def test_a_lane_crosses_where_its_ends_lie_in_different_zones(stage: Stage) -> None:
    zones = [node.customs_zone for node in stage.scenario.nodes], [item.customs_zone for item in stage.scenario.regions]
    assert {lane.crosses_border for lane in stage.table.lanes} == {True, False}
    for lane in stage.table.lanes:
        assert lane.crosses_border == (zones[0][lane.node] != zones[1][lane.region])


def test_clearance_and_duty_are_part_of_the_freight_that_a_policy_sees(stage: Stage, calm: Stage) -> None:
    for lane, quiet in zip(stage.table.lanes, calm.table.lanes, strict=True):
        extra = lane.freight_minor(3) - quiet.freight_minor(3)
        assert extra == (250 + 3 * 300 if lane.crosses_border else 0)


def test_those_who_move_are_the_share_they_should_be(stage: Stage, calm: Stage) -> None:
    added = added_hours(stage, calm, partial(at_home_with, stage, 2))
    moved = added[~np.isnan(added)] > 1.0
    assert moved.mean() == pytest.approx(0.1, abs=0.02)
    assert added[~np.isnan(added)][moved] == pytest.approx(18.0)


def test_many_parcels_at_once_arrive_as_one_by_one_to_the_last_bit(stage: Stage) -> None:
    rng = np.random.default_rng(3)
    orders = rng.integers(0, stage.n_orders, 3_000)
    lanes = np.array([rng.choice(stage.table.menus[stage.menu_of[order]].lanes) for order in orders])
    shipped = rng.uniform(0, 80, 3_000)
    together = arrivals(stage, lanes, shipped, factual_luck(stage, lanes, orders))
    parcels = Delivery(stage)
    alone = [
        parcels.of(int(order), int(lane), float(at))[0] for order, lane, at in zip(orders, lanes, shipped, strict=True)
    ]
    assert together.tolist() == alone


def test_mishaps_move_no_other_draw(stage: Stage, calm: Stage) -> None:
    assert stage.demand.placed_at_hours.tolist() == calm.demand.placed_at_hours.tolist()
    assert stage.transit_noise == calm.transit_noise
    assert stage.population.customer_of.tolist() == calm.population.customer_of.tolist()


def test_mishaps_of_no_probability_change_nothing(small: Scenario, changed: Change) -> None:
    harmless = changed(
        {
            **ZONES,
            "carriers.0.hazmat_refusal": {"probability": 0.0},
            "fulfilment.customs": {},
            "customers.address_change": {"share": 0.0},
        }
    )
    runs = [
        simulate(world, UniformRouting(), UniformCompensation(), n_orders=300, seed=5) for world in (small, harmless)
    ]
    assert runs[0].digest() == runs[1].digest()


def test_truth_of_a_world_with_mishaps_is_what_the_world_does(changed: Change) -> None:
    run = simulate(changed(EVERYTHING), UniformRouting(), UniformCompensation(), n_orders=900, seed=5)
    truth = routing_truth(run, range(900), redraws=2)
    chosen = run.decision_log().candidates["is_chosen"].to_numpy()
    assert truth.loc[chosen, "lateness_hours"].tolist() == run.decision_log().outcomes["lateness_hours"].tolist()
    factual = run.record.chosen
    for order in (40, 333):
        for place in range(int((truth["order_id"] == truth["order_id"].unique()[order]).sum())):
            world = World(run.stage, run.routing, run.compensation, [*factual[:order], place, *factual[order + 1 :]])
            world.open()
            while np.isnan(world.record.delivered_at_hours[order]):
                world.step()
            late = max(0.0, world.record.delivered_at_hours[order] - run.stage.demand.promised_at_hours[order])
            assert late == truth[truth["order_id"] == truth["order_id"].unique()[order]]["lateness_hours"].iloc[place]


def test_mishaps_are_charged_and_name_the_incident_that_they_make(changed: Change) -> None:
    run = simulate_audited(changed(EVERYTHING), UniformRouting(), UniformCompensation(), n_orders=900, seed=5)
    log, mishaps = run.decision_log(), run.stage.mishaps
    assert mishaps is not None
    lanes = [run.stage.table.lanes[place] for place in run.lane_of]
    refused = np.array([mishaps.refusal_hours[lane.carrier][order] > 0 for order, lane in enumerate(lanes)])
    moved = np.array(mishaps.redirect_hours) > 0
    held = np.array([lane.crosses_border for lane in lanes]) & (np.array(mishaps.papers_hours) > 0)
    chosen = log.candidates[log.candidates["is_chosen"]].reset_index(drop=True)
    extra = log.outcomes["cost_minor"] - chosen["freight_minor"] - chosen["handling_minor"]
    assert extra.tolist() == (refused * 700 + moved * 450).tolist()
    befallen = {
        "carrier_refusal": refused,
        "customs_delay": held & ~refused,
        "address_change": moved & ~held & ~refused,
    }
    of_type = log.outcomes[["order_id", "late"]].merge(log.incidents, how="left", on="order_id")["incident_type"]
    graver = of_type.isin(["lost", "damaged", "stock_out"])
    for kind, orders in befallen.items():
        expected = orders & log.outcomes["late"].to_numpy() & ~graver.to_numpy()
        assert expected.sum() > 5
        assert (of_type == kind).tolist() == expected.tolist()


def test_expectations_average_over_mishaps(changed: Change) -> None:
    """Over many redraws the expected lateness of those befallen falls back to that of the others."""
    world = changed({"customers.address_change": {"share": 0.3, "redirect_hours": 200.0}})
    run = simulate(world, UniformRouting(), UniformCompensation(), n_orders=400, seed=5)
    truth = routing_truth(run, range(400), redraws=40)
    chosen = truth[run.decision_log().candidates["is_chosen"].to_numpy()]
    moved = np.array(run.stage.mishaps.redirect_hours) > 0  # type: ignore[union-attr]
    assert chosen.loc[moved, "lateness_hours"].mean() > 100
    expected = chosen["expected_lateness_hours"].to_numpy()
    assert expected[moved].mean() == pytest.approx(expected[~moved].mean(), rel=0.15)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"carriers.0.hazmat_refusal": {"probability": 1.5}}, "carriers.falcon.hazmat_refusal.probability: .* got 1.5"),
        ({"carriers.0.hazmat_refusal": {"delay_hours": 3}}, "hazmat_refusal.probability: is missing"),
        ({"customers.address_change": {"share": 0.1, "redirect_hours": -2}}, "redirect_hours: .* got -2"),
        ({"fulfilment.customs": {"papers_missing_share": 0.1}}, "customs is given, but 'hamburg' has no customs_zone"),
        ({**ZONES, "fulfilment.customs": {"hold_hours_quantiles": [9, 3]}}, "quantiles must not fall"),
        ({"nodes.0.customs_zone": ""}, "nodes.hamburg.customs_zone"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_mishaps_that_make_no_world_are_refused(changed: Change, changes: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ScenarioValueError, match=complaint):
        changed(changes)
