"""M/M/10 at a load of .9: our node, our clock alone, Ciw, and what Erlang proved.

Ours is the world's own node, moved as the world moves it and fed by the world's own demand: ten pickers with
exponential work, packers enough that nobody waits for one, customers who ask for no goods. A node does more than
M/M/10 needs (every order is packed too, and laid at a dock), so SimPy's clock is also timed alone, with arrivals and
departures and nothing else.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from math import factorial
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from experiments.benchmarks.timing import medians_in_turns
from simulator.clock import Clock, Entity, Kind, PlainEvent, WorldEvent
from simulator.demand import draw_demand
from simulator.node import Joiners, LocalQueue, Node
from simulator.noise import as_array
from simulator.scenario.loading import load_scenario
from simulator.scenario.schema import Scenario
from simulator.scenario.supply import ShiftSpec
from simulator.stage import Stage, set_stage
from simulator.station import Station
from simulator.timetable import HOURS_PER_DAY

N_SERVERS, LOAD, SEED = 10, 0.9, 3
N_PACKERS = 10_000
PICK_MINUTES = 60.0


@dataclass(frozen=True)
class Played:
    """Hours that each customer waited for a server, shape (n_customers,)."""

    waits: NDArray[np.float64]


def mmc_figures(n_customers: int, n_repeats: int) -> dict[str, Any]:
    """Processor time per customer of each, mean waits, and the ratios; Ciw's are None where it is not installed."""
    stage = set_stage(_mmc_scenario(), SEED, n_customers)
    waits: dict[str, float] = {}
    actions = {
        "node": lambda: waits.update(node=_mean(node_line(stage).waits)),
        "clock": lambda: waits.update(clock=_mean(clock_line(stage).waits)),
    }
    ciw = _ciw()
    if ciw is not None:
        actions["ciw"] = lambda: waits.update(ciw=ciw_line(ciw, n_customers))
    spent = medians_in_turns(actions, n_repeats)
    compared = {
        "us_per_customer": {name: 1e6 * seconds / n_customers for name, seconds in spent.items()},
        "mean_wait_in_services": {**waits, "erlang_c": erlang_c_wait(N_SERVERS, LOAD)},
        "n_customers": n_customers,
    }
    theirs = spent.get("ciw")
    return {
        "mmc_ratio_to_ciw": None if theirs is None else theirs / spent["node"],
        "mmc_ratio_to_ciw_clock_alone": None if theirs is None else theirs / spent["clock"],
        "mmc": compared,
    }


def erlang_c_wait(n_servers: int, load: float) -> float:
    """Mean wait in M/M/c, in mean service times.

    Examples
    --------
    >>> round(erlang_c_wait(1, 0.5), 12)
    1.0
    """
    offered = n_servers * load
    queued = offered**n_servers / (factorial(n_servers) * (1 - load))
    idle = sum(offered**n / factorial(n) for n in range(n_servers))
    return queued / (idle + queued) / (n_servers * (1 - load))


def node_line(stage: Stage) -> Played:
    """The world's own node; demand is drawn anew, as it is in the other lines."""
    n_customers = stage.n_orders
    demand = draw_demand(stage.scenario, stage.noise, n_customers)
    placed_at = demand.placed_at_hours.tolist()
    # Nobody asks for goods: M/M/10 has no shelves.
    work = replace(
        stage.workload,
        pick_effort=as_array(demand.pick_effort),
        pack_effort=as_array(demand.pack_effort),
        line_start=[0] * (n_customers + 1),
    )
    queue = _Watched([], 0)
    station = Station(stage.plans[0], work, stage.noise, queue.post)
    station.open(stage.start_hours, [1] * stage.scenario.demand.n_skus)
    node = Node(station, queue, Joiners(list(range(n_customers)), [0] * n_customers, placed_at))
    until_hours = placed_at[-1]
    while node.n_joined < n_customers or station.backlog:
        until_hours += HOURS_PER_DAY
        node.advance(until_hours)
    picked_at = [queue.picked_at[customer] for customer in range(n_customers)]
    return Played(np.array(picked_at) - np.array(placed_at) - np.array(work.pick_effort))


class _Watched(LocalQueue):
    """A node's queue that keeps when each customer is picked."""

    __slots__ = ("picked_at",)

    def __init__(self, events: list[PlainEvent], sequence: int) -> None:
        super().__init__(events, sequence)
        self.picked_at: dict[int, float] = {}

    def post(self, at_hours: float, kind: int, entity: Entity) -> None:
        if kind == Kind.PICKED:
            self.picked_at[entity] = at_hours
        super().post(at_hours, kind, entity)


def clock_line(stage: Stage) -> Played:
    """Arrivals and departures on the world's clock and nothing else."""
    n_customers = stage.n_orders
    demand = draw_demand(stage.scenario, stage.noise, n_customers)
    placed_at, hours = demand.placed_at_hours.tolist(), demand.pick_effort.tolist()
    left_at = [0.0] * n_customers
    queue: deque[int] = deque()
    n_free, n_left = N_SERVERS, n_customers

    def on_order(event: WorldEvent) -> None:
        nonlocal n_free
        order = event.entity
        if order + 1 < n_customers:
            clock.post(placed_at[order + 1], Kind.ORDER, order + 1)
        if n_free:
            n_free -= 1
            clock.post(clock.now + hours[order], Kind.PICKED, order)
        else:
            queue.append(order)

    def on_picked(event: WorldEvent) -> None:
        nonlocal n_free, n_left
        left_at[event.entity] = clock.now
        n_left -= 1
        if queue:
            order = queue.popleft()
            clock.post(clock.now + hours[order], Kind.PICKED, order)
        else:
            n_free += 1

    clock = Clock({Kind.ORDER: on_order, Kind.PICKED: on_picked}, 0.0)
    clock.post(placed_at[0], Kind.ORDER, 0)
    while n_left:
        clock.step()
    return Played(np.array(left_at) - np.array(placed_at) - np.array(hours))


def ciw_line(ciw: ModuleType, n_customers: int) -> float:
    """Mean wait of as many customers of the same queue in Ciw."""
    network = ciw.create_network(
        arrival_distributions=[ciw.dists.Exponential(rate=N_SERVERS * LOAD)],
        service_distributions=[ciw.dists.Exponential(rate=1.0)],
        number_of_servers=[N_SERVERS],
    )
    ciw.seed(SEED)
    line = ciw.Simulation(network)
    line.simulate_until_max_customers(n_customers, method="Finish")
    return _mean(np.array([record.waiting_time for record in line.get_all_records()]))


def _ciw() -> ModuleType | None:
    try:
        import ciw  # noqa: PLC0415  (for developers only)
    except ImportError:
        return None
    found: ModuleType = ciw
    return found


def _mean(waits: NDArray[np.float64]) -> float:
    return float(waits.mean())


def _mmc_scenario() -> Scenario:
    small = load_scenario("small")
    shift = ShiftSpec(start_hour=0.0, pickers=N_SERVERS, packers=N_PACKERS)
    node = small.nodes[0].model_copy(update={"shifts": (shift,), "pick_minutes": PICK_MINUTES, "pack_minutes": 0.001})
    demand = small.demand.model_copy(
        update={
            "orders_per_day": 24.0 * N_SERVERS * LOAD,
            "hour_profile": (1.0,) * 24,
            "weekday_profile": (1.0,) * 7,
            "lines_per_order": (1.0,),
        }
    )
    exponential = small.fulfilment.model_copy(update={"work_time_cv": 1.0})
    return small.model_copy(update={"nodes": (node,), "demand": demand, "fulfilment": exponential, "disruptions": ()})
