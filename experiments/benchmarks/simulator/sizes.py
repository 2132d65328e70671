"""How much of everything a benchmark plays: the full form, and a quick one that says so."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.scenario.loading import load_scenario, shipped_scenarios
from simulator.scenario.schema import Scenario
from simulator.scenario.supply import CarrierSpec, NodeSpec

EVERYTHING_ON, RICHEST_ELSE = "everything_on", "dataco"
# The world in which branches are played: 50,000 orders in a fortnight.
BRANCH_ORDERS_PER_DAY = 50_000 / 14


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of orders, events, customers and branches.

    Parameters
    ----------
    n_large : int
        Orders of the run that shows whether the rate holds; `orders_per_s_1m` only if it is a million.
    n_branch_orders : int
        Orders of the run that branches are taken from.
    n_reduced : int
        Orders of the reduced world that both styles play.
    """

    n_orders: int
    n_large: int
    n_repeats: int
    n_bare_events: int
    n_reduced: int
    n_customers: int
    n_branch_orders: int
    n_branches: int


FULL = Size(50_000, 1_000_000, 3, 400_000, 20_000, 20_000, 50_000, 100)
QUICK = Size(6_000, 60_000, 3, 100_000, 4_000, 20_000, 15_000, 20)


def richest_scenario() -> Scenario:
    """The shipped world with every feature on."""
    return load_scenario(EVERYTHING_ON if EVERYTHING_ON in shipped_scenarios() else RICHEST_ELSE)


def fortnight(scenario: Scenario) -> Scenario:
    """The scenario at 50,000 orders in 14 days, with hands and collections in proportion, rounded up."""
    factor = BRANCH_ORDERS_PER_DAY / scenario.demand.orders_per_day
    demand = scenario.demand.model_copy(update={"orders_per_day": BRANCH_ORDERS_PER_DAY})
    return scenario.model_copy(
        update={
            "demand": demand,
            "nodes": tuple(_staffed(node, factor) for node in scenario.nodes),
            "carriers": tuple(_calling(carrier, factor) for carrier in scenario.carriers),
        }
    )


def _staffed(node: NodeSpec, factor: float) -> NodeSpec:
    shifts = tuple(
        shift.model_copy(
            update={"pickers": math.ceil(shift.pickers * factor), "packers": math.ceil(shift.packers * factor)}
        )
        for shift in node.shifts
    )
    return node.model_copy(update={"shifts": shifts})


def _calling(carrier: CarrierSpec, factor: float) -> CarrierSpec:
    return carrier.model_copy(update={"wave_cap_orders": math.ceil(carrier.wave_cap_orders * factor)})
