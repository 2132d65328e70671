"""Readable quantities of a routing decision: what a person would look at before leaving the current choice.

They name no model: what is told here is what the order-management system itself sent, and differences of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

# The quantities and their units; the templates of every language name each of them.
QUANTITY_UNITS: dict[str, str] = {
    "promise_hours": "hours",
    "n_units": "units",
    "order_value": "money",
    "slack_hours": "hours",
    "node_load": "ratio",
    "stock_left": "units",
    "carrier_load": "ratio",
    "weather_severity": "ratio",
    "report_age_hours": "hours",
    "extra_slack_hours": "hours",
    "extra_slack_cost": "money",
    "saving": "money",
    "safe_extra_cost": "money",
    "load_relief": "ratio",
    "extra_km": "km",
}
# Transit scatters by a third of its length or so: with a day in hand most parcels keep their promise.
SAFE_SLACK_HOURS = 24.0
QUANTITY_NAMES: tuple[str, ...] = tuple(QUANTITY_UNITS)


@dataclass(frozen=True)
class DecisionRows:
    """Which rows of many choice sets are what.

    Parameters
    ----------
    node : array of int of shape (n_rows,)
        A number for each node.
    reference : array of shape (n_orders,)
        The row of each order's current choice, among all rows.
    eligible : array of bool of shape (n_rows,)
        Which rows may be chosen.
    """

    node: Integers
    reference: Integers
    eligible: Flags


def order_quantities(choice_sets: ChoiceSets, rows: DecisionRows) -> Floats:
    """The quantities of every order, shape (n_orders, n_quantities), in the order of QUANTITY_NAMES.

    Differences are against the best of the eligible alternatives, and 0 where there is none. What was not
    reported is NaN.
    """
    column, current = choice_sets.candidate, rows.reference
    slack = slack_hours(choice_sets)
    left = column["available_quantity"] - choice_sets.per_row("max_line_quantity")
    return np.column_stack(
        (
            choice_sets.order["promise_hours"],
            choice_sets.order["n_units"],
            choice_sets.order["order_value_minor"],
            slack[current],
            column["capacity_utilization"][current],
            left[current],
            column["carrier_utilization"][current],
            column["weather_severity"][current],
            column["observation_age_hours"][current],
            *_against_alternatives(choice_sets, rows, slack),
        )
    )


def slack_hours(choice_sets: ChoiceSets) -> Floats:
    """Hours between the quoted arrival and the promise, shape (n_rows,); negative is late by the quote itself."""
    column = choice_sets.candidate
    quoted = np.maximum(column["hours_to_cut_off"], 0.0) + column["lead_time_hours"]
    slack: Floats = choice_sets.per_row("promise_hours") - quoted
    return slack


def _against_alternatives(choice_sets: ChoiceSets, rows: DecisionRows, slack: Floats) -> tuple[Floats, ...]:
    column, order = choice_sets.candidate, choice_sets.order_of_row
    starts, current = choice_sets.offsets[:-1], rows.reference
    cost = column["freight_minor"] + column["handling_minor"]
    others = rows.eligible.copy()
    others[current] = False
    elsewhere = others & (rows.node != rows.node[current][order])

    def least(values: Floats, among: Flags) -> Floats:
        found: Floats = np.minimum.reduceat(np.where(among, values, np.inf), starts)
        return found

    most_slack = -least(-slack, others)
    # Of the alternatives with the most slack, the cheapest: what it would cost to be as safe as can be.
    safest = others & (slack >= most_slack[order])
    # Safe enough is a day of slack, or as much as there is.
    safe = others & (slack >= np.minimum(SAFE_SLACK_HOURS, most_slack)[order])
    return (
        _difference(most_slack, slack[current]),
        _difference(least(cost, safest), cost[current]),
        -_difference(least(cost, others), cost[current]),
        _difference(least(cost, safe), cost[current]),
        -_difference(least(column["capacity_utilization"], elsewhere), column["capacity_utilization"][current]),
        _difference(least(column["distance_km"], elsewhere), column["distance_km"][current]),
    )


def _difference(best: Floats, current: Floats) -> Floats:
    found = np.isfinite(best)
    difference: Floats = np.where(found, np.where(found, best, 0.0) - current, 0.0)
    return difference
