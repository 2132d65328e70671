"""The two stages of an order's way, as columns: what it meets at the node, and what it meets on the road.

Time is taken apart where the world takes it apart. At the node it waits past the collection that was hoped for: that
depends on load and stock. On the road it takes a multiple of the quote: that depends on the kind of service and the
weather, and the quote carries the distance. The promise is no cause of either; it only says which arrivals are late.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from decision.routing.features import Imputation, stock_left

Floats = NDArray[np.float64]

NODE_NAMES: tuple[str, ...] = (
    "hours_to_cut_off",
    "utilization",
    "spare_hours",
    "work_hours",
    "backlog_log",
    "observation_age_hours",
    "stock_left",
    "stock_over_safety",
    "stock_relative",
    "carrier_utilization",
    "hour_of_day",
    "day_of_week",
    "hour_of_cut_off",
    "units_log",
    "weather_severity",
    "lead_time_hours",
    "largest_line",
    "orders_per_hour",
)
ROAD_NAMES: tuple[str, ...] = ("weather_severity", "pace", "carbon_rate")

# Above this a node is overloaded beyond anything that the number could still tell.
MOST_UTILIZATION = 3.0
LEAST_WORK_HOURS = 0.05
# Quotes and emissions of short ways hardly depend on their length.
SHORTEST_KM = 50.0
# Chosen: quoted hours grow with about the cube root of the distance; what is left tells kinds of service apart.
PACE_EXPONENT = 0.3
# Chosen: a parcel's own weight against that of the units in it.
PARCEL_UNITS = 3.0


def node_columns(choice_sets: ChoiceSets, imputation: Imputation) -> Floats:
    """What bears on the wait at the node and on stock-out, shape (n_rows, n_columns), columns as NODE_NAMES."""
    column = choice_sets.candidate
    hours = np.maximum(column["hours_to_cut_off"], 0.0)
    utilization = np.minimum(column["capacity_utilization"], MOST_UTILIZATION)
    hour = choice_sets.per_row("hour_of_day")
    left, safety = stock_left(choice_sets), column["safety_stock"]
    work = hours * utilization
    told = (
        hours,
        utilization,
        hours - work,
        work,
        np.log1p(column["backlog_orders"]),
        column["observation_age_hours"],
        left,
        left - safety,
        left / (1.0 + safety),
        _known(column["carrier_utilization"], imputation.carrier_utilization),
        hour,
        choice_sets.per_row("day_of_week"),
        (hour + hours) % 24.0,
        np.log1p(choice_sets.per_row("n_units")),
        _known(column["weather_severity"], imputation.weather_severity),
        column["lead_time_hours"],
        choice_sets.per_row("max_line_quantity"),
        column["backlog_orders"] / np.maximum(work, LEAST_WORK_HOURS),
    )
    return _beside(told)


def road_columns(choice_sets: ChoiceSets, imputation: Imputation) -> Floats:
    """What bears on transit as a multiple of its quote, shape (n_rows, n_columns), columns as ROAD_NAMES."""
    column = choice_sets.candidate
    kilometres = np.maximum(column["distance_km"], SHORTEST_KM)
    told = (
        _known(column["weather_severity"], imputation.weather_severity),
        np.maximum(column["lead_time_hours"], 0.0) / kilometres**PACE_EXPONENT,
        1e4 * column["carbon_kg"] / (kilometres * (PARCEL_UNITS + choice_sets.per_row("n_units"))),
    )
    return _beside(told)


def _known(values: Floats, otherwise: float) -> Floats:
    return np.where(np.isnan(values), otherwise, values)


def _beside(columns: tuple[Floats, ...]) -> Floats:
    table = np.empty((len(columns[0]), len(columns)))
    for place, values in enumerate(columns):
        table[:, place] = values
    return table
