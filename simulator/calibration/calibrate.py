"""Calibration: a scenario whose demand and transit times are a history's, and whose network is a base scenario's."""

from __future__ import annotations

import pandas as pd

from data.history.dataset import OrderHistory
from simulator.calibration.demand_shape import demand_shape
from simulator.calibration.labour import sized_carriers, staffed_nodes
from simulator.calibration.provenance import Findings, provenance
from simulator.calibration.regions import calibrated_regions
from simulator.calibration.scenario_file import plain_scenario
from simulator.calibration.service_levels import calibrated_levels
from simulator.calibration.wishes import CalibrationWishes
from simulator.errors import CalibrationError
from simulator.scenario.loading import scenario_of
from simulator.scenario.schema import Scenario

MIN_ORDERS = 100


def calibrate(history: OrderHistory, base: Scenario, wishes: CalibrationWishes) -> Scenario:
    """Set a scenario's demand, service mix, promises, transit times and values from an order history.

    Cancelled orders count for nothing. What the history cannot say stays as in the base, and the
    scenario's `source` says what came from where; warnings are there too.

    Parameters
    ----------
    base : Scenario
        Network, weather, customers, and whatever the history does not say.

    Raises
    ------
    CalibrationError
        If the history is too short, is in another currency, or has service levels that the base does not sell.
    """
    orders = history.orders[~history.orders["cancelled"].fillna(value=False).astype(bool)]
    _require_enough(orders, len(history.orders))
    _require_currency(orders, base)
    volume = wishes.orders_per_day or base.demand.orders_per_day
    shape = demand_shape(history, orders, base.demand, volume)
    regions = calibrated_regions(orders, base, shape)
    demanding = base.model_copy(update={"demand": shape.demand, "regions": regions.regions})
    # Transit is what handling leaves of the whole, and handling depends on who is at work.
    staffed = demanding.model_copy(update={"nodes": staffed_nodes(demanding, wishes.utilization)})
    levels = calibrated_levels(history, orders, staffed)
    served = staffed.model_copy(update={"service_levels": tuple(level.spec for level in levels)})
    sized = served.model_copy(update={"carriers": sized_carriers(served, base, wishes.utilization)})
    named = {
        "name": wishes.name,
        "description": _description(history, base),
        "source": provenance(history, orders, base, Findings(shape, regions, levels), wishes),
    }
    return scenario_of({**plain_scenario(sized), **named}, where="the calibrated scenario")


def _require_enough(orders: pd.DataFrame, n_all: int) -> None:
    if len(orders) < MIN_ORDERS:
        msg = (
            f"the history has {len(orders)} orders that were not cancelled (of {n_all}), too few to calibrate a world; "
            f"bring at least {MIN_ORDERS}"
        )
        raise CalibrationError(msg)


def _require_currency(orders: pd.DataFrame, base: Scenario) -> None:
    found = sorted(orders["currency"].dropna().unique())
    if found and found != [base.currency] and orders["order_value_minor"].notna().any():
        msg = (
            f"the history's values are in {', '.join(found)}, the tariffs of {base.name!r} in {base.currency}; "
            f"name a base in {found[0]} with --base, or leave values out of the mapping"
        )
        raise CalibrationError(msg)


def _description(history: OrderHistory, base: Scenario) -> str:
    source = history.facts.get("source", {})
    credit = ", ".join(part for part in (source.get("attribution"), source.get("licence")) if part)
    return (
        f"Demand, service mix, promises, transit times and values calibrated from {source.get('name', 'a history')}"
        f"{f' ({credit})' if credit else ''}; nodes, carriers, weather and customers from {base.name}, staffed anew."
    )
