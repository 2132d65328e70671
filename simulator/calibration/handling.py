"""Handling: how long an order stays at its node before its carrier takes it, by the scenario's own figures.

Three parts: work, the queue that builds up while more orders come than the shift can do (a fluid, one day after
another until it repeats; chance queues are small beside it), and the wait for the next collection.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from simulator.calibration.labour import shift_lengths
from simulator.planning import MINUTES_PER_HOUR, mean_effort
from simulator.scenario.schema import Scenario
from simulator.scenario.supply import CarrierSpec, NodeSpec

Floats = NDArray[np.float64]
_STEPS_AN_HOUR = 10
_STEPS = 24 * _STEPS_AN_HOUR
# A queue that has not settled after so many days belongs to a node without enough hands.
_DAYS = 14


class Handling:
    """Handling times of a scenario; queues are worked out once.

    Orders come by the scenario's hour profile; nodes count by their share of demand, sellers evenly.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        shares = np.array([node.demand_share for node in scenario.nodes])
        self._shares = shares / shares.sum()
        self._arrivals = _arrivals(scenario)
        self._inside = [
            _queue_hours(scenario, node, self._arrivals * share) + _work_hours(scenario, node)
            for node, share in zip(scenario.nodes, self._shares, strict=True)
        ]

    def mean_hours(self, service_level: str) -> float:
        """From order to collection by a carrier that sells the level, over all nodes."""
        sellers = [
            carrier
            for carrier in self.scenario.carriers
            if any(sold.service_level == service_level for sold in carrier.services)
        ]
        by_node = [np.mean([self._at(inside, carrier) for carrier in sellers]) for inside in self._inside]
        return float(self._shares @ by_node)

    def _at(self, inside: Floats, carrier: CarrierSpec) -> float:
        """Mean at one node by one carrier; `inside` is hours until the parcel is ready, by step of the day."""
        ready_at = ((np.arange(_STEPS) + 0.5) / _STEPS_AN_HOUR + inside) % 24
        collections = np.array([*carrier.collection_hours, carrier.collection_hours[0] + 24])
        waits = collections[np.searchsorted(collections, ready_at)] - ready_at
        return float(self._arrivals @ (inside + waits) / self._arrivals.sum())


def _arrivals(scenario: Scenario) -> Floats:
    """Orders in each step of the day, over the whole network."""
    profile = np.repeat(np.array(scenario.demand.hour_profile), _STEPS_AN_HOUR)
    arrivals: Floats = scenario.demand.orders_per_day * profile / profile.sum()
    return arrivals


def _work_hours(scenario: Scenario, node: NodeSpec) -> float:
    return (node.pick_minutes + node.pack_minutes) * mean_effort(scenario) / MINUTES_PER_HOUR


def _queue_hours(scenario: Scenario, node: NodeSpec, arrivals: Floats) -> Floats:
    """Wait of an order that comes in each step, shape (n_steps,): until the work before it is done."""
    able = _capacity(scenario, node)
    backlog = [0.0]
    for step in range(_DAYS * _STEPS):
        backlog.append(max(0.0, backlog[-1] + arrivals[step % _STEPS] - able[step % _STEPS]))
    last_day = np.array(backlog[-_STEPS - 1 : -1])
    # An order is served once the node could have done all that stood before it.
    finished = np.cumsum(np.tile(able, _DAYS))
    before = np.concatenate([[0.0], finished])[:_STEPS]
    served = np.searchsorted(finished, before + last_day)
    waits: Floats = np.maximum(served - np.arange(_STEPS), 0) / _STEPS_AN_HOUR
    return waits


def _capacity(scenario: Scenario, node: NodeSpec) -> Floats:
    """Orders that the node can finish in each step of the day, by whichever of picking and packing is slower."""
    effort = mean_effort(scenario)
    able = np.zeros(_STEPS)
    for shift, length in zip(node.shifts, shift_lengths(node), strict=True):
        steps = (np.arange(round(length * _STEPS_AN_HOUR)) + round(shift.start_hour * _STEPS_AN_HOUR)) % _STEPS
        able[steps] = min(shift.pickers / node.pick_minutes, shift.packers / node.pack_minutes)
    per_step: Floats = able * MINUTES_PER_HOUR / effort / _STEPS_AN_HOUR
    return per_step
