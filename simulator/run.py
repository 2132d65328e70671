"""Running a world from first order to last delivery."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.decision_log.dataset import DecisionLog
from simulator.errors import RunTooLargeError, SimulatorError
from simulator.log import decision_log, fulfilled_orders
from simulator.policies import CompensationPolicy, RoutingPolicy
from simulator.reckoning import RECKONED_EVERY_HOURS
from simulator.record import Record
from simulator.scenario.disruptions import CapacityLoss, CarrierStrike, NodeOutage
from simulator.scenario.moments import world_hours
from simulator.scenario.schema import Scenario
from simulator.stage import Stage, set_stage
from simulator.world import World

# Measured on one busy core of a 2-core machine with the scenario `small`, rules and log included.
SECONDS_PER_ORDER = 1e-4
SECONDS_PER_IDLE_EVENT = 5e-6
BYTES_PER_ORDER = 9_000
BYTES_PER_WEATHER_HOUR = 80
BYTES_PER_CUSTOMER = 100
MOST_SECONDS = 3_600.0
MOST_BYTES = 4e9
MOST_SEED = 2**63 - 1


@dataclass(frozen=True)
class WorldRun:
    """A finished run: the stage it was played on, and everything that was written down.

    Parameters
    ----------
    lane_of : array of int
        The lane that each order took; `stock_out` whether it had to wait for stock.
    """

    stage: Stage
    record: Record
    lane_of: array[int]
    stock_out: bytearray
    routing: RoutingPolicy
    compensation: CompensationPolicy
    n_events: int

    def decision_log(self) -> DecisionLog:
        """The fulfilled orders as the shared decision log: observations, choices, propensities, outcomes, no truth."""
        return decision_log(self.stage, self.record, self.lane_of, self.stock_out, self.routing.name)

    def fulfilled_orders(self) -> NDArray[np.int64]:
        """Numbers of the orders that were delivered, rising; the others were cancelled or did not come."""
        return fulfilled_orders(self.stage, self.record)

    def digest(self) -> str:
        """SHA-256, in hex, of every decision, observation and outcome, to compare runs bit for bit."""
        record = self.record
        total = hashlib.sha256()
        for told in record.reports:
            for column in (told.at_hours, told.observed_at_hours, told.pick_work, told.pack_work, told.booked):
                total.update(column.tobytes())
            total.update(told.backlog.tobytes())
        for column in (record.propensity, record.shipped_at_hours, record.delivered_at_hours):
            total.update(column.tobytes())
        for places in (record.available, record.safety, record.chosen, record.default, self.lane_of):
            total.update(places.tobytes())
        for flags in (self.stock_out, record.lost, record.damaged):
            total.update(flags)
        total.update(repr(list(record.incidents)).encode())
        if record.cancelled_at_hours:
            total.update(repr(record.cancelled_at_hours).encode())
        if record.n_parcels:
            total.update(repr(record.n_parcels).encode())
        return total.hexdigest()


def simulate(
    scenario: Scenario,
    routing: RoutingPolicy,
    compensation: CompensationPolicy,
    *,
    n_orders: int,
    seed: int,
    force: bool = False,
) -> WorldRun:
    """Play a scenario until the first `n_orders` orders are delivered and their incidents answered.

    Parameters
    ----------
    seed : int
        The same scenario, policies, number and seed give the same bytes.
    force : bool
        Run even if it is estimated to take more than an hour or 4 GB.

    Raises
    ------
    RunTooLargeError
        If the estimate is above the bounds and the run is not forced.
    SimulatorError
        If `n_orders` or `seed` cannot be used, or a policy answers nonsense.
    """
    require_usable(n_orders, seed)
    if not force:
        require_affordable(scenario, n_orders)
    world = World(set_stage(scenario, seed, n_orders), routing, compensation)
    world.open()
    world.run()
    return finished(world, routing, compensation)


def finished(world: World, routing: RoutingPolicy, compensation: CompensationPolicy) -> WorldRun:
    """What a world that was played to its end leaves."""
    return WorldRun(world.stage, world.record, world.lane_of, world.stock_out, routing, compensation, world.n_events)


def require_usable(n_orders: int, seed: int) -> None:
    """Refuse a number of orders, or a seed, that makes no run."""
    if n_orders < 1:
        msg = f"n_orders is {n_orders}; a run needs at least 1 order"
        raise SimulatorError(msg)
    if not 0 <= seed <= MOST_SEED:
        msg = f"seed is {seed}; give one from 0 to {MOST_SEED}"
        raise SimulatorError(msg)


def require_affordable(scenario: Scenario, n_orders: int) -> None:
    """Refuse a run that is estimated to take more time or memory than is agreed to."""
    seconds, n_bytes = estimated_cost(scenario, n_orders)
    if seconds > MOST_SECONDS or n_bytes > MOST_BYTES:
        msg = (
            f"{n_orders:,} orders of the scenario {scenario.name!r} would take about {seconds / 3600:,.1f} h "
            f"and {n_bytes / 1e9:,.1f} GB; ask for fewer, change the scenario, or force the run"
        )
        raise RunTooLargeError(msg)


def estimated_cost(scenario: Scenario, n_orders: int) -> tuple[float, float]:
    """Seconds and bytes that a run and its log would take, roughly: orders, time that passes, and customers."""
    hours = max(24 * n_orders / scenario.demand.orders_per_day, _last_return_hours(scenario))
    daily_events = sum(
        24 / node.reporting_interval_hours
        + 24 / RECKONED_EVERY_HOURS
        + len(node.shifts)
        + sum(len(carrier.collection_hours) for carrier in scenario.carriers)
        for node in scenario.nodes
    )
    seconds = n_orders * SECONDS_PER_ORDER + hours / 24 * daily_events * SECONDS_PER_IDLE_EVENT
    n_bytes = (
        n_orders * BYTES_PER_ORDER
        + hours * len(scenario.regions) * BYTES_PER_WEATHER_HOUR
        + scenario.customers.n_customers * BYTES_PER_CUSTOMER
    )
    return seconds, n_bytes


def _last_return_hours(scenario: Scenario) -> float:
    """When labour and collections are last given back: no run that meets a shortage ends before that."""
    ends = [
        item.ends_at for item in scenario.disruptions if isinstance(item, NodeOutage | CapacityLoss | CarrierStrike)
    ]
    return max((world_hours(end, scenario.start_at) for end in ends), default=0.0)
