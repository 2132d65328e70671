"""Worlds and lone stations for the simulator's tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from heapq import heappop
from typing import Any

import pytest

from data.choice_sets import ChoiceSet
from data.choices import Choice
from simulator.clock import Entity, Kind
from simulator.node import LocalQueue
from simulator.noise import Noise
from simulator.reference_policies import UniformCompensation, UniformRouting
from simulator.run import WorldRun, simulate
from simulator.scenario.loading import load_scenario, scenario_of
from simulator.scenario.schema import Scenario
from simulator.station import Station
from simulator.station_plan import StationPlan, Workload
from simulator.steps import Steps
from simulator.timetable import Timetable
from simulator.world import World

Change = Callable[..., Scenario]


@pytest.fixture(scope="session")
def small() -> Scenario:
    return load_scenario("small")


@pytest.fixture(scope="session")
def changed(small: Scenario) -> Change:
    """The small scenario with some fields changed: `changed({"demand.orders_per_day": 10})`."""
    plain = small.model_dump(mode="json")

    def change(changes: dict[str, Any]) -> Scenario:
        content = deepcopy(plain)
        for path, value in changes.items():
            *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
            part: Any = content
            for parent in parents:
                part = part[parent]
            part[last] = value
        return scenario_of(content, where="test")

    return change


@pytest.fixture(scope="session")
def uniform_run(small: Scenario) -> WorldRun:
    """1,500 orders whose candidates are all equally likely: every kind of event happens."""
    return simulate(small, UniformRouting(), UniformCompensation(), n_orders=1_500, seed=5)


@pytest.fixture(scope="session")
def goes_on() -> Callable[[WorldRun, int], tuple[World, World]]:
    """A run's world until an order's decision is next, and a branch that goes on to the end from its snapshot."""

    def play(run: WorldRun, order: int) -> tuple[World, World]:
        world, branch = (World(run.stage, run.routing, run.compensation) for _ in range(2))
        world.open()
        world.run_until_order(order)
        branch.restore(world.snapshot())
        branch.run()
        return world, branch

    return play


@dataclass
class Listening:
    """Uniform routing that keeps every choice set it was shown."""

    shown: list[ChoiceSet] = field(default_factory=list)
    name: str = "listening"

    def choose(self, choices: ChoiceSet, uniform: float) -> Choice:
        self.shown.append(copy(choices))
        return UniformRouting().choose(choices, uniform)


@pytest.fixture
def listening() -> type[Listening]:
    return Listening


PLAIN_PLAN = StationPlan(
    node=0,
    pick_hours=1.0,
    pack_hours=0.5,
    shifts=Timetable((0.0,)),
    pickers=(1,),
    packers=(10,),
    waves=(Timetable((12.0, 20.0)),),
    wave_caps=(1000,),
    collected=(Steps(),),
    labour=Steps(),
    reorder_point=(100,),
    order_up_to=(10_000,),
    safety_stock=(10,),
    replenishment_hours=48.0,
    replenishment_cv=0.0,
)


@dataclass
class Bench:
    """A lone station with orders of one unit of one article each, and when each was picked, packed and shipped."""

    plan: StationPlan
    pick_effort: Sequence[float]
    pack_effort: Sequence[float]
    stock: int = 5_000
    n_received: int = 0
    picked_at: dict[int, float] = field(default_factory=dict)
    packed_at: dict[int, float] = field(default_factory=dict)
    shipped_at: dict[int, float] = field(default_factory=dict)
    from_shelf: dict[int, bool] = field(default_factory=dict)
    cancelled: dict[int, bool] = field(default_factory=dict)
    cancel_at: Sequence[float] | None = None

    def play(self, placed_at: Sequence[float]) -> Station:
        """Let one order join at each of these (rising) hours, and go on until all are shipped."""
        n_orders = len(placed_at)
        lines = (range(n_orders + 1), [0] * n_orders, [1] * n_orders)
        work = Workload(self.pick_effort, self.pack_effort, *lines, self.cancel_at)
        queue = LocalQueue([], 0)
        station = Station(self.plan, work, Noise(1), queue.post)
        station.open(0.0, [self.stock] * len(self.plan.reorder_point))
        for order, hours in enumerate(placed_at):
            queue.post(hours, Kind.ORDER, order)
        while len(self.shipped_at) + sum(self.cancelled.values()) < n_orders:
            at_hours, kind, _, entity = heappop(queue.events)
            self._happen(station, at_hours, kind, entity)
        return station

    def _happen(self, station: Station, now: float, kind: int, entity: Entity) -> None:  # noqa: C901  (one case a kind)
        match kind:
            case Kind.ORDER:
                self.from_shelf[entity] = station.join(entity, 0, now)
            case Kind.PICKED:
                self.picked_at[entity] = now
                station.picked(entity, now)
            case Kind.PACKED:
                self.packed_at[entity] = now
                station.packed(entity, now)
            case Kind.WAVE:
                self.shipped_at.update(dict.fromkeys(station.collect(entity[1]), now))
            case Kind.STOCK:
                self.n_received += entity[2]
                station.receive(entity[1], entity[2], now)
            case Kind.CANCEL:
                self.cancelled[entity] = station.cancel(entity, now)
            case Kind.EXPIRY:
                station.shelf.expire(entity[1], now)
            case Kind.SHIFT:
                station.change_shift(now)
            case Kind.LABOUR:
                station.change_labour(now)


MakeBench = Callable[..., Bench]


@pytest.fixture
def bench() -> MakeBench:
    """A station with one picker (1 h an order), ten packers (0.5 h) and collections at 12 and 20 h, or as changed."""

    def make(n_orders: int, *, stock: int = 5_000, **changes: Any) -> Bench:
        plan = replace(PLAIN_PLAN, **{"packers": (10,) * len(changes.get("pickers", (1,))), **changes})
        return Bench(plan, [1.0] * n_orders, [1.0] * n_orders, stock)

    return make
