"""The two stages of an order's way, as columns: what it meets at the node, and what it meets on the road.

Time is taken apart where the world takes it apart. At the node it waits past the collection that was hoped for: that
depends on load and stock. On the road it takes a multiple of the quote: that depends on the kind of service and the
weather, and the quote carries the distance. The promise is no cause of either; it only says which arrivals are late.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import CANDIDATE_COLUMNS, ORDER_COLUMNS, ChoiceSets
from data.compiling import compiled
from decision.routing.clearing import MOST_UTILIZATION, clearing_hours
from decision.routing.features import Imputation
from decision.routing.overbooking import hours_between_calls, overbooked_hours

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

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
    "hour_of_day",
    "day_of_week",
    "hour_of_cut_off",
    "units_log",
    "weather_severity",
    "lead_time_hours",
    "largest_line",
    "orders_per_hour",
)
# Where its carrier is booked out an order waits as reckoned (`queue_hours`); short of that only others may feel it.
MET_NAMES: tuple[str, ...] = ("carrier_utilization", *NODE_NAMES)
ROAD_NAMES: tuple[str, ...] = ("weather_expected", "weather_severity", "weather_now", "pace", "carbon_rate")

# All that is read of a candidate, side by side; the last two place it among those of the log.
STAGE_NAMES: tuple[str, ...] = (*MET_NAMES, *ROAD_NAMES, "slack_hours", "distance_km")
MET = slice(0, len(MET_NAMES))
NODE = slice(1, MET.stop)
ROAD = slice(NODE.stop, NODE.stop + len(ROAD_NAMES))
PACE = NODE.stop + ROAD_NAMES.index("pace")
# The clock makes no order a stranger: a log of some days has not seen every weekday.
CLOCK: tuple[str, ...] = ("hour_of_day", "day_of_week", "hour_of_cut_off")
PLACED: tuple[int, ...] = tuple(place for place, name in enumerate(STAGE_NAMES) if name not in CLOCK)

N_STAGE_COLUMNS = len(STAGE_NAMES)
# Machine code knows columns by their places.
HOUR, DAY, PROMISE, UNITS, LARGEST_LINE, _ = range(len(ORDER_COLUMNS))
(
    AVAILABLE,
    SAFETY,
    UTILIZATION,
    BACKLOG,
    CUT_OFF,
    LEAD,
    DISTANCE,
    FREIGHT,
    HANDLING,
    CARBON_KG,
    AGE,
    CARRIER,
    FORECAST,
    WEATHER_NOW,
    CLEARING,
    COLLECTIONS,
) = range(len(CANDIDATE_COLUMNS) + 2)

# The work ahead beyond what can be done before the collection, and the parcels ahead beyond what the carrier takes, are
# a wait that need not be learned, but no queue is believed to last longer.
LONGEST_QUEUE_HOURS = 120.0
LEAST_WORK_HOURS = 0.05
# Quotes and emissions of short ways hardly depend on their length.
SHORTEST_KM = 50.0
# Chosen: quoted hours grow with about the cube root of the distance; what is left tells kinds of service apart.
PACE_EXPONENT = 0.3
# Chosen: after so many hours half of what the present weather says is gone. What is expected with 4 to 6 went best with
# what came, in three logs of two worlds.
WEATHER_HALF_LIFE_HOURS = 4.0
# Chosen: a parcel's own weight against that of the units in it.
PARCEL_UNITS = 3.0


def stage_columns(choice_sets: ChoiceSets, imputation: Imputation, peak_hours: float = np.inf) -> Floats:
    """What bears on the way of every candidate, shape (n_rows, n_columns), columns as STAGE_NAMES.

    Parameters
    ----------
    peak_hours : float
        As `clearing_hours` takes it.
    """
    instead = imputation.carrier_utilization, imputation.weather_severity
    told = candidate_stages(choice_sets, imputation, peak_hours)
    return staged(told, choice_sets.order_table, choice_sets.order_of_row, instead)


def candidate_stages(choice_sets: ChoiceSets, imputation: Imputation, peak_hours: float = np.inf) -> Floats:
    """What is told of every candidate, when its node will be done, and how often its carrier calls.

    Returns
    -------
    array of shape (n_candidate_columns + 2, n_rows)
    """
    table = choice_sets.candidate_table
    told = np.empty((len(table) + 2, table.shape[1]))
    told[:CLEARING], told[CLEARING] = table, clearing_hours(choice_sets, peak_hours)
    told[COLLECTIONS] = hours_between_calls(imputation.collection_hours, choice_sets.carrier_id, table.shape[1])
    return told


@compiled
def staged(candidate: Floats, order: Floats, order_of_row: Integers, instead: tuple[float, float]) -> Floats:
    """The same of plain tables, with stand-ins for a carrier's load and for weather that are not known.

    Parameters
    ----------
    candidate : array of shape (n_candidate_columns + 2, n_rows)
        As `candidate_stages` makes them.
    order : array of shape (n_order_columns, n_orders)
        In the order of ORDER_COLUMNS.
    order_of_row : array of int of shape (n_rows,)
    """
    table = np.empty((len(order_of_row), N_STAGE_COLUMNS))
    # numpy's own functions on single numbers: they hand on what is not a number, and divide by 0 without a complaint.
    for row in range(len(order_of_row)):
        of, at, cell = order_of_row[row], candidate[:, row], table[row]
        hours = np.maximum(at[CUT_OFF], 0.0)
        utilization = np.minimum(at[UTILIZATION], MOST_UTILIZATION)
        work, lead, left = hours * utilization, at[LEAD], at[AVAILABLE] - order[LARGEST_LINE, of]
        carrier = instead[0] if np.isnan(at[CARRIER]) else at[CARRIER]
        forecast = instead[1] if np.isnan(at[FORECAST]) else at[FORECAST]
        now = forecast if np.isnan(at[WEATHER_NOW]) else at[WEATHER_NOW]
        kilometres = np.maximum(at[DISTANCE], SHORTEST_KM)
        cell[0], cell[1], cell[2], cell[3], cell[4] = carrier, hours, utilization, hours - work, work
        queue = np.maximum(np.maximum(at[CLEARING] - hours, 0.0), overbooked_hours(carrier, at[COLLECTIONS]))
        cell[5] = np.minimum(queue, LONGEST_QUEUE_HOURS)
        cell[6], cell[7] = np.log1p(at[BACKLOG]), at[AGE]
        cell[8], cell[9], cell[10] = left, left - at[SAFETY], np.divide(left, 1.0 + at[SAFETY])
        cell[11], cell[12] = order[HOUR, of], order[DAY, of]
        cell[13] = (order[HOUR, of] + hours) % 24.0
        cell[14], cell[15], cell[16] = np.log1p(order[UNITS, of]), forecast, lead
        cell[17], cell[18] = order[LARGEST_LINE, of], np.divide(at[BACKLOG], np.maximum(work, LEAST_WORK_HOURS))
        # A front that is there and forecast to stay has shown how bad it is; and forecasts err in hours, so that what
        # is soon will be much as what is now.
        later, stays = now if now > 0.0 and forecast > 0.0 else forecast, 0.5 ** (hours / WEATHER_HALF_LIFE_HOURS)
        cell[19] = stays * now + (1.0 - stays) * later
        cell[20], cell[21] = forecast, now
        cell[22] = np.divide(np.maximum(lead, 0.0), kilometres**PACE_EXPONENT)
        cell[23] = np.divide(1e4 * at[CARBON_KG], kilometres * (PARCEL_UNITS + order[UNITS, of]))
        cell[24], cell[25] = order[PROMISE, of] - hours - lead, at[DISTANCE]
    return table
