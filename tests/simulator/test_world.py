"""The world conserves what it must, repeats itself exactly, and branches without side effects."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from data.choice_sets import ChoiceSet
from data.choices import ArmChoice, Choice
from data.incidents import ARMS, CompensationArm, Incident
from simulator.errors import InfeasibleActionError, PolicyError, RunTooLargeError, SimulatorError
from simulator.reference_policies import CheapestFromNearest, UniformCompensation, UniformRouting
from simulator.rows import candidate_rows
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import scenario_hash
from simulator.scenario.schema import Scenario
from simulator.stage import set_stage
from simulator.world import World

ROOT = Path(__file__).parents[2]


def play(scenario: Scenario, *, n_orders: int = 400, seed: int = 5) -> WorldRun:
    return simulate(scenario, UniformRouting(), UniformCompensation(), n_orders=n_orders, seed=seed)


def test_every_order_is_delivered_once_and_after_it_was_placed(uniform_run: WorldRun) -> None:
    shipped, delivered = (
        np.array(uniform_run.record.shipped_at_hours),
        np.array(uniform_run.record.delivered_at_hours),
    )
    assert np.isfinite(delivered).all()
    assert (shipped > uniform_run.stage.demand.placed_at_hours).all()
    assert (delivered > shipped).all()


def test_no_collection_takes_more_than_its_cap(uniform_run: WorldRun) -> None:
    lanes = [uniform_run.stage.table.lanes[place] for place in uniform_run.lane_of]
    shipped = uniform_run.record.shipped_at_hours
    waves = [(lane.node, lane.carrier, hours) for lane, hours in zip(lanes, shipped, strict=True)]
    for (_, carrier, hours), taken in ((wave, waves.count(wave)) for wave in dict.fromkeys(waves)):
        spec = uniform_run.stage.scenario.carriers[carrier]
        assert taken <= spec.wave_cap_orders
        assert hours % 24 in spec.collection_hours


def test_stations_are_empty_when_all_is_delivered(small: Scenario) -> None:
    world = World(set_stage(small, 5, 300), UniformRouting(), UniformCompensation())
    world.open()
    world.run()
    for station in world.stations:
        assert (station.backlog, station.to_pick, station.to_pack, sum(station.booked)) == (0, 0, 0, 0)
        assert min(station.shelf.on_hand) >= 0
        assert not station.carrier_of
        assert not station.shelf.owed


def test_same_seed_same_bytes_and_another_seed_others(small: Scenario) -> None:
    digests = [play(small, seed=seed).digest() for seed in (5, 5, 6)]
    assert digests[0] == digests[1] != digests[2]


def test_hash_seeds_change_nothing(small: Scenario) -> None:
    code = (
        "from simulator.reference_policies import UniformCompensation, UniformRouting\n"
        "from simulator.run import simulate\n"
        "from simulator.scenario.loading import load_scenario, scenario_hash\n"
        "scenario = load_scenario('small')\n"
        "run = simulate(scenario, UniformRouting(), UniformCompensation(), n_orders=400, seed=5)\n"
        "print(run.digest(), scenario_hash(scenario))\n"
    )
    children = [
        subprocess.Popen(  # noqa: S603  (our own interpreter and code)
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "4242")
    ]
    printed = [child.communicate()[0].strip() for child in children]
    assert printed == [f"{play(small).digest()} {scenario_hash(small)}"] * 2


def test_a_restored_snapshot_goes_on_as_the_world_did(small: Scenario, uniform_run: WorldRun) -> None:
    world = World(uniform_run.stage, UniformRouting(), UniformCompensation())
    world.open()
    world.run_until_order(700)
    snapshot = world.snapshot()
    world.run()
    branch = World(uniform_run.stage, UniformRouting(), UniformCompensation())
    branch.restore(snapshot)
    branch.run()
    assert world.record.delivered_at_hours == uniform_run.record.delivered_at_hours
    after = ~np.isnan(np.array(branch.record.delivered_at_hours))
    assert after[700:].all()
    assert (np.array(branch.record.delivered_at_hours)[after] == np.array(world.record.delivered_at_hours)[after]).all()
    assert branch.lane_of == world.lane_of
    assert branch.record.incidents == world.record.incidents[-len(branch.record.incidents) :]
    for name in ("available", "safety", "propensity", "chosen", "default"):
        later = getattr(branch.record, name)
        assert later == getattr(world.record, name)[-len(later) :]


def test_freezing_every_decision_reproduces_the_run(uniform_run: WorldRun) -> None:
    frozen = World(uniform_run.stage, UniformRouting(), UniformCompensation(), uniform_run.record.chosen)
    frozen.open()
    frozen.run()
    assert frozen.record.delivered_at_hours == uniform_run.record.delivered_at_hours
    assert frozen.stock_out == uniform_run.stock_out
    assert frozen.record.incidents == uniform_run.record.incidents


def test_one_changed_decision_touches_only_the_two_nodes_concerned(uniform_run: WorldRun) -> None:
    """With keyed noise nobody else's chance changes: orders at other nodes keep every outcome."""
    order = 600
    table, factual = uniform_run.stage.table, list(uniform_run.record.chosen)
    rows = candidate_rows(uniform_run.stage, np.array([order]))
    here = table.node[uniform_run.lane_of[order]]
    other = next(place for place, lane in enumerate(rows.lane) if table.node[lane] != here)
    changed_world = World(
        uniform_run.stage, UniformRouting(), UniformCompensation(), [*factual[:order], other, *factual[order + 1 :]]
    )
    changed_world.open()
    changed_world.run()
    touched = {int(here), int(table.node[rows.lane[other]])}
    for number, lane in enumerate(uniform_run.lane_of):
        if number != order and int(table.node[lane]) not in touched:
            assert changed_world.record.delivered_at_hours[number] == uniform_run.record.delivered_at_hours[number]
    moved = np.array(changed_world.record.delivered_at_hours) != np.array(uniform_run.record.delivered_at_hours)
    assert moved[order]
    assert moved.sum() < 200


