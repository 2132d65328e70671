"""Shipped scenarios about who is served: loyalty, channels, where stock is placed, and who is told early."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data.choices import ArmChoice
from data.incidents import ARMS, CompensationArm, Incident
from data.network import distance_km
from decision.exploration import RulePolicy
from simulator.policies import CompensationPolicy
from simulator.reference_policies import UniformCompensation
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario


def test_loyal_customers_come_back_to_who_answers_them() -> None:
    scenario = load_scenario("loyal_customers")
    answers: tuple[CompensationPolicy, ...] = (UniformCompensation(), NeverCompensate())
    runs = [simulate(scenario, RulePolicy(), answer, n_orders=4_000, seed=5) for answer in answers]
    n_came = [len(run.fulfilled_orders()) for run in runs]
    n_left = [len({one.customer for one in run.record.incidents if one.churn}) for run in runs]
    assert n_came[0] > 1.01 * n_came[1]
    assert n_left[0] < n_left[1]
    # The same path: whatever comes in both is asked for by the same people at the same time.
    assert runs[0].stage.demand.placed_at_hours.tolist() == runs[1].stage.demand.placed_at_hours.tolist()


class NeverCompensate:
    """No answer to anything."""

    name = "never"

    def choose(self, incident: Incident, uniform: float) -> ArmChoice:
        del incident, uniform
        return ArmChoice(CompensationArm.NONE, tuple(float(arm is CompensationArm.NONE) for arm in ARMS))


def test_marketplace_peak_breaks_the_short_promise_and_makes_everybody_wait(library: Any) -> None:
    peak, calm = library.pair("marketplace_peak")
    during = [run["placed"].between(14, 20, inclusive="left") for run in (peak, calm)]
    channels = [
        np.array(["web", "marketplace", "store"])[library.play("marketplace_peak", disrupted=d).stage.demand.channel]
        for d in (True, False)
    ]
    hit, quiet = (
        {name: run[times & (channel == name)] for name in ("web", "marketplace", "store")}
        for run, times, channel in zip((peak, calm), during, channels, strict=True)
    )
    assert len(hit["marketplace"]) > 4 * len(quiet["marketplace"])
    assert abs(len(hit["web"]) - len(quiet["web"])) < 0.15 * len(quiet["web"])
    # The same queue for all: who buys at the shop's own site waits as much longer, but is late less often.
    assert hit["web"]["wait"].mean() > 1.3 * quiet["web"]["wait"].mean()
    assert hit["marketplace"]["late"].mean() > 1.3 * hit["web"]["late"].mean()


def test_forecast_placement_is_where_people_live_and_brings_parcels_sooner_than_even_placement(library: Any) -> None:
    even, forecast = (library.play(name, n_orders=6_000) for name in ("even_placement", "forecast_placement"))
    scenario = forecast.stage.scenario
    near = dict.fromkeys((node.node_id for node in scenario.nodes), 0.0)
    for region in scenario.regions:
        km = {node.node_id: distance_km(node.lat, node.lon, region.lat, region.lon) for node in scenario.nodes}
        near[min(km, key=km.__getitem__)] += region.demand_share
    assert {node.node_id: node.demand_share for node in scenario.nodes} == pytest.approx(near)
    assert len({node.demand_share for node in even.stage.scenario.nodes}) == 1
    # As much stock in all, but for rounding and the nodes' own days of stock.
    stock = [sum(sum(plan.order_up_to) for plan in run.stage.plans) for run in (even, forecast)]
    assert stock[0] == pytest.approx(stock[1], rel=0.06)
    later = even.stage.demand.placed_at_hours > 24
    lead, waited = (
        [np.array(values(run), dtype=float)[later].mean() for run in (even, forecast)]
        for values in (lambda run: run.record.delivered_at_hours - run.stage.demand.placed_at_hours, stock_outs)
    )
    assert lead[1] < 0.99 * lead[0]
    assert waited[1] < waited[0]


def stock_outs(run: WorldRun) -> np.ndarray:
    return np.frombuffer(run.stock_out, dtype=np.uint8)


def test_dwell_alarm_tells_of_stuck_orders_long_before_the_door_does(library: Any) -> None:
    run = library.play("dwell_alarm")
    promised, delivered = run.stage.demand.promised_at_hours, np.array(run.record.delivered_at_hours)
    told = {one.order: one for one in run.record.incidents if one.grievance.dwell_hours > 0}
    orders = np.array(sorted(told))
    told_at = np.array([told[order].occurred_at_hours for order in sorted(told)])
    assert len(told) > 80
    # In time to do something about it, and it is worth it: three in four of them come late if nobody does.
    assert (told_at < promised[orders]).mean() > 0.95
    assert (delivered[orders] > promised[orders]).mean() > 0.75
    assert np.median(delivered[orders] - told_at) > 48
    # Without the limit the same parcels come as late, and nobody says so before the door.
    silent = library.play("node_outage")
    assert silent.record.delivered_at_hours == run.record.delivered_at_hours
    at_the_door = {one.order: one.occurred_at_hours for one in silent.record.incidents}
    assert all(at_the_door.get(order, np.inf) > one.occurred_at_hours for order, one in told.items())


def test_early_warning_comes_before_the_promise_is_broken(library: Any) -> None:
    run, unwarned = library.play("early_warning"), library.play("small")
    promised = run.stage.demand.promised_at_hours
    shipped = np.array(run.record.shipped_at_hours)
    warned = {one.order: one for one in run.record.incidents if one.grievance.incident_type == "late_expected"}
    assert len(warned) > 50
    for order, incident in warned.items():
        assert incident.occurred_at_hours == max(shipped[order], promised[order] - 4.0) < promised[order]
    # Those who are still told at the door had left their node too late to be warned of.
    told_late = [one.order for one in run.record.incidents if one.grievance.incident_type == "late"]
    assert all(shipped[order] >= promised[order] for order in told_late)
    # What happened is the same, and so are the same parcels late by as much.
    assert run.record.delivered_at_hours == unwarned.record.delivered_at_hours
    before = {one.order: one.grievance.hours_late for one in unwarned.record.incidents}
    assert all(before[order] == one.grievance.hours_late for order, one in warned.items())
