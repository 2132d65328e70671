"""The whole world in process style: every order is a generator that lives its life from click to door.

It exists to be read and to be agreed with. It knows shifts, stock, queues, capped collections, weather and loss;
what goes wrong beyond that, and random replenishment times, it does not know, and refuses. Decisions are given.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import simpy

from simulator.errors import SimulatorError
from simulator.planning import opening_stock
from simulator.process_style.absolute_time import AbsoluteTime
from simulator.process_style.journey import delivery_hours
from simulator.process_style.node import Node, Steps
from simulator.scenario.schema import Scenario
from simulator.stage import Stage


@dataclass(frozen=True)
class Lives:
    """What became of each order; arrays of shape (n_orders,), in hours."""

    shipped_at_hours: array[float]
    delivered_at_hours: array[float]


def reduced(scenario: Scenario) -> Scenario:
    """A scenario without what the process style does not know."""
    nodes = tuple(
        node.model_copy(
            update={
                "fatigue": None,
                "shelf_life": None,
                "stock": node.stock.model_copy(update={"replenishment_cv": 0.0}),
            }
        )
        for node in scenario.nodes
    )
    carriers = tuple(carrier.model_copy(update={"hazmat_refusal": None}) for carrier in scenario.carriers)
    plain = dict.fromkeys(("fatigue", "customs", "shelf_life", "split"))
    return scenario.model_copy(
        update={
            "disruptions": (),
            "nodes": nodes,
            "carriers": carriers,
            "fulfilment": scenario.fulfilment.model_copy(update=plain),
            "customers": scenario.customers.model_copy(
                update={"address_change": None, "cancellation": None, "feedback": None}
            ),
        }
    )


def live(stage: Stage, candidate_of: Sequence[int]) -> Lives:
    """Let every order live, each routed to the candidate of its menu that is named here.

    Parameters
    ----------
    candidate_of : sequence of int
        By order, the place of its candidate in its menu.

    Raises
    ------
    SimulatorError
        If the scenario has more than this style knows.
    """
    if stage.scenario != reduced(stage.scenario):
        msg = (
            f"{stage.scenario.name!r} has more than the process style knows, such as disruptions or random "
            f"replenishment times; play `reduced(scenario)`"
        )
        raise SimulatorError(msg)
    world = _ProcessWorld(stage, candidate_of)
    world.run()
    return world.lives


class _ProcessWorld:
    def __init__(self, stage: Stage, candidate_of: Sequence[int]) -> None:
        self._stage, self._candidate_of = stage, candidate_of
        self._env = AbsoluteTime(stage.start_hours)
        self._nodes = [Node(self._env, plan, opening_stock(plan, stage.noise)) for plan in stage.plans]
        unknown = array("d", [float("nan")]) * stage.n_orders
        self.lives = Lives(unknown, unknown[:])

    def run(self) -> None:
        """Go on until the last order is at the door."""
        self._env.run(until=self._env.process(self._demand()))

    def _demand(self) -> Steps:
        orders: list[simpy.Event] = []
        for order, placed_at in enumerate(self._stage.demand.placed_at_hours.tolist()):
            yield self._env.until(placed_at)
            orders.append(self._env.process(self._order(order)))
        yield self._env.all_of(orders)

    def _order(self, order: int) -> Steps:
        env, stage, work = self._env, self._stage, self._stage.workload
        lane_place = stage.table.menus[stage.menu_of[order]].lanes[self._candidate_of[order]]
        lane = stage.table.lanes[lane_place]
        node = self._nodes[lane.node]
        lines = range(work.line_start[order], work.line_start[order + 1])
        yield env.all_of([node.ask(work.line_sku[line], work.line_quantity[line]) for line in lines])
        with node.pickers.request() as picker:
            yield picker
            yield env.timeout(node.plan.pick_hours * work.pick_effort[order])
        with node.packers.request() as packer:
            yield packer
            yield env.timeout(node.plan.pack_hours * work.pack_effort[order])
        yield node.collected_by(lane.carrier)
        self.lives.shipped_at_hours[order] = env.now
        yield env.until(delivery_hours(stage, order, lane_place, env.now))
        self.lives.delivered_at_hours[order] = env.now