def test_a_forced_action_must_be_one_of_the_candidates(uniform_run: WorldRun) -> None:
    world = World(uniform_run.stage, UniformRouting(), UniformCompensation(), [99] * 1_500)
    world.open()
    with pytest.raises(InfeasibleActionError, match="forced candidate 99 is not one of its"):
        world.run()


def test_more_labour_helps_on_average_under_common_noise(small: Scenario, changed: Callable[..., Scenario]) -> None:
    more = [{**shift, "pickers": shift["pickers"] + 3, "packers": shift["packers"] + 3} for shift in _shifts(small, 3)]
    runs = [
        simulate(scenario, CheapestFromNearest(), UniformCompensation(), n_orders=2_000, seed=9)
        for scenario in (small, changed({"nodes.3.shifts": more}))
    ]
    waits = [float((np.array(run.record.shipped_at_hours) - run.stage.demand.placed_at_hours).mean()) for run in runs]
    assert waits[1] < waits[0]


def _shifts(scenario: Scenario, node: int) -> list[dict[str, int]]:
    return [shift.model_dump() for shift in scenario.nodes[node].shifts]


def test_a_policy_that_answers_out_of_range_is_named(small: Scenario) -> None:
    class Astray:
        name = "astray"

        def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
            return Choice(len(choices.candidate_id), 0, [uniform])

    with pytest.raises(PolicyError, match="'astray' answered candidate"):
        simulate(small, Astray(), UniformCompensation(), n_orders=5, seed=1)


def test_an_arm_that_is_not_on_offer_is_refused(changed: Callable[..., Scenario]) -> None:
    class Generous:
        name = "generous"

        def choose(self, incident: Incident, uniform: float) -> ArmChoice:
            assert CompensationArm.RESHIP not in incident.allowed_arms
            return ArmChoice(CompensationArm.RESHIP, (uniform,) * len(ARMS))

    scenario = changed({"customers.arms.reship.allowed_for": []})
    with pytest.raises(PolicyError, match="'generous' answered"):
        simulate(scenario, UniformRouting(), Generous(), n_orders=300, seed=1)


def test_a_run_too_large_is_refused_with_an_estimate(small: Scenario) -> None:
    with pytest.raises(RunTooLargeError, match=r"1,000,000,000 orders .* would take about .* h and .* GB"):
        play(small, n_orders=10**9)


def test_a_run_of_centuries_is_refused_though_its_orders_are_few(changed: Callable[..., Scenario]) -> None:
    with pytest.raises(RunTooLargeError, match="ask for fewer, change the scenario, or force"):
        play(changed({"demand.orders_per_day": 1e-4}), n_orders=5_000)


@pytest.mark.parametrize(("n_orders", "seed"), [(0, 1), (-3, 1), (10, -1), (10, 2**63)])
def test_numbers_that_make_no_run_are_refused(small: Scenario, n_orders: int, seed: int) -> None:
    with pytest.raises(SimulatorError, match=r"give one from 0|at least 1 order"):
        play(small, n_orders=n_orders, seed=seed)
