"""Watching one order on its way through its node: when it moves on, and what it waits for."""

from __future__ import annotations

import math

from experiments.whatif.timeline.causes import reason_to_wait, story_of_the_collection, story_of_the_way
from experiments.whatif.timeline.journey import Step, StepName
from simulator.clock import Entity, Kind
from simulator.lanes import Lane
from simulator.world import World

# What can move an order on within its node; orders, reports and incidents never do.
_MOVING = frozenset(
    {Kind.STOCK, Kind.EXPIRY, Kind.SHIFT, Kind.LABOUR, Kind.PICKED, Kind.PACKED, Kind.WAVE, Kind.CANCEL}
)


class Watch:
    """Follows an order from its decision until a carrier has it, or it is cancelled.

    Parameters
    ----------
    world : World
        Just after the order's decision; it goes on step by step as long as it is watched.
    """

    def __init__(self, world: World, order: int, lane: Lane) -> None:
        self._world, self._order, self._lane = world, order, lane
        self._station = world.stations[lane.node]
        self._is_picked, self._n_left_behind = False, 0
        self._done: list[Step] = []
        self._state, self._since = self._place(), world.now
        self._why = reason_to_wait(self._station, order, self._state)

    def follow(self) -> tuple[Step, ...]:
        """Let the world go on until the order is on its way; returns all steps, its way included."""
        world, order = self._world, self._order
        while not self._is_gone:
            _, kind, entity = world.next_event()
            world.step()
            if kind in _MOVING and not self._is_gone:
                self._look(kind, entity)
        cancelled_at = world.record.cancelled_at_hours.get(order)
        if cancelled_at is not None:
            why = f"{self._why}; then it was cancelled" if self._why else "then it was cancelled"
            return (*self._lasting(), Step(self._state, self._since, cancelled_at, why))
        shipped_at = world.record.shipped_at_hours[order]
        told = story_of_the_collection(world, self._lane, self._since, shipped_at, self._n_left_behind)
        arrived_at = world.record.delivered_at_hours[order]
        way = Step("way", shipped_at, arrived_at, story_of_the_way(world, order, self._lane, shipped_at))
        return (*self._lasting(), Step("collection", self._since, shipped_at, told), way)

    @property
    def _is_gone(self) -> bool:
        record, order = self._world.record, self._order
        return not math.isnan(record.shipped_at_hours[order]) or order in record.cancelled_at_hours

    def _look(self, kind: int, entity: Entity) -> None:
        """See where the order is after something happened."""
        if kind == Kind.PICKED and entity == self._order:
            self._is_picked = True
        if kind == Kind.WAVE and entity == (self._lane.node, self._lane.carrier):
            self._n_left_behind += self._state == "collection"
        state, now = self._place(), self._world.now
        if state != self._state:
            self._done.append(Step(self._state, self._since, now, self._why))
            self._state, self._since = state, now
            self._why = reason_to_wait(self._station, self._order, state)

    def _place(self) -> StepName:
        station, order = self._station, self._order
        if order in station.missing_lines:
            return "goods"
        if order in station.pick_queue:
            return "picker"
        if order in station.pack_queue:
            return "packer"
        if order in station.docks[self._lane.carrier]:
            return "collection"
        return "packing" if self._is_picked else "picking"

    def _lasting(self) -> tuple[Step, ...]:
        return tuple(step for step in self._done if step.hours > 0)
