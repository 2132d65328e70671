"""Demand: where and when orders come, and what is in them, counted in a history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from data.history.dataset import OrderHistory
from simulator.calibration.hour_profiles import hours_of_day, relative_weights
from simulator.scenario.demand import DemandSpec

MIN_DAYS_FOR_WEEKDAYS = 28
N_VALUE_QUANTILES = 21
MOST_LINES, MOST_UNITS = 20, 30


@dataclass(frozen=True)
class DemandShape:
    """The demand part of a scenario, and what it rests on.

    Parameters
    ----------
    region_profiles : dict of str to tuple of float or None
        24 weights for each region of the history; None where the shared profile holds.
    hours_note : str
        How far regions differ in their hours.
    notes : tuple of str
        What the history could not say.
    """

    demand: DemandSpec
    region_profiles: dict[str, tuple[float, ...] | None]
    hours_note: str
    notes: tuple[str, ...]


def demand_shape(history: OrderHistory, orders: pd.DataFrame, base: DemandSpec, orders_per_day: float) -> DemandShape:
    """Count a history's demand; what it cannot say stays as in the base, with a note.

    Parameters
    ----------
    orders : DataFrame
        The history's orders that were not cancelled.
    """
    notes: list[str] = []
    hours = hours_of_day(orders)
    if hours is None:
        notes.append("orders have dates without hours: the hour profile is the base's")
    changed = {
        "orders_per_day": orders_per_day,
        "hour_profile": base.hour_profile if hours is None else hours.shared,
        "weekday_profile": _weekdays(orders, base, notes),
        "lines_per_order": _line_counts(orders, base, notes),
        "quantity_per_line": _quantities(history, orders, base, notes),
        "order_value_minor_quantiles": _values(orders, base, notes),
    }
    demand = base.model_copy(update=changed)
    profiles = dict.fromkeys(orders["region"].unique()) if hours is None else hours.by_region
    return DemandShape(demand, profiles, "hours from the base" if hours is None else hours.note, tuple(notes))


def _weekdays(orders: pd.DataFrame, base: DemandSpec, notes: list[str]) -> tuple[float, ...]:
    days = (orders["ordered_at"].max() - orders["ordered_at"].min()).days
    if days < MIN_DAYS_FOR_WEEKDAYS:
        notes.append(f"the history spans {days} days, too few to tell weekdays apart: their profile is the base's")
        return base.weekday_profile
    return relative_weights(np.bincount(orders["ordered_at"].dt.day_of_week, minlength=7) / len(orders))


def _line_counts(orders: pd.DataFrame, base: DemandSpec, notes: list[str]) -> tuple[float, ...]:
    counts = orders["n_lines"].dropna()
    if counts.empty:
        notes.append("the history does not say how many lines an order has: taken from the base")
        return base.lines_per_order
    return _weights(counts, MOST_LINES)


def _quantities(history: OrderHistory, orders: pd.DataFrame, base: DemandSpec, notes: list[str]) -> tuple[float, ...]:
    lines = history.order_lines
    quantities = lines.loc[lines["order_id"].isin(orders["order_id"]), "quantity"].dropna()
    if quantities.empty:
        notes.append("the history does not say how many units a line has: taken from the base")
        return base.quantity_per_line
    return _weights(quantities, MOST_UNITS)


def _values(orders: pd.DataFrame, base: DemandSpec, notes: list[str]) -> tuple[int, ...]:
    values = orders["order_value_minor"].dropna()
    if values.empty:
        notes.append("the history does not say what orders are worth: taken from the base")
        return base.order_value_minor_quantiles
    quantiles = np.quantile(values.to_numpy(dtype=np.float64), np.linspace(0, 1, N_VALUE_QUANTILES))
    return tuple(np.rint(quantiles).astype(int).tolist())


def _weights(counts: pd.Series, most: int) -> tuple[float, ...]:
    """Shares of 1, 2, 3, ... up to the largest seen; the few above `most` count as `most`."""
    clipped = counts.astype("int64").clip(1, most).to_numpy()
    return tuple(np.round(np.bincount(clipped)[1:] / len(clipped), 5).tolist())
