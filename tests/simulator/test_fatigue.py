"""People slow down as their shift goes on, and start the next one fresh."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from decision.exploration import RulePolicy
from simulator.ledger import simulate_audited
from simulator.lookout import Lookout
from simulator.network import network_of
from simulator.planning import mean_efficiency
from simulator.record import ReportHistory
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.reports import Report
from simulator.run import simulate
from simulator.scenario.labour import FatigueSpec
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario
from simulator.stage import set_stage
from simulator.timetable import LabourCurve, Timetable, Tiring
from simulator.truth.routing import routing_truth

TIRED = {"efficiency_decay_per_hour": 0.1, "least_efficiency": 0.5}


def test_work_takes_as_long_as_the_pace_at_its_start_says(bench: Callable[..., Any]) -> None:
    lone = bench(3, **TIRED)
    lone.play([0.0, 2.0, 9.0])
    # Fresh; two hours in, at 80% of the pace; nine hours in, at the least there is, half.
    assert lone.picked_at == pytest.approx({0: 1.0, 1: 2.0 + 1 / 0.8, 2: 9.0 + 1 / 0.5})
    assert lone.packed_at[1] == pytest.approx(3.25 + 0.5 / (1 - 0.1 * 3.25))


def test_the_next_shift_starts_fresh(bench: Callable[..., Any]) -> None:
    lone = bench(2, shifts=Timetable((0.0, 8.0)), pickers=(1, 1), **TIRED)
    lone.play([4.0, 8.0])
    assert lone.picked_at == pytest.approx({0: 4.0 + 1 / 0.6, 1: 9.0})


def test_a_shift_that_runs_when_the_world_opens_began_before_it(bench: Callable[..., Any]) -> None:
    lone = bench(1, shifts=Timetable((6.0, 20.0)), pickers=(1, 1), **TIRED)
    lone.play([0.0])
    # The night shift began at 20 h of the day before: four hours in.
    assert lone.picked_at == pytest.approx({0: 1 / 0.6})


def test_nobody_tires_unless_a_scenario_says_so(small: Scenario, changed: Callable[..., Scenario]) -> None:
    rested = changed({"fulfilment.fatigue": {"efficiency_decay_per_hour": 0.0, "least_efficiency": 0.2}})
    runs = [
        simulate(scenario, UniformRouting(), UniformCompensation(), n_orders=200, seed=5)
        for scenario in (small, rested)
    ]
    assert runs[0].digest() == runs[1].digest()


def test_a_node_may_tire_otherwise_than_the_others(changed: Callable[..., Scenario]) -> None:
    world = changed({"fulfilment.fatigue": TIRED, "nodes.1.fatigue": {"efficiency_decay_per_hour": 0.0}})
    fresh, tired = network_of(changed({})), network_of(world)
    capacities = [
        (node.daily_capacity_orders, other.daily_capacity_orders)
        for node, other in zip(fresh.nodes, tired.nodes, strict=True)
    ]
    assert [after == before for before, after in capacities] == [place == 1 for place in range(len(capacities))]
    assert all(after <= before for before, after in capacities)


@pytest.mark.parametrize(("decay", "least", "hours"), [(0.05, 0.6, 6), (0.05, 0.6, 12), (0.0, 1.0, 8), (0.3, 0.5, 24)])
def test_mean_efficiency_is_the_mean_of_the_pace(decay: float, least: float, hours: float) -> None:
    into_shift = (np.arange(100_000) + 0.5) * hours / 100_000
    expected = np.maximum(least, 1 - decay * into_shift).mean()
    spec = FatigueSpec(efficiency_decay_per_hour=decay, least_efficiency=least)
    assert mean_efficiency(spec, hours) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("until", [3.0, 9.5, 14.0, 20.0, 30.0, 71.5])
def test_labour_that_is_planned_for_is_the_pace_summed_up_over_the_hands(until: float) -> None:
    curve = LabourCurve((6.0, 18.0), (4, 1), Tiring(0.06, 0.55))
    at_hours = (np.arange(400_000) + 0.5) * until / 400_000
    day_shift = (at_hours % 24 >= 6) & (at_hours % 24 < 18)
    into_shift = np.where(day_shift, at_hours % 24 - 6, (at_hours % 24 - 18) % 24)
    done = np.where(day_shift, 4, 1) * np.maximum(0.55, 1 - 0.06 * into_shift)
    assert curve.until(until) == pytest.approx(done.mean() * until, rel=1e-5)
    assert curve.many_until(np.array([until]))[0] == curve.until(until)


def test_an_operator_sees_a_tired_nodes_queue_as_longer(changed: Callable[..., Scenario]) -> None:
    fresh, tired = changed({}), changed({"fulfilment.fatigue": TIRED})
    seen = []
    for scenario in (fresh, tired):
        stage = set_stage(scenario, 4, 50)
        report = Report(30.0, array("q", [9] * scenario.demand.n_skus), 80, 60, 20, [0] * len(scenario.carriers))
        waves = [[timetable.first_from(30.0) for timetable in plan.waves] for plan in stage.plans]
        history = [ReportHistory() for _ in stage.plans]
        lookout = Lookout(stage, [report] * len(stage.plans), waves, history)
        seen.append(np.array(lookout.utilization(stage.table.menus[0], 30.5)))
    assert (seen[1] > seen[0]).all()


def test_books_balance_and_truth_is_exact_where_people_tire(changed: Callable[..., Scenario]) -> None:
    world = changed({"fulfilment.fatigue": TIRED})
    run = simulate_audited(world, UniformRouting(), UniformCompensation(), n_orders=300, seed=3)
    assert np.isfinite(routing_truth(run, range(0, 300, 3), redraws=1)["lateness_hours"]).all()


def test_long_shifts_make_the_last_hours_slow() -> None:
    tired = load_scenario("long_shifts")
    rested = tired.model_copy(update={"fulfilment": tired.fulfilment.model_copy(update={"fatigue": None})})
    waits = [_waits(scenario) for scenario in (tired, rested)]
    # The same orders, hands and draws: what differs is how tired the hands are.
    into_shift = waits[0][0]
    early, late = into_shift < 4, into_shift >= 8
    extra = waits[0][1] - waits[1][1]
    assert extra[late].mean() > extra[early].mean() > 0
    assert extra[late].mean() > 2.0


def _waits(scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """By order placed in the day shift of a node with long shifts: hours into it, and hours until it was collected."""
    run = simulate(scenario, RulePolicy(), UniformCompensation(), n_orders=2_000, seed=5)
    placed = run.stage.demand.placed_at_hours
    hour = placed % 24
    nodes = [scenario.nodes[run.stage.table.lanes[place].node].node_id for place in run.lane_of]
    mine = np.isin(nodes, ["hamburg", "duisburg", "nuremberg"]) & (hour >= 6) & (hour < 18)
    return hour[mine] - 6, (np.array(run.record.shipped_at_hours) - placed)[mine]
