"""Disruptions do what their words say, where and while they last, and nothing else; the truth stays exact."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from data.choice_sets import ChoiceSet
from simulator.demand import draw_demand
from simulator.identifiers import order_id
from simulator.noise import Noise
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.run import WorldRun, estimated_cost, simulate
from simulator.scenario.loading import scenario_hash
from simulator.scenario.schema import Scenario
from simulator.truth.routing import routing_truth
from simulator.weather import weather_path
from simulator.world import World

Change = Callable[..., Scenario]
GoesOn = Callable[[WorldRun, int], tuple[World, World]]
Listen = Callable[[], Any]
OUTAGE: dict[str, Any] = {"kind": "node_outage", "node": "nuremberg", "starts_at": 8, "ends_at": 20}
SICKNESS: dict[str, Any] = {"kind": "capacity_loss", "node": "duisburg", "strength": 0.5, "starts_at": 6, "ends_at": 18}
WARM: dict[str, Any] = {"kind": "cold_chain_failure", "node": "nuremberg", "starts_at": 0, "ends_at": 48}
STRIKE: dict[str, Any] = {"kind": "carrier_strike", "carrier": "tortoise", "starts_at": 10, "ends_at": 30}
HALF_STRIKE: dict[str, Any] = {
    **STRIKE,
    "carrier": "meridian",
    "strength": 0.9,
    "nodes": ["leipzig"],
    "reports": "unaware",
}
JAM: dict[str, Any] = {
    "kind": "customs_jam",
    "regions": ["alps"],
    "nodes_inside": ["basel"],
    "starts_at": 0,
    "ends_at": 96,
    "delay_hours_quantiles": [10, 20, 40],
}
STORM: dict[str, Any] = {
    "kind": "storm",
    "regions": ["west", "centre"],
    "severity": 0.8,
    "starts_at": 12,
    "ends_at": 30.5,
}
SPIKE: dict[str, Any] = {
    "kind": "demand_spike",
    "multiplier": 4,
    "regions": ["west"],
    "starts_at": 9.5,
    "ends_at": 12.5,
}
TARIFF: dict[str, Any] = {"kind": "tariff_change", "carrier": "meridian", "factor": 1.5, "starts_at": 12}
OPENING: dict[str, Any] = {"kind": "node_opening", "node": "leipzig", "opens_at": "2025-03-03T12:00:00Z"}
ALL: list[dict[str, Any]] = [
    OUTAGE,
    SICKNESS,
    WARM,
    STRIKE,
    HALF_STRIKE,
    {**JAM, "quoted": True},
    STORM,
    SPIKE,
    TARIFF,
    OPENING,
]


def play(scenario: Scenario, *, n_orders: int = 900, routing: Any = None) -> WorldRun:
    return simulate(scenario, routing or UniformRouting(), UniformCompensation(), n_orders=n_orders, seed=5)


@pytest.fixture(scope="module")
def disrupted_run(changed: Change) -> WorldRun:
    """Everything goes wrong at once."""
    return play(changed({"disruptions": ALL}), n_orders=1_500, routing=CheapestFromNearest())


def nodes_seen(choices: ChoiceSet) -> list[str]:
    return [name.split("|")[0] for name in choices.candidate_id]


def test_trouble_that_comes_after_everything_changes_nothing(small: Scenario, changed: Change) -> None:
    late = [{**item, "starts_at": 8_000, "ends_at": 8_010} for item in ALL if item not in (SPIKE, OPENING)]
    opened = {**OPENING, "opens_at": 0}
    run = play(changed({"disruptions": [*late, opened]}), n_orders=300)
    assert run.digest() == play(small, n_orders=300).digest()
    spiked = draw_demand(changed({"disruptions": [{**SPIKE, "starts_at": 8_000, "ends_at": 8_010}]}), Noise(5), 300)
    assert spiked.placed_at_hours == pytest.approx(draw_demand(small, Noise(5), 300).placed_at_hours)


def test_a_world_without_disruptions_keeps_its_hash(small: Scenario, changed: Change) -> None:
    assert scenario_hash(changed({"disruptions": []})) == scenario_hash(small)
    assert scenario_hash(changed({"disruptions": [STORM]})) != scenario_hash(small)


def test_truth_of_a_disrupted_world_equals_whole_world_branches(disrupted_run: WorldRun) -> None:
    factual = disrupted_run.record.chosen
    sample = [5, 300, 480, 700, 950, 1_200, 1_400]
    truth = dict(iter(routing_truth(disrupted_run, sample, redraws=2).groupby("order_id")))
    world = World(disrupted_run.stage, disrupted_run.routing, disrupted_run.compensation, factual)
    world.open()
    for order in sample:
        world.run_until_order(order)
        snapshot, expected = world.snapshot(), truth[order_id(order)]
        for place in range(len(expected)):
            forced = [*factual[:order], place, *factual[order + 1 :]]
            branch = World(disrupted_run.stage, disrupted_run.routing, disrupted_run.compensation, forced)
            branch.restore(snapshot)
            while np.isnan(branch.record.delivered_at_hours[order]):
                branch.step()
            due = disrupted_run.stage.demand.promised_at_hours[order]
            assert max(0.0, branch.record.delivered_at_hours[order] - due) == expected["lateness_hours"].iloc[place]
            assert branch.stock_out[order] == expected["stock_out"].iloc[place]


def test_every_factual_outcome_of_a_disrupted_world_is_reproduced(disrupted_run: WorldRun) -> None:
    truth = routing_truth(disrupted_run, range(0, 1_500, 4), redraws=1)
    log = disrupted_run.decision_log()
    chosen = log.candidates.loc[log.candidates["is_chosen"], ["order_id", "candidate_id"]]
    both = truth.merge(chosen).merge(log.outcomes, on="order_id", suffixes=("", "_logged"), validate="one_to_one")
    assert len(both) == 375
    for column in ("lateness_hours", "late", "stock_out", "cost_minor", "carbon_kg"):
        assert both[column].tolist() == both[f"{column}_logged"].tolist()


def test_a_disrupted_world_goes_on_from_a_snapshot(disrupted_run: WorldRun, goes_on: GoesOn) -> None:
    _, branch = goes_on(disrupted_run, 700)
    assert list(branch.record.delivered_at_hours)[700:] == list(disrupted_run.record.delivered_at_hours)[700:]


@pytest.mark.parametrize(
    ("reports", "seen_closed", "grows_old"),
    [("told", True, False), ("unaware", False, False), ("stopped", False, True)],
)
def test_what_is_seen_of_an_outage_is_what_the_reports_say(
    changed: Change, reports: str, seen_closed: bool, grows_old: bool, listening: Listen
) -> None:
    policy = listening()
    outage = {**OUTAGE, "node": "duisburg", "starts_at": 3, "ends_at": 11, "reports": reports}
    play(changed({"disruptions": [outage]}), n_orders=250, routing=policy)
    seen = [
        (choices.hour_of_day, choices.capacity_utilization[place], choices.observation_age_hours[place])
        for choices in policy.shown
        for place, node in enumerate(nodes_seen(choices))
        if node == "duisburg"
    ]
    within = [(load, age) for hour, load, age in seen if 4 < hour < 11]
    assert len(within) > 30
    assert all(load == 10.0 for load, _ in within) == seen_closed
    assert (max(age for _, age in within) > 5) == grows_old
    assert all(load < 10.0 for hour, load, _ in seen if hour < 3)


def test_a_strike_is_seen_as_a_full_carrier_only_where_it_is_told(changed: Change, listening: Listen) -> None:
    loads = {}
    for reports in ("told", "unaware"):
        policy = listening()
        strike = {**STRIKE, "starts_at": 2, "reports": reports}
        play(changed({"disruptions": [strike]}), n_orders=250, routing=policy)
        loads[reports] = [
            choices.carrier_utilization[place]
            for choices in policy.shown
            for place, name in enumerate(choices.candidate_id)
            if name.startswith("leipzig|tortoise") and choices.hour_of_day > 3
        ]
    assert set(loads["told"]) == {10.0}
    assert max(loads["unaware"]) < 1.0


def test_cold_goods_spoil_only_at_the_node_without_cooling(changed: Change) -> None:
    scenario = changed({"disruptions": [WARM], "demand.cold_chain_share": 0.5})
    run, calm = play(scenario), play(changed({"demand.cold_chain_share": 0.5}))
    lanes = [run.stage.table.lanes[place] for place in run.lane_of]
    assert run.record.delivered_at_hours == calm.record.delivered_at_hours
    for order, lane in enumerate(lanes):
        spoiled = bool(
            run.stage.demand.cold_chain[order]
            and scenario.nodes[lane.node].node_id == "nuremberg"
            and run.record.shipped_at_hours[order] < 48
        )
        assert run.record.damaged[order] == (spoiled or calm.record.damaged[order])


def test_a_failure_that_is_noticed_takes_the_node_from_cold_menus(changed: Change, listening: Listen) -> None:
    noticed = {**WARM, "starts_at": 2, "ends_at": 14, "noticed_after_hours": 4}
    policy = listening()
    run = play(changed({"disruptions": [noticed], "demand.cold_chain_share": 0.5}), routing=policy)
    cold = [
        (choices.hour_of_day, "nuremberg" in nodes_seen(choices))
        for choices, is_cold in zip(policy.shown, run.stage.demand.cold_chain, strict=True)
        if is_cold
    ]
    assert not any(there for hour, there in cold if 6 <= hour < 14)
    assert any(there for hour, there in cold if hour < 6)
    assert any(there for hour, there in cold if hour >= 14)


def test_a_jam_delays_what_crosses_the_border_by_what_it_says(changed: Change, small: Scenario) -> None:
    run, calm = play(changed({"disruptions": [JAM]})), play(small)
    delay = np.array(run.record.delivered_at_hours) - np.array(calm.record.delivered_at_hours)
    lanes = [run.stage.table.lanes[place] for place in run.lane_of]
    crosses = np.array(
        [small.regions[lane.region].region_id == "alps" and small.nodes[lane.node].node_id != "basel" for lane in lanes]
    )
    assert (delay[~crosses] == 0).all()
    assert crosses.sum() > 20
    assert delay[crosses].min() >= 10 - 1e-9
    assert delay[crosses].max() <= 40 + 1e-9
    assert abs(np.median(delay[crosses]) - 20) < 8


def test_a_quoted_jam_lengthens_the_quote_while_it_lasts(changed: Change, listening: Listen) -> None:
    scenario = changed({"disruptions": [{**JAM, "quoted": True, "starts_at": 6, "ends_at": 12}]})
    policy = listening()
    play(scenario, routing=policy)
    name = "nuremberg|tortoise|standard"
    quotes = [
        (choices.hour_of_day, choices.distance_km[place], choices.lead_time_hours[place])
        for choices in policy.shown
        for place, candidate in enumerate(choices.candidate_id)
        if candidate == name
    ]
    to_alps = [(hour, lead) for hour, km, lead in quotes if 290 < km < 310]
    within = {lead for hour, lead in to_alps if 6 <= hour < 12}
    outside = {lead for hour, lead in to_alps if not 6 <= hour < 12}
    assert len(within) == len(outside) == 1
    assert within.pop() - outside.pop() == pytest.approx(20)


def test_a_storm_is_forecast_as_it_comes_or_not_at_all(changed: Change, small: Scenario) -> None:
    forecast, surprise = (
        weather_path(changed({"disruptions": [{**STORM, **told}]}), Noise(3), 100.0)
        for told in ({}, {"forecast_severity": 0})
    )
    calm = weather_path(small, Noise(3), 100.0)
    for region, spec in enumerate(small.regions):
        hit = spec.region_id in ("west", "centre")
        assert all((forecast.severity[region][hour] >= 0.8) for hour in range(12, 31)) or not hit
        assert forecast.severity[region][31:] == calm.severity[region][31:]
        assert forecast.severity[region][:12] == calm.severity[region][:12]
        assert (min(forecast.forecast[region][12:31]) >= 0.8) or not hit
    assert surprise.forecast == calm.forecast
    assert surprise.severity == forecast.severity


def test_a_node_is_no_candidate_before_it_opens(changed: Change, listening: Listen) -> None:
    policy = listening()
    run = play(changed({"disruptions": [OPENING]}), n_orders=900, routing=policy)
    for choices in policy.shown:
        assert choices.hour_of_day >= 12 or "leipzig" not in nodes_seen(choices)
    assert any("leipzig" in nodes_seen(choices) for choices in policy.shown)
    log = run.decision_log()
    assert not log.candidates.duplicated(["order_id", "candidate_id"]).any()
    assert len({*log.network.lanes}) == len(log.network.lanes)


def test_a_tariff_holds_for_orders_decided_from_then_on(changed: Change, small: Scenario) -> None:
    log, calm = play(changed({"disruptions": [TARIFF]})).decision_log(), play(small).decision_log()
    ratio = log.candidates["freight_minor"] / calm.candidates["freight_minor"]
    noon = log.orders["decided_at"].min().normalize() + np.timedelta64(12, "h")
    decided_at = log.candidates.merge(log.orders[["order_id", "decided_at"]], on="order_id")["decided_at"]
    dearer = (log.candidates["carrier_id"] == "meridian") & (decided_at >= noon)
    assert (ratio[~dearer] == 1).all()
    assert ratio[dearer].min() > 1.49
    assert ratio[dearer].max() < 1.51


def test_a_year_long_outage_is_counted_in_the_cost_of_a_run(changed: Change, small: Scenario) -> None:
    endless = changed({"disruptions": [{**OUTAGE, "ends_at": 8_700}]})
    assert estimated_cost(endless, 100)[0] > 20 * estimated_cost(small, 100)[0]
