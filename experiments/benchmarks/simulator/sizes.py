"""How much of everything a benchmark plays: the full form, and a quick one that says so."""

from __future__ import annotations

from dataclasses import dataclass

from simulator.scenario.loading import load_scenario, shipped_scenarios
from simulator.scenario.schema import Scenario

EVERYTHING_ON, RICHEST_ELSE = "everything_on", "dataco"


@dataclass(frozen=True, slots=True)
class Size:
    """Numbers of orders, events, customers and branches.

    Parameters
    ----------
    n_large : int
        Orders of the run that shows whether the rate holds; `orders_per_s_1m` only if it is a million.
    n_reduced : int
        Orders of the reduced world that both styles play.
    """

    n_orders: int
    n_large: int
    n_repeats: int
    n_bare_events: int
    n_reduced: int
    n_customers: int
    n_branches: int


FULL = Size(50_000, 1_000_000, 3, 400_000, 20_000, 20_000, 100)
QUICK = Size(6_000, 60_000, 3, 100_000, 4_000, 20_000, 20)


def richest_scenario() -> Scenario:
    """The shipped world with every feature on."""
    return load_scenario(EVERYTHING_ON if EVERYTHING_ON in shipped_scenarios() else RICHEST_ELSE)
