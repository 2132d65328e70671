"""Two styles, one world: a process an order and the fast state machine agree to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import simpy

from simulator.errors import SimulatorError
from simulator.process_style.absolute_time import AbsoluteTime
from simulator.process_style.crew import Crew
from simulator.process_style.world import live, reduced
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario
from simulator.stage import Stage, set_stage
from simulator.world import World

N_ORDERS = 1_200


def anywhere(stage: Stage) -> list[int]:
    """For each order a candidate of its menu, by the order's own chance."""
    sizes = [len(stage.table.menus[menu].lanes) for menu in stage.menu_of.tolist()]
    return [int(uniform * size) for uniform, size in zip(stage.routing_noise, sizes, strict=True)]


def played(stage: Stage, candidate_of: list[int]) -> World:
    world = World(stage, UniformRouting(), UniformCompensation(), candidate_of)
    world.open()
    world.run()
    return world


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("orders_per_day", [300, 1_500, 4_000], ids=["quiet", "busy", "overrun"])
def test_every_order_ships_and_arrives_at_the_same_instant_in_both_styles(
    changed: Callable[..., Scenario], seed: int, orders_per_day: int
) -> None:
    stage = set_stage(reduced(changed({"demand.orders_per_day": orders_per_day})), seed, N_ORDERS)
    choices = anywhere(stage)
    fast, slow = played(stage, choices), live(stage, choices)
    assert slow.shipped_at_hours == fast.record.shipped_at_hours
    assert slow.delivered_at_hours == fast.record.delivered_at_hours


@pytest.mark.parametrize("name", ["everything_on", "dataco"])
def test_the_styles_agree_on_larger_worlds_without_their_troubles(name: str) -> None:
    stage = set_stage(reduced(load_scenario(name)), 6, N_ORDERS)
    choices = anywhere(stage)
    fast, slow = played(stage, choices), live(stage, choices)
    assert slow.shipped_at_hours == fast.record.shipped_at_hours
    assert slow.delivered_at_hours == fast.record.delivered_at_hours


def test_the_styles_agree_where_everything_queues(changed: Callable[..., Scenario]) -> None:
    """One shelf of three articles that runs empty, four shifts of uneven labour, and collections that take four."""
    hours = [{"start_hour": h, "pickers": p, "packers": k} for h, p, k in ((0, 0, 0), (5, 1, 0), (6, 4, 3), (9, 2, 5))]
    scenario = reduced(
        changed(
            {
                "demand.n_skus": 3,
                "nodes.3.shifts": hours,
                "carriers.0.wave_cap_orders": 4,
                "carriers.2.wave_cap_orders": 7,
                "nodes.1.stock.reorder_point_days": 0.3,
                "nodes.1.stock.order_up_to_days": 0.5,
            }
        )
    )
    stage = set_stage(scenario, 4, N_ORDERS)
    choices = anywhere(stage)
    fast, slow = played(stage, choices), live(stage, choices)
    assert sum(fast.stock_out) > 50
    waited = np.array(fast.record.shipped_at_hours) - stage.demand.placed_at_hours
    assert np.quantile(waited, 0.9) > 48
    assert slow.shipped_at_hours == fast.record.shipped_at_hours
    assert slow.delivered_at_hours == fast.record.delivered_at_hours


def test_all_hands_that_come_with_a_shift_start_at_once() -> None:
    """The trap of a raised capacity: SimPy alone would let one waiter in and leave the others standing."""
    env = AbsoluteTime()
    crew = Crew(env)
    crew.staff(0)
    started: list[float] = []

    def order() -> Any:
        with crew.request() as worker:
            yield worker
            started.append(env.now)
            yield env.timeout(1.0)

    for _ in range(5):
        env.process(order())
    env.run(until=8.0)
    crew.staff(3)
    env.run(until=20.0)
    assert started == [8.0, 8.0, 8.0, 9.0, 9.0]


def test_who_is_at_work_when_hands_go_home_finishes_the_order() -> None:
    env = simpy.Environment()
    crew = Crew(env)
    crew.staff(2)
    ended: list[float] = []

    def order() -> Any:
        with crew.request() as worker:
            yield worker
            yield env.timeout(2.0)
            ended.append(env.now)

    for _ in range(4):
        env.process(order())
    env.run(until=1.0)
    crew.staff(1)
    env.run()
    assert ended == [2.0, 2.0, 4.0, 6.0]


def test_what_the_process_style_does_not_know_is_refused(small: Scenario) -> None:
    with pytest.raises(SimulatorError, match="has more than the process style knows, such as"):
        live(set_stage(small, 1, 10), [0] * 10)
