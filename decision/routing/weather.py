"""The weather on a candidate's way as far as it is known: forecast, observed, and the worse of both."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from data.choice_sets import ChoiceSets
from data.compiling import compiled

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# By how much errors grew with the weather in both worlds where it was looked at; see `RoutingModel.weather_widening`.
BORROWED_WIDENING = 0.65


def worst_weather(choice_sets: ChoiceSets, reference_of_row: Integers, instead: float) -> Floats:
    """The worst that is forecast or observed for a candidate or its reference, 0 to 1, shape (n_rows,).

    A forecast may be wrong by a whole front, for all orders of those days at once: what the weather leads to is told
    less surely than anything else, and it is the weather of both candidates that a contrast depends on.

    Parameters
    ----------
    reference_of_row : array of shape (n_rows,)
        The row that each is compared with.
    instead : float
        What stands in for a forecast that is not told.
    """
    column = choice_sets.candidate
    return _worst(column["weather_severity"], column["weather_now"], reference_of_row, instead)


@compiled
def _worst(forecast: Floats, now: Floats, reference_of_row: Integers, instead: float) -> Floats:
    own, worst = np.empty(len(forecast)), np.empty(len(forecast))
    for row in range(len(own)):
        told = instead if np.isnan(forecast[row]) else forecast[row]
        own[row] = now[row] if now[row] > told else told
    for row in range(len(own)):
        worst[row] = max(own[row], own[reference_of_row[row]])
    return worst
