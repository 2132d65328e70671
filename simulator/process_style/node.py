"""A node: shelves, crews and docks, and the processes that keep them going."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence

import simpy

from simulator.process_style.absolute_time import EARLY, LATE, AbsoluteTime
from simulator.process_style.crew import Crew
from simulator.station_plan import StationPlan

Steps = Generator[simpy.Event, object, None]


class Node:
    """What orders pass through.

    Parameters
    ----------
    opening_stock : sequence of int
        Units by article.
    """

    def __init__(self, env: AbsoluteTime, plan: StationPlan, opening_stock: Sequence[int]) -> None:
        self._env = env
        self.plan = plan
        self.pickers, self.packers = Crew(env), Crew(env)
        self._shelves = [simpy.Container(env, init=units) for units in opening_stock]
        # On hand and on order, less what is owed.
        self._position = list(opening_stock)
        self._docks: list[deque[simpy.Event]] = [deque() for _ in plan.waves]
        env.process(self._shifts())
        for carrier in range(len(plan.waves)):
            env.process(self._collections(carrier))

    def ask(self, sku: int, quantity: int) -> simpy.Event:
        """Ask the shelf for units; the event happens when they are handed over, first come, first served."""
        handed_over = self._shelves[sku].get(quantity)
        self._position[sku] -= quantity
        if self._position[sku] <= self.plan.reorder_point[sku]:
            missing = self.plan.order_up_to[sku] - self._position[sku]
            self._position[sku] += missing
            self._env.process(self._replenish(sku, missing))
        return handed_over

    def collected_by(self, carrier: int) -> simpy.Event:
        """Stand at a carrier's dock; the event happens at the collection."""
        collected = self._env.event()
        self._docks[carrier].append(collected)
        return collected

    def _replenish(self, sku: int, quantity: int) -> Steps:
        yield self._env.timeout(self.plan.replenishment_hours)
        yield self._shelves[sku].put(quantity)

    def _shifts(self) -> Steps:
        plan = self.plan
        shift = plan.shifts.last_until(self._env.now)
        while True:
            self.pickers.staff(plan.pickers[shift % len(plan.pickers)])
            self.packers.staff(plan.packers[shift % len(plan.packers)])
            shift += 1
            yield self._env.until(plan.shifts.at(shift), EARLY)

    def _collections(self, carrier: int) -> Steps:
        timetable, dock = self.plan.waves[carrier], self._docks[carrier]
        wave = timetable.first_from(self._env.now)
        while True:
            yield self._env.until(timetable.at(wave), LATE)
            for _ in range(min(self.plan.wave_caps[carrier], len(dock))):
                dock.popleft().succeed()
            wave += 1
