"""The two stages of an order's way, as columns: what it meets at the node, and what it meets on the road.

Time is taken apart where the world takes it apart. At the node it waits past the collection that was hoped for: that
depends on load and stock. On the road it takes a multiple of the quote: that depends on the kind of service and the
weather, and the quote carries the distance. The promise is no cause of either; it only says which arrivals are late.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from decision.routing.features import Imputation

Floats = NDArray[np.float64]

NODE_NAMES: tuple[str, ...] = (
    "hours_to_cut_off",
    "utilization",
    "spare_hours",
    "work_hours",
    "queue_hours",
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

# All that journeys read of a candidate, side by side; the last two place it among those of the log.
STAGE_NAMES: tuple[str, ...] = (*NODE_NAMES, *ROAD_NAMES, "slack_hours", "distance_km")
NODE = slice(0, len(NODE_NAMES))
ROAD = slice(NODE.stop, NODE.stop + len(ROAD_NAMES))
# The clock makes no order a stranger: a log of some days has not seen every weekday.
CLOCK: tuple[str, ...] = ("hour_of_day", "day_of_week", "hour_of_cut_off")
PLACED: tuple[int, ...] = tuple(place for place, name in enumerate(STAGE_NAMES) if name not in CLOCK)

# Above this a node is overloaded beyond anything that the number could still tell.
MOST_UTILIZATION = 10.0
# The work ahead beyond what can be done before the collection is a wait that need not be learned, but no queue is
# believed to last longer.
LONGEST_QUEUE_HOURS = 120.0
LEAST_WORK_HOURS = 0.05
# Quotes and emissions of short ways hardly depend on their length.
SHORTEST_KM = 50.0
# Chosen: quoted hours grow with about the cube root of the distance; what is left tells kinds of service apart.
PACE_EXPONENT = 0.3
# Chosen: a parcel's own weight against that of the units in it.
PARCEL_UNITS = 3.0


def stage_columns(choice_sets: ChoiceSets, imputation: Imputation) -> Floats:
    """What bears on the way of every candidate, shape (n_rows, n_columns), columns as STAGE_NAMES."""
    column, of_row = choice_sets.candidate, choice_sets.order_of_row
    order = {name: values[of_row] for name, values in choice_sets.order.items()}
    hours = np.maximum(column["hours_to_cut_off"], 0.0)
    utilization = np.minimum(column["capacity_utilization"], MOST_UTILIZATION)
    weather = _known(column["weather_severity"], imputation.weather_severity)
    left, safety = column["available_quantity"] - order["max_line_quantity"], column["safety_stock"]
    lead, work = column["lead_time_hours"], hours * utilization
    kilometres = np.maximum(column["distance_km"], SHORTEST_KM)
    columns = (
        hours,
        utilization,
        hours - work,
        work,
        np.minimum(np.maximum(work - hours, 0.0), LONGEST_QUEUE_HOURS),
        np.log1p(column["backlog_orders"]),
        column["observation_age_hours"],
        left,
        left - safety,
        left / (1.0 + safety),
        _known(column["carrier_utilization"], imputation.carrier_utilization),
        order["hour_of_day"],
        order["day_of_week"],
        (order["hour_of_day"] + hours) % 24.0,
        np.log1p(order["n_units"]),
        weather,
        lead,
        order["max_line_quantity"],
        column["backlog_orders"] / np.maximum(work, LEAST_WORK_HOURS),
        weather,
        np.maximum(lead, 0.0) / kilometres**PACE_EXPONENT,
        1e4 * column["carbon_kg"] / (kilometres * (PARCEL_UNITS + order["n_units"])),
        order["promise_hours"] - hours - lead,
        column["distance_km"],
    )
    table = np.empty((len(of_row), len(STAGE_NAMES)))
    for place, values in enumerate(columns):
        table[:, place] = values
    return table


def _known(values: Floats, otherwise: float) -> Floats:
    return np.where(np.isnan(values), otherwise, values)
