"""A stretch of a finished run as series over time: orders coming, orders waiting, collections, weather."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.demand import draw_demand
from simulator.errors import SimulatorError
from simulator.noise import Noise
from simulator.run import WorldRun
from simulator.scenario.schema import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
HOURS_PER_DAY = 24.0
STEPS_PER_HOUR = 12
# Orders of the days before and at the window are drawn once to be counted; more than this is no picture of a day.
MOST_ORDERS = 200_000


@dataclass(frozen=True)
class Window:
    """Hours of the world from `start`, included, to `end`, excluded."""

    start: float
    end: float

    @classmethod
    def of_days(cls, first_day: int, n_days: int) -> Window:
        """Whole days; the first day of the world is 1.

        Examples
        --------
        >>> Window.of_days(2, 1)
        Window(start=24.0, end=48.0)
        """
        return cls(HOURS_PER_DAY * (first_day - 1), HOURS_PER_DAY * (first_day - 1 + n_days))

    def grid(self) -> Floats:
        """Moments every five minutes, both ends included."""
        return np.linspace(self.start, self.end, round((self.end - self.start) * STEPS_PER_HOUR) + 1)


@dataclass(frozen=True)
class Collections:
    """Calls of one carrier at one node, those that took nothing included; each array of shape (n_calls,)."""

    carrier: int
    at_hours: Floats
    n_parcels: Ints


def orders_until(scenario: Scenario, seed: int, window: Window) -> int:
    """How many orders come before the window ends.

    Raises
    ------
    SimulatorError
        If none does, or more than a picture could be of.
    """
    n_drawn = 1_000
    while True:
        placed_at = draw_demand(scenario, Noise(seed), n_drawn).placed_at_hours
        if placed_at[-1] >= window.end:
            break
        if n_drawn >= MOST_ORDERS:
            msg = f"more than {MOST_ORDERS:,} orders come before hour {window.end:g}; choose an earlier day"
            raise SimulatorError(msg)
        n_drawn *= 2
    n_orders = int(np.searchsorted(placed_at, window.end))
    if not n_orders:
        msg = f"no order comes before hour {window.end:g} of {scenario.name!r}; choose a later day"
        raise SimulatorError(msg)
    return n_orders


def orders_per_hour(run: WorldRun, window: Window) -> Ints:
    """Orders placed in each hour of the window."""
    edges = np.arange(window.start, window.end + 1)
    return np.histogram(run.stage.demand.placed_at_hours, edges)[0]


def waiting(run: WorldRun, node: int, moments: Floats) -> Ints:
    """Orders that were routed to a node and have not left it, at each of these moments."""
    mine = _node_of(run) == node
    placed = np.sort(run.stage.demand.placed_at_hours[mine])
    gone_at = np.array(run.record.shipped_at_hours)
    gone_at[list(run.record.cancelled_at_hours)] = list(run.record.cancelled_at_hours.values())
    gone = np.sort(gone_at[mine])
    left: Ints = np.searchsorted(placed, moments, side="right") - np.searchsorted(gone, moments, side="right")
    return left


def collections(run: WorldRun, node: int, window: Window) -> list[Collections]:
    """The calls of every carrier at a node."""
    table = run.stage.table
    carrier_of, shipped = table.carrier[np.array(run.lane_of)], np.array(run.record.shipped_at_hours)
    mine = _node_of(run) == node
    calls = []
    for carrier, timetable in enumerate(run.stage.plans[node].waves):
        first, last = timetable.first_from(window.start), timetable.first_from(window.end)
        at_hours = np.array([timetable.at(place) for place in range(first, last)])
        taken = shipped[mine & (carrier_of == carrier)]
        counts = [int((taken == hours).sum()) for hours in at_hours]
        calls.append(Collections(carrier, at_hours, np.array(counts, dtype=np.int64)))
    return calls


def severity(run: WorldRun, window: Window) -> Floats:
    """Weather by region and hour of the window, shape (n_regions, n_hours)."""
    hours = np.minimum(np.arange(window.start, window.end).astype(np.int64), run.stage.weather.last_hour)
    drawn: Floats = np.array(run.stage.weather.severity)[:, hours]
    return drawn


def _node_of(run: WorldRun) -> Ints:
    """The node of every order, shape (n_orders,); -1 of one that did not come."""
    lane_of = np.array(run.lane_of)
    node: Ints = np.where(lane_of >= 0, run.stage.table.node[lane_of], -1)
    return node
